//! How a machine that is not there behaves: as it should, or in one of the ways in which one may lie.

use homie_protocol::control::Empty;
use homie_protocol::id::{Incarnation, NodeId, SessionId};
use homie_protocol::limits::PAGE;
use homie_protocol::methods::presence::{Offered, Platform, Presence};
use homie_protocol::methods::session::{ListOutput, ListParams, SessionInfo};

use super::SESSIONS;

/// What is a script, a change of colour and a change of direction wherever it is not shown as text.
pub const MISCHIEF: &str = "<img src=x onerror=alert(1)>\u{1b}[31m\u{202e}";

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// As it should.
    Honest,
    /// Its list of sessions has always one more page.
    Endless,
    /// Its sessions are all as large as one may be.
    Huge,
    /// Its names are scripts, and so is what its sessions show.
    Mischievous,
    /// It lists the sessions of the first machine as its own.
    Covetous,
    /// What it says of itself is ten megabytes.
    Boastful,
    /// It calls itself by the name of the first.
    Impostor,
    /// Its key is another than the roster's.
    OfAnotherKey,
    /// It tells of changes as fast as they are taken.
    Chatty,
}

impl Manner {
    /// Every way to lie.
    pub const LIES: [Self; 8] = [
        Self::Endless,
        Self::Huge,
        Self::Mischievous,
        Self::Covetous,
        Self::Boastful,
        Self::Impostor,
        Self::OfAnotherKey,
        Self::Chatty,
    ];

    /// The name that it has for itself, where it ought to have this one.
    pub(super) fn calls_itself(self, name: &str) -> String {
        match self {
            Self::Impostor => "m0".to_owned(),
            _ => name.to_owned(),
        }
    }

    /// The sessions of the machine with this number, where the first machine is this one.
    pub(super) fn sessions(self, number: usize, first: Option<NodeId>) -> Vec<SessionInfo> {
        let number = match self {
            Self::Covetous => first.map_or(number, |_| 0),
            _ => number,
        };
        (0..SESSIONS).map(|session| self.session(number, session)).collect()
    }

    fn session(self, number: usize, session: u16) -> SessionInfo {
        let mut honest = session_of(number, session);
        match self {
            Self::Mischievous => {
                honest.name = format!("{MISCHIEF}{session}");
                honest.face.title = Some(MISCHIEF.to_owned());
                honest.face.preview = vec![MISCHIEF.to_owned()];
            }
            Self::Huge => {
                honest.command = vec!["x".repeat(60_000)];
                honest.face.title = Some("y".repeat(60_000));
                honest.face.preview = vec!["z".repeat(1_000); 60];
            }
            _ => {}
        }
        honest
    }

    /// A page of its sessions.
    pub(super) fn page(self, sessions: &[SessionInfo], params: ListParams) -> ListOutput {
        if self != Self::Endless {
            return ListOutput { sessions: sessions.to_vec(), next: None };
        }
        let from = params.after.map_or(0, |after| u32::from_be_bytes(first_four(after.as_bytes())));
        let count = u32::try_from(PAGE).unwrap_or(u32::MAX);
        let sessions: Vec<_> = (from + 1..=from + count).map(endless).collect();
        let next = sessions.last().map(|last| last.id);
        ListOutput { sessions, next }
    }

    /// What it says of itself.
    pub(super) fn presence(self, name: &str, _: Empty) -> Presence {
        let word = |honest: &str| match self {
            Self::Mischievous => MISCHIEF.to_owned(),
            Self::Huge => "h".repeat(100_000),
            _ => honest.to_owned(),
        };
        let platform = Platform { os: word("linux"), version: word("Fake 1"), arch: word("x86_64") };
        let terminal = Offered { version: 1, features: Vec::new() };
        let services = [(word("terminal"), terminal)].into();
        let (homie, addresses, tags) = (word(env!("CARGO_PKG_VERSION")), Vec::new(), Vec::new());
        Presence { host: word(name), platform, homie, addresses, tags, services }
    }
}

/// The session with this number of the machine with that one.
pub(super) fn session_of(machine: usize, session: u16) -> SessionInfo {
    let mut id = [7; 16];
    id[..8].copy_from_slice(&u64::try_from(machine).unwrap_or_default().to_be_bytes());
    id[8..10].copy_from_slice(&session.to_be_bytes());
    let name = format!("build-{machine}-{session}");
    SessionInfo::begun(SessionId::from_bytes(id), Incarnation::from_bytes([1; 16]), name, 1)
}

fn endless(number: u32) -> SessionInfo {
    let mut id = [9; 16];
    id[..4].copy_from_slice(&number.to_be_bytes());
    SessionInfo::begun(SessionId::from_bytes(id), Incarnation::from_bytes([1; 16]), format!("s{number}"), 1)
}

fn first_four(bytes: &[u8; 16]) -> [u8; 4] {
    let [a, b, c, d, ..] = *bytes;
    [a, b, c, d]
}
