//! `homie service` on a real systemd: `scripts/test systemd` boots one in a container and runs this beside it, one test at a
//! time, each with a person of its own. `scripts/test vm` does so in an emulated machine, with those that say `out_of_memory`
//! or `power_cut`.
//!
//! Whatever happens to the node, the shells are the same processes afterwards, and the next node has all of them.

// True anyway; said here, it lets the helpers of the tests panic like the tests.
#![cfg(test)]

mod cage;
mod person;
mod system;

use cage::Cage;
use person::Person;
use system::{cut_power, done, reboot, root, until};

const UNIT: &str = "homie.service";

#[test]
fn shells_outlive_restarts_and_upgrades_of_the_service() {
    let (person, shells) = Person::with_shells(1);
    person.until_another_node(|_| drop(person.systemctl(&["restart", UNIT])));
    person.expects(&shells, "a restart");

    person.until_another_node(|_| {
        person.systemctl(&["stop", UNIT]);
        person.systemctl(&["start", UNIT]);
    });
    person.expects(&shells, "stop and start");

    let unit = "~/.config/systemd/user/homie.service";
    person
        .shell(&format!("sed -i 's/^Description=.*/Description=An older one/' {unit}; systemctl --user daemon-reload"));
    person.replace_program();
    let node = person.until_another_node(|_| drop(person.homie(&["service", "install"])));
    let program = person.shell(&format!("stat -L -c %i /proc/{node}/exe ~/.local/bin/homie"));
    let inodes: Vec<_> = program.lines().collect();
    assert_eq!(inodes[0], inodes[1], "the node is not the new program");
    assert!(!person.shell(&format!("cat {unit}")).contains("An older one"));
    person.expects(&shells, "an upgrade");
}

#[test]
fn shells_outlive_crashes_and_kills_of_the_service() {
    let (person, shells) = Person::with_shells(2);
    // More than systemd would start again by itself within ten seconds, if nothing else was said.
    for _ in 0..6 {
        person.until_another_node(|node| drop(done(&mut root(&["kill", "-KILL", node]))));
    }
    person.expects(&shells, "six crashes");
    for signal in ["TERM", "KILL"] {
        person.until_another_node(|_| drop(person.systemctl(&["kill", "--signal", signal, UNIT])));
        person.expects(&shells, &format!("SIG{signal} to everything in the service"));
    }
}

#[test]
fn a_node_that_hangs_is_replaced_and_shells_outlive_it() {
    let (person, shells) = Person::with_shells(3);
    // The real one has 30 s, which nobody wants to wait for.
    let folder = "~/.config/systemd/user/homie.service.d";
    person.shell(&format!("mkdir -p {folder}; printf '[Service]\\nWatchdogSec=5\\n' >{folder}/soon.conf"));
    person.systemctl(&["daemon-reload"]);
    person.until_another_node(|_| drop(person.systemctl(&["restart", UNIT])));
    let hung = person.until_another_node(|node| drop(done(&mut root(&["kill", "-STOP", node]))));
    person.expects(&shells, "a hang that the watchdog noticed");
    // One that does not hang is left alone for longer than the watchdog waits.
    let told = || person.systemctl(&["show", UNIT, "--property=WatchdogTimestampMonotonic"]);
    let first = told();
    until("a sign of life", || (told() != first).then_some(()));
    assert_eq!(person.node(), hung);
}

#[test]
#[ignore = "needs control groups that limit memory"]
fn shells_outlive_a_node_that_ran_out_of_memory() {
    let (person, shells) = Person::with_shells(4);
    person.until_another_node(|node| {
        // Less than it has already.
        let cage = Cage::new(&person, UNIT, &[node], "4K");
        cage.until_kill();
        // The next one would be killed like it.
        cage.open();
    });
    person.expects(&shells, "an out-of-memory kill");
}

#[test]
#[ignore = "needs control groups that limit memory"]
fn a_program_that_runs_out_of_memory_ends_alone() {
    let (person, shells) = Person::with_shells(8);
    let (node, holders, session) = (person.node(), person.holders(), person.record("shell-1"));
    let processes = ["holder", "pid"].map(|who| session[who].to_string());
    let scope = session["scope"]["taken"].as_str().unwrap();
    let cage = Cage::new(&person, scope, &processes.each_ref().map(String::as_str), "64M");
    // It keeps all that it reads, in search of the end of a line.
    person.homie(&["send", "shell-1", "tail /dev/zero; echo $? >~/ended", "--enter"]);
    until("its end", || (person.shell("cat ~/ended 2>/dev/null || true") == "137\n").then_some(()));
    cage.until_kill();
    assert_eq!((person.node(), person.holders()), (node, holders));
    person.expects(&shells, "an out-of-memory kill of a program");
}

#[test]
fn it_runs_without_a_login_and_comes_back_after_a_reboot() {
    let (mut person, shells) = Person::with_shells(5);
    let node = person.node();
    person.log_out();
    assert_eq!(person.node(), node);
    person.expects(&shells, "the last logout");

    reboot();
    person.expects_ended(&shells);
}

#[test]
fn it_comes_back_after_a_power_cut() {
    let (mut person, shells) = Person::with_shells(9);
    person.log_out();
    cut_power();
    person.expects_ended(&shells);
}

#[test]
fn it_is_told_of_stopped_and_taken_away_while_shells_go_on() {
    let (person, shells) = Person::with_shells(6);
    let told = person.json(&["service", "status"]);
    assert_eq!(told["pid"].as_u64(), Some(person.node()));
    assert_eq!((&told["installed"], &told["enabled"], &told["lingers"]), (&true.into(), &true.into(), &true.into()));
    assert_eq!(told["state"], "active");
    assert!(person.homie(&["service", "status"]).contains("before anybody logs in"));

    // A service that only ended would be back in a second.
    assert!(person.homie(&["down"]).contains("systemctl --user start homie"));
    assert_eq!(person.json(&["service", "status"])["state"], "inactive");
    assert_eq!(person.shells(), shells);
    person.systemctl(&["start", UNIT]);
    person.expects(&shells, "down");

    let told = person.json(&["service", "uninstall"]);
    assert_eq!((&told["installed"], &told["enabled"], &told["pid"]), (&false.into(), &false.into(), &().into()));
    assert_eq!(person.shells(), shells);
    person.homie(&["up", "--detach"]);
    person.expects(&shells, "the service was taken away");
    let refused = person.command(&["homie", "service", "install"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("homie down"));
    person.homie(&["down"]);
    person.homie(&["service", "install"]);
    person.expects(&shells, "the service was installed again");
}

#[test]
fn where_it_may_not_linger_it_says_the_one_command() {
    let person = Person::new(7);
    let _nobody_to_ask = Masked::new("polkit.service");
    let output = person.command(&["homie", "service", "install"]).output().unwrap();
    let (told, remarks) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{told}{remarks}");
    let command = format!("sudo loginctl enable-linger {}", person.name());
    assert!(told.contains(&command) && remarks.contains("lingering"), "{told}{remarks}");
    assert_eq!(person.json(&["service", "status"])["lingers"], false);
}

/// A service of the system that does not run and cannot be started, until this is dropped.
struct Masked(&'static str);

impl Masked {
    fn new(unit: &'static str) -> Self {
        done(&mut root(&["systemctl", "mask", "--runtime", "--now", unit]));
        Self(unit)
    }
}

impl Drop for Masked {
    fn drop(&mut self) {
        let _unmasked = root(&["systemctl", "--quiet", "unmask", "--runtime", self.0]).status();
    }
}
