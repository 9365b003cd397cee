//! A holder under a real systemd user manager: `scripts/test manager` starts one and runs this beside it.
//!
//! The node is a shell in a service; whatever happens to the service, the session's program lives, with the same process id.

// True anyway; said here, it lets the helpers of the tests panic like the tests.
#![cfg(test)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use homie_holder::{ExitRecord, HoldSpec, Record, ScopeRecord};
use homie_protocol::id::{Incarnation, SessionId};
use homie_protocol::methods::session::Size;
use tempfile::TempDir;

/// A service with a holder that it has started. The end of the test ends both.
struct Service {
    unit: String,
    home: TempDir,
}

impl Service {
    /// `number` tells the services of these tests apart. What the program prints it prints into a file.
    fn start(number: u8, properties: &[&str]) -> Self {
        let service = Self { unit: format!("homie-under-test-{number}.service"), home: TempDir::new().unwrap() };
        let (home, answer) = (service.home.path(), service.home.path().join("answer"));
        let script = format!("trap '' HUP; env >{}; sleep 1000", home.join("environment").display());
        let spec = HoldSpec {
            session: SessionId::from_bytes([number; 16]),
            incarnation: Incarnation::from_bytes([number; 16]),
            folder: service.folder(),
            name: None,
            command: Some(vec!["sh".to_owned(), "-c".to_owned(), script]),
            cwd: None,
            env: std::collections::BTreeMap::new(),
            size: Size::default(),
            pipes: false,
            joined: false,
            created_at: 0,
            wish: None,
        };
        fs::write(home.join("spec"), serde_json::to_vec(&spec).unwrap()).unwrap();
        run(Command::new("mkfifo").arg(&answer));
        let mut start = Command::new("systemd-run");
        start.args(["--user", "--quiet", "--unit", &service.unit]);
        start.args(properties.iter().map(|property| format!("--property={property}")));
        start.args(["sh", "-c", "\"$0\" <\"$1/spec\" >\"$1/answer\" & exec sleep 1000"]).arg(program()).arg(home);
        run(&mut start);
        // Opening waits until the holder answers.
        let mut line = String::new();
        BufReader::new(fs::File::open(answer).unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        service
    }

    fn folder(&self) -> PathBuf {
        self.home.path().join("h")
    }

    fn record(&self) -> Record {
        serde_json::from_slice(&fs::read(self.folder().join("spec.json")).unwrap()).unwrap()
    }

    fn exit(&self) -> Option<ExitRecord> {
        serde_json::from_slice(&fs::read(self.folder().join("exit.json")).ok()?).unwrap()
    }

    fn scope(&self) -> String {
        match self.record().scope {
            Some(ScopeRecord::Taken(unit)) => unit,
            other => panic!("no scope: {other:?}"),
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let units = [self.unit.clone(), format!("homie-s-*-{}.scope", self.record().holder)];
        // They may have ended already.
        let _ =
            Command::new("systemctl").args(["--user", "--quiet", "stop"]).args(units).stderr(Stdio::null()).status();
    }
}

#[test]
fn a_session_outlives_every_end_of_its_nodes_service() {
    let service = Service::start(1, &["KillMode=control-group", "Restart=always", "OOMScoreAdjust=100"]);
    let Record { pid, holder, .. } = service.record();
    let born = birth(pid);
    for group in [pid, holder] {
        let cgroup = fs::read_to_string(format!("/proc/{group}/cgroup")).unwrap();
        assert!(cgroup.trim_end().ends_with(&service.scope()), "{cgroup}");
    }
    for end in [&["kill", "--signal=KILL"][..], &["restart"], &["stop"]] {
        systemctl(end, &service.unit);
        assert_eq!(birth(pid), born, "after {end:?}");
    }
    assert_eq!(service.exit(), None);
}

#[test]
fn the_end_of_the_scope_is_the_end_of_the_session_and_is_written_down() {
    let service = Service::start(2, &[]);
    let (Record { pid, .. }, scope) = (service.record(), service.scope());
    let shown = output(Command::new("systemctl").args(["--user", "show", &scope]));
    for property in ["OOMPolicy=continue", "SendSIGHUP=yes", "TimeoutStopUSec=5s", "CollectMode=inactive-or-failed"] {
        assert!(shown.lines().any(|line| line == property), "{property} is missing");
    }
    systemctl(&["stop"], &scope);
    let exit = service.exit().unwrap();
    assert!(exit.by_system && exit.status.signal.is_some(), "{exit:?}");
    assert_eq!(birth(pid), None);
    assert!(!service.folder().join("sock").exists());
}

#[test]
fn the_program_knows_nothing_of_the_service() {
    let service = Service::start(3, &["Type=exec", "WatchdogSec=60"]);
    service.scope();
    let pid = service.record().pid;
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap();
    let names =
        ["INVOCATION_ID=", "JOURNAL_STREAM=", "SYSTEMD_EXEC_PID=", "WATCHDOG_", "NOTIFY_SOCKET=", "MANAGERPID="];
    for variable in environment.split(|byte| *byte == 0) {
        assert!(!names.iter().any(|name| variable.starts_with(name.as_bytes())), "{variable:?}");
    }
    assert_eq!(fs::read_to_string(format!("/proc/{pid}/oom_score_adj")).unwrap().trim(), "300");
}

/// When the process was born, if it runs: the same number later is the same process.
fn birth(pid: u32) -> Option<String> {
    let line = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = line.rsplit_once(')').unwrap();
    let mut fields = fields.split_ascii_whitespace();
    if fields.next() == Some("Z") { None } else { fields.nth(18).map(str::to_owned) }
}

fn systemctl(verb: &[&str], unit: &str) {
    run(Command::new("systemctl").arg("--user").args(verb).arg(unit));
}

fn run(command: &mut Command) {
    output(command);
}

fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The program that is the holder: an example of this crate, beside the tests.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.ancestors().nth(2).map(|folder: &Path| folder.join("examples/hold")).unwrap();
    assert!(program.exists(), "{program:?} is missing: scripts/test manager builds it");
    program
}
