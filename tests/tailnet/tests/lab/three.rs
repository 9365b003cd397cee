//! Three machines of one mesh: a device is revoked while it is at all of them or one is off, every tailscaled is killed in turn,
//! and a cable is out in the middle of output.
//!
//! `scripts/soak` sets `HOMIE_PARTITION_SECONDS` to more than is usual here.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use homie_tailnet_lab::homie::{Homie, TRUSTING};
use homie_tailnet_lab::host::{Host, Tun, Who};
use homie_tailnet_lab::lab::Lab;
use homie_tailnet_lab::program::{BUSY, PATIENCE};
use homie_tailnet_lab::viewer::Viewer;
use homie_tests::crowd::setting;

use crate::links::MOMENT;
use crate::mesh::{AND_TAGGED, OWNED, is, joined, until};
use crate::story::Story;

/// Within which a machine that is there lets go of a device that another has revoked, as promised.
const REVOKED: Duration = Duration::from_secs(2).saturating_add(BUSY);

/// Bytes a second that a program prints while a cable is out for a minute: all of it stays well within the ring.
const SLOWLY: u32 = 8000;

struct Three {
    desk: Homie,
    laptop: Homie,
    builder: Homie,
}

impl Three {
    /// One mesh, in which each says that all are there.
    fn joined(lab: &Lab, more: &str) -> Self {
        let builder = Homie::served(lab.builder(), &format!("{OWNED}{more}")).unwrap();
        let join = |host: Host| joined(host, &format!("{AND_TAGGED}{more}"), &builder);
        let (desk, laptop) = (join(lab.desk()), join(lab.laptop()));
        let three = Self { desk, laptop, builder };
        three.are_up();
        three
    }

    fn each(&self) -> [&Homie; 3] {
        [&self.desk, &self.laptop, &self.builder]
    }

    fn are_up(&self) {
        for from in self.each() {
            until(from, &["nodes"], |told| self.each().iter().all(|to| is(told, to.host().name(), "up")));
        }
    }
}

/// A device of alice's on her laptop, and what it has typed at one machine.
struct Typist {
    viewer: Viewer,
    typed: PathBuf,
}

impl Typist {
    /// One that `at` is the first to know; the others hear of it.
    fn paired(lab: &Lab, at: &Homie) -> Self {
        let link = at.json(&["pair"]).unwrap()["link"].as_str().unwrap().to_owned();
        let mut viewer = Viewer::open_as(&lab.laptop(), &link, &key(lab)).unwrap();
        at.run(&["approve", &viewer.digits().unwrap(), "--role", "operator"]).unwrap();
        assert_eq!(viewer.is_up().unwrap(), "operator");
        Self::types_at(viewer, at)
    }

    /// The same device, at a machine that has never seen it.
    fn known(lab: &Lab, at: &Homie) -> Self {
        until(at, &["devices"], |told| told.to_string().contains("\"viewer\""));
        let mut viewer = Viewer::open_as(&lab.laptop(), &address(at), &key(lab)).unwrap();
        assert_eq!(viewer.is_up().unwrap(), "operator");
        Self::types_at(viewer, at)
    }

    fn types_at(mut viewer: Viewer, at: &Homie) -> Self {
        let typed = at.home().unwrap().join("typed");
        viewer.start(&["sh", "-c", "exec cat >>\"$1\"", "sh", typed.to_str().unwrap()]).unwrap();
        viewer.types("before\n").unwrap();
        let (typist, end) = (Self { viewer, typed }, Instant::now() + PATIENCE);
        while typist.arrived() != "before\n" {
            assert!(Instant::now() < end, "{:?} has arrived", typist.arrived());
            thread::yield_now();
        }
        typist
    }

    /// All that has arrived of it.
    fn arrived(&self) -> String {
        fs::read_to_string(&self.typed).unwrap_or_default()
    }
}

/// Where the device opens a machine: its own one on the loopback, as a page there would.
fn address(at: &Homie) -> String {
    let address = if at.host().name() == "laptop" { at.address_here() } else { at.address() };
    address.unwrap()
}

/// The file with its key.
fn key(lab: &Lab) -> PathBuf {
    lab.laptop().home(Who::Person).unwrap().join("homie/viewer.key")
}

