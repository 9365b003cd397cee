//! The command on one machine reaches sessions on another.

use std::thread;
use std::time::{Duration, Instant};

use homie_tailnet_lab::homie::{Homie, TRUSTING};
use homie_tailnet_lab::host::{Host, Tun, Who};
use homie_tailnet_lab::lab::Lab;
use homie_tailnet_lab::program::PATIENCE;

/// Exit codes of the command.
const REFUSED: i32 = 4;
const UNREACHABLE: i32 = 5;

/// What the command of a host's person ends with, and all that it says.
fn homie(host: &Host, words: &[&str]) -> (i32, String) {
    let output = host.command(Who::Person, &[&["homie"], words].concat()).output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (output.status.code().unwrap(), said)
}

fn shows(host: &Host, session: &str, text: &str) {
    let end = Instant::now() + PATIENCE;
    loop {
        let (_, screen) = homie(host, &["capture", session]);
        if screen.contains(text) {
            return;
        }
        assert!(Instant::now() < end, "{text:?} is not in {screen:?}");
        thread::sleep(Duration::from_millis(100));
    }
}

fn a_session_from_elsewhere(lab: &Lab, _desk: &Homie) {
    let laptop = Homie::new(lab.laptop(), "").unwrap();
    laptop.run(&["new", "--on", "desk", "--detach", "--name", "far", "--", "bash", "--norc", "--noprofile"]).unwrap();
    laptop.run(&["send", "desk:far", "echo $(hostname)-hi-$((1 + 1))", "--enter"]).unwrap();
    shows(laptop.host(), "desk:far", "desk-hi-2");
    let listed = laptop.json(&["ls", "--on", "desk"]).unwrap();
    assert_eq!(listed[0]["name"], "far", "{listed}");
    laptop.run(&["kill", "desk:far"]).unwrap();
}

/// Six digits are all that is ever asked; each then knows the other's key, and no certificate alone says who it is.
#[test]
fn a_second_machine_of_the_owners_joins_and_each_reaches_the_other() {
    let lab = Lab::open().unwrap();
    let owned = "owner = 'alice@example.com'\n";
    let desk = Homie::served(lab.desk(), owned).unwrap();
    let (laptop, digits) = Homie::joining(lab.laptop(), owned, &desk.address().unwrap()).unwrap();
    assert!(desk.run(&["approve", &digits]).unwrap().contains("is in, as owner"));
    laptop.is_open().unwrap();
    for (from, to) in [(&laptop, "desk"), (&desk, "laptop")] {
        let started = ["new", "--on", to, "--detach", "--name", "far", "--", "bash", "--norc", "--noprofile"];
        assert_eq!(homie(from.host(), &started), (0, format!("{to}:far\n")), "no question, no remark");
        let there = format!("{to}:far");
        from.run(&["send", &there, "echo $(hostname)-hi-$((1 + 1))", "--enter"]).unwrap();
        shows(from.host(), &there, &format!("{to}-hi-2"));
        from.run(&["kill", &there]).unwrap();
    }
}

#[test]
fn a_person_starts_types_reads_and_ends_through_serve() {
    let lab = Lab::open().unwrap();
    let desk = Homie::served(lab.desk(), TRUSTING).unwrap();
    a_session_from_elsewhere(&lab, &desk);
}

#[test]
fn a_person_starts_types_reads_and_ends_at_the_machines_own_addresses() {
    let lab = Lab::open().unwrap();
    let desk = Homie::direct(lab.desk(), TRUSTING).unwrap();
    a_session_from_elsewhere(&lab, &desk);
}

/// Behind Serve on the next port, because the usual one was taken: nobody has to say which.
#[test]
fn a_machine_whose_usual_port_is_taken_is_found_at_the_next() {
    let lab = Lab::open().unwrap();
    let desk = Homie::new(lab.desk(), TRUSTING).unwrap();
    desk.host().tailscale(&["serve", "--bg", "--https=4663", "text:not Homie"]).unwrap();
    let target = format!("unix:{}", desk.home().unwrap().join("serve.sock").display());
    desk.host().tailscale(&["serve", "--bg", "--https=4664", &target]).unwrap();
    let mut desk = desk;
    desk.start().unwrap();
    assert_eq!(desk.address().unwrap(), "https://desk.tail.test:4664/");
    a_session_from_elsewhere(&lab, &desk);
}

/// Without an interface of the kernel's, tailscaled is asked to connect.
#[test]
fn from_a_machine_without_an_interface_every_command_goes_through_tailscaled() {
    let lab = Lab::open().unwrap();
    let (desk, laptop) = (Homie::served(lab.desk(), TRUSTING).unwrap(), lab.laptop());
    laptop.stop_tailscaled("TERM").unwrap();
    laptop.start_tailscaled(Tun::Userspace).unwrap();
    lab.meet(&laptop, desk.host()).unwrap();
    let page = format!("https://{}:4663/", desk.host().v4().unwrap());
    let straight = laptop.command(Who::Person, &["curl", "-sSk", "--max-time", "3", &page]).output().unwrap();
    assert!(!straight.status.success(), "its own TCP gets nowhere");
    a_session_from_elsewhere(&lab, &desk);
    let (code, said) = homie(&laptop, &["ls", "--on", "desk:4999"]);
    assert!(code == UNREACHABLE && said.contains("nothing listens there"), "{code}: {said}");
}

/// Within the tailnet the way is encrypted, but only a certificate says at this end who is at the other.
#[test]
fn a_machine_that_serves_without_a_certificate_is_refused_in_words() {
    let lab = Lab::open().unwrap();
    let _desk = Homie::served_with("http", lab.desk(), TRUSTING).unwrap();
    let laptop = Homie::new(lab.laptop(), "").unwrap();
    let (code, said) = homie(laptop.host(), &["ls", "--on", "desk"]);
    assert!(code == REFUSED && said.contains("without a certificate"), "{code}: {said}");
}

#[test]
fn who_may_only_look_and_who_may_nothing_is_told_so() {
    let lab = Lab::open().unwrap();
    let mut desk = Homie::served(lab.desk(), TRUSTING).unwrap();
    let (studio, builder) = (Homie::new(lab.studio(), "").unwrap(), Homie::new(lab.builder(), "").unwrap());
    desk.run(&["new", "--name", "build", "--", "cat"]).unwrap();
    let (code, said) = homie(studio.host(), &["ls", "--on", "desk"]);
    assert!(code == 0 && said.contains("build"), "{code}: {said}");
    let (code, said) = homie(studio.host(), &["new", "--on", "desk", "--detach"]);
    assert_eq!(code, REFUSED, "{said}");
    let (code, said) = homie(builder.host(), &["ls", "--on", "desk"]);
    assert!(code == REFUSED && said.contains("tagged"), "{code}: {said}");
    desk.stop().unwrap();
    let (code, said) = homie(studio.host(), &["ls", "--on", "desk"]);
    assert_eq!(code, UNREACHABLE, "{said}");
}

#[test]
fn without_a_key_that_is_known_there_one_may_look_and_is_told_how_to_be_let_in() {
    let lab = Lab::open().unwrap();
    let _desk = Homie::served(lab.desk(), "owner = 'alice@example.com'\n").unwrap();
    let laptop = Homie::new(lab.laptop(), "").unwrap();
    assert_eq!(laptop.json(&["ls", "--on", "desk"]).unwrap(), serde_json::json!([]));
    let (code, said) = homie(laptop.host(), &["new", "--on", "desk", "--detach"]);
    assert!(code == REFUSED && said.contains("homie up --join"), "{code}: {said}");
}
