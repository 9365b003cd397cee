//! A machine of one's own: its node runs in the background, and nothing of it outlives the test.

use std::fs;
use std::os::fd::OwnedFd;
use std::process::Output;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open, pidfd_send_signal};
use serde_json::Value;

use crate::program::{Home, PATIENCE};

/// A machine with a node.
pub(crate) struct Machine {
    home: Home,
}

impl Machine {
    /// One whose node does not run yet.
    pub(crate) fn new() -> Self {
        Self { home: Home::new() }
    }

    /// One with this state directory.
    pub(crate) const fn of(home: Home) -> Self {
        Self { home }
    }

    pub(crate) fn up() -> Self {
        let machine = Self::new();
        machine.start();
        machine
    }

    /// Starts node and gateway, again if they were killed.
    pub(crate) fn start(&self) -> String {
        self.done(&["up", "--detach", "--port", "0", "--name", "desk"])
    }

    pub(crate) const fn home_mut(&mut self) -> &mut Home {
        &mut self.home
    }

    pub(crate) const fn home(&self) -> &Home {
        &self.home
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.home.run(arguments)
    }

    /// Runs what must succeed, and gives what it says.
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The same for an answer in JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.done(arguments)).unwrap()
    }

    /// Runs what must fail: its exit code and its sentence.
    pub(crate) fn refused(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.run(arguments);
        assert!(output.stdout.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    /// A session as programs see it, over or not.
    pub(crate) fn session(&self, name: &str) -> Value {
        let all = self.json(&["ls", "--all", "--json"]);
        let found = all.as_array().unwrap().iter().find(|session| session["name"] == name);
        found.unwrap_or_else(|| panic!("no {name} in {all}")).clone()
    }

    pub(crate) fn node(&self) -> Pid {
        let pid = self.json(&["status", "--json"])["node"]["pid"].as_i64().unwrap();
        Pid::from_raw(i32::try_from(pid).unwrap()).unwrap()
    }

    /// SIGKILL, and gone.
    pub(crate) fn kill_node(&self) {
        end(self.node(), Signal::KILL);
    }
}

/// Sends a signal and waits for the end.
pub(crate) fn end(pid: Pid, signal: Signal) {
    let process = pidfd_open(pid, PidfdFlags::empty()).unwrap();
    pidfd_send_signal(&process, signal).unwrap();
    assert!(ended_within(&process, PATIENCE), "{pid:?} does not end");
}

/// A handle on a process that the command tells of.
pub(crate) fn process(pid: &Value) -> OwnedFd {
    let pid = Pid::from_raw(i32::try_from(pid.as_i64().unwrap()).unwrap()).unwrap();
    pidfd_open(pid, PidfdFlags::empty()).unwrap()
}

/// Whether it has, waited for by its parent or not.
pub(crate) fn has_ended(process: &OwnedFd) -> bool {
    ended_within(process, Duration::ZERO)
}

/// Ends one that has not ended by itself.
pub(crate) fn finish(process: &OwnedFd) {
    let _gone = pidfd_send_signal(process, Signal::KILL);
    assert!(ended_within(process, PATIENCE), "it does not end");
}

fn ended_within(process: &OwnedFd, limit: Duration) -> bool {
    let limit = Timespec::try_from(limit).unwrap();
    poll(&mut [PollFd::new(process, PollFlags::IN)], Some(&limit)).unwrap() == 1
}

impl Drop for Machine {
    fn drop(&mut self) {
        let is_down = self.run(&["down", "--all", "--yes"]).status.success();
        // What the command itself cannot end is ended by its process id, if that is still ours.
        if !is_down {
            self.end_ours(&fs::read_to_string(self.home.path().join("node.lock")).unwrap_or_default());
        }
        for folder in fs::read_dir(self.home.path().join("holders")).into_iter().flatten().flatten() {
            let Ok(record) = fs::read(folder.path().join("spec.json")) else { continue };
            let record: Value = serde_json::from_slice(&record).unwrap();
            self.end_ours(&record["holder"].to_string());
            self.end_ours(&record["pid"].to_string());
        }
    }
}

impl Machine {
    /// Kills a process that was started with this machine's state directory.
    fn end_ours(&self, pid: &str) {
        let Some(pid) = pid.trim().parse().ok().and_then(Pid::from_raw) else { return };
        let environment = fs::read(format!("/proc/{}/environ", pid.as_raw_nonzero())).unwrap_or_default();
        if String::from_utf8_lossy(&environment).contains(&format!("HOMIE_HOME={}\0", self.home.path().display())) {
            // It may have ended just now.
            let _killed = kill_process(pid, Signal::KILL);
        }
    }
}
