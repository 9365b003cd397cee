//! Sessions for tests.

use homie_protocol::id::{Incarnation, SessionId};
use homie_protocol::methods::session::SessionInfo;

/// One that runs.
pub(crate) fn session(name: &str, created_at: u64) -> SessionInfo {
    let mut id = [0; 16];
    id[8..].copy_from_slice(&created_at.to_be_bytes());
    let (id, incarnation) = (SessionId::from_bytes(id), Incarnation::from_bytes([1; 16]));
    SessionInfo {
        command: vec!["/bin/bash".to_owned()],
        cwd: "/tmp".to_owned(),
        pid: Some(1),
        holder_pid: Some(2),
        ..SessionInfo::begun(id, incarnation, name.to_owned(), created_at)
    }
}
