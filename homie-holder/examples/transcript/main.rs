//! Records link sessions of real holders, frame by frame in both directions, for `spec/holder-v2`: later nodes are tested
//! against what holders of today say. `scripts/transcript` runs it.

#![expect(clippy::unwrap_used, reason = "whoever records wants to know at once what went wrong")]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use homie_holder::HoldSpec;
use homie_protocol::id::{Incarnation, SessionId};
use homie_protocol::methods::session::Size;

mod link;
mod pipes;
mod terminal;

use link::Link;

fn main() {
    let target = PathBuf::from(std::env::args().nth(1).unwrap());
    record(&target.join("link.txt"), terminal::SCRIPT, false, terminal::play);
    record(&target.join("pipes.txt"), pipes::SCRIPT, true, pipes::play);
}

/// One holder, from its start to its end, and what was said meanwhile.
fn record(target: &Path, script: &str, pipes: bool, play: impl FnOnce(&mut Link)) {
    let home = tempfile::TempDir::new().unwrap();
    let folder = home.path().join("h");
    let mut holder = start(&folder, script, pipes);
    let mut link = Link::to(&folder.join("sock"));
    play(&mut link);
    std::fs::write(target, link.text).unwrap();
    assert!(holder.wait().unwrap().success());
}

fn start(folder: &Path, script: &str, pipes: bool) -> Child {
    let program = std::env::current_exe().unwrap().with_file_name("hold");
    let mut process = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let spec = HoldSpec {
        session: SessionId::from_bytes([1; 16]),
        incarnation: Incarnation::from_bytes([2; 16]),
        folder: folder.to_owned(),
        name: Some("recorded".to_owned()),
        command: Some(["sh", "-c", script].map(str::to_owned).to_vec()),
        cwd: Some("/".to_owned()),
        env: std::collections::BTreeMap::new(),
        size: Size::default(),
        pipes,
        joined: false,
        created_at: 1_763_700_000_000,
        wish: None,
    };
    process.stdin.take().unwrap().write_all(&serde_json::to_vec(&spec).unwrap()).unwrap();
    let mut answer = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut answer).unwrap();
    assert_eq!(answer, "ready\n");
    process
}
