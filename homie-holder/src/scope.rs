//! A systemd scope of the holder's own, taken before the program starts: then whatever ends the node's unit does not end the
//! session. On any failure the session goes on without one, and its record says why.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use homie_protocol::id::SessionId;
use rustix::process::{geteuid, getpid};

use crate::record::ScopeRecord;

mod bus;
mod wire;

use bus::{Bus, NoBus};

/// How long all of it may take. A manager that hangs never answers.
const WITHIN: Duration = Duration::from_secs(2);

/// How often we look whether the manager has moved us.
const LOOK: Duration = Duration::from_millis(5);

/// Where logind notes whose processes may stay after the last logout.
const LINGER: &str = "/var/lib/systemd/linger";

/// The scope of this process: its record, and where its processes are listed.
pub(crate) struct Scope {
    pub(crate) record: ScopeRecord,
    pub(crate) processes: Option<PathBuf>,
}

/// Takes a scope for this process, if that does any good here.
pub(crate) fn take(session: SessionId) -> Scope {
    let unit = format!("homie-s-{session}-{}.scope", getpid());
    match try_to_take(&unit, Instant::now() + WITHIN) {
        Ok(()) => Scope { processes: list_of_processes(&cgroup()), record: ScopeRecord::Taken(unit) },
        Err(why) => Scope { record: ScopeRecord::NotTaken(why), processes: None },
    }
}

fn try_to_take(unit: &str, until: Instant) -> Result<(), String> {
    let user = std::env::var("USER").unwrap_or_default();
    let lingers = !user.is_empty() && !user.contains('/') && Path::new(LINGER).join(user).exists();
    is_wanted(&cgroup(), geteuid().as_raw(), lingers)?;
    ask(&runtime_dir(), unit, until).map_err(|problem| problem.to_string())?;
    wait_for(unit, until)
}

/// Whether a scope would live longer than where we are. In a login without lingering the user manager, and each scope of
/// it, ends with the last logout, and the login's own processes may stay.
fn is_wanted(cgroup: &str, uid: u32, lingers: bool) -> Result<(), String> {
    if cgroup.is_empty() {
        return Err("there are no control groups of version 2 here".to_owned());
    }
    let is_of_manager = cgroup.split('/').any(|part| part == format!("user@{uid}.service"));
    let is_login =
        cgroup.split('/').any(|part| part.strip_suffix(".scope").is_some_and(|name| name.starts_with("session-")));
    if is_login && !is_of_manager && !lingers {
        return Err("this is a login without lingering: what outlives it ends with the last logout \
                    (loginctl enable-linger)"
            .to_owned());
    }
    Ok(())
}

/// Asks the user manager: at its own socket, where no bus is needed, or over the bus.
fn ask(runtime: &Path, unit: &str, until: Instant) -> Result<(), NoBus> {
    if let Ok(mut manager) = Bus::open(&runtime.join("systemd/private"), until) {
        return start(&mut manager, unit);
    }
    let mut bus = Bus::open(&runtime.join("bus"), until)?;
    bus.call(wire::hello)?;
    start(&mut bus, unit)
}

/// A system unit has the user's runtime folder too, and does not say where.
fn runtime_dir() -> PathBuf {
    let said = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    said.unwrap_or_else(|| format!("/run/user/{}", geteuid().as_raw()).into())
}

/// An older manager refuses the whole call for one property that it does not know.
fn start(bus: &mut Bus, unit: &str) -> Result<(), NoBus> {
    let pid = getpid().as_raw_pid().unsigned_abs();
    match bus.call(|serial| wire::start_scope(serial, unit, pid, true)) {
        Err(NoBus::Refused { name, .. }) if name.ends_with(".PropertyReadOnly") => {
            bus.call(|serial| wire::start_scope(serial, unit, pid, false))
        }
        answer => answer,
    }
}

/// The answer is only that a job waits: the scope is ours when the kernel says so.
fn wait_for(unit: &str, until: Instant) -> Result<(), String> {
    while !cgroup().split('/').any(|part| part == unit) {
        if Instant::now() >= until {
            return Err(format!("the user manager did not move the holder within {} s", WITHIN.as_secs()));
        }
        sleep(LOOK);
    }
    Ok(())
}

/// Our control group of version 2, as a path; empty where there is none.
fn cgroup() -> String {
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    groups.lines().find_map(|line| line.strip_prefix("0::")).unwrap_or_default().to_owned()
}

fn list_of_processes(cgroup: &str) -> Option<PathBuf> {
    let mounts = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];
    mounts.iter().map(|mount| PathBuf::from(format!("{mount}{cgroup}/cgroup.procs"))).find(|list| list.exists())
}

#[cfg(test)]
mod tests;
