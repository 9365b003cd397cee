//! What client and server tell each other of who belongs to the mesh. The client does all the asking: it reads what it
//! lacks, and tells what the server lacks.

use serde::{Deserialize, Serialize};

use crate::control::Empty;
use crate::hello::{MachineKey, Role};
use crate::roster::{EntryHash, RosterHead, SignedEntry};

/// The names of all that owners signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct NamesOutput {
    /// The mesh's root.
    pub root: MachineKey,
    /// Each after those that it follows; at most 1,000.
    pub names: Vec<EntryHash>,
}

/// Asks for entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct ReadParams {
    /// Their names, at most 200.
    pub names: Vec<EntryHash>,
}

/// Entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct ReadOutput {
    /// Those that are known, each after those that it follows.
    pub entries: Vec<SignedEntry>,
}

/// Tells entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct TellParams {
    /// The mesh's root.
    pub root: MachineKey,
    /// At most 50, each after those that it follows.
    pub entries: Vec<SignedEntry>,
}

/// The good ones are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct TellOutput {
    /// What the caller may do by what is known now. If that is not what its greeting said, it greets anew.
    pub role: Role,
}

/// Waits for another roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct WaitParams {
    /// The head that is known.
    pub head: RosterHead,
}

/// The roster as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct WaitOutput {
    /// Its head.
    pub head: RosterHead,
}

crate::methods! {
    /// The roster, from hand to hand.
    MeshService on Both;

    /// The names of all entries of the roster that owners signed.
    "mesh.roster.names" as RosterNames: names(Empty) -> NamesOutput, scope Viewer, since 1, keyed false;

    /// Entries of the roster by their names. One that is not known is left out.
    "mesh.roster.read" as RosterRead: read(ReadParams) -> ReadOutput, scope Viewer, since 1, keyed false;

    /// Brings entries of the roster. Each is checked for itself: the good ones are taken, and the answer names the first
    /// that is not.
    "mesh.roster.tell" as RosterTell: tell(TellParams) -> TellOutput, scope None, since 1, keyed false;

    /// Waits until the roster has another head than this, up to 20 s.
    "mesh.roster.wait" as RosterWait: wait(WaitParams) -> WaitOutput, scope Viewer, since 1, keyed false;
}
