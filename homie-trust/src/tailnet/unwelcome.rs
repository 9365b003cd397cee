//! Why a caller from the tailnet is sent away: one name and one sentence for each reason.

use homie_protocol::code::{Code, Refusal};
use homie_tailnet::TailnetError;

/// The reasons. Who cannot be told is one of them: every doubt denies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unwelcome {
    /// tailscaled did not say who it is.
    #[error("this machine cannot ask its tailscaled who is calling; come back in a moment")]
    NoAnswer(String),
    /// tailscaled is not connected, so it knows nobody.
    #[error("this machine is not connected to its tailnet ({0}); run there: tailscale up")]
    NotConnected(String),
    /// A process on this machine, whoever runs it.
    #[error("this is a process on the machine itself, not a person of the tailnet; use http://localhost here")]
    OwnAddress,
    /// Nobody whom this machine can see has the address.
    #[error("no machine of the tailnet that this one can see has your address")]
    Stranger,
    /// Its key is good no more.
    #[error("your machine's key has expired; log in to Tailscale there again")]
    Expired,
    /// Nobody's machine.
    #[error(
        "your machine is tagged, so it is nobody's; the owner of this machine lets it in with: allow = [\"{0} viewer\"]"
    )]
    Tagged(String),
    /// Of another tailnet.
    #[error("your machine is of another tailnet; the owner of this machine lets you in with: allow = [\"{0} viewer\"]")]
    Shared(String),
    /// From the public internet.
    #[error(
        "this came through Funnel, from the public internet, where nobody is known; switch Funnel off for this port"
    )]
    Funnel,
    /// Serve and whois do not mean the same person.
    #[error("who is calling has changed on the way; try again")]
    OtherLogin,
    /// A person of the tailnet to whom nothing was granted.
    #[error("{0} may do nothing here; the owner of this machine lets you in with: allow = [\"{0} viewer\"]")]
    NoRole(String),
}

impl Unwelcome {
    /// Its name, for logs and programs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NoAnswer(_) => "no_answer",
            Self::NotConnected(_) => "not_connected",
            Self::OwnAddress => "own_address",
            Self::Stranger => "stranger",
            Self::Expired => "expired",
            Self::Tagged(_) => "tagged",
            Self::Shared(_) => "shared",
            Self::Funnel => "funnel",
            Self::OtherLogin => "other_login",
            Self::NoRole(_) => "no_role",
        }
    }

    /// Whether it may be otherwise in a moment, without anybody's doing.
    pub const fn passes(&self) -> bool {
        matches!(self, Self::NoAnswer(_) | Self::NotConnected(_))
    }
}

/// A whois that found nobody, or failed.
impl From<TailnetError> for Unwelcome {
    fn from(error: TailnetError) -> Self {
        match error {
            TailnetError::NoSuchPeer(_) => Self::Stranger,
            error => Self::NoAnswer(error.to_string()),
        }
    }
}

/// What a circuit ends with.
impl From<Unwelcome> for Refusal {
    fn from(unwelcome: Unwelcome) -> Self {
        let code = if unwelcome.passes() { Code::Unreachable } else { Code::Forbidden };
        Self::new(code, format!("{}: {unwelcome}", unwelcome.name()))
    }
}
