//! Everything that runs in the session: the holder is the parent of whoever has lost theirs, so all of it is below the
//! holder, also what made a session of its own. Its scope, where it has one, may hold what came there by another way.

use std::fs;
use std::path::Path;

use rustix::process::{Pid, PidfdFlags, Signal, getpid, kill_process, pidfd_open, pidfd_send_signal};

/// What a holder calls itself: at most 15 bytes.
const HOLDER: &str = "homie-holder";

/// A process, so that another one with the same id is not taken for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process {
    pid: Pid,
    parent: i32,
    is_holder: bool,
    /// When it was born, in ticks of the boot clock.
    born: u64,
}

/// Marks this process as a holder. Where that fails it is a program like others.
pub(crate) fn name_ourselves() {
    fs::write("/proc/self/comm", HOLDER).unwrap_or_default();
}

/// Whoever is below this process, or in its scope, and still runs.
pub(crate) fn below_us(scope: Option<&Path>) -> Vec<Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok().and_then(Pid::from_raw));
    let all: Vec<Process> = pids.filter_map(look).collect();
    let listed = scope.and_then(|list| fs::read_to_string(list).ok()).unwrap_or_default();
    let listed: Vec<i32> = listed.lines().filter_map(|line| line.parse().ok()).collect();
    session_of(getpid().as_raw_pid(), &all, &listed)
}

/// The session of this holder: what is below it or listed, but for other holders, which a node in this session may have
/// started, and their sessions.
fn session_of(holder: i32, all: &[Process], listed: &[i32]) -> Vec<Process> {
    let own = below(vec![holder], all);
    let others = all.iter().filter(|process| process.is_holder && process.id() != holder);
    let others: Vec<i32> = others.map(|process| process.id()).collect();
    let theirs = below(others, all);
    let is_stray = |process: &Process| {
        listed.contains(&process.id()) && !process.is_holder && process.id() != holder && !own.contains(process)
    };
    let strays: Vec<Process> =
        all.iter().filter(|process| is_stray(process) && !theirs.contains(process)).copied().collect();
    [own, strays].concat()
}

/// Whoever is below these, down to other holders.
fn below(mut parents: Vec<i32>, all: &[Process]) -> Vec<Process> {
    let mut found = Vec::new();
    while let Some(parent) = parents.pop() {
        for process in all.iter().filter(|process| process.parent == parent && !process.is_holder) {
            parents.push(process.id());
            found.push(*process);
        }
    }
    found
}

impl Process {
    pub(crate) fn pid(self) -> Pid {
        self.pid
    }

    fn id(self) -> i32 {
        self.pid.as_raw_pid()
    }

    /// Sends a signal; it may have ended meanwhile, or not be ours to signal.
    pub(crate) fn signal(self, signal: Signal) {
        let held = pidfd_open(self.pid, PidfdFlags::empty());
        if look(self.pid).is_none_or(|now| now.born != self.born) {
            return;
        }
        let sent = match held {
            Ok(held) => pidfd_send_signal(held, signal),
            // A kernel before 5.3.
            Err(_) => kill_process(self.pid, signal),
        };
        sent.unwrap_or_default();
    }
}

/// What the kernel says of a process, unless it has ended and only waits to be noticed.
fn look(pid: Pid) -> Option<Process> {
    let line = fs::read(format!("/proc/{}/stat", pid.as_raw_pid())).ok()?;
    parse(pid, &String::from_utf8_lossy(&line))
}

fn parse(pid: Pid, line: &str) -> Option<Process> {
    // The name stands in brackets and may hold anything, brackets too.
    let (before, after) = line.rsplit_once(')')?;
    let is_holder = before.split_once('(').is_some_and(|(_, name)| name == HOLDER);
    let mut fields = after.split_ascii_whitespace();
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    let parent = fields.next()?.parse().ok()?;
    let born = fields.nth(17)?.parse().ok()?;
    Some(Process { pid, parent, is_holder, born })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: &str = "40 40 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 777 9000 100";

    #[test]
    fn a_name_of_brackets_hides_nothing() {
        let pid = Pid::from_raw(41).unwrap();
        let found = Some(Process { pid, parent: 39, is_holder: false, born: 777 });
        assert_eq!(parse(pid, &format!("41 (a) Z 1 (b) S 39 {REST}")), found);
        assert_eq!(parse(pid, &format!("41 (sh) Z 39 {REST}")), None);
        assert_eq!(parse(pid, "41 (sh) S 39"), None);
        assert!(parse(pid, &format!("41 (homie-holder) S 39 {REST}")).unwrap().is_holder);
    }

    #[test]
    fn other_holders_and_their_sessions_are_left_alone() {
        let process = |pid: i32, parent: i32, is_holder: bool| Process {
            pid: Pid::from_raw(pid).unwrap(),
            parent,
            is_holder,
            born: 1,
        };
        let all = [
            process(10, 1, true),
            process(11, 10, false),
            process(12, 11, false),
            process(13, 10, false),
            // A holder that a node in this session has started, and one from elsewhere.
            process(20, 12, true),
            process(21, 20, false),
            process(22, 21, true),
            process(30, 1, true),
            process(31, 30, false),
            // In the scope, and below nobody.
            process(40, 1, false),
            process(50, 1, false),
        ];
        let mut ours: Vec<i32> = session_of(10, &all, &[10, 11, 20, 21, 22, 40]).into_iter().map(Process::id).collect();
        ours.sort_unstable();
        assert_eq!(ours, [11, 12, 13, 40]);
    }
}
