//! Two machines of one tailnet, `gw` and `laptop`, each with a tailscaled of the test's own, in a network that the kernel
//! gives to this test alone. Their doors are real: TLS, with certificates of an authority made here.
//!
//! The network is made by `unshare`, so the test runs itself once more inside of it ([`inside`]).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;

use homie_protocol::hello::{ClientKind, Role};
use homie_protocol::id::NodeId;
use homie_tailnet::fake::{Certificates, FakePeer, FakeTailscaled};
use homie_trust::{Actor, Device, KeyPair, Roster, StateDir};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair as CertificateKey};
use tokio::runtime::Runtime;

use crate::machine::Machine;

/// Whose both machines are.
pub(crate) const ALICE: &str = "alice@example.com";

/// Says that this process is inside, and where the authority's files lie.
const INSIDE: &str = "HOMIE_TEST_NETWORK";

/// A network for this test: two addresses on the loopback interface, each the sender of what goes to the other; and two for
/// further machines, to which everything comes from the first.
const NETWORK: &str = "ip link set lo up
for n in 1 2 3 4; do ip addr add 100.64.0.$n/32 dev lo; ip -6 addr add fd7a:115c:a1e0::$n/128 dev lo nodad; done
ip route replace local 100.64.0.1 dev lo table local proto kernel scope host src 100.64.0.2
ip route replace local 100.64.0.2 dev lo table local proto kernel scope host src 100.64.0.1
for n in 3 4; do ip route replace local 100.64.0.$n dev lo table local proto kernel scope host src 100.64.0.1; done
exec \"$@\"";

/// Runs a test of this name in a network of its own. Where the kernel gives none it says so, and nothing is tested.
pub(crate) fn inside(name: &str, test: impl FnOnce(&Two)) {
    if let Some(folder) = std::env::var_os(INSIDE) {
        return test(&Two::new(Path::new(&folder)));
    }
    let unshared = |arguments: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--net", "--"]).args(arguments);
        command
    };
    let (folder, program) = (authority(), std::env::current_exe().unwrap());
    if !unshared(&["ip", "link", "set", "lo", "up"]).status().is_ok_and(|status| status.success()) {
        eprintln!("SKIP {name}: this system gives no network to a test (unshare, ip)");
        return;
    }
    let run = unshared(&["sh", "-ec", NETWORK, "sh"])
        .arg(program)
        .args(["--exact", name, "--nocapture"])
        .env(INSIDE, folder.path())
        .env("SSL_CERT_FILE", folder.path().join("authority.pem"))
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    // Not as lines of their own, which would count it as a second test.
    assert!(run.status.success(), "{name} failed in its network:\n{}", String::from_utf8_lossy(&run.stdout));
}

/// An authority, and what it has signed for both machines.
fn authority() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "authority of a test");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, CertificateKey::generate().unwrap()).unwrap();
    fs::write(folder.path().join("authority.pem"), authority.pem()).unwrap();
    for name in ["gw", "laptop", "far", "other"] {
        let key = CertificateKey::generate().unwrap();
        let params = CertificateParams::new([format!("{name}.tail.test")]).unwrap();
        let signed = params.signed_by(&key, &authority).unwrap();
        fs::write(folder.path().join(format!("{name}.pem")), signed.pem()).unwrap();
        fs::write(folder.path().join(format!("{name}.key")), key.serialize_pem()).unwrap();
    }
    folder
}

/// The two.
pub(crate) struct Two {
    pub(crate) gw: Machine,
    pub(crate) laptop: Machine,
    pub(crate) gw_tailscaled: FakeTailscaled,
    pub(crate) laptop_tailscaled: FakeTailscaled,
    folder: PathBuf,
    /// The fakes live on its threads.
    runtime: Runtime,
}

