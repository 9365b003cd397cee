//! The machines of the mesh and their sessions, as a gateway sees them: one subscription instead of a circuit to each.

use serde::{Deserialize, Serialize};

use super::presence::Presence;
use super::session::SessionInfo;
use crate::control::Empty;
use crate::id::{NodeId, SessionId};

/// Whether a machine is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum MachineState {
    /// The gateway has a circuit with it.
    Up,
    /// The gateway is on its way to it for the first time.
    Calling,
    /// It does not answer, or not as one of the mesh. It keeps its place.
    Away,
}

/// A machine of the mesh.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct MachineInfo {
    /// Its node.
    pub id: NodeId,
    /// What people call it.
    pub name: String,
    /// It is the gateway's own.
    pub is_own: bool,
    /// Whether it is there.
    pub state: MachineState,
    /// Why it is not, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// When it was last there, in milliseconds since 1970 by the gateway's clock; left out if it never was since the gateway
    /// has started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub seen_at: Option<u64>,
    /// Through which other machine's gateway the one that tells this reaches it, as that is dialled; left out where it
    /// reaches it straight, or not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<String>,
    /// The origins of its pages.
    pub origins: Vec<String>,
    /// Its tags: an owner's, and if no owner has set any, its own.
    pub tags: Vec<String>,
    /// What it said of itself when it was last there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
    /// Sessions that are not listed, because there are too many.
    pub unlisted: u32,
}

/// Asks for the machines, at most 200 at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct MachinesParams {
    /// Also tells later changes of machines and of their sessions, as `mesh.machine.changed` and `mesh.session.changed`
    /// events on channel 0, with one `seq` from 1 for both. A second subscription of the same circuit replaces the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscribe: Option<bool>,
    /// The page after this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<NodeId>,
}

/// A page of machines, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct MachinesOutput {
    /// The machines.
    pub machines: Vec<MachineInfo>,
    /// If there are more: ask again with `after` = this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NodeId>,
}

/// A session, and where it is. Two machines may use one id: both together are its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct SessionPlace {
    /// The machine.
    pub machine: NodeId,
    /// The session there.
    pub session: SessionId,
}

/// A session of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct MeshSession {
    /// The machine.
    pub machine: NodeId,
    /// As the machine last told it. A long command is cut; the machine has the whole of it.
    pub session: SessionInfo,
}

/// Asks for the sessions of all machines, at most 200 at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct MeshSessionsParams {
    /// The page after this session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<SessionPlace>,
}

/// A page of sessions, in the order of machines and ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct MeshSessionsOutput {
    /// The sessions. Those of a machine that is away are as they were.
    pub sessions: Vec<MeshSession>,
    /// If there are more: ask again with `after` = this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<SessionPlace>,
}

/// Who has told of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// It answers at its name in the tailnet.
    Tailnet,
    /// It answers where the gateway's settings say that a machine is.
    Settings,
    /// It answers where the local network says that it is, as the machine that is announced there.
    Lan,
}

/// Where a machine was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct FoundAt {
    /// Who has told.
    pub by: FoundBy,
    /// Name or address, and port.
    pub address: String,
}

/// A machine that was found and is none of the mesh. Nothing in it is proved: whoever answers may say anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct FoundMachine {
    /// Which node it says it has.
    pub node: NodeId,
    /// What it says it is called. Two may say the same: the node tells them apart.
    pub name: String,
    /// Homie's version there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub homie: Option<String>,
    /// Where it was found.
    pub places: Vec<FoundAt>,
}

/// The machines that were found, at most 64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct FoundOutput {
    /// By name, then by node.
    pub found: Vec<FoundMachine>,
    /// Those that are left out, because there are too many.
    pub unlisted: u32,
}

crate::methods! {
    /// The machines of the mesh, at one of them.
    MachineService on Gateway;

    /// Lists the machines of the mesh, and tells later changes if asked to. Whoever only the tailnet knows is told of this
    /// machine alone.
    "mesh.machine.list" as Machines: machines(MachinesParams) -> MachinesOutput, scope Viewer, since 1, keyed false;

    /// Lists the sessions of all machines, each as it was last told.
    "mesh.session.list" as MeshSessions: sessions(MeshSessionsParams) -> MeshSessionsOutput,
    scope Viewer, since 1, keyed false;

    /// Lists machines that run Homie, can be found from here, and are none of the mesh. Whoever only the tailnet knows is told
    /// of none.
    "mesh.machine.found" as MachinesFound: found(Empty) -> FoundOutput, scope Viewer, since 1, keyed false;
}
