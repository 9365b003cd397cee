//! What a person may do is taken away, or becomes another, while a circuit is open.

use std::time::{Duration, Instant};

use homie_tailnet_lab::homie::{Homie, TRUSTING};
use homie_tailnet_lab::lab::{CAPABILITY, Lab};
use homie_tailnet_lab::program::{BUSY, PATIENCE};
use homie_tailnet_lab::viewer::Viewer;
use serde_json::{Value, json};

use crate::links::viewers_become;

/// How long a circuit may go on after its grant is gone, as promised.
const TAKEN_AWAY: Duration = Duration::from_secs(30).saturating_add(BUSY);

/// How long one may go on after its device was revoked, as promised.
const REVOKED: Duration = Duration::from_secs(1).saturating_add(BUSY);

fn is_bobs(grant: &Value) -> bool {
    grant["src"] == json!(["bob@example.com"])
}

/// A session at alice's, and bob, who looks at it.
fn bob_looks_on(lab: &Lab) -> (Homie, Viewer) {
    let desk = Homie::served(lab.desk(), TRUSTING).unwrap();
    desk.run(&["new", "--name", "build", "--", "cat"]).unwrap();
    let session = desk.json(&["ls"]).unwrap()[0]["id"].as_str().unwrap().to_owned();
    let (mut bob, _) = Viewer::ready(&lab.studio(), &desk.address().unwrap()).unwrap();
    bob.watch(&session).unwrap();
    assert_eq!(desk.viewers().unwrap(), 1);
    (desk, bob)
}

#[test]
fn a_role_that_is_taken_away_ends_the_circuit_with_a_word() {
    let lab = Lab::open().unwrap();
    let (desk, mut bob) = bob_looks_on(&lab);
    lab.set_grants(|grants| {
        for grant in grants.iter_mut().filter(|grant| is_bobs(grant)) {
            grant.as_object_mut().unwrap().remove("app");
        }
    })
    .unwrap();
    assert_eq!(bob.is_out(TAKEN_AWAY).unwrap(), "forbidden");
    viewers_become(&desk, 0, PATIENCE);
}

#[test]
fn whom_the_policy_hides_is_out_although_no_packet_says_so() {
    let lab = Lab::open().unwrap();
    let (desk, _bob) = bob_looks_on(&lab);
    lab.set_grants(|grants| grants.retain(|grant| !is_bobs(grant))).unwrap();
    viewers_become(&desk, 0, TAKEN_AWAY);
}

#[test]
fn whose_machines_key_has_expired_is_out() {
    let lab = Lab::open().unwrap();
    let (desk, _bob) = bob_looks_on(&lab);
    lab.expire(&lab.studio()).unwrap();
    viewers_become(&desk, 0, TAKEN_AWAY);
}

#[test]
fn another_role_reaches_a_circuit_that_is_open() {
    let lab = Lab::open().unwrap();
    let (_desk, mut bob) = bob_looks_on(&lab);
    let tries = |bob: &mut Viewer, wanted: Result<(), String>| {
        let end = Instant::now() + TAKEN_AWAY;
        while bob.try_start(&["cat"]).unwrap() != wanted {
            assert!(Instant::now() < end, "{wanted:?} does not come");
        }
    };
    lab.set_grants(|grants| {
        let app = json!({CAPABILITY: [{"role": "operator"}]});
        grants.push(json!({"src": ["bob@example.com"], "dst": ["alice@example.com"], "app": app}));
    })
    .unwrap();
    tries(&mut bob, Ok(()));
    lab.set_grants(|_| ()).unwrap();
    tries(&mut bob, Err("forbidden".to_owned()));
    assert_eq!(bob.circuits(), 1, "it is the same circuit");
}

#[test]
fn a_device_is_paired_from_elsewhere_and_out_as_soon_as_it_is_revoked() {
    let lab = Lab::open().unwrap();
    let desk = Homie::served(lab.desk(), "owner = 'alice@example.com'\n").unwrap();
    let offer = desk.json(&["pair"]).unwrap();
    let mut viewer = Viewer::open(&lab.laptop(), offer["link"].as_str().unwrap()).unwrap();
    let digits = viewer.digits().unwrap();
    desk.run(&["approve", &digits, "--role", "operator"]).unwrap();
    assert_eq!(viewer.is_up().unwrap(), "operator");
    viewer.start(&["bash", "--norc", "--noprofile"]).unwrap();
    viewer.types("echo hi-$((1 + 1))\n").unwrap();
    viewer.sees("hi-2").unwrap();
    desk.run(&["devices", "revoke", "viewer"]).unwrap();
    let revoked = Instant::now();
    assert_eq!(viewer.is_out(REVOKED).unwrap(), "device_unknown");
    println!("revoked, and out after {:.0?}", revoked.elapsed());
    viewers_become(&desk, 0, PATIENCE);
}