impl Two {
    fn new(folder: &Path) -> Self {
        let runtime = Runtime::new().unwrap();
        let peer = |name: &str, number| FakePeer::user(ALICE, name, number);
        let fake = |name: &str, own: FakePeer, other: FakePeer| {
            let fake = tailscaled(folder, &runtime, name, own);
            fake.set_peer(other);
            fake
        };
        let gw_tailscaled = fake("gw", peer("gw", 1), peer("laptop", 2));
        let laptop_tailscaled = fake("laptop", peer("laptop", 2), peer("gw", 1));
        let (gw, laptop) = (machine(&gw_tailscaled), machine(&laptop_tailscaled));
        Self { gw, laptop, gw_tailscaled, laptop_tailscaled, folder: folder.to_owned(), runtime }
    }

    /// A further machine of Alice's, `far` or `other`, whose tailscaled knows nobody yet.
    pub(crate) fn another(&self, name: &str, number: u8) -> (Machine, FakeTailscaled) {
        let fake = tailscaled(&self.folder, &self.runtime, name, FakePeer::user(ALICE, name, number));
        (machine(&fake), fake)
    }

    /// Starts `gw` and waits for its door.
    pub(crate) fn start_gw(&self) {
        start(&self.gw, "gw");
    }

    /// The same with `laptop`.
    pub(crate) fn start_laptop(&self) {
        start(&self.laptop, "laptop");
    }

    /// Enrols the key of `laptop` at `gw`.
    pub(crate) fn let_laptop_in(&self, role: Role) {
        let gw = state(&self.gw);
        let key = Roster::own_key(&state(&self.laptop)).unwrap().device_key();
        let device = Device::new(key, "laptop", role, ClientKind::Cli, 0).unwrap();
        Roster::open(&gw, "gw").unwrap().enrol(&device, &Actor::local("test")).unwrap();
    }
}

fn tailscaled(folder: &Path, runtime: &Runtime, name: &str, own: FakePeer) -> FakeTailscaled {
    let socket = folder.join(format!("{name}.sock"));
    let fake = runtime.block_on(async { FakeTailscaled::start(socket, own) }).unwrap();
    let read = |ending: &str| fs::read_to_string(folder.join(format!("{name}.{ending}"))).unwrap();
    fake.set_certificates(Certificates::Pair { key: read("key"), chain: read("pem") });
    fake
}

fn machine(fake: &FakeTailscaled) -> Machine {
    let machine = Machine::new();
    StateDir::open(&machine.home().path()).unwrap();
    let settings = format!("tailscale-socket = '{}'\n", fake.socket().display());
    fs::write(machine.home().path().join("config.toml"), settings).unwrap();
    machine
}

/// The state directory of a machine.
pub(crate) fn state(machine: &Machine) -> StateDir {
    StateDir::open(&machine.home().path()).unwrap()
}

/// The id of a machine.
pub(crate) fn node(machine: &Machine) -> NodeId {
    KeyPair::machine(&state(machine)).unwrap().node_id()
}

/// Starts a machine and waits for its door.
pub(crate) fn start(machine: &Machine, name: &str) {
    machine.done(&["up", "--detach", "--port", "0", "--name", name, "--owner", ALICE, "--allow-root"]);
    until_open(machine, name);
}

/// Waits for the door of a machine that starts.
pub(crate) fn until_open(machine: &Machine, name: &str) {
    let door = format!("https://{name}.tail.test:4663/");
    while !String::from_utf8_lossy(&machine.run(&["status", "--json"]).stdout).contains(&door) {
        thread::yield_now();
    }
}

/// Runs the command where it believes another authority than the test's, and, if it is told to, the test's as one of its own.
pub(crate) fn run_believing_another(machine: &Machine, arguments: &[&str], and_this_one: bool) -> Output {
    let folder = PathBuf::from(std::env::var_os(INSIDE).unwrap());
    let mut command = machine.home().command_of(Path::new(env!("CARGO_BIN_EXE_homie")), arguments);
    if and_this_one {
        command.env("HOMIE_TLS_CA_FILE", folder.join("authority.pem"));
    }
    command.env("SSL_CERT_FILE", folder.join("laptop.pem")).output().unwrap()
}
