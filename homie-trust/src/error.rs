//! What can go wrong, in words for the person who must act.

use std::io;
use std::path::{Path, PathBuf};

use homie_protocol::code::{Code, Refusal};
use homie_protocol::name::BadName;

use crate::role_lock::LockRole;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The system refused.
    #[error("cannot {doing} {}: {source}", path.display())]
    File {
        /// What was tried.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others could read or change it, so it is not used.
    #[error("{} {problem}; {remedy}", path.display())]
    Unsafe {
        /// What.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
        /// What to do.
        remedy: String,
    },
    /// The content is not what it should be. It is never taken for empty.
    #[error("{} is damaged: {detail}; {remedy}", path.display())]
    Corrupt {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
        /// What to do.
        remedy: &'static str,
    },
    /// Sockets below this directory would have paths the system cannot hold.
    #[error("{} has {length} bytes, and at most {most} leave room for the sockets in it; choose a shorter HOMIE_HOME", path.display())]
    PathTooLong {
        /// The directory.
        path: PathBuf,
        /// Bytes it has.
        length: usize,
        /// Bytes it may have.
        most: usize,
    },
    /// The store of the keys gives none, or is another than somebody wants.
    #[error("{problem}; {remedy}")]
    KeyStore {
        /// What is wrong.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// There is no directory to use.
    #[error("{0}")]
    Home(&'static str),
    /// The role is taken in this directory.
    #[error("a {role} already runs on {}{}; stop it first, or choose another HOMIE_HOME", path.display(), process(*pid))]
    Taken {
        /// Which role.
        role: LockRole,
        /// The process that has it, if it has said so already.
        pid: Option<u32>,
        /// The directory.
        path: PathBuf,
    },
    /// The link is unknown, used, or too old: which of these is not told.
    #[error("this link was used already or is older than a minute; make another with: homie pair --here")]
    LinkInvalid,
    /// The invitation is unknown, used, too old, or another's: which of these is not told.
    #[error(
        "this invitation was used already, is older than ten minutes, or was tried wrongly too often; make another with: homie invite"
    )]
    NotInvited,
    /// The key of this machine is used elsewhere.
    #[error("{0}; run `homie rekey` on the one that is the copy, or switch it off, and say this again a minute later")]
    Cloned(&'static str),
    /// A bound is reached.
    #[error("{0}")]
    Full(&'static str),
    /// The roster says otherwise.
    #[error("{0}")]
    Roster(&'static str),
    /// A name nobody could read.
    #[error(transparent)]
    BadName(#[from] BadName),
    /// A key that is not one, or is not what its id says.
    #[error("{0}")]
    BadKey(&'static str),
    /// The library for keys and chance failed.
    #[error("{0} failed in the library for keys; nothing was done")]
    Crypto(&'static str),
}

impl TrustError {
    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { doing, path: path.to_owned(), source }
    }

    pub(crate) fn corrupt(path: &Path, detail: &(impl ToString + ?Sized), remedy: &'static str) -> Self {
        Self::Corrupt { path: path.to_owned(), detail: detail.to_string(), remedy }
    }
}

fn process(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (process {pid})")).unwrap_or_default()
}

/// What a peer is told. Paths of this machine stay in its log.
impl From<TrustError> for Refusal {
    fn from(error: TrustError) -> Self {
        let code = match &error {
            TrustError::LinkInvalid | TrustError::NotInvited => Code::LinkInvalid,
            TrustError::Full(_) => Code::Busy,
            TrustError::Roster(_) | TrustError::Cloned(_) => Code::Forbidden,
            TrustError::BadName(_) => Code::OutOfRange,
            TrustError::BadKey(_) => Code::Unauthenticated,
            TrustError::File { .. }
            | TrustError::Unsafe { .. }
            | TrustError::Corrupt { .. }
            | TrustError::PathTooLong { .. }
            | TrustError::KeyStore { .. }
            | TrustError::Home(_)
            | TrustError::Taken { .. }
            | TrustError::Crypto(_) => {
                tracing::error!(%error, "a caller is refused because of this");
                return Self::new(Code::Internal, "something failed on this machine; its log says what");
            }
        };
        Self::new(code, error.to_string())
    }
}
