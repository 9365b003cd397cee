//! A machine that is in no tailnet: it is invited at the key door of one that is, dials out to that, and is as near as all others.

use homie_tailnet_lab::homie::Homie;
use homie_tailnet_lab::lab::Lab;

use crate::mesh::{OWNED, is, joined, until};

/// Waits until what was typed there has been answered.
fn answers(from: &Homie, session: &str, answer: &str) {
    while !from.run(&["capture", session]).unwrap().contains(answer) {}
}

#[test]
fn a_machine_outside_the_tailnet_is_invited_and_typed_in_from_inside_and_types_there() {
    let lab = Lab::open().unwrap();
    let outside = lab.studio();
    outside.stop_tailscaled("TERM").unwrap();
    let door = format!("{OWNED}key-door = ['{}:4664']\n", lab.desk().cable_v4().unwrap());
    let mut desk = Homie::served(lab.desk(), &door).unwrap();
    let laptop = joined(lab.laptop(), OWNED, &desk);
    let mut studio = Homie::new(outside, "dial-out = true\n").unwrap();
    let invitation = desk.run(&["invite"]).unwrap();
    studio.run(&["join", invitation.trim()]).unwrap();
    studio.start().unwrap();
    for (from, to) in [(&desk, "studio"), (&laptop, "studio"), (&studio, "laptop")] {
        until(from, &["nodes"], |told| is(told, to, "up"));
    }

    laptop
        .run(&["new", "--detach", "--on", "studio", "--name", "shed", "--", "bash", "--norc", "--noprofile"])
        .unwrap();
    laptop.run(&["send", "studio:shed", "echo $(hostname)-hi-$((1 + 1))", "--enter"]).unwrap();
    answers(&laptop, "studio:shed", "studio-hi-2");
    // There the tailnet knows a place of that name, where nobody is any more; its own gateway has the connections.
    desk.run(&["send", "studio:shed", "echo here-$((1 + 3))", "--enter"]).unwrap();
    answers(&desk, "studio:shed", "here-4");
    studio
        .run(&["new", "--detach", "--on", "laptop", "--name", "home", "--", "bash", "--norc", "--noprofile"])
        .unwrap();
    studio.run(&["send", "laptop:home", "echo $(hostname)-hi-$((1 + 2))", "--enter"]).unwrap();
    answers(&studio, "laptop:home", "laptop-hi-3");

    // Without the one in between neither reaches the other; once it is back both do, by themselves.
    desk.stop().unwrap();
    until(&laptop, &["nodes"], |told| is(told, "studio", "away"));
    desk.start().unwrap();
    until(&laptop, &["nodes"], |told| is(told, "studio", "up"));
    laptop.run(&["send", "studio:shed", "echo again-$((2 + 2))", "--enter"]).unwrap();
    answers(&laptop, "studio:shed", "again-4");
}
