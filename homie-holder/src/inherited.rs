//! Descriptors that came from whoever started the node: a lock, a pipe that somebody reads to its end. The holder outlives
//! them all, so it must not keep them.

use std::io;

use libc::{SYS_close_range, c_uint};

/// The first descriptor after the standard streams.
const FIRST: c_uint = 3;

/// Closes everything but the standard streams. To be called before this process has opened anything.
pub(crate) fn let_go() -> io::Result<()> {
    // SAFETY: nothing of ours is open yet, so that no descriptor is closed that somebody still owns.
    let closed = unsafe { libc::syscall(SYS_close_range, FIRST, c_uint::MAX, 0 as c_uint) };
    if closed == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
