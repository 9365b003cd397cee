//! Nobody becomes somebody else at a real Homie by saying so: not a peer, not a process of the machine itself, and not
//! where tailscaled dials the loopback for whoever calls.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use homie_tailnet_lab::homie::{Homie, TRUSTING};
use homie_tailnet_lab::host::{Host, Tun, Who};
use homie_tailnet_lab::lab::Lab;
use homie_tailnet_lab::viewer::Viewer;
use serde_json::json;

use crate::roles::page;
use crate::serve::FORGED;

/// What curl says of a server that hangs up without a word, the sooner it does: an empty answer, a connection that was reset, one
/// that takes nothing, or none at all.
const NO_WORD: [i32; 4] = [52, 56, 55, 7];

#[test]
fn a_peer_stays_who_it_is_behind_serve() {
    let lab = Lab::open().unwrap();
    let desk = Homie::served(lab.desk(), TRUSTING).unwrap();
    let address = desk.address().unwrap();
    let (status, words) = page(&lab.builder(), Who::Person, &address, FORGED);
    assert_eq!(status, 403);
    assert!(words.starts_with("tagged: "), "{words}");
    let laptop = lab.laptop().v4().unwrap().to_string();
    let forged = json!({"Tailscale-User-Login": "alice@example.com", "X-Forwarded-For": laptop});
    let mut bob = Viewer::open_saying(&lab.studio(), &address, &forged).unwrap();
    assert_eq!(bob.is_up().unwrap(), "viewer");
    assert_eq!(bob.try_start(&["true"]).unwrap(), Err("forbidden".to_owned()));
}

#[test]
fn the_machines_own_addresses_take_no_word_for_it() {
    let lab = Lab::open().unwrap();
    let desk = Homie::direct(lab.desk(), TRUSTING).unwrap();
    let address = desk.address().unwrap();
    assert_eq!(page(&lab.studio(), Who::Person, &address, &[]).0, 200);
    for header in FORGED.iter().filter(|header| !header.starts_with("Connection")) {
        assert_eq!(page(&lab.studio(), Who::Person, &address, &[header]).0, 400, "{header}");
    }
}

#[test]
fn a_process_of_the_machine_is_not_its_owner() {
    let lab = Lab::open().unwrap();
    let told = |homie: &Homie| {
        let address = homie.address().unwrap();
        [Who::Person, Who::Other, Who::Root].map(|who| page(homie.host(), who, &address, &[]))
    };
    let served = told(&Homie::served(lab.desk(), TRUSTING).unwrap());
    let tagged = told(&Homie::served(lab.builder(), TRUSTING).unwrap());
    let direct = told(&Homie::direct(lab.laptop(), TRUSTING).unwrap());
    for (status, words) in [served, tagged, direct].concat() {
        assert_eq!(status, 403);
        assert!(words.starts_with("own_address: "), "{words}");
    }
}

/// Asks `serve.sock` as tailscaled would, for the laptop of the machine's owner.
fn pass_for_serve(desk: &Homie, who: Who, socket: &str, laptop: &Host) -> Result<u16, i32> {
    let caller = format!("X-Forwarded-For: {}", laptop.v4().unwrap());
    let words = ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket", socket, "http://localhost/"];
    let claims = ["-H", "X-Forwarded-Host: desk.tail.test:4663", "-H", &caller, "-H", FORGED[0]];
    let output = desk.host().command(who, &[&words[..], &claims].concat()).output().unwrap();
    match output.status.code().unwrap() {
        0 => Ok(String::from_utf8(output.stdout).unwrap().parse().unwrap()),
        code => Err(code),
    }
}

#[test]
fn nobody_but_tailscaled_is_heard_at_the_socket_of_serve() {
    let lab = Lab::open().unwrap();
    let desk = Homie::served(lab.desk(), TRUSTING).unwrap();
    // Where others can reach it too, as if somebody had been careless.
    let (own, open) = (desk.home().unwrap().join("serve.sock"), desk.host().folder().join("open.sock"));
    let _old = fs::remove_file(&open);
    fs::hard_link(&own, &open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o666)).unwrap();
    let open = open.to_str().unwrap();
    for who in [Who::Person, Who::Other] {
        assert!(desk.host().command(who, &["test", "-w", open]).status().unwrap().success(), "{who:?} reaches it");
        let told = pass_for_serve(&desk, who, open, &lab.laptop());
        assert!(matches!(told, Err(code) if NO_WORD.contains(&code)), "{who:?}: {told:?}");
    }
    // The same words count when they come from tailscaled's user.
    assert_eq!(pass_for_serve(&desk, Who::Root, open, &lab.laptop()), Ok(200));
}

#[test]
fn where_tailscaled_dials_the_loopback_a_peer_gains_nothing_by_it() {
    let lab = Lab::open().unwrap();
    let (desk, studio) = (lab.desk(), lab.studio());
    desk.stop_tailscaled("TERM").unwrap();
    desk.start_tailscaled(Tun::Userspace).unwrap();
    lab.meet(&desk, &studio).unwrap();
    let desk = Homie::served(desk, &format!("{TRUSTING}port = 9000\n")).unwrap();
    for ip in [format!("{}", desk.host().v4().unwrap()), format!("[{}]", desk.host().v6().unwrap())] {
        let loopback = format!("http://{ip}:9000/");
        // It is reached indeed, by whoever knows its name; there is nothing behind it without a key.
        assert_eq!(page(&studio, Who::Person, &loopback, &["Host: localhost:9000"]).0, 200, "{loopback}");
        assert_eq!(page(&studio, Who::Person, &loopback, &[]).0, 403, "{loopback}");
        for header in FORGED.iter().filter(|header| !header.starts_with("Connection")) {
            let (status, _) = page(&studio, Who::Person, &loopback, &["Host: localhost:9000", header]);
            assert_eq!(status, 400, "{loopback}: {header}");
        }
    }
    // Serve knows who is calling there too.
    let (mut bob, role) = Viewer::ready(&studio, &desk.address().unwrap()).unwrap();
    assert_eq!((role.as_str(), bob.try_start(&["true"]).unwrap()), ("viewer", Err("forbidden".to_owned())));
}
