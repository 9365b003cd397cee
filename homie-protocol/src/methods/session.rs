//! Terminal sessions: start, list, attach, detach, resize, and in `acts` what is done to them without a channel.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::control::Empty;
use crate::id::{Channel, Incarnation, Offset, SessionId, WriterId};

mod acts;
mod cost;
mod face;
mod look;
mod read;
pub mod recording;
mod size;

pub use acts::{
    GetOutput, GetParams, InputBytes, InputParams, KillParams, RenameOutput, RenameParams, SessionSignal, SignalParams,
};
pub use cost::Cost;
pub use face::{Attention, AttentionKind, Face};
pub use look::{Delivery, ResizeOutput, ResizeParams, Rgb, ShowParams, SnapshotParams, Theme};
pub use read::{CaptureOutput, CaptureParams, Hit, Match, RerunOutput, RerunParams, SearchOutput, SearchParams};
use recording::{
    RecordOutput, RecordParams, RecordingReadOutput, RecordingReadParams, RecordingRemoveParams, RecordingsOutput,
    RecordingsParams,
};
pub use size::Size;

/// Starts a shell, or the command given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct StartParams {
    /// What people will call it, at most 64 characters, and no other session that runs has it; left out, the program's
    /// name, with a number if that is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Program and arguments; left out, the user's login shell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// The folder it starts in; left out, the home folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Additions to the environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<BTreeMap<String, String>>,
    /// The size of its terminal.
    pub size: Size,
    /// Pipes instead of a terminal, for a program whose output programs read. What it says on its error stream comes with its
    /// output, all of which is kept until a `lossless` viewer has it; it has nothing to read, no size and no screen. Run again
    /// it gets a terminal. Left out, it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipes: Option<bool>,
}

/// The session that was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct StartOutput {
    /// As a list would show it.
    pub session: SessionInfo,
}

/// Asks for the sessions, at most 200 at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    /// Also tells later changes, as `terminal.session.changed` events on channel 0 with `seq` from 1. A second
    /// subscription of the same circuit replaces the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscribe: Option<bool>,
    /// The page after this session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<SessionId>,
}

/// A page of sessions, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct ListOutput {
    /// The sessions.
    pub sessions: Vec<SessionInfo>,
    /// If there are more: ask again with `after` = this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<SessionId>,
}

/// A session as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct SessionInfo {
    /// Its id.
    pub id: SessionId,
    /// Its present birth.
    pub incarnation: Incarnation,
    /// What people call it.
    pub name: String,
    /// Program and arguments.
    pub command: Vec<String>,
    /// The folder it started in.
    pub cwd: String,
    /// The size of its terminal.
    pub size: Size,
    /// Whether it runs.
    pub state: SessionState,
    /// How it ended, if it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<ExitStatus>,
    /// Viewers attached now.
    pub viewers: u32,
    /// When it was started, milliseconds since 1970 by the machine's clock.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub created_at: u64,
    /// When it last printed something or was typed into, to 10 seconds: a flood is one change in that time. Exact once
    /// it has ended.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub last_activity_at: u64,
    /// The program's process id, while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// The process id of its holder, while that lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder_pid: Option<u32>,
    /// What it shows to those who do not look.
    pub face: Face,
    /// Whether what it prints is being recorded.
    pub recording: bool,
}

impl SessionInfo {
    /// About how many bytes it takes.
    pub fn weight(&self) -> usize {
        cost::bytes(self)
    }

    /// One that has just begun to run, of which nothing more is known yet.
    pub fn begun(id: SessionId, incarnation: Incarnation, name: String, created_at: u64) -> Self {
        Self {
            id,
            incarnation,
            name,
            command: Vec::new(),
            cwd: String::new(),
            size: Size::default(),
            state: SessionState::Running,
            exit: None,
            viewers: 0,
            created_at,
            last_activity_at: created_at,
            pid: None,
            holder_pid: None,
            face: Face::default(),
            recording: false,
        }
    }
}

/// Whether a session runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    /// Its program runs.
    Running,
    /// Its program has ended and said how.
    Exited,
    /// Its holder is gone and nobody knows how the program ended.
    Lost,
    /// Its machine went down with it. It can be run again.
    Ended,
}

/// How a program ended: a code, or the signal that killed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct ExitStatus {
    /// Its exit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i32>,
    /// The signal's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
}

/// Looks at a session, or types into it too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct AttachParams {
    /// The channel to open: odd, and higher than any before it on this circuit.
    pub channel: Channel,
    /// Which session.
    pub session: SessionId,
    /// The birth that `from` counts in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incarnation: Option<Incarnation>,
    /// The next byte of output that is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Offset>,
    /// Whether this viewer may type.
    pub mode: AttachMode,
    /// Who types; needed for `interactive`, refused for `watch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writer: Option<WriterClaim>,
    /// The size it has room for: it is the terminal's if this viewer drives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    /// Whether a person sees it now. The first visible viewer that may type drives the size.
    pub visible: bool,
    /// What it is sent when it does not keep up; left out, `bytes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
    /// Its colours: programs that ask are told those of whoever drives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theme: Option<Theme>,
}

/// Whether a viewer may type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum AttachMode {
    /// Look and type.
    Interactive,
    /// Look.
    Watch,
}

