//! Links between machines break in every way that they do, and sessions go on.

use std::thread;
use std::time::{Duration, Instant};

use homie_tailnet_lab::homie::{Homie, TRUSTING};
use homie_tailnet_lab::host::Tun;
use homie_tailnet_lab::lab::Lab;
use homie_tailnet_lab::program::{BUSY, PATIENCE};

use crate::story::Story;

pub(crate) const MOMENT: Duration = Duration::from_secs(2);

/// How long a circuit is kept of which nothing is heard, as promised.
const DEAD: Duration = Duration::from_secs(45).saturating_add(BUSY);

/// Waits until so many look at its sessions.
pub(crate) fn viewers_become(homie: &Homie, wanted: u64, within: Duration) {
    let end = Instant::now() + within;
    while homie.viewers().unwrap() != wanted {
        assert!(Instant::now() < end, "{} look on", homie.viewers().unwrap());
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn tailscaled_is_killed_and_the_client_resumes() {
    let lab = Lab::open().unwrap();
    let desk = Homie::served(lab.desk(), TRUSTING).unwrap();
    let mut story = Story::begin(&desk, &lab.laptop(), 10);
    story.go_on(MOMENT);
    desk.host().stop_tailscaled("KILL").unwrap();
    story.go_on(MOMENT);
    desk.host().start_tailscaled(Tun::Kernel).unwrap();
    story.comes_back(2 * PATIENCE);
    story.go_on(MOMENT);
    assert!(story.viewer.circuits() > 1, "it has another circuit");
    story.ends_whole();
}

#[test]
fn a_link_that_was_down_for_ten_seconds_loses_nothing() {
    let lab = Lab::open().unwrap();
    let laptop = lab.laptop();
    let desk = Homie::served(lab.desk(), TRUSTING).unwrap();
    let mut story = Story::begin(&desk, &laptop, 14);
    story.go_on(MOMENT);
    laptop.set_cable(false).unwrap();
    story.go_on(Duration::from_secs(10));
    laptop.set_cable(true).unwrap();
    story.go_on(MOMENT);
    story.ends_whole();
}

#[test]
fn a_circuit_whose_link_is_gone_without_a_word_is_gone_too_and_comes_back() {
    let lab = Lab::open().unwrap();
    let laptop = lab.laptop();
    let desk = Homie::served(lab.desk(), TRUSTING).unwrap();
    let mut story = Story::begin(&desk, &laptop, 4);
    story.go_on(MOMENT);
    assert_eq!(desk.viewers().unwrap(), 1);
    laptop.set_cable(false).unwrap();
    viewers_become(&desk, 0, DEAD);
    laptop.set_cable(true).unwrap();
    viewers_become(&desk, 1, 3 * PATIENCE);
    story.look_on(MOMENT);
    assert!(story.viewer.circuits() > 1, "it has another circuit");
    story.ends_whole();
}
