//! Wiring: from the request to the running program, and the pump.

use std::fs::OpenOptions;
use std::io::{BufRead, Read, Write};
use std::process::ExitCode;

use rustix::process::{Pid, Signal, getpid, kill_process_group, set_child_subreaper, setsid};
use rustix::system::uname;

use crate::child::Child;
use crate::clock::boot;
use crate::command::{Prepared, prepare};
use crate::door::Door;
use crate::error::HoldError;
use crate::face::Faces;
use crate::folder::Folder;
use crate::held::Held;
use crate::inherited;
use crate::oom;
use crate::pipes::Pipes;
use crate::pty::Pty;
use crate::pump::{Pump, Signals};
use crate::record::{HoldSpec, Record};
use crate::scope::{self, Scope};
use crate::session::{Facts, Session};
use crate::signals;
use crate::streams::Streams;
use crate::tree;

/// Bytes of a request: arguments and environment with much room.
const SPEC: u64 = 4 * 1024 * 1024;

/// The whole process: reads a [`HoldSpec`] as one line of JSON from standard input, says `ready` or `error: …` in one line
/// on standard output, lets go of both, and stays until the session is buried.
pub fn run() -> ExitCode {
    // A kernel before 5.9 cannot; what is kept then costs whoever started the node, not us.
    inherited::let_go().unwrap_or_default();
    match read_spec().and_then(|spec| hold(&spec, || answer("ready"))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            answer(&format!("error: {error}").replace(['\r', '\n'], " "));
            ExitCode::FAILURE
        }
    }
}

/// Starts the program and keeps it. `ready` is called once the program runs and the holder can be found; after it the
/// standard streams are let go. Returns when the session is buried, or after SIGTERM.
pub fn hold(spec: &HoldSpec, ready: impl FnOnce()) -> Result<(), HoldError> {
    let command = prepare(spec)?;
    leave_terminal()?;
    signals::ignore_hang_ups().map_err(HoldError::at("signals"))?;
    let termination = signals::termination().map_err(HoldError::at("signals"))?;
    let children = signals::children().map_err(HoldError::at("signals"))?;
    tree::name_ourselves();
    // Whoever loses a parent in this session gets us, so that all of it can be found. A kernel before 3.4 cannot.
    set_child_subreaper(Some(getpid())).unwrap_or_default();
    let (folder, listener) = Folder::take(&spec.folder)?;
    // A program that starts earlier would stay where the node is, and end with it.
    let scope = scope::take(spec.session);
    let held = start(spec, command, folder, scope)?;
    ready();
    let_go();
    Pump::new(held, Door::new(listener), Signals { termination, children }).run();
    Ok(())
}

/// Starts the program. If that fails nothing of it stays.
fn start(spec: &HoldSpec, command: Prepared, folder: Folder, scope: Scope) -> Result<Held, HoldError> {
    let started = if spec.pipes {
        oom::starting(|| Pipes::spawn(command.piped, spec.joined)).map(|(pipes, pid)| (Streams::Pipes(pipes), pid))
    } else {
        Pty::open(spec.size).and_then(|pty| {
            let pid = oom::starting(|| pty.spawn(command.builder))?;
            Ok((Streams::Terminal(pty), pid))
        })
    };
    let (streams, pid) = started.inspect_err(|_| folder.leave().unwrap_or_default())?;
    let record = Record {
        session: spec.session,
        incarnation: spec.incarnation,
        name: command.name,
        command: command.argv,
        cwd: command.cwd,
        size: spec.size,
        pipes: spec.pipes,
        created_at: spec.created_at,
        pid: number(pid),
        holder: number(getpid()),
        boot: boot(),
        scope: Some(scope.record),
        wish: spec.wish,
        env: spec.env.clone(),
        login: spec.command.is_none(),
    };
    if let Err(error) = folder.record(&record) {
        // A session that nobody could find again must not run. It may have ended by itself.
        kill_process_group(pid, Signal::KILL).unwrap_or_default();
        folder.leave().unwrap_or_default();
        return Err(HoldError::System("spec.json", error));
    }
    let Record { session, incarnation, pid: program, holder, created_at, pipes, .. } = record;
    let facts = Facts { session, incarnation, pid: program, holder, created_at, pipes };
    Ok(Held::new(
        Session::new(facts, spec.size, Faces::new(machine())),
        streams,
        Child::new(pid),
        folder,
        record,
        scope.processes,
    ))
}

/// Becomes a session of its own, so that no signal meant for the node's terminal comes here.
fn leave_terminal() -> Result<(), HoldError> {
    // Not rustix's, which takes the answer for a process: it is 0 where the leader is outside our PID namespace.
    // SAFETY: no pointer is passed, and 0 means this process.
    let leader = unsafe { libc::getsid(0) };
    if leader == getpid().as_raw_pid() {
        return Ok(());
    }
    setsid().map(drop).map_err(HoldError::at("a session of its own"))
}

fn read_spec() -> Result<HoldSpec, HoldError> {
    let mut line = String::new();
    let mut input = std::io::stdin().lock().take(SPEC);
    input.read_line(&mut line).map_err(HoldError::at("standard input"))?;
    serde_json::from_str(&line).map_err(|error| HoldError::Spec(error.to_string()))
}

fn answer(line: &str) {
    // Whoever asked may be gone. The program runs all the same, and the next node finds it by its folder.
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}").and_then(|()| output.flush()).unwrap_or_default();
}

/// Lets go of the standard streams and of the folder it was started in. Where that fails nothing depends on it.
fn let_go() {
    if let Ok(null) = OpenOptions::new().read(true).write(true).open("/dev/null") {
        rustix::stdio::dup2_stdin(&null).unwrap_or_default();
        rustix::stdio::dup2_stdout(&null).unwrap_or_default();
        rustix::stdio::dup2_stderr(&null).unwrap_or_default();
    }
    std::env::set_current_dir("/").unwrap_or_default();
}

/// What this machine calls itself.
fn machine() -> String {
    uname().nodename().to_string_lossy().into_owned()
}

fn number(pid: Pid) -> u32 {
    pid.as_raw_pid().unsigned_abs()
}
