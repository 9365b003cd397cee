//! A person on one machine types into a real shell on another, through each door that there is.

use homie_tailnet_lab::homie::Homie;
use homie_tailnet_lab::homie::TRUSTING;
use homie_tailnet_lab::lab::Lab;
use homie_tailnet_lab::viewer::Viewer;

/// Types a word that the shell makes out of what was typed, so that the echo of the keys cannot be taken for it.
fn types_into_a_shell(lab: &Lab, desk: &Homie, door: &str, scheme: &str) {
    let (kind, address) = desk.door().unwrap();
    assert_eq!((kind.as_str(), address.as_str()), (door, format!("{scheme}://desk.tail.test:4663/").as_str()));
    let (mut viewer, _) = Viewer::ready(&lab.laptop(), &address).unwrap();
    viewer.start(&["bash", "--norc", "--noprofile"]).unwrap();
    viewer.types("echo $(hostname)-hi-$((1 + 1))\n").unwrap();
    viewer.sees("desk-hi-2").unwrap();
}

#[test]
fn through_serve_with_certificates() {
    let lab = Lab::open().unwrap();
    let desk = Homie::served_with("https", lab.desk(), TRUSTING).unwrap();
    types_into_a_shell(&lab, &desk, "serve", "https");
}

#[test]
fn through_serve_without_certificates() {
    let lab = Lab::open().unwrap();
    let desk = Homie::served_with("http", lab.desk(), TRUSTING).unwrap();
    types_into_a_shell(&lab, &desk, "serve", "http");
}

#[test]
fn straight_to_the_machines_own_addresses() {
    let lab = Lab::open().unwrap();
    let desk = Homie::direct(lab.desk(), TRUSTING).unwrap();
    types_into_a_shell(&lab, &desk, "tailnet", "https");
}
