//! Looks at this machine, and changes nothing: no directory is made, no key, no entry.

mod files;
mod tailscaled;

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::SystemTime;

use homie_gateway::{DEFAULT_PORT, PublicConfig};
use homie_trust::{
    ClonedFile, DialOutFile, GatewayFile, KeyPair, KeyStore, OwnerFile, StateDir, TrustError, node_id, own_uid,
};
use tokio::task::spawn_blocking;

use super::facts::{
    Clock, Cloned, DialOut, Facts, Key, KeyAddress, KeyProblem, Listened, PagePort, PublicFacts, Running, SettingsFile,
};
use crate::settings::Settings;
use crate::{dial_out, doors, home, pair, service};

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
    let (store, keys) = match state.clone() {
        Some(state) => spawn_blocking(move || keys(&state)).await?,
        None => (KeyStore::File, Vec::new()),
    };
    let cloned = state.as_ref().filter(|state| ClonedFile::lies(state));
    Ok(Facts {
        cloned: cloned.map(|state| Cloned { seen: ClonedFile::read(state).unwrap_or_default() }),
        policy: doors::policy(&settings, &said),
        is_root: own_uid() == 0,
        page: page(&settings, gateway.as_ref()),
        key_door: key_door(&settings),
        public: settings.public().map(public),
        dial_out: settings.dial_out().then(|| dials(state.as_ref(), gateway.is_some())),
        tailnet: tailscaled::look(&settings, &files.state).await,
        store,
        keys,
        stays: service::stays(),
        clock: Clock { now: SystemTime::now(), is_kept: is_kept() },
        settings: SettingsFile {
            path,
            problem,
            trusts: settings.trust_tailnet() == Some(true),
            absent: absent(settings.lan_interfaces()),
        },
        gateway,
        files,
    })
}

/// The gateway that answers as this machine. One that was killed leaves its file behind.
fn running(state: &StateDir) -> Option<Running> {
    let GatewayFile { addr, instead_of, door, closed, keyed, public, .. } = GatewayFile::read(state).ok()??;
    let node = node_id(&KeyPair::known(state)?);
    pair::is_ours(addr, &node).then_some(Running { addr, instead_of, door, closed, keyed, public })
}

fn page(settings: &Settings, gateway: Option<&Running>) -> PagePort {
    if let Some(Running { addr, instead_of, .. }) = gateway {
        return instead_of.map_or(PagePort::Ours, |usual| PagePort::Moved { usual, port: addr.port() });
    }
    let port = settings.port().unwrap_or(DEFAULT_PORT);
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).err();
    match taken.map(|error| error.kind()) {
        Some(ErrorKind::AddrInUse) => PagePort::Taken { port, is_chosen: settings.port().is_some() },
        _ => PagePort::Free(port),
    }
}

/// Where it could dial, and what the gateway that answers has told of it.
fn dials(state: Option<&StateDir>, runs: bool) -> DialOut {
    let told = state.filter(|_| runs).and_then(|state| DialOutFile::read(state).ok()?);
    DialOut { takers: state.map(dial_out::takers).unwrap_or_default(), kept: told.map(|file| file.machines) }
}

/// Asked of the kernel, which gives nothing away by it.
fn key_door(settings: &Settings) -> Vec<KeyAddress> {
    let Some(door) = settings.key_door() else { return Vec::new() };
    let is = |address: SocketAddr, kind| TcpListener::bind(address).is_err_and(|error| error.kind() == kind);
    let look = |address: &SocketAddr| KeyAddress {
        address: *address,
        is_here: !is((address.ip(), 0).into(), ErrorKind::AddrNotAvailable),
        is_taken: is(*address, ErrorKind::AddrInUse),
        is_told: door.at.is_empty(),
    };
    door.listen.iter().map(look).collect()
}

/// The same for the door to the internet; and its files, as the gateway reads them.
fn public(door: PublicConfig) -> PublicFacts {
    let is = |address: SocketAddr, kind| TcpListener::bind(address).is_err_and(|error| error.kind() == kind);
    let look = |address: &SocketAddr| Listened {
        address: *address,
        is_here: !is((address.ip(), 0).into(), ErrorKind::AddrNotAvailable),
        is_taken: is(*address, ErrorKind::AddrInUse),
        is_forbidden: is(*address, ErrorKind::PermissionDenied),
    };
    let pair = door.files.look(&door.name).map_err(|bad| bad.to_string());
    let is_key_open = door.files.is_key_open();
    PublicFacts { listen: door.listen.iter().map(look).collect(), files: door.files, pair, is_key_open }
}

/// Each key, and the store. A keyring that does not answer is asked once.
fn keys(state: &StateDir) -> (KeyStore, Vec<Key>) {
    let store = KeyStore::chosen(state).ok().flatten().unwrap_or(KeyStore::File);
    let mut keys: Vec<Key> = Vec::new();
    for name in KEYS {
        let found = KeyPair::look(state, name).map(|key| key.is_some()).map_err(problem);
        keys.push(Key { name, found });
        if store == KeyStore::Keyring && keys.iter().any(|key| key.found.is_err()) {
            break;
        }
    }
    (store, keys)
}

fn problem(error: TrustError) -> KeyProblem {
    match error {
        TrustError::KeyStore { problem, remedy } => KeyProblem { what: problem, fix: Some(remedy) },
        error => KeyProblem { what: error.to_string(), fix: None },
    }
}

/// Which of these interfaces are not there. Where the kernel does not say which are, none is missed.
fn absent(interfaces: &[String]) -> Vec<String> {
    let all = Path::new("/sys/class/net");
    let is_absent = |name: &&String| all.is_dir() && !all.join(name).exists();
    interfaces.iter().filter(is_absent).cloned().collect()
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
