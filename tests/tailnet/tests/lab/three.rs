//! Three machines of one mesh, all alice's: a device is revoked while it is at two of them and one is off, every tailscaled is
//! killed in turn, and a cable is out for a minute.

use std::thread;
use std::time::{Duration, Instant};

use homie_tailnet_lab::homie::{Homie, TRUSTING};
use homie_tailnet_lab::host::{Host, Tun, Who};
use homie_tailnet_lab::lab::Lab;
use homie_tailnet_lab::program::{BUSY, PATIENCE, Program};
use serde_json::Value;

use crate::links::{MOMENT, viewers_become};
use crate::story::Story;

/// Whose they are. What a viewer without a device key types is of no interest here.
fn settings() -> String {
    format!("owner = 'alice@example.com'\n{TRUSTING}")
}

/// Within which a machine that is there closes the circuits of a device that another has revoked, as promised.
const REVOKED: Duration = Duration::from_secs(2).saturating_add(BUSY);

/// How long a cable is out.
const OUT: Duration = Duration::from_mins(1);

struct Three {
    desk: Homie,
    laptop: Homie,
    attic: Homie,
}

impl Three {
    fn joined(lab: &Lab) -> Self {
        let desk = Homie::served(lab.desk(), &settings()).unwrap();
        let join = |host: Host| {
            let (homie, digits) = Homie::joining(host, &settings(), &desk.address().unwrap()).unwrap();
            desk.run(&["approve", &digits]).unwrap();
            homie.is_open().unwrap();
            homie
        };
        let (laptop, attic) = (join(lab.laptop()), join(lab.attic()));
        let three = Self { desk, laptop, attic };
        three.are_up();
        three
    }

    fn each(&self) -> [&Homie; 3] {
        [&self.desk, &self.laptop, &self.attic]
    }

    /// Waits until each says that all are there.
    fn are_up(&self) {
        for from in self.each() {
            for to in self.each() {
                until_is(from, to.host().name(), "up");
            }
        }
    }
}

/// Waits until one says of another that it is so.
fn until_is(from: &Homie, name: &str, state: &str) {
    let end = Instant::now() + 2 * PATIENCE;
    let is_it = |told: &Value| {
        let machines = told["machines"].as_array().unwrap();
        machines.iter().any(|machine| machine["name"] == name && machine["state"] == state)
    };
    loop {
        let told = from.json(&["nodes"]).unwrap();
        if is_it(&told) {
            return;
        }
        assert!(Instant::now() < end, "{name} is not {state} at {}: {told}", from.host().name());
        thread::sleep(Duration::from_millis(100));
    }
}

/// `laptop` looks at a shell of another machine, with the key of that machine and on a terminal of its own.
fn looks(laptop: &Homie, at: &Homie) -> Program {
    at.run(&["new", "--detach", "--name", "work", "--", "bash", "--norc", "--noprofile"]).unwrap();
    let line = format!("homie attach {}:work", at.host().name());
    let words = ["script", "--quiet", "--command", &line, "/dev/null"];
    let program =
        Program::start(&mut laptop.host().command(Who::Person, &words), &laptop.host().folder().join("attach.log"));
    viewers_become(at, 1, PATIENCE);
    program.unwrap()
}

/// Whether a command of `laptop` about another machine is refused.
fn is_refused(laptop: &Homie, at: &Homie) -> bool {
    let output = laptop.host().command(Who::Person, &["homie", "ls", "--on", at.host().name()]).output().unwrap();
    output.status.code() == Some(4)
}

#[test]
fn whoever_is_revoked_at_one_machine_is_out_at_the_others() {
    let lab = Lab::open().unwrap();
    let three = Three::joined(&lab);
    let Three { desk, laptop, attic } = &three;
    let _looking = [looks(laptop, desk), looks(laptop, attic)];
    desk.run(&["devices", "revoke", "laptop"]).unwrap();
    let revoked = Instant::now();
    for machine in [attic, desk] {
        viewers_become(machine, 0, REVOKED);
        println!("revoked at desk, and out at {} after {:.0?}", machine.host().name(), revoked.elapsed());
    }
    assert!(is_refused(laptop, attic) && is_refused(laptop, desk));
}

#[test]
fn a_machine_that_was_off_hears_of_it_when_it_is_back() {
    let lab = Lab::open().unwrap();
    let mut three = Three::joined(&lab);
    let _looking = looks(&three.laptop, &three.desk);
    three.attic.stop().unwrap();
    until_is(&three.desk, "attic", "away");
    three.desk.run(&["devices", "revoke", "laptop"]).unwrap();
    viewers_become(&three.desk, 0, REVOKED);
    three.attic.start().unwrap();
    let back = Instant::now();
    while !is_refused(&three.laptop, &three.attic) {
        assert!(back.elapsed() < PATIENCE, "it is still let in");
    }
    println!("refused {:.0?} after it was back", back.elapsed());
}

#[test]
fn tailscaled_is_killed_on_each_in_turn_and_a_session_goes_on() {
    let lab = Lab::open().unwrap();
    let three = Three::joined(&lab);
    let mut story = Story::begin(&three.desk, three.laptop.host(), 10);
    for homie in three.each() {
        let host = homie.host();
        story.go_on(MOMENT);
        host.stop_tailscaled("KILL").unwrap();
        story.go_on(MOMENT);
        host.start_tailscaled(Tun::Kernel).unwrap();
        lab.meet(&lab.desk(), &lab.laptop()).unwrap();
        story.go_on(5 * MOMENT);
    }
    story.ends_whole();
    three.are_up();
}

#[test]
fn a_machine_whose_cable_is_out_for_a_minute_is_away_and_back_and_loses_nothing() {
    let lab = Lab::open().unwrap();
    let three = Three::joined(&lab);
    let mut story = Story::begin(&three.attic, three.laptop.host(), 10);
    story.go_on(MOMENT);
    three.attic.host().set_cable(false).unwrap();
    let out = Instant::now();
    story.go_on(10 * MOMENT);
    story.look_on(OUT.saturating_sub(out.elapsed()));
    until_is(&three.desk, "attic", "away");
    three.attic.host().set_cable(true).unwrap();
    lab.meet(&lab.laptop(), three.attic.host()).unwrap();
    story.look_on(5 * MOMENT);
    story.go_on(MOMENT);
    story.ends_whole();
    three.are_up();
}