/// A writer says who it is and how much it has sent since its birth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct WriterClaim {
    /// Its id.
    pub id: WriterId,
    /// The offset after the last byte it ever sent; 0 for a new one.
    pub sent: Offset,
}

/// The channel is open; output starts at `from`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct AttachOutput {
    /// The birth that offsets count in.
    pub incarnation: Incarnation,
    /// The offset of the first byte that will come.
    pub from: Offset,
    /// Bytes that will not come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<Gap>,
    /// What became of this writer's bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<InputState>,
    /// The terminal's size.
    pub size: Size,
    /// A snapshot comes first, and says where output goes on; `from` is only where the output stood.
    pub snapshot: bool,
    /// Whether this viewer drives the size.
    pub drives: bool,
}

/// Output that is declared lost to a viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// The first byte lost.
    pub from: Offset,
    /// The first byte after it that comes.
    pub to: Offset,
}

/// What became of a writer's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct InputState {
    /// Bytes below this offset have reached the terminal.
    pub applied: Offset,
    /// Somebody else has typed after them.
    pub contested: bool,
}

/// Closes a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct DetachParams {
    /// The channel.
    pub channel: Channel,
}

crate::methods! {
    /// Terminal sessions of one machine.
    SessionService on Node;

    /// Starts a shell, or the command given, in a session of its own. It lives until its program ends, whoever comes
    /// and goes.
    "terminal.session.start" as Start: start(StartParams) -> StartOutput, scope Operator, since 1, keyed true;

    /// Lists the sessions of this machine, and tells later changes if asked to.
    "terminal.session.list" as List: list(ListParams) -> ListOutput, scope Viewer, since 1, keyed false;

    /// Tells of one session.
    "terminal.session.get" as Get: get(GetParams) -> GetOutput, scope Viewer, since 1, keyed false;

    /// Opens a channel to a session. The response precedes every other frame of the channel.
    "terminal.session.attach" as Attach: attach(AttachParams) -> AttachOutput, scope Viewer, since 1, keyed false;

    /// Closes a channel. The session goes on.
    "terminal.session.detach" as Detach: detach(DetachParams) -> Empty, scope Viewer, since 1, keyed false;

    /// Sets the size of a session's terminal, for everyone who looks at it; or says for what size a viewer has room.
    "terminal.session.resize" as Resize: resize(ResizeParams) -> ResizeOutput, scope Operator, since 1, keyed false;

    /// Says whether a person sees a channel now. Who drives the size and hides for 5 seconds drives it no longer.
    "terminal.session.show" as Show: show(ShowParams) -> Empty, scope Viewer, since 1, keyed false;

    /// Asks for a snapshot on a channel of the delivery `screen`. It comes in the order of the channel.
    "terminal.session.snapshot" as Snapshot: snapshot(SnapshotParams) -> Empty, scope Viewer, since 1, keyed false;

    /// Sends a signal: `int`, `quit` and `tstp` as the terminal's keys do, even if the program reads no input; the others
    /// to the process group in the foreground, or to the program's own.
    "terminal.session.signal" as Signal: signal(SignalParams) -> Empty, scope Operator, since 1, keyed true;

    /// Types without a channel; each call is a writer of its own. The answer comes when the terminal has taken the bytes.
    /// If the program reads nothing for 30 seconds it is `timeout`, and the bytes wait on.
    "terminal.session.input" as Input: input(InputParams) -> Empty, scope Operator, since 1, keyed true;

    /// Ends the program and everything it has started: asked to hang up first, killed after 2 seconds. The answer comes
    /// when nothing of it is left. If the program has ended by itself, what it left behind is ended.
    "terminal.session.kill" as Kill: kill(KillParams) -> Empty, scope Operator, since 1, keyed true;

    /// Gives a session another name.
    "terminal.session.rename" as Rename: rename(RenameParams) -> RenameOutput, scope Operator, since 1, keyed true;

    /// Runs the command of a session that is over again, in the same folder: the same session, born anew.
    "terminal.session.rerun" as Rerun: rerun(RerunParams) -> RerunOutput, scope Operator, since 1, keyed true;

    /// Searches the screens and histories of one session or of all.
    "terminal.session.search" as Search: search(SearchParams) -> SearchOutput, scope Viewer, since 1, keyed false;

    /// Gives what a session shows, as text.
    "terminal.session.capture" as Capture: capture(CaptureParams) -> CaptureOutput, scope Viewer, since 1, keyed false;

    /// Records what a session prints from now on. Everyone who looks at it is told so.
    "terminal.session.recording.start" as RecordingStart: recording_start(RecordParams) -> RecordOutput,
    scope Operator, since 1, keyed true;

    /// Ends a session's recording.
    "terminal.session.recording.stop" as RecordingStop: recording_stop(RecordParams) -> RecordOutput,
    scope Operator, since 1, keyed true;

    /// Lists the recordings of this machine.
    "terminal.session.recording.list" as RecordingList: recording_list(RecordingsParams) -> RecordingsOutput,
    scope Viewer, since 1, keyed false;

    /// Reads a part of a recording.
    "terminal.session.recording.read" as RecordingRead: recording_read(RecordingReadParams) -> RecordingReadOutput,
    scope Viewer, since 1, keyed false;

    /// Removes a recording that has ended.
    "terminal.session.recording.remove" as RecordingRemove: recording_remove(RecordingRemoveParams) -> Empty,
    scope Operator, since 1, keyed true;
}
