//! Signals: what would end the holder with its node or its terminal is ignored, SIGTERM and SIGCHLD are read like
//! sockets.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd};

/// Ignores what a closed terminal, a ^C meant for the node, or a broken link would send. The program that is started
/// later gets the defaults back.
pub(crate) fn ignore_hang_ups() -> io::Result<()> {
    for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGPIPE] {
        // SAFETY: SIG_IGN is no handler of ours, so nothing of ours runs in a signal's context.
        let before = unsafe { libc::signal(signal, libc::SIG_IGN) };
        if before == libc::SIG_ERR {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Blocks SIGTERM and gives a descriptor that is readable when it has come.
pub(crate) fn termination() -> io::Result<OwnedFd> {
    descriptor_of(libc::SIGTERM)
}

/// The same for SIGCHLD: a child, or an orphan that became one, has ended.
pub(crate) fn children() -> io::Result<OwnedFd> {
    descriptor_of(libc::SIGCHLD)
}

/// Takes the signal off its descriptor, so that the next one shows.
pub(crate) fn noticed(descriptor: &OwnedFd) {
    let mut one = [0; size_of::<libc::signalfd_siginfo>()];
    // It may have been noticed already.
    rustix::io::read(descriptor, &mut one).unwrap_or_default();
}

fn descriptor_of(signal: libc::c_int) -> io::Result<OwnedFd> {
    // SAFETY: an all-zero sigset_t is valid memory for sigemptyset, which initialises it before anything reads it.
    let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: `set` is a live local of the type the four calls expect; the null pointer asks for no old mask.
    let descriptor = unsafe {
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, signal);
        if libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) != 0 {
            return Err(io::Error::last_os_error());
        }
        libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK)
    };
    if descriptor < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: signalfd has just given us this descriptor, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}
