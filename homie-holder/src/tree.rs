//! Everything that runs in the session: the holder is the parent of whoever has lost theirs, so all of it is below the
//! holder, also what made a session of its own. Its scope, where it has one, may hold what came there by another way.

use std::fs;
use std::path::Path;

use rustix::process::{Pid, PidfdFlags, Signal, getpid, kill_process, pidfd_open, pidfd_send_signal};

/// A process, so that another one with the same id is not taken for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process {
    pid: Pid,
    parent: i32,
    /// When it was born, in ticks of the boot clock.
    born: u64,
}

/// Whoever is below this process, or in its scope, and still runs.
pub(crate) fn below_us(scope: Option<&Path>) -> Vec<Process> {
    let all: Vec<Process> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok().and_then(Pid::from_raw)?;
            look(pid)
        })
        .collect();
    let mut found: Vec<Process> = Vec::new();
    let mut parents = vec![getpid().as_raw_pid()];
    while let Some(parent) = parents.pop() {
        for process in all.iter().filter(|process| process.parent == parent) {
            parents.push(process.pid.as_raw_pid());
            found.push(*process);
        }
    }
    let listed = scope.and_then(|list| fs::read_to_string(list).ok()).unwrap_or_default();
    let pids: Vec<Pid> = listed.lines().filter_map(|line| line.parse().ok().and_then(Pid::from_raw)).collect();
    let others = all.iter().filter(|process| pids.contains(&process.pid) && process.pid != getpid());
    let others: Vec<Process> = others.filter(|process| !found.contains(process)).copied().collect();
    found.extend(others);
    found
}

impl Process {
    pub(crate) fn pid(self) -> Pid {
        self.pid
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
    let (_, after) = line.rsplit_once(')')?;
    let mut fields = after.split_ascii_whitespace();
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    let parent = fields.next()?.parse().ok()?;
    let born = fields.nth(17)?.parse().ok()?;
    Some(Process { pid, parent, born })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: &str = "40 40 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 777 9000 100";

    #[test]
    fn a_name_of_brackets_hides_nothing() {
        let pid = Pid::from_raw(41).unwrap();
        let found = Some(Process { pid, parent: 39, born: 777 });
        assert_eq!(parse(pid, &format!("41 (a) Z 1 (b) S 39 {REST}")), found);
        assert_eq!(parse(pid, &format!("41 (sh) Z 39 {REST}")), None);
        assert_eq!(parse(pid, "41 (sh) S 39"), None);
    }
}
