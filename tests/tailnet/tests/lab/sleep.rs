//! One side sleeps in the middle of a session and wakes up. Its processes are stopped and go on, and so their clocks jump as
//! they do in a machine that was suspended: a whole host cannot be, nor can it have another time than its neighbours.

use std::thread;
use std::time::Duration;

use homie_protocol::limits::WAKE_PING_MS;
use homie_tailnet_lab::homie::{Homie, TRUSTING};
use homie_tailnet_lab::lab::Lab;
use homie_tailnet_lab::program::{BUSY, PATIENCE};

use crate::links::{MOMENT, viewers_become};
use crate::story::Story;

/// Shorter than the silence after which either side would ask anyway.
const SLEEP: Duration = Duration::from_secs(12);

/// How long a link may seem alive that died meanwhile: far below the 45 seconds of whoever was awake.
const FOUND_OUT: Duration = Duration::from_millis(WAKE_PING_MS).saturating_add(BUSY);

#[test]
fn a_client_that_slept_goes_on_where_its_circuit_is_alive() {
    let lab = Lab::open().unwrap();
    let desk = Homie::served(lab.desk(), TRUSTING).unwrap();
    let mut story = Story::begin(&desk, &lab.laptop(), 20);
    story.go_on(MOMENT);
    story.viewer.sleep().unwrap();
    thread::sleep(SLEEP);
    story.viewer.wake().unwrap();
    story.go_on(2 * MOMENT);
    assert_eq!(story.viewer.circuits(), 1, "the ping was answered");
    story.ends_whole();
}

#[test]
fn a_client_that_slept_finds_out_at_once_that_its_circuit_is_gone() {
    let lab = Lab::open().unwrap();
    let laptop = lab.laptop();
    let desk = Homie::served(lab.desk(), TRUSTING).unwrap();
    let mut story = Story::begin(&desk, &laptop, 4);
    story.go_on(MOMENT);
    story.viewer.sleep().unwrap();
    laptop.set_cable(false).unwrap();
    thread::sleep(SLEEP);
    story.viewer.wake().unwrap();
    story.viewer.until(FOUND_OUT, |told| told.is_state("waiting")).unwrap();
    laptop.set_cable(true).unwrap();
    story.comes_back(2 * PATIENCE);
    story.go_on(MOMENT);
    story.ends_whole();
}

#[test]
fn a_machine_that_slept_goes_on_where_its_circuits_are_alive() {
    let lab = Lab::open().unwrap();
    let desk = Homie::served(lab.desk(), TRUSTING).unwrap();
    let mut story = Story::begin(&desk, &lab.laptop(), 20);
    story.go_on(MOMENT);
    desk.sleep().unwrap();
    story.look_on(SLEEP);
    desk.wake().unwrap();
    story.go_on(2 * MOMENT);
    assert_eq!(story.viewer.circuits(), 1, "the ping was answered");
    story.ends_whole();
}

#[test]
fn a_machine_that_slept_gives_up_at_once_who_is_gone() {
    let lab = Lab::open().unwrap();
    let laptop = lab.laptop();
    let desk = Homie::served(lab.desk(), TRUSTING).unwrap();
    let mut story = Story::begin(&desk, &laptop, 4);
    story.go_on(MOMENT);
    desk.sleep().unwrap();
    laptop.set_cable(false).unwrap();
    thread::sleep(SLEEP);
    desk.wake().unwrap();
    viewers_become(&desk, 0, FOUND_OUT);
    laptop.set_cable(true).unwrap();
    viewers_become(&desk, 1, 3 * PATIENCE);
    story.look_on(MOMENT);
    story.ends_whole();
}
