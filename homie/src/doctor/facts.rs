//! What was seen: nothing here judges.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::SystemTime;

use homie_gateway::{Hindrance, PairFiles, Planned, Validity};
use homie_tailnet::{Status, TailnetError};
use homie_trust::{ClonedFile, ClosedDoor, KeptAt, KeyDoor, KeyStore, OpenDoor, Policy, PublicDoor};

/// All of it.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) settings: SettingsFile,
    pub(crate) policy: Policy,
    /// That another machine has this one's key, if it is known.
    pub(crate) cloned: Option<Cloned>,
    /// Whether this is root.
    pub(crate) is_root: bool,
    pub(crate) gateway: Option<Running>,
    pub(crate) page: PagePort,
    /// Where the key door is to listen, as the settings want it.
    pub(crate) key_door: Vec<KeyAddress>,
    /// The door to the internet, as the settings want it.
    pub(crate) public: Option<PublicFacts>,
    /// What is so, if the settings want it to dial out.
    pub(crate) dial_out: Option<DialOut>,
    pub(crate) tailnet: TailnetFacts,
    pub(crate) files: Files,
    pub(crate) store: KeyStore,
    pub(crate) keys: Vec<Key>,
    /// Whether the installed service stays without a login; nothing where none is installed.
    pub(crate) stays: Option<bool>,
    pub(crate) clock: Clock,
}

/// That another machine has this one's key.
#[derive(Debug)]
pub(crate) struct Cloned {
    /// Where it was heard of, unless what is written of that makes no sense.
    pub(crate) seen: Option<ClonedFile>,
}

/// The file of the settings.
#[derive(Debug)]
pub(crate) struct SettingsFile {
    pub(crate) path: PathBuf,
    /// Why it counts for nothing.
    pub(crate) problem: Option<String>,
    /// Whether it says that the tailnet's word is enough.
    pub(crate) trusts: bool,
    /// Interfaces that it names, and this machine has not.
    pub(crate) absent: Vec<String>,
}

/// This machine's gateway, which answers.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) addr: SocketAddr,
    pub(crate) instead_of: Option<u16>,
    pub(crate) door: Option<OpenDoor>,
    pub(crate) closed: Option<ClosedDoor>,
    pub(crate) keyed: Option<KeyDoor>,
    pub(crate) public: Option<PublicDoor>,
}

/// A door to the internet that somebody wants.
#[derive(Debug, Clone)]
pub(crate) struct PublicFacts {
    pub(crate) listen: Vec<Listened>,
    pub(crate) files: PairFiles,
    /// From when to when the certificate is good, or why it cannot be shown.
    pub(crate) pair: Result<Validity, String>,
    /// Whether every user of this machine can read its key.
    pub(crate) is_key_open: bool,
}

/// An address of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Listened {
    pub(crate) address: SocketAddr,
    /// Whether this machine has it.
    pub(crate) is_here: bool,
    /// Whether somebody listens there; us, if our door is open.
    pub(crate) is_taken: bool,
    /// Whether the kernel does not let this user.
    pub(crate) is_forbidden: bool,
}

/// A machine that is to dial out.
#[derive(Debug)]
pub(crate) struct DialOut {
    /// The machines that have a door for it.
    pub(crate) takers: Vec<String>,
    /// Where connections lie, as the gateway that answers tells; nothing if none does.
    pub(crate) kept: Option<Vec<KeptAt>>,
}

/// An address of the key door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyAddress {
    pub(crate) address: SocketAddr,
    /// Whether this machine has it.
    pub(crate) is_here: bool,
    /// Whether somebody listens there; us, if our door is open.
    pub(crate) is_taken: bool,
    /// Whether others are told to dial it.
    pub(crate) is_told: bool,
}

/// The port of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PagePort {
    /// Our gateway has the one that it was to have.
    Ours,
    /// Our gateway has another.
    Moved { usual: u16, port: u16 },
    /// None of ours runs, and nobody has it.
    Free(u16),
    /// None of ours runs, and another program has it. One that nobody chose is not missed: the next one will do.
    Taken { port: u16, is_chosen: bool },
}

/// tailscaled.
#[derive(Debug)]
pub(crate) enum TailnetFacts {
    /// It does not answer.
    Silent(TailnetError),
    Answers(Box<Tailscaled>),
}

/// What it says.
#[derive(Debug)]
pub(crate) struct Tailscaled {
    pub(crate) status: Status,
    /// Whether it runs as this same user.
    pub(crate) is_own_user: bool,
    /// What there is for us in Serve, if that could be read.
    pub(crate) serve: Option<Serve>,
}

/// What we have of Serve, or could have.
#[derive(Debug)]
pub(crate) struct Serve {
    pub(crate) plan: Result<Planned, Hindrance>,
    /// Whether it would be done for us; nothing where there is nothing to do.
    pub(crate) may: Option<Result<(), TailnetError>>,
}

/// What lies in the state directory and beside the settings.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) state: PathBuf,
    /// Why the directory cannot be used, if it is there and not only open to others.
    pub(crate) problem: Option<String>,
    pub(crate) open: Vec<OpenFile>,
    pub(crate) seen: usize,
    /// Whether there were more than are looked at.
    pub(crate) is_cut: bool,
    /// The last write, and to what.
    pub(crate) newest: Option<(PathBuf, SystemTime)>,
}

/// A file or directory that is not ours alone.
#[derive(Debug)]
pub(crate) struct OpenFile {
    pub(crate) path: PathBuf,
    pub(crate) mode: u32,
    pub(crate) wanted: u32,
    pub(crate) is_ours: bool,
}

/// A key of this machine.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) found: Result<bool, KeyProblem>,
}

/// Why it cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyProblem {
    pub(crate) what: String,
    /// What helps, where the store itself says it.
    pub(crate) fix: Option<String>,
}

/// The clock, as far as this machine alone can tell.
#[derive(Debug)]
pub(crate) struct Clock {
    pub(crate) now: SystemTime,
    /// Whether systemd says that a time server keeps it; nothing if it says nothing.
    pub(crate) is_kept: Option<bool>,
}
