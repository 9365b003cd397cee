//! What can go wrong with tailscaled, in words for the person who must act.

use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::serve::Obstacle;

/// Why tailscaled did not do what it was asked. None of them says anything good about a caller: all of them deny.
#[derive(Debug, thiserror::Error)]
pub enum TailnetError {
    /// Nobody listens.
    #[error("tailscaled does not answer at {}: {source}; start it (sudo systemctl start tailscaled), or say where its socket is", socket.display())]
    NotRunning {
        /// Where it was looked for.
        socket: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Its socket is of a kind that this program cannot use.
    #[error(
        "tailscaled is reached through {0} on this platform, which is not supported; say where a unix socket of it is"
    )]
    NoSocket(&'static str),
    /// It took too long.
    #[error("tailscaled did not answer about {what} within {} s; see what ails it (tailscale status), or restart it", limit.as_secs())]
    TimedOut {
        /// What was asked.
        what: &'static str,
        /// How long it had.
        limit: Duration,
    },
    /// The connection ended before the answer did.
    #[error("tailscaled hung up before it had answered about {what}: {detail}; it may be restarting, so try again")]
    Broken {
        /// What was asked.
        what: &'static str,
        /// How it ended.
        detail: String,
    },
    /// More than anybody needs.
    #[error("tailscaled's answer about {what} has more than {limit} bytes and was not read to its end; restart it")]
    TooLong {
        /// What was asked.
        what: &'static str,
        /// Bytes it may have.
        limit: usize,
    },
    /// Not what tailscaled says.
    #[error("tailscaled's answer about {what} makes no sense: {detail}; update Tailscale")]
    Garbled {
        /// What was asked.
        what: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// 401: the right to write is not enough.
    #[error("tailscaled wants an administrator for {what}: {said}; run it with sudo")]
    NeedsAdmin {
        /// What was asked.
        what: &'static str,
        /// In tailscaled's words.
        said: String,
    },
    /// 403: this user may not.
    #[error(
        "tailscaled denies this user {what}: {said}; run it with sudo, or make this user its operator (sudo tailscale set --operator=USER)"
    )]
    Denied {
        /// What was asked.
        what: &'static str,
        /// In tailscaled's words.
        said: String,
    },
    /// 404 of a whois: nobody that this machine can see has the address.
    #[error("no machine of the tailnet that this one can see has the address {0}")]
    NoSuchPeer(IpAddr),
    /// 404 of anything else: this tailscaled was built without it.
    #[error("this tailscaled does not know {0}; update Tailscale")]
    Unsupported(&'static str),
    /// 412: somebody else was faster.
    #[error("somebody else keeps changing {0}; try again when they are done")]
    Changed(&'static str),
    /// 429: not now.
    #[error("tailscaled cannot get {what} now: {said}; try again {}", when(*retry_after))]
    TooOften {
        /// What was asked.
        what: &'static str,
        /// How long to wait, if it said so.
        retry_after: Option<Duration>,
        /// In tailscaled's words.
        said: String,
    },
    /// What is asked for has no name that a certificate could bear.
    #[error("{0:?} is no name in DNS; take one of the status's CertDomains")]
    BadName(String),
    /// Something of others is where we want to be.
    #[error(transparent)]
    InTheWay(#[from] Obstacle),
    /// Any other refusal.
    #[error("tailscaled refused {what} ({status}): {said}; see tailscale status")]
    Refused {
        /// What was asked.
        what: &'static str,
        /// The status of HTTP.
        status: u16,
        /// In tailscaled's words.
        said: String,
    },
}

fn when(retry_after: Option<Duration>) -> String {
    retry_after.map_or_else(|| "later".to_owned(), |wait| format!("in {} s", wait.as_secs()))
}
