//! What is asked of a holder, and what it leaves in its folder for those who look later.

use std::collections::BTreeMap;
use std::path::PathBuf;

use homie_protocol::id::{Incarnation, Offset, SessionId};
use homie_protocol::machine::answers::Wish;
use homie_protocol::methods::session::{ExitStatus, Size};
use serde::{Deserialize, Serialize};

/// The holder's socket, in its folder.
pub const SOCKET: &str = "sock";

/// The [`Record`], in the holder's folder.
pub const RECORD: &str = "spec.json";

/// The [`ExitRecord`], in the holder's folder, once the program has ended.
pub const EXIT: &str = "exit.json";

/// The [`LastScreen`](crate::LastScreen), in the holder's folder.
pub const SCREEN: &str = "screen";

/// What to start and where to be found: one line of JSON on the holder's standard input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldSpec {
    /// The session.
    pub session: SessionId,
    /// Its birth, chosen by whoever asks.
    pub incarnation: Incarnation,
    /// The holder's own folder, an absolute path. It is made if its parent exists.
    pub folder: PathBuf,
    /// What people call the session; left out, the program's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Program and arguments; left out, the user's login shell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// The folder it starts in, an absolute path; left out, the home folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Additions to the environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// The terminal's first size.
    pub size: Size,
    /// Pipes instead of a terminal: what the program says on its output is kept until a lossless viewer has read it, and
    /// there is neither a size nor a screen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pipes: bool,
    /// Of a program with pipes: what it says on its error stream goes where its output goes, and it has nothing to read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub joined: bool,
    /// When the session was asked for, milliseconds since 1970.
    pub created_at: u64,
    /// Who asked for it under which key, so that asking again finds this session whatever becomes of the node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wish: Option<Wish>,
}

/// What was started: `spec.json`. A later version may add fields, so unknown ones are passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The session.
    pub session: SessionId,
    /// Its birth.
    pub incarnation: Incarnation,
    /// What people call it.
    pub name: String,
    /// Program and arguments as they were started.
    pub command: Vec<String>,
    /// The folder it started in.
    pub cwd: String,
    /// The terminal's first size; the present one is in the holder's welcome.
    pub size: Size,
    /// Whether it has pipes and no terminal.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pipes: bool,
    /// When the session was asked for, milliseconds since 1970.
    pub created_at: u64,
    /// The program's process id.
    pub pid: u32,
    /// The holder's process id.
    pub holder: u32,
    /// Who asked for it under which key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wish: Option<Wish>,
    /// Additions to its environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Nobody named a program: it is the user's login shell, and is started as one when it is run again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub login: bool,
    /// The boot of the machine that it runs in: in another one nothing of it does. Records of the first holders do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<String>,
    /// Whether the session has a systemd scope of its own. Records of the first holders do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<ScopeRecord>,
}

/// Whether the session outlives what ends the node's unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScopeRecord {
    /// It has this scope.
    Taken(String),
    /// It has none: why.
    NotTaken(String),
}

/// How it ended: `exit.json`, on disk before anyone is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitRecord {
    /// The birth that ended.
    pub incarnation: Incarnation,
    /// How.
    pub status: ExitStatus,
    /// The offset after the last byte of output.
    pub end: Offset,
    /// When, milliseconds since 1970.
    pub ended_at: u64,
    /// The system wanted it, not the program or a person: the machine went down, or its user's last login.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_system: bool,
}
