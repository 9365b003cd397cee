//! Machines of one mesh without any tailnet: two in networks of their own with a cable between them, and a third that only one of
//! them reaches. What leads from one to the other is the key door.
//!
//! The networks are made by `unshare`, so a test runs itself once more inside of the first one ([`inside`]).

use std::fs;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread;

use homie_protocol::hello::{ClientKind, Role};
use homie_trust::{Actor, Device, KeyPair, Roster, StateDir};
use rustix::process::Signal;

use crate::machine::{Machine, end};
use crate::mesh::{WAITS, machine, until, until_at};
use crate::program::Home;
use crate::terminal::Terminal;
use crate::two::{node, state};

/// Says that this process is inside.
const INSIDE: &str = "HOMIE_TEST_KEY_DOOR";

/// Where the key doors of the far machine and of the one behind it are.
const FAR: &str = "10.9.0.2:4664";
const OTHER: &str = "10.99.0.3:4664";

/// The end of the cable here, and the other one.
const NEAR_END: &str = "ip link set lo up
ip link add near type veth peer name far netns $0
ip addr add 10.9.0.1/24 dev near
ip link set near up";
const FAR_END: &str = "ip link set lo up
ip addr add 10.99.0.3/32 dev lo
ip addr add 10.9.0.2/24 dev far
ip link set far up";

/// A network of its own, which ends with this.
pub(crate) struct Network(Child);

