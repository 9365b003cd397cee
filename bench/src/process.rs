//! What /proc says of processes: who descends from whom, what they have used, and their end.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::time::{Duration, Instant};

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};

/// Clock ticks in a second: what Linux tells programs, whatever its own clock does.
const TICKS: f64 = 100.0;

/// Everything that descends from these, and they themselves.
pub(crate) fn with_descendants(roots: &[u32]) -> BTreeSet<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for pid in all() {
        if let Some(parent) = stat(pid).and_then(|stat| stat.parent()) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found: BTreeSet<u32> = BTreeSet::new();
    let mut left = roots.to_vec();
    while let Some(pid) = left.pop() {
        if found.insert(pid) {
            left.extend(children.get(&pid).into_iter().flatten());
        }
    }
    found
}

/// Those it has started or taken over.
pub(crate) fn children(parent: u32) -> Vec<u32> {
    all().filter(|pid| stat(*pid).and_then(|stat| stat.parent()) == Some(parent)).collect()
}

/// The name of a process's program, at most 15 bytes of it.
pub(crate) fn name(pid: u32) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    Some(text.trim_end().to_owned())
}

/// Seconds of CPU that these have used, with children that have ended.
pub(crate) fn cpu(pids: &BTreeSet<u32>) -> f64 {
    pids.iter().filter_map(|pid| stat(*pid)).map(|stat| stat.cpu()).sum()
}

/// Kilobytes that these have in memory, shared pages divided among those who share them.
pub(crate) fn pss(pids: &[u32]) -> anyhow::Result<f64> {
    let mut total = 0.0;
    for pid in pids {
        let path = format!("/proc/{pid}/smaps_rollup");
        let text = fs::read_to_string(&path).with_context(|| path.clone())?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
        let number = line.and_then(|line| line.split_whitespace().next()).context("smaps_rollup without Pss")?;
        total += number.parse::<f64>()?;
    }
    Ok(total)
}

/// Kills everything that descends from these, and them, and waits until they are gone or nobody's.
pub(crate) fn end(roots: &[u32]) {
    let until = Instant::now() + Duration::from_secs(10);
    let mut doomed = with_descendants(roots);
    while !doomed.is_empty() && Instant::now() < until {
        for pid in &doomed {
            kill(*pid);
        }
        // What they had begun meanwhile is found by those that are still there.
        let pids: Vec<u32> = doomed.iter().copied().filter(|pid| is_alive(*pid)).collect();
        doomed = if pids.is_empty() { BTreeSet::new() } else { with_descendants(&pids) };
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Whether it runs; one that only waits to be noticed does not.
pub(crate) fn is_alive(pid: u32) -> bool {
    stat(pid).is_some_and(|stat| !matches!(stat.state(), Some('Z' | 'X')))
}

fn kill(pid: u32) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // It may have ended by itself.
        let _ = kill_process(pid, Signal::KILL);
    }
}

fn all() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The fields of /proc/PID/stat behind the name, which may hold anything.
struct Stat(Vec<String>);

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(')')?;
    Some(Stat(fields.split_whitespace().map(str::to_owned).collect()))
}

impl Stat {
    fn state(&self) -> Option<char> {
        self.0.first()?.chars().next()
    }

    fn parent(&self) -> Option<u32> {
        self.0.get(1)?.parse().ok()
    }

    /// User and system time, its own and that of children it has waited for.
    fn cpu(&self) -> f64 {
        let ticks = self.0.iter().skip(11).take(4).filter_map(|field| field.parse::<f64>().ok());
        ticks.sum::<f64>() / TICKS
    }
}
