//! A machine under test: a state directory of its own, a key, and a server that greets.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use homie_protocol::hello::{ClientKind, DeviceKey, Role};
use homie_trust::{
    Actor, Device, GatewayFile, GatewayGreeter, HostOrigin, KeyPair, NodeDoor, NodeGreeter, Refusals, Roster, Seen,
    Server, Source, StateDir, SystemRandom, Tries, own_uid,
};
use tempfile::TempDir;

pub(crate) const HOST: &str = "localhost:4663";
pub(crate) const ORIGIN: &str = "http://localhost:4663";

pub(crate) struct Machine {
    _folder: TempDir,
    pub(crate) dir: StateDir,
    pub(crate) server: Arc<Server>,
}

/// A state directory that goes with the guard.
pub(crate) fn state_dir() -> (TempDir, StateDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = StateDir::open(&folder.path().join("home")).expect("a state directory");
    (folder, dir)
}

pub(crate) fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("chmod");
}

pub(crate) fn mode(path: &Path) -> u32 {
    path.metadata().expect("metadata").permissions().mode() & 0o7777
}

impl Machine {
    /// With a gateway that has said where it is.
    pub(crate) fn new() -> Self {
        let (folder, dir) = state_dir();
        gateway_file().write(&dir).expect("gateway.json");
        let server = server(&dir);
        Self { _folder: folder, dir, server }
    }

    /// The same machine after a restart: its key and its lists come from disk.
    pub(crate) fn restart(&mut self) {
        self.server = server(&self.dir);
    }

    pub(crate) fn enrol(&self, key: &DeviceKey, role: Role) {
        let device = Device::new(key.clone(), "test", role, ClientKind::Web, 1).expect("a device");
        self.server.roster.enrol(&device, &Actor::local("test")).expect("enrolled");
    }

    pub(crate) fn local(&self) -> NodeGreeter {
        NodeGreeter::new(self.server.clone(), NodeDoor::Local { uid: own_uid() })
    }

    pub(crate) fn mesh(&self) -> NodeGreeter {
        NodeGreeter::new(self.server.clone(), NodeDoor::Mesh { uid: own_uid(), behind: None })
    }

    pub(crate) fn gateway(&self) -> GatewayGreeter {
        self.gateway_that_saw(HOST, Some(ORIGIN))
    }

    pub(crate) fn gateway_that_saw(&self, host: &str, origin: Option<&str>) -> GatewayGreeter {
        let seen = Seen { host: host.to_owned(), origin: origin.map(str::to_owned) };
        let knocker = ("loopback", Source::of([127, 0, 0, 1].into()));
        GatewayGreeter::new(self.server.clone(), HostOrigin::from(&gateway_file()), seen, knocker)
    }
}

fn gateway_file() -> GatewayFile {
    GatewayFile::loopback(std::process::id(), ([127, 0, 0, 1], 4663).into())
}

fn server(dir: &StateDir) -> Arc<Server> {
    Arc::new(Server {
        key: Arc::new(KeyPair::machine(dir).expect("a key")),
        name: "desk".to_owned(),
        dir: dir.clone(),
        roster: Roster::open(dir, "desk").expect("a roster"),
        refusals: Refusals::new(dir),
        tries: Tries::default(),
        random: Arc::new(SystemRandom),
    })
}
