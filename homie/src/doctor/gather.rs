//! Looks at this machine, and changes nothing: no directory is made, no key, no entry.

mod files;
mod tailscaled;

use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use homie_gateway::DEFAULT_PORT;
use homie_trust::{GatewayFile, KeyPair, OwnerFile, StateDir, own_uid};

use super::facts::{Clock, Facts, KeyFile, PagePort, Running, SettingsFile};
use crate::settings::Settings;
use crate::{doors, home, pair, service};

/// The keys of this machine.
const KEYS: [&str; 2] = ["machine.key", "device.key"];

/// Looks at everything.
pub(crate) async fn gather() -> anyhow::Result<Facts> {
    let path = home::settings_path()?;
    let (settings, problem) = match Settings::read() {
        Ok(settings) => (settings, None),
        Err(error) => (Settings::default(), Some(format!("{error:#}"))),
    };
    let files = files::look(&home::state_path()?, &path);
    // One that is not there is not made, and one that others can enter is not opened.
    let state = files.state.exists().then(|| StateDir::open(&files.state).ok()).flatten();
    let said = state.as_ref().and_then(|state| OwnerFile::read(state).ok()).unwrap_or_default();
    let gateway = state.as_ref().and_then(running);
    Ok(Facts {
        policy: doors::policy(&settings, &said),
        is_root: own_uid() == 0,
        page: page(&settings, gateway.as_ref()),
        tailnet: tailscaled::look(&settings, &files.state).await,
        keys: state.as_ref().map(keys).unwrap_or_default(),
        stays: service::stays(),
        clock: Clock { now: SystemTime::now(), is_kept: is_kept() },
        settings: SettingsFile { path, problem, trusts: settings.trust_tailnet() == Some(true) },
        gateway,
        files,
    })
}

/// The gateway that answers as this machine. One that was killed leaves its file behind.
fn running(state: &StateDir) -> Option<Running> {
    let GatewayFile { addr, instead_of, door, closed, .. } = GatewayFile::read(state).ok()??;
    let node = KeyPair::look(state, "machine.key").ok()??.node_id();
    pair::is_ours(addr, &node).then_some(Running { addr, instead_of, door, closed })
}

fn page(settings: &Settings, gateway: Option<&Running>) -> PagePort {
    if let Some(Running { addr, instead_of, .. }) = gateway {
        return instead_of.map_or(PagePort::Ours, |usual| PagePort::Moved { usual, port: addr.port() });
    }
    let port = settings.port().unwrap_or(DEFAULT_PORT);
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).err();
    match taken.map(|error| error.kind()) {
        Some(std::io::ErrorKind::AddrInUse) => PagePort::Taken { port, is_chosen: settings.port().is_some() },
        _ => PagePort::Free(port),
    }
}

fn keys(state: &StateDir) -> Vec<KeyFile> {
    let look = |name| KeyPair::look(state, name).map(|key| key.is_some()).map_err(|error| error.to_string());
    KEYS.into_iter().map(|name| KeyFile { name, found: look(name) }).collect()
}

/// What systemd says; elsewhere nobody does.
fn is_kept() -> Option<bool> {
    let mut command = Command::new("timedatectl");
    command.args(["show", "--property", "NTPSynchronized", "--value"]).env("LC_ALL", "C");
    let output = command.stdin(Stdio::null()).output().ok().filter(|output| output.status.success())?;
    match String::from_utf8_lossy(&output.stdout).trim() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}
