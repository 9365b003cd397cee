//! A holder's process, from its start to the end of the test.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};

use homie_holder::{ExitRecord, HoldSpec, Record};
use homie_protocol::id::{Incarnation, SessionId};
use homie_protocol::methods::session::Size;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tempfile::TempDir;

use crate::node::Node;

/// A running holder. The end of the test ends it and its program.
pub(crate) struct Holder {
    process: Child,
    pub(crate) spec: HoldSpec,
    _home: TempDir,
}

/// The program that is the holder: an example of this crate, beside the tests.
pub(crate) fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join("examples/hold");
    assert!(program.exists(), "{program:?} is missing: cargo test -p homie-holder builds it");
    program
}

/// A request in a folder of its own.
pub(crate) fn spec(home: &Path, command: &[&str]) -> HoldSpec {
    static NUMBER: AtomicU8 = AtomicU8::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    HoldSpec {
        session: SessionId::from_bytes([number; 16]),
        incarnation: Incarnation::from_bytes([200 - number; 16]),
        folder: home.join("h"),
        name: None,
        command: Some(command.iter().map(ToString::to_string).collect()),
        cwd: Some("/".to_owned()),
        env: BTreeMap::new(),
        size: Size::default(),
        pipes: false,
        joined: false,
        created_at: 1_763_700_000_000,
        wish: None,
    }
}

/// Starts a holder and gives its one line of answer.
pub(crate) fn start(spec: &HoldSpec) -> (Child, String) {
    start_by(Command::new(program()), spec)
}

/// Starts a holder by a command that becomes one.
pub(crate) fn start_by(mut command: Command, spec: &HoldSpec) -> (Child, String) {
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let request = serde_json::to_vec(spec).unwrap();
    process.stdin.take().unwrap().write_all(&request).unwrap();
    let mut answer = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut answer).unwrap();
    (process, answer)
}

impl Holder {
    /// A holder whose program is a line of shell.
    pub(crate) fn shell(script: &str) -> Self {
        Self::start(|_| {}, &["sh", "-c", script])
    }

    /// A holder whose program gives back every byte as it came, and nothing else. It has said `ready`: what is typed
    /// before would be echoed by the terminal too.
    pub(crate) fn mirror() -> Self {
        let holder = Self::shell("stty raw -echo; printf ready; exec cat");
        let mut node = holder.link(0);
        node.watch(1, None);
        node.until_shown(1, "ready");
        holder
    }

    pub(crate) fn start(change: impl FnOnce(&mut HoldSpec), command: &[&str]) -> Self {
        Self::start_by(Command::new(program()), change, command)
    }

    pub(crate) fn start_by(by: Command, change: impl FnOnce(&mut HoldSpec), command: &[&str]) -> Self {
        let home = TempDir::new().unwrap();
        let mut spec = spec(home.path(), command);
        change(&mut spec);
        let (process, answer) = start_by(by, &spec);
        assert_eq!(answer, "ready\n");
        Self { process, spec, _home: home }
    }

    /// Links to it as a node of this epoch.
    pub(crate) fn link(&self, epoch: u64) -> Node {
        Node::greet(&self.socket(), epoch)
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.spec.folder.join("sock")
    }

    pub(crate) fn record(&self) -> Record {
        read(&self.spec.folder.join("spec.json")).unwrap()
    }

    pub(crate) fn exit_record(&self) -> Option<ExitRecord> {
        read(&self.spec.folder.join("exit.json"))
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Waits for the holder itself to end.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        self.process.wait().unwrap()
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.process)
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        // While the holder lives its program's id is the program's, or nobody's.
        if self.process.try_wait().is_ok_and(|ended| ended.is_none()) {
            let program = read::<Record>(&self.spec.folder.join("spec.json")).and_then(|record| pid(record.pid));
            program.map(|group| kill_process_group(group, Signal::KILL));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn pid(number: u32) -> Option<Pid> {
    i32::try_from(number).ok().and_then(Pid::from_raw)
}

pub(crate) fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Option<T> {
    let bytes = std::fs::read(path).ok()?;
    Some(serde_json::from_slice(&bytes).unwrap())
}
