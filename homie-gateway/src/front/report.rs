//! What became of the doors to the tailnet, in words for who started the gateway.

use homie_tailnet::{BackendState, Mount, Obstacle, TailnetError};
use homie_trust::{ClosedDoor, OpenDoor};

/// Which door is open, or what is in the way of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// This one.
    Open(OpenDoor),
    /// None, and why.
    Closed(Hindrance),
}

/// One sentence, and the one command that helps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hindrance {
    /// What kind it is, for programs: a word that stays.
    pub kind: &'static str,
    /// What is in the way.
    pub sentence: String,
    /// What to run.
    pub command: String,
}

impl Hindrance {
    fn new(kind: &'static str, sentence: impl Into<String>, command: impl Into<String>) -> Self {
        Self { kind, sentence: sentence.into(), command: command.into() }
    }

    /// For the other processes of this machine.
    pub(crate) fn closed_door(&self) -> ClosedDoor {
        ClosedDoor { kind: self.kind.to_owned(), sentence: self.sentence.clone(), command: self.command.clone() }
    }

    /// The page has another port than everybody expects; nothing else is amiss.
    pub fn page_moved(usual: u16, port: u16) -> Self {
        let sentence =
            format!("Another program has port {usual} of this machine, so the page is on {port}; this keeps it there.");
        Self::new("page-port", sentence, format!("homie up --port {port}"))
    }

    /// Another machine has this one's key.
    pub fn cloned() -> Self {
        Self::new(
            "cloned",
            "Two machines have this machine's key, one being a copy of the other, so no door of either is open. On the copy run this; \
             then `homie rekey --keep` on the original.",
            "homie rekey",
        )
    }

    /// tailscaled does not answer.
    pub fn no_tailscaled(error: &TailnetError) -> Self {
        tracing::info!("{error}");
        Self::new(
            "tailscaled-absent",
            "Tailscale does not run here, so no other machine reaches this one.",
            "sudo systemctl enable --now tailscaled",
        )
    }

    /// It is logged out, stopped, or not yet admitted.
    pub fn not_connected(state: &BackendState) -> Self {
        let sentence = format!("This machine is not connected to its tailnet ({state}).");
        Self::new("logged-out", sentence, "sudo tailscale up")
    }

    /// No browser would trust a page from here.
    pub fn https_off(name: &str) -> Self {
        Self::new(
            "https-off",
            "HTTPS is switched off in this tailnet: switch on HTTPS Certificates in its admin console, under DNS; this \
             then gets one.",
            format!("sudo tailscale cert {name}"),
        )
    }

    /// Serve would do it, but only root may tell it to.
    pub fn needs_root(mount: &Mount) -> Self {
        Self::new("serve-rights", "Only root may let Tailscale Serve hand a port to Homie.", mount.command())
    }

    /// Somebody else's port, Funnel, a foreign page: the words name the way out.
    pub(super) fn in_the_way(error: &TailnetError) -> Self {
        let words = error.to_string();
        let kind = match error {
            TailnetError::InTheWay(Obstacle::Funnel { .. }) => "funnel",
            TailnetError::InTheWay(Obstacle::ForeignMount { .. }) => "foreign-mount",
            TailnetError::InTheWay(_) => "port-taken",
            _ => "serve-refused",
        };
        match words.split_once(": sudo tailscale ") {
            Some((sentence, rest)) => Self::new(kind, format!("{sentence}."), format!("sudo tailscale {rest}")),
            None => Self::new(kind, words, "tailscale serve status"),
        }
    }

    /// The certificate cannot be had.
    pub(super) fn no_certificate(error: &TailnetError, name: &str) -> Self {
        let sentence = format!("There is no certificate for this machine: {error}.");
        Self::new("no-certificate", sentence, format!("sudo tailscale cert {name}"))
    }

    /// tailscaled's pair is none that we could show.
    pub(super) fn bad_certificate(error: &rustls::Error, name: &str) -> Self {
        let sentence = format!("This machine's certificate is not usable: {error}.");
        Self::new("no-certificate", sentence, format!("sudo tailscale cert {name}"))
    }

    /// The sockets cannot be had.
    pub(super) fn no_socket(error: &std::io::Error, port: u16) -> Self {
        let sentence = format!("Port {port} of this machine's tailnet addresses cannot be had: {error}.");
        Self::new("port-taken", sentence, "ss -ltnp")
    }

    /// No interface, and no Serve either.
    pub fn userspace() -> Self {
        Self::new(
            "userspace",
            "tailscaled runs as this same user and without an interface, so any program here could speak for it.",
            "sudo systemctl enable --now tailscaled",
        )
    }
}
