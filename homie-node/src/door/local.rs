//! `local.sock`: frames with a length before each, for programs of the same user.

use std::sync::Arc;

use homie_trust::NodeDoor;

use super::Knock;
use super::admit::admit;
use crate::shared::Shared;

/// Serves one caller.
pub(crate) async fn greet(knock: Knock, shared: Arc<Shared>) {
    let (reader, writer) = homie_circuit::unix(knock.stream);
    admit(reader, writer, NodeDoor::Local { uid: knock.uid }, (knock.place, knock.circuits), &shared).await;
}
