//! Why a holder could not start. Once it runs it does not fail: the program goes on whatever else breaks.

use std::io;
use std::path::PathBuf;

use rustix::io::Errno;

/// Why a holder could not start, in words for the person who asked.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// The request is not one.
    #[error("the request is not a spec in JSON: {0}")]
    Spec(String),
    /// The socket's path does not fit into the kernel's address.
    #[error("{0} is too long for a socket: choose a shorter HOMIE_HOME")]
    PathTooLong(PathBuf),
    /// The folder is not one that only we can enter.
    #[error("{0}: {1}")]
    Folder(PathBuf, &'static str),
    /// Another holder answers on the socket.
    #[error("{0}: another holder lives here")]
    Occupied(PathBuf),
    /// The program cannot be started.
    #[error("cannot start the program: {0}")]
    Program(String),
    /// There is no terminal to be had.
    #[error(
        "no terminal can be opened: {0}; end sessions that are not needed, or raise kernel.pty.max and the limit of open files"
    )]
    Terminal(String),
    /// The system refused something.
    #[error("{0}: {1}{hint}", hint = hint(.1))]
    System(&'static str, #[source] io::Error),
}

impl HoldError {
    /// Names what was tried when the system refused.
    pub(crate) fn at<E: Into<io::Error>>(what: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::System(what, error.into())
    }
}

/// What helps, where that is known.
fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; make room on the disk, then try again",
        _ if matches!(error.raw_os_error().map(Errno::from_raw_os_error), Some(Errno::MFILE | Errno::NFILE)) => {
            "; too many files are open: raise the limit (ulimit -n) or end sessions that are not needed"
        }
        _ => "",
    }
}