impl Network {
    /// With a cable to the test's own.
    pub(crate) fn new() -> Self {
        let mut keeper = Command::new("unshare");
        keeper.args(["--net", "--", "sh", "-c", "echo; read -r _"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut keeper = Self(keeper.spawn().unwrap());
        // It is in its network once it has said something.
        keeper.0.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        let process = keeper.0.id().to_string();
        assert!(Command::new("sh").args(["-ec", NEAR_END, &process]).status().unwrap().success());
        let network = format!("--net=/proc/{process}/ns/net");
        let far_end = Command::new("nsenter").args([&network, "--", "sh", "-ec", FAR_END]).status();
        assert!(far_end.unwrap().success());
        keeper
    }

    /// A process in it, which lives as long.
    pub(crate) fn process(&self) -> u32 {
        self.0.id()
    }

    /// Runs `ip` in it.
    fn ip(&self, words: &str) {
        let network = format!("--net=/proc/{}/ns/net", self.0.id());
        let done = Command::new("nsenter").args([&network, "--", "ip"]).args(words.split(' ')).status();
        assert!(done.unwrap().success(), "{words}");
    }

    /// A machine in it, with this key door.
    fn machine(&self, door: &str) -> Machine {
        self.machine_with(&format!("key-door = ['{door}']\n"))
    }

    /// One with these settings.
    pub(crate) fn machine_with(&self, settings: &str) -> Machine {
        with_settings(Home::in_network_of(self.0.id()), settings)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // Whatever it says, it is over.
        let _ended = self.0.wait();
    }
}

/// Runs a test of this name where there is such a network. Where the kernel gives none it says so, and nothing is tested.
pub(crate) fn inside(name: &str, test: impl FnOnce(&Network)) {
    if std::env::var_os(INSIDE).is_some() {
        return test(&Network::new());
    }
    let unshared = |arguments: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--net", "--"]).args(arguments);
        command
    };
    if !unshared(&["ip", "link", "add", "x", "type", "veth", "peer", "name", "y"]).status().is_ok_and(|s| s.success()) {
        eprintln!("SKIP {name}: this system gives no network to a test (unshare, ip, veth)");
        return;
    }
    let program = std::env::current_exe().unwrap();
    let mut run = unshared(&[]);
    run.arg(program).args(["--exact", name, "--nocapture"]).env(INSIDE, "1").stderr(Stdio::inherit());
    let run = run.output().unwrap();
    // Not as lines of their own, which would count it as a second test.
    assert!(run.status.success(), "{name} failed in its network:\n{}", String::from_utf8_lossy(&run.stdout));
}

/// Nobody's tailscaled, and these settings.
pub(crate) fn with_settings(home: Home, text: &str) -> Machine {
    StateDir::open(&home.path()).unwrap();
    fs::write(home.path().join("config.toml"), format!("tailscale-socket = '/nonexistent'\n{text}")).unwrap();
    Machine::of(home)
}

pub(crate) fn start(machine: &Machine, name: &str) -> String {
    machine.done(&["up", "--detach", "--port", "0", "--name", name, "--allow-root"])
}

/// The machine becomes one of the mesh of the first, as `homie up --join` does it: entered there, and the entries brought here.
pub(crate) fn enter(first: &Machine, joining: &Machine, name: &str) {
    let (there, here, actor) = (state(first), state(joining), Actor::local("test"));
    Roster::open(&here, name).unwrap();
    let device = Roster::own_key(&here).unwrap().device_key();
    let device = Device::new(device, name, Role::Owner, ClientKind::Cli, 0).unwrap();
    let roster = Roster::open(&there, "far").unwrap();
    roster.enrol_machine(&device, KeyPair::machine(&here).unwrap().machine_key(), name, &actor).unwrap();
    let members = roster.members().unwrap();
    let entries = members.by_owners().map(|(_, signed)| signed.clone()).collect();
    Roster::join(&here, members.root(), entries, node(first), &actor).unwrap();
}

/// Two machines of one mesh, of which the far one has a key door, and nothing else leads to either.
fn two(network: &Network) -> (Machine, Machine) {
    let far = network.machine(FAR);
    let said = start(&far, "far");
    assert!(said.contains(&format!("Key door: {FAR} (devices and machines of the mesh, by their keys)")), "{said}");
    let near = with_settings(Home::new(), "");
    enter(&far, &near, "near");
    let said = start(&near, "near");
    assert!(!said.contains("Key door"), "of what nobody wants nothing is said: {said}");
    until(&near, "far", "up");
    (near, far)
}

/// `near` types at `far`, which it reaches at this address alone, over a death of that machine, until it is revoked there. What it is
/// told when it comes again.
pub(crate) fn typed_in_until_it_is_revoked((near, far): (&Machine, &Machine), at: &str) -> (i32, String) {
    assert_eq!(near.done(&[&["new", "--on", "far", "--name", "build"], WAITS].concat()), "far:build\n");
    until_at(near, "build", &["far"]);
    assert!(near.done(&["ls", "--verbose"]).contains("far: direct\n"));
    assert_eq!(near.json(&["ls", "--on", at, "--json"])[0]["name"], "build", "by its address too");
    let terminal = Terminal::new(near);
    terminal.line(0, "homie attach far:build; echo code-$?");
    terminal.sees(0, "inner>");
    terminal.line(0, "echo typed-$((40 + 2))");
    terminal.sees(0, "typed-42");

    // The machine dies and comes back: what is shown goes on where it was.
    end(far.node(), Signal::KILL);
    start(far, "far");
    terminal.line(0, "echo again-$((40 + 3))");
    let shown = terminal.sees(0, "again-43");
    assert_eq!(shown.matches("\ntyped-42").count(), 1, "{shown}");

    far.done(&["devices", "revoke", "near"]);
    terminal.sees(0, "code-4");
    near.refused(&["ls", "--on", "far"])
}

#[test]
fn a_session_is_typed_in_over_the_key_door_alone_and_whoever_is_revoked_is_out() {
    inside("key_door::a_session_is_typed_in_over_the_key_door_alone_and_whoever_is_revoked_is_out", |network| {
        let (near, far) = two(network);
        let (code, words) = typed_in_until_it_is_revoked((&near, &far), FAR);
        assert!(code == 5 && words.contains(FAR) && words.contains("does not let this machine's key in"), "{words}");
        far.done(&["kill", "build"]);
    });
}

/// Whether a machine knows that a device was revoked, if it knows it.
fn is_revoked_at(machine: &Machine, device: &Device) -> Option<bool> {
    let members = Roster::find(&state(machine)).unwrap().members().unwrap();
    members.device(&device.key).map(|device| device.is_revoked)
}

/// `near` has no door, so that `far` cannot tell it; it has a circuit there.
#[test]
fn what_is_decided_at_a_machine_that_can_call_nobody_is_heard_where_it_is_called() {
    inside("key_door::what_is_decided_at_a_machine_that_can_call_nobody_is_heard_where_it_is_called", |network| {
        let (near, far) = two(network);
        let key = KeyPair::generate().unwrap().device_key();
        let phone = Device::new(key, "phone", Role::Operator, ClientKind::Web, 0).unwrap();
        Roster::find(&state(&far)).unwrap().enrol(&phone, &Actor::local("test")).unwrap();
        while is_revoked_at(&near, &phone) != Some(false) {
            thread::yield_now();
        }
        far.done(&["devices", "revoke", "phone"]);
        while is_revoked_at(&near, &phone) != Some(true) {
            thread::yield_now();
        }
    });
}

/// Where the key door of this machine is, as that one's roster has it.
fn known_at(machine: &Machine, of: &Machine) -> Vec<String> {
    let members = Roster::find(&state(machine)).unwrap().members().unwrap();
    let machine = members.machine(node(of)).unwrap();
    machine.key_doors().map(|(host, port)| format!("{host}:{port}")).collect()
}

#[test]
fn a_key_door_at_all_addresses_is_told_anew_once_these_are_others() {
    inside("key_door::a_key_door_at_all_addresses_is_told_anew_once_these_are_others", |network| {
        let far = network.machine("0.0.0.0:4664");
        start(&far, "far");
        // Each calls the other, and tells it what is new.
        let near = with_settings(Home::new(), "key-door = ['10.9.0.1:4664']\n");
        enter(&far, &near, "near");
        start(&near, "near");
        until(&near, "far", "up");
        let before = known_at(&near, &far);
        assert!(before.contains(&FAR.to_owned()), "{before:?}");
        network.ip("addr add 10.9.1.2/24 dev far");
        assert!(Command::new("sh").args(["-ec", "ip addr add 10.9.1.1/24 dev near"]).status().unwrap().success());
        while !known_at(&near, &far).contains(&"10.9.1.2:4664".to_owned()) {
            thread::yield_now();
        }
        assert_eq!(near.json(&["ls", "--on", "far", "--json"]), serde_json::json!([]));
        network.ip("addr del 10.9.0.2/24 dev far");
        near.kill_node();
        start(&near, "near");
        until(&near, "far", "up");
        near.done(&["run", "--on", "far", "--", "true"]);
        let origins = far.json(&["status", "--json"])["listeners"].to_string();
        assert!(origins.contains("homie://10.9.1.2:4664"), "{origins}");
    });
}

/// `near` does not reach `other`; `far` does, and its own key is what lets it pass circuits on.
#[test]
fn a_machine_behind_another_one_is_reached_through_both_key_doors() {
    inside("key_door::a_machine_behind_another_one_is_reached_through_both_key_doors", |network| {
        let (far, other) = (network.machine(FAR), network.machine(OTHER));
        start(&far, "far");
        enter(&far, &other, "other");
        start(&other, "other");
        until(&far, "other", "up");
        let near = with_settings(Home::new(), "");
        enter(&far, &near, "near");
        start(&near, "near");
        until(&near, "other", "up");
        other.done(&[&["new", "--name", "build"], WAITS].concat());
        until_at(&near, "build", &["other"]);
        assert_eq!(machine(&near, "other")["through"], FAR);
        let sent = near.run(&["send", "other:build", "echo typed-$((40 + 2))", "--enter"]);
        let words = String::from_utf8_lossy(&sent.stderr);
        assert!(sent.status.success() && words.contains(&format!("through {FAR}")), "{words}");
        while !other.done(&["capture", "build"]).contains("typed-42") {
            thread::yield_now();
        }
        other.done(&["kill", "build"]);
    });
}

#[test]
fn where_the_key_door_is_and_what_is_wrong_with_it_is_told() {
    inside("key_door::where_the_key_door_is_and_what_is_wrong_with_it_is_told", |network| {
        let machine = network.machine(FAR);
        machine.done(&["up", "--detach", "--port", "0", "--allow-root"]);
        let status = machine.json(&["status", "--json"]);
        let doors: Vec<_> = status["listeners"].as_array().unwrap().iter().filter(|one| one["kind"] == "key").collect();
        assert_eq!(doors.len(), 1, "{status:#}");
        assert_eq!(
            (&doors[0]["listening"][0], &doors[0]["origins"][0]),
            (&FAR.into(), &format!("homie://{FAR}").into())
        );
        assert!(machine.done(&["status"]).contains(&format!("keys    {FAR} (")));
        let told = String::from_utf8(machine.run(&["doctor"]).stdout).unwrap();
        assert!(told.contains(&format!("key door   is open at {FAR}")) && !told.contains("key-door"), "{told}");
        let members = Roster::find(&state(&machine)).unwrap().members().unwrap();
        assert_eq!(members.machines()[0].origins, [format!("homie://{FAR}")]);

        // Another machine of the same host, where that port is taken, has no such address, or nothing that others reach.
        for (door, words, finding) in [
            (FAR, "cannot listen at 10.9.0.2:4664", "Another program listens at"),
            ("10.9.0.77:4664", "", "This machine has no address 10.9.0.77"),
            ("127.0.0.1:4700", "", "other machines are told to dial that"),
        ] {
            let second = network.machine(door);
            let up = second.run(&["up", "--detach", "--port", "0", "--allow-root"]);
            assert_eq!(up.status.success(), words.is_empty(), "{door}");
            assert!(String::from_utf8_lossy(&up.stderr).contains(words), "{up:?}");
            let told = String::from_utf8(second.run(&["doctor"]).stdout).unwrap();
            assert!(told.contains(finding), "{door}: {told}");
        }
        // What is written there and makes no sense starts nothing.
        let bad = network.machine("everywhere:4664");
        let (code, words) = bad.refused(&["up", "--detach", "--port", "0", "--allow-root"]);
        assert!(code == 1 && words.contains("key-door") && words.contains("192.168.1.5:4664"), "{code} {words}");
        // Taken out of the settings it is taken out of the roster.
        machine.kill_node();
        fs::write(machine.home().path().join("config.toml"), "tailscale-socket = '/nonexistent'\n").unwrap();
        machine.done(&["up", "--detach", "--port", "0", "--allow-root"]);
        let members = Roster::find(&state(&machine)).unwrap().members().unwrap();
        assert_eq!(members.machines()[0].origins, [""; 0]);
    });
}

#[test]
fn root_opens_no_key_door_that_nobody_has_asked_root_for() {
    inside("key_door::root_opens_no_key_door_that_nobody_has_asked_root_for", |network| {
        let machine = network.machine(FAR);
        let said = machine.done(&["up", "--detach", "--port", "0"]);
        assert!(said.contains("Homie runs as root, so it opens no key door.\n  homie up --allow-root"), "{said}");
        let told = String::from_utf8(machine.run(&["doctor"]).stdout).unwrap();
        assert!(told.contains("it opens no key door"), "{told}");
    });
}

/// What `homie invite` prints.
fn invitation(machine: &Machine) -> String {
    machine.done(&["invite"]).trim().to_owned()
}

#[test]
fn a_machine_that_is_invited_joins_once_and_is_there_at_once() {
    inside("key_door::a_machine_that_is_invited_joins_once_and_is_there_at_once", |network| {
        let far = network.machine(FAR);
        let (code, words) = far.refused(&["invite"]);
        assert!(code == 4 && words.contains("key-door"), "nothing runs: {words}");
        start(&far, "far");
        let near = with_settings(Home::new(), "");
        // Before anybody is invited nobody hears the machine at all.
        let mut forged = invitation(&far);
        for kept in fs::read_dir(far.home().path().join("invitations")).unwrap() {
            fs::remove_file(kept.unwrap().path()).unwrap();
        }
        assert_eq!(near.refused(&["join", &forged]).0, 5);

        // The machine that answers must be the one that has invited, and of that mesh.
        let good = invitation(&far);
        let parts: Vec<_> = good.splitn(6, '.').collect();
        let other = KeyPair::generate().unwrap();
        forged.clone_from(&good);
        forged = forged.replace(parts[2], &other.node_id().to_string());
        assert_eq!(near.refused(&["join", &forged]).0, 4);
        forged = good.replace(parts[3], &homie_protocol::id::base32(&other.machine_key().0));
        assert_eq!(near.refused(&["join", &forged]).0, 4);
        assert_eq!(near.refused(&["join", "homie-join.1.x"]).0, 2);
        assert!(Roster::find(&state(&far)).unwrap().members().unwrap().machines().len() == 1);

        near.done(&["join", &good, "--name", "near"]);
        let words = String::from_utf8(near.run(&["join", &good]).stderr).unwrap();
        assert!(words.contains("one of that mesh already"), "{words}");
        start(&near, "near");
        until(&near, "far", "up");
        let late = with_settings(Home::new(), "");
        assert_ne!(late.run(&["join", &good]).status.code(), Some(0), "it is spent");
        let log = far.done(&["audit"]);
        assert!(log.contains("invite") && log.contains("near, with") && log.contains("invitation"), "{log}");
        assert_eq!(far.run(&["audit", "verify"]).status.code(), Some(0));
    });
}
