//! Whether two machines have one key: each gateway tells its start at the nodes of the others, and signs there the starts that
//! others with its key have told. Two that have signed each other live at once, and so are two.

use serde::{Deserialize, Serialize};

use crate::hello::Signature;
use crate::id::{NodeId, StartId};

/// Before what a start signs, so that it means nothing anywhere else.
const LABEL: &[u8] = b"homie-start-v1";

/// What a start signs with its machine's key about another one. Who signs another start knows it, and so lives after it began.
pub fn signed_bytes(start: &StartId, other: &StartId) -> Vec<u8> {
    [LABEL, start.as_bytes(), other.as_bytes()].concat()
}

/// A start and a signature: of a caller the start that it has signed, in an answer the one that has signed the caller's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct StartSignature {
    /// The other start.
    pub start: StartId,
    /// By the key of the machine, over `homie-start-v1`, who signs, and whom.
    pub sig: Signature,
}

/// Tells a start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct MeetParams {
    /// The machine that has started.
    pub machine: NodeId,
    /// Its start.
    pub start: StartId,
    /// What it has signed, at most 8: of who has not signed this node's own start nothing is kept.
    pub signed: Vec<StartSignature>,
}

/// Who else was there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct MeetOutput {
    /// The start of this node, to be signed before anything else counts.
    pub own: StartId,
    /// Other starts of the same machine that were told here within 25 s, at most 7, to be signed as well.
    pub others: Vec<StartId>,
    /// Those of them that have signed the caller's.
    pub signed: Vec<StartSignature>,
    /// The machines of which two were here within 25 s that have signed each other, at most 64.
    pub twins: Vec<NodeId>,
}

crate::methods! {
    /// Whether two machines have one key.
    StartService on Node;

    /// Tells a start of a machine's gateway, and what it has signed of the others. Nothing is decided by it at this node: who
    /// is told that another start has signed its own knows that its key is used elsewhere.
    "mesh.start.meet" as StartMeet: meet(MeetParams) -> MeetOutput, scope Viewer, since 1, keyed false;
}
