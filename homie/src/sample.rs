//! Sessions for tests.

use homie_protocol::id::{Incarnation, SessionId};
use homie_protocol::methods::session::{Face, SessionInfo, SessionState, Size};

/// One that runs.
pub(crate) fn session(name: &str, created_at: u64) -> SessionInfo {
    let mut id = [0; 16];
    id[8..].copy_from_slice(&created_at.to_be_bytes());
    SessionInfo {
        id: SessionId::from_bytes(id),
        incarnation: Incarnation::from_bytes([1; 16]),
        name: name.to_owned(),
        command: vec!["/bin/bash".to_owned()],
        cwd: "/tmp".to_owned(),
        size: Size::default(),
        state: SessionState::Running,
        exit: None,
        viewers: 0,
        created_at,
        last_activity_at: created_at,
        pid: Some(1),
        holder_pid: Some(2),
        face: Face::default(),
        recording: false,
    }
}
