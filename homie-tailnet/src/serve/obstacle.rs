//! What keeps us from serving on a port, in words for who can take it away.

/// Why nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// The port is another program's.
    #[error(
        "Serve hands port {port} to {by} already; choose another port, or take that away: sudo tailscale serve --{flag}={port} off"
    )]
    Taken {
        /// Which port.
        port: u16,
        /// What is there.
        by: String,
        /// How Tailscale's command calls its type.
        flag: &'static str,
    },
    /// The port is ours, but of the other type, and tailscaled refuses to change that in one step.
    #[error("Serve has port {port} as {found}; take that away first: sudo tailscale serve --{found}={port} off")]
    OtherType {
        /// Which port.
        port: u16,
        /// Its type now.
        found: &'static str,
    },
    /// Somebody else's pages would share our origin, and could act as ours.
    #[error(
        "Serve hands {path} of port {port} to {by}: its pages could act in our name; take it away: sudo tailscale serve --{flag}={port} --set-path={path} off"
    )]
    ForeignMount {
        /// Which port.
        port: u16,
        /// Below which path.
        path: String,
        /// What is there.
        by: String,
        /// How Tailscale's command calls the port's type.
        flag: &'static str,
    },
    /// Something is served there under another name of this machine.
    #[error(
        "Serve has port {port} for {name} already; choose another port, or take that away: sudo tailscale serve --{flag}={port} off"
    )]
    OtherName {
        /// Which port.
        port: u16,
        /// Under which name.
        name: String,
        /// How Tailscale's command calls the port's type.
        flag: &'static str,
    },
    /// Somebody runs `tailscale serve` in a terminal.
    #[error("a tailscale serve that runs in a terminal has port {port}; end it, or choose another port")]
    Foreground {
        /// Which port.
        port: u16,
    },
    /// The whole internet may come in.
    #[error("Funnel opens port {port} to the internet; close it: sudo tailscale funnel --https={port} off")]
    Funnel {
        /// Which port.
        port: u16,
    },
    /// Tailscale has changed its mind about what this looks like.
    #[error(
        "{0} of the Serve configuration is not what it was; nothing was changed; see tailscale serve status --json"
    )]
    Unreadable(&'static str),
}
