//! A second machine of the same owner joins: six digits, and both are one mesh.

use homie_protocol::hello::Role;
use homie_tailnet::fake::FakePeer;
use homie_trust::Roster;
use rustix::process::Signal;

use crate::machine::{Machine, end};
use crate::mesh::hear_each_other;
use crate::program::{Home, Running};
use crate::two::{ALICE, Two, inside, node, start, state, until_open};

const FIRST: &str = "https://gw.tail.test:4663";

/// `laptop` asks to join and shows its digits.
fn joins(two: &Two) -> (Running, String) {
    asks(&two.laptop, "laptop")
}

/// A machine asks to join and shows its digits.
fn asks(machine: &Machine, name: &str) -> (Running, String) {
    let home: &Home = machine.home();
    let up = ["up", "--join", FIRST, "--port", "0", "--name", name, "--owner", ALICE, "--allow-root"];
    let running = home.start(&up);
    let line = running.hear_log("type these six digits at");
    let digits = line.rsplit(": ").next().unwrap().replace(' ', "");
    (running, digits)
}

/// Both run, and are one mesh.
pub(crate) fn join(two: &Two) {
    two.start_gw();
    two.start_laptop();
    become_one(two);
}

/// The same where both run already.
pub(crate) fn become_one(two: &Two) {
    let (up, digits) = joins(two);
    two.gw.done(&["approve", &digits]);
    assert!(up.end().success());
}

/// A further machine runs, and is one of their mesh.
pub(crate) fn join_as(two: &Two, machine: &Machine, name: &str) {
    start(machine, name);
    let (up, digits) = asks(machine, name);
    two.gw.done(&["approve", &digits]);
    assert!(up.end().success());
}

fn head(machine: &Machine) -> homie_protocol::roster::RosterHead {
    Roster::find(&state(machine)).unwrap().members().unwrap().head()
}

fn goes(from: &Machine, to: &str) {
    let output = from.run(&["new", "--on", to, "--name", "build", "--detach", "--", "sleep", "1000"]);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && words.is_empty(), "no question, no remark: {words}");
    from.done(&["kill", &format!("{to}:build")]);
}

#[test]
fn both_reach_each_other_afterwards_and_after_restarts() {
    inside("joining::both_reach_each_other_afterwards_and_after_restarts", |two| {
        two.start_gw();
        let (up, digits) = joins(two);
        assert!(two.gw.done(&["approve", &digits]).contains("laptop is in, as owner"));
        up.hear_log("this machine is one of https://gw.tail.test:4663's mesh now");
        until_open(&two.laptop, "laptop");
        let members = Roster::find(&state(&two.gw)).unwrap().members().unwrap();
        for machine in [&two.gw, &two.laptop] {
            let is_it = |known: &&homie_trust::Machine| known.id() == node(machine);
            assert!(members.machines().iter().any(|known| is_it(&known)), "both are in the roster");
        }
        let audit = two.gw.done(&["audit"]);
        assert!(audit.contains("join") && audit.contains(&node(&two.laptop).to_string()), "{audit}");
        assert!(two.laptop.done(&["audit"]).contains("join"));
        goes(&two.laptop, "gw");
        goes(&two.gw, "laptop");

        up.signal(Signal::INT);
        up.end();
        end(two.gw.node(), Signal::KILL);
        two.start_gw();
        two.start_laptop();
        // Until they hear each other nobody from the network is greeted, and another way is tried, which would be told.
        hear_each_other(two);
        goes(&two.laptop, "gw");
        goes(&two.gw, "laptop");
        let again = two.laptop.run(&["up", "--join", FIRST]);
        let words = String::from_utf8_lossy(&again.stderr);
        assert!(again.status.success() && words.contains("already") && words.contains("goes on"), "{words}");
    });
}

#[test]
fn a_machine_that_runs_already_joins_and_goes_on() {
    inside("joining::a_machine_that_runs_already_joins_and_goes_on", |two| {
        two.start_gw();
        two.start_laptop();
        let (up, digits) = joins(two);
        two.gw.done(&["approve", &digits]);
        up.hear_log("it runs here already, and goes on");
        assert!(up.end().success());
        goes(&two.laptop, "gw");
        goes(&two.gw, "laptop");
        assert_eq!(head(&two.gw), head(&two.laptop));
        let members = Roster::find(&state(&two.gw)).unwrap().members().unwrap();
        let pages = members.machines().iter().filter(|known| !known.origins.is_empty());
        assert_eq!(pages.count(), 2, "each has told the other where its page is");
    });
}

#[test]
fn wrong_digits_twice_or_a_no_leave_everything_as_it_was() {
    inside("joining::wrong_digits_twice_or_a_no_leave_everything_as_it_was", |two| {
        two.start_gw();
        Roster::open(&state(&two.laptop), "laptop").unwrap();
        let before = [head(&two.gw), head(&two.laptop)];
        let (up, digits) = joins(two);
        let wrong = if digits == "000000" { "000001" } else { "000000" };
        for _ in 0..2 {
            assert_eq!(two.gw.refused(&["approve", wrong]).0, 4);
        }
        assert_eq!(two.gw.refused(&["approve", &digits]).0, 3, "it is over");
        assert_eq!(up.end().code(), Some(4));
        let (up, digits) = joins(two);
        assert_eq!(two.gw.refused(&["approve", &digits, "--role", "operator"]).0, 1, "a machine joins as owner");
        two.gw.done(&["approve", "--refuse"]);
        assert_eq!(up.end().code(), Some(4));
        assert!([head(&two.gw), head(&two.laptop)] == before);
    });
}

#[test]
fn who_has_others_or_is_not_the_owners_does_not_join() {
    inside("joining::who_has_others_or_is_not_the_owners_does_not_join", |two| {
        two.start_gw();
        let phone = homie_trust::KeyPair::generate().unwrap().device_key();
        let phone = homie_trust::Device::new(phone, "phone", Role::Viewer, homie_protocol::hello::ClientKind::Phone, 0);
        let own = Roster::open(&state(&two.laptop), "laptop").unwrap();
        own.enrol(&phone.unwrap(), &homie_trust::Actor::local("test")).unwrap();
        let (code, words) = two.laptop.refused(&["up", "--join", FIRST]);
        assert!(code == 4 && words.contains("homie devices"), "{code} {words}");
        assert!(two.gw.json(&["approve", "--json"])["pairing"].is_null(), "nobody was asked");
        two.laptop.done(&["devices", "revoke", "phone"]);

        let bob = FakePeer::user("bob@example.com", "laptop", 2);
        two.gw_tailscaled.set_peer(bob);
        let settings = two.gw.home().path().join("config.toml");
        let text = std::fs::read_to_string(&settings).unwrap();
        std::fs::write(&settings, format!("{text}allow = ['bob@example.com operator']\n")).unwrap();
        end(two.gw.node(), Signal::KILL);
        two.start_gw();
        let (code, words) = two.laptop.refused(&["up", "--join", FIRST]);
        assert!(code == 4 && words.contains("a machine joins over the tailnet"), "{code} {words}");
    });
}
