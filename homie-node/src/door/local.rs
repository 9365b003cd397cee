//! `local.sock`: frames with a length before each, for programs of the same user.

use std::sync::Arc;

use homie_trust::NodeDoor;

use super::Knock;
use super::admit::{Guest, admit};
use crate::shared::Shared;

/// Serves one caller.
pub(crate) async fn greet(knock: Knock, shared: Arc<Shared>) {
    let (reader, writer) = homie_circuit::unix(knock.stream);
    let door = NodeDoor::Local { uid: knock.uid };
    let guest = Guest { door, from: None, alone: None, relayed: None, exporter: None };
    admit(reader, writer, guest, (knock.place, knock.circuits), &shared).await;
}