/// Whether a machine turns the device away that is known by its key.
fn turns_away(lab: &Lab, at: &Homie) {
    let mut again = Viewer::open_as(&lab.laptop(), &address(at), &key(lab)).unwrap();
    assert_eq!(again.is_out(PATIENCE).unwrap(), "device_unknown");
}

#[test]
fn whoever_is_revoked_at_one_machine_is_out_at_all_three() {
    let lab = Lab::open().unwrap();
    let three = Three::joined(&lab, "");
    let Three { desk, laptop, builder } = &three;
    let at_desk = Typist::paired(&lab, desk);
    let mut all =
        [("laptop", Typist::known(&lab, laptop)), ("builder", Typist::known(&lab, builder)), ("desk", at_desk)];
    desk.run(&["devices", "revoke", "viewer"]).unwrap();
    let revoked = Instant::now();
    for (name, typist) in &mut all {
        assert_eq!(typist.viewer.is_out(REVOKED).unwrap(), "device_unknown");
        println!("revoked at desk, and out at {name} after {:.0?}", revoked.elapsed());
    }
    for (homie, (_, typist)) in [laptop, builder, desk].into_iter().zip(&mut all) {
        typist.viewer.types("after\n").unwrap();
        turns_away(&lab, homie);
        assert_eq!(typist.arrived(), "before\n");
    }
}

#[test]
fn a_machine_that_was_off_refuses_whoever_was_revoked_and_nothing_typed_since_arrives() {
    let lab = Lab::open().unwrap();
    let mut three = Three::joined(&lab, "");
    let mut at_desk = Typist::paired(&lab, &three.desk);
    let mut at_builder = Typist::known(&lab, &three.builder);
    three.builder.stop().unwrap();
    at_builder.viewer.until(PATIENCE, |told| told.is_state("waiting")).unwrap();
    three.desk.run(&["devices", "revoke", "viewer"]).unwrap();
    assert_eq!(at_desk.viewer.is_out(REVOKED).unwrap(), "device_unknown");
    at_builder.viewer.types("after\n").unwrap();
    three.builder.start().unwrap();
    let back = Instant::now();
    assert_eq!(at_builder.viewer.is_out(PATIENCE).unwrap(), "device_unknown");
    println!("refused {:.0?} after it was back", back.elapsed());
    turns_away(&lab, &three.builder);
    assert_eq!(at_builder.arrived(), "before\n");
}

#[test]
fn tailscaled_is_killed_on_each_in_turn_and_a_session_goes_on() {
    let lab = Lab::open().unwrap();
    let three = Three::joined(&lab, TRUSTING);
    let Three { desk, laptop, builder } = &three;
    for (killed, from) in [(desk, laptop), (laptop, desk), (builder, laptop)] {
        let (host, from) = (killed.host(), from.host());
        let mut story = Story::begin(killed, from, 10);
        story.go_on(MOMENT);
        host.stop_tailscaled("KILL").unwrap();
        story.go_on(MOMENT);
        host.start_tailscaled(Tun::Kernel).unwrap();
        // What comes through Serve ends with tailscaled; a circuit with the machine's own address is the kernel's, and may stay.
        if killed.door().unwrap().0 == "serve" {
            story.comes_back(2 * PATIENCE);
        } else {
            story.look_on(5 * MOMENT);
        }
        story.go_on(MOMENT);
        story.ends_whole();
        three.are_up();
    }
}

/// Longer than a client that has typed waits for an answer.
#[test]
fn a_cable_that_is_out_in_the_middle_of_output_loses_nothing() {
    let out = Duration::from_secs(setting("HOMIE_PARTITION_SECONDS", 20).unwrap());
    let lab = Lab::open().unwrap();
    let three = Three::joined(&lab, TRUSTING);
    let (host, laptop) = (three.builder.host(), three.laptop.host());
    let seconds = u32::try_from((out + 5 * MOMENT).as_secs()).unwrap();
    let mut story = Story::begin_at(&three.builder, laptop, SLOWLY, seconds);
    story.go_on(MOMENT);
    host.set_cable(false).unwrap();
    story.go_on(MOMENT);
    story.look_on(out.saturating_sub(MOMENT));
    host.set_cable(true).unwrap();
    story.comes_back(3 * PATIENCE);
    story.go_on(MOMENT);
    story.ends_whole();
    three.are_up();
}
