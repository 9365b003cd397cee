//! `homie service`: Homie as a systemd user service, which is there before anybody logs in and comes back after a crash.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, ensure};
use rustix::process::Pid;
use serde::Serialize;

use crate::cli::{ServiceAct, ServiceOptions};
use crate::here::connect;
use crate::outcome::{Failure, Outcome, remark, say, say_json};
use crate::{here, home, keys, status};

mod systemd;
mod unit;

pub(crate) use systemd::how_to_linger;
use systemd::{Seen, systemctl};
use unit::NAME;

/// What programs are told after each of the three. Its fields only ever become more.
#[derive(Debug, Serialize)]
struct Service {
    installed: bool,
    unit: PathBuf,
    enabled: bool,
    state: String,
    pid: Option<u32>,
    /// Whether it is there without a login, and stays after the last logout.
    lingers: bool,
}

/// Does it.
pub(crate) fn service(options: &ServiceOptions) -> Outcome {
    let place = systemd::units()?.join(NAME);
    match options.act {
        ServiceAct::Install(_) => install(&place)?,
        ServiceAct::Uninstall(_) => uninstall(&place)?,
        ServiceAct::Status(_) => {}
    }
    let service = look(place)?;
    if options.act.is_for_programs() {
        return say_json(&service);
    }
    for line in service.lines() {
        say(&line);
    }
    Ok(())
}

/// Whether this process is the service's node.
pub(crate) fn is_node(node: Pid) -> bool {
    let groups = fs::read_to_string(format!("/proc/{}/cgroup", node.as_raw_nonzero())).unwrap_or_default();
    groups.lines().any(|line| line.ends_with(&format!("/{NAME}")))
}

/// Whether the installed service stays without a login; `None` where none is installed.
pub(crate) fn stays() -> Option<bool> {
    let place = systemd::units().ok()?.join(NAME);
    let is_installed = read(&place).ok().flatten().is_some_and(|text| unit::is_ours(&text));
    is_installed.then(systemd::lingers)
}

/// Has it stay.
pub(crate) fn stay() -> Outcome {
    systemd::linger()
}

/// Stops it until somebody, or the next boot, starts it again. A node that only ended would be back in a second.
pub(crate) fn stop() -> Outcome {
    systemctl(&["stop", NAME]).map(drop)
}

/// Writes the unit and starts it; over an older one, starts it again. Shells notice neither.
fn install(place: &Path) -> Outcome {
    // It would not start where this says no.
    keys::check_for_service(&home::state()?)?;
    let text = unit::text(&program()?, &variables())?;
    check(place, &text)?;
    write(place, &text)?;
    systemctl(&["daemon-reload"])?;
    systemctl(&["enable", NAME])?;
    if !systemd::lingers()
        && let Err(Failure::Failed(error)) = systemd::linger()
    {
        remark(&format!("homie: lingering cannot be switched on from here: {error}"));
    }
    let started = systemctl(&["restart", NAME]).map(drop);
    started.map_err(|_| Failure::Failed(anyhow!("the service does not start: `journalctl --user -u homie` says why")))
}

/// Stops it and takes the unit away. Shells go on.
fn uninstall(place: &Path) -> Outcome {
    match read(place)? {
        None => return Err(Failure::NotFound(anyhow!("the service is not installed"))),
        Some(text) => check_is_ours(place, &text)?,
    }
    systemctl(&["disable", "--now", NAME])?;
    fs::remove_file(place).with_context(|| format!("cannot take {} away", place.display()))?;
    systemctl(&["daemon-reload"])?;
    Ok(())
}

/// The program that runs, by the name it will still have after the next upgrade.
fn program() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe().context("cannot tell where this program lies")?;
    ensure!(program.exists(), "this program was replaced while it ran; say it again");
    Ok(program)
}

fn variables() -> Vec<(&'static str, String)> {
    let said = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    unit::VARIABLES.into_iter().filter_map(|name| Some((name, said(name)?))).collect()
}

/// Nobody else's unit is written over, nobody else's node is in the way.
fn check(place: &Path, text: &str) -> Outcome {
    let seen = systemd::look_at(NAME)?;
    if let Some(old) = read(place)? {
        check_is_ours(place, &old)?;
        if !unit::are_of_one_home(&old, text) {
            let words =
                anyhow!("the service runs a Homie that lies elsewhere; uninstall it first ({})", place.display());
            return Err(Failure::Refused(words));
        }
    }
    let runtime = here::runtime()?;
    let Ok(here) = runtime.block_on(connect()) else { return Ok(()) };
    let node = status::node_process(&here.state)?;
    if seen.pid == u32::try_from(node.as_raw_nonzero().get()).ok() {
        return Ok(());
    }
    Err(Failure::Refused(anyhow!("a node runs here already, not as the service: say `homie down` first, shells go on")))
}

fn check_is_ours(place: &Path, text: &str) -> Outcome {
    if unit::is_ours(text) {
        return Ok(());
    }
    Err(Failure::Refused(anyhow!("{} was not written by `homie service install`, and stays", place.display())))
}

fn read(place: &Path) -> Outcome<Option<String>> {
    match fs::read_to_string(place) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(anyhow!(error).context(format!("cannot read {}", place.display())).into()),
    }
}

/// The whole unit, or the one before it.
fn write(place: &Path, text: &str) -> anyhow::Result<()> {
    let words = || format!("cannot write {}", place.display());
    let (folder, new) = (place.parent().with_context(words)?, place.with_extension("service.new"));
    fs::create_dir_all(folder).with_context(words)?;
    fs::write(&new, text).with_context(words)?;
    fs::rename(&new, place).with_context(words)
}

fn look(unit: PathBuf) -> Outcome<Service> {
    let Seen { state, is_enabled, pid } = systemd::look_at(NAME)?;
    Ok(Service { installed: unit.exists(), unit, enabled: is_enabled, state, pid, lingers: systemd::lingers() })
}

impl Service {
    fn lines(&self) -> Vec<String> {
        if !self.installed {
            return vec!["The service is not installed; `homie service install` does it.".to_owned()];
        }
        let process = self.pid.map(|pid| format!(", process {pid}")).unwrap_or_default();
        let start = match (self.enabled, self.lingers) {
            (true, true) => "starts with the machine, before anybody logs in".to_owned(),
            (true, false) => format!(
                "starts when you log in, and ends with its shells when you log out; `{}` changes that",
                systemd::how_to_linger()
            ),
            (false, _) => "starts when somebody starts it".to_owned(),
        };
        vec![
            format!("service  {}{process}", self.state),
            format!("start    {start}"),
            format!("unit     {}", self.unit.display()),
        ]
    }
}
