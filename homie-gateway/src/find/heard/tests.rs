//! Who is kept of those who are heard of, and who may be asked.

use homie_protocol::methods::machine::FoundBy;
use homie_tailnet::Tailnet;
use homie_trust::{SystemRandom, random_bytes};

use super::*;
use crate::find::hint::SERVICE;

fn peer(name: &str, user: i64) -> Peer {
    Peer {
        stable_id: format!("n{name}CNTRL"),
        dns_name: format!("{name}.tail.test."),
        user,
        addresses: vec![[100, 64, 0, 9].into()],
        os: "linux".to_owned(),
        ..Peer::default()
    }
}

fn status() -> Status {
    let tailnet = Tailnet { magic_dns_suffix: "tail.test".to_owned(), ..Tailnet::default() };
    Status {
        own: peer("me", 1),
        peers: vec![peer("gw", 1), peer("bobs", 2)],
        tailnet: Some(tailnet),
        ..Status::default()
    }
}

fn node(number: u8) -> NodeId {
    NodeId::from_bytes([number; 16])
}

fn heard() -> Heard {
    let mut heard = Heard::default();
    heard.set_whom(Whom::of(node(0), Some(&status()), [node(6)].into()));
    heard
}

/// One who says that it is this machine of the tailnet.
fn hint(name: &str, number: u8, of: &str, port: u16) -> Hint {
    let tag = tag(&status(), &peer(of, 1));
    Hint { name: format!("{name}.{SERVICE}"), node: node(number), port, door: Door::Tailnet, tag, at: None }
}

/// One who says that this machine of the mesh has its key door there.
fn key_door(name: &str, number: u8, at: &str, port: u16) -> Hint {
    let at = Some(at.to_owned());
    Hint { name: format!("{name}.{SERVICE}"), node: node(number), port, door: Door::Key, tag: None, at }
}

fn at(address: &str, number: u8) -> String {
    format!("{address} {}", node(number))
}

fn places(heard: &mut Heard) -> Vec<String> {
    heard.has_news = true;
    let candidates = heard.news().unwrap_or_default().into_iter();
    candidates.map(|candidate| heard_at(&candidate.place).1).collect()
}

fn key(name: &str, port: u16, number: u8) -> Key {
    (FoundBy::Lan, format!("{name}.tail.test:{port} {}", node(number)))
}

#[test]
fn one_of_the_tailnet_is_asked_at_its_name_there_for_its_key() {
    let mut heard = heard();
    assert_eq!(heard.there(hint("gw", 1, "gw", 5000)), None);
    let place = heard.news().unwrap().remove(0).place;
    assert_eq!((place.authority().as_str(), place.node, place.is_usual), ("gw.tail.test:5000", Some(node(1)), false));
    assert_eq!(
        place.targets,
        ["100.64.0.9"],
        "where the tailnet says that it is, and not where somebody on the cable does"
    );
    assert!(heard.news().is_none(), "told once");
}

#[test]
fn another_persons_machine_a_stranger_and_this_one_are_not_asked() {
    let mut heard = heard();
    heard.there(hint("bobs", 2, "bobs", 4663));
    heard.there(hint("far", 3, "elsewhere", 4663));
    heard.there(Hint { tag: None, ..hint("none", 4, "gw", 4663) });
    heard.there(hint("me", 0, "me", 4663));
    assert!(places(&mut heard).is_empty() && heard.all.len() == 3);
    let known = Status { peers: vec![peer("elsewhere", 1)], ..status() };
    heard.set_whom(Whom::of(node(0), Some(&known), BTreeSet::new()));
    assert_eq!(places(&mut heard), [key("elsewhere", 4663, 3).1], "a tailnet may begin to know whom nobody knew");
}

/// Then it is a copy, or somebody lies; whoever is asked proves which.
#[test]
fn this_machines_key_at_another_one_is_asked_for_there() {
    let mut heard = heard();
    heard.there(hint("me", 0, "gw", 4663));
    assert_eq!(places(&mut heard), [key("gw", 4663, 0).1]);
}

#[test]
fn two_of_one_name_are_told_apart_by_their_keys() {
    let mut heard = heard();
    heard.there(hint("desk", 1, "gw", 4663));
    heard.there(hint("desk", 2, "gw", 4663));
    assert_eq!(places(&mut heard), [key("gw", 4663, 1).1, key("gw", 4663, 2).1]);
}

#[test]
fn ten_thousand_are_not_kept_and_the_true_one_is_found_all_the_same() {
    let mut heard = heard();
    let [seed] = random_bytes::<1>(&SystemRandom).unwrap();
    for number in 0..10_000_u16 {
        let [high, low] = number.to_be_bytes();
        let mut spoofed = hint(&format!("x{number}"), 9, "gw", 1 + number);
        spoofed.node = NodeId::from_bytes([seed, high, low, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]);
        heard.there(spoofed.clone());
        (spoofed.tag, spoofed.name) = (Some(format!("{number}")), format!("y{number}.{SERVICE}"));
        heard.there(spoofed.clone());
        // One that was known, and says that it is another's.
        spoofed.name = format!("x{}.{SERVICE}", number % 8);
        heard.there(spoofed);
    }
    assert_eq!((heard.all.len(), places(&mut heard).len()), (OF_ONE + STRANGERS, OF_ONE));
    assert_eq!(heard.there(hint("gw", 1, "gw", 4663)), None);
    assert!(!places(&mut heard).contains(&key("gw", 4663, 1).1) && !heard.is_worth_a_new_ear());

    let spoofed = (FoundBy::Lan, places(&mut heard).remove(0));
    assert_eq!(heard.silent(&spoofed).len(), 1, "it is looked whether it is there at all");
    assert!(heard.is_worth_a_new_ear() && !heard.is_worth_a_new_ear());
    heard.begin_again(Instant::now());
    heard.there(hint("gw", 1, "gw", 4663));
    assert!(places(&mut heard).contains(&key("gw", 4663, 1).1), "in its place");
    for number in 0..100 {
        heard.there(hint("more", 50 + number, "gw", 70));
    }
    assert!(heard.all.len() <= OF_ONE + STRANGERS);
}

#[test]
fn a_goodbye_is_waited_for_and_taken_back_by_a_new_word() {
    let (mut heard, now) = (heard(), Instant::now());
    heard.there(hint("gw", 1, "gw", 4663));
    heard.gone(&format!("GW.{SERVICE}"), now);
    assert_eq!(heard.next(), Some(now + GOODBYE));
    assert!(heard.sweep(now + GOODBYE / 2, |_| false).is_empty() && places(&mut heard).len() == 1);
    heard.there(hint("gw", 1, "gw", 4663));
    assert!(heard.next().is_none(), "it has only begun anew");

    heard.gone(&format!("gw.{SERVICE}"), now);
    assert!(heard.sweep(now + GOODBYE, |_| false).is_empty());
    assert!(heard.all.is_empty());
}

#[test]
fn a_goodbye_in_anothers_name_puts_nobody_away_who_answers() {
    let (mut heard, now) = (heard(), Instant::now());
    heard.there(hint("gw", 1, "gw", 4663));
    heard.gone(&format!("gw.{SERVICE}"), now);
    let key = key("gw", 4663, 1);
    assert_eq!(heard.sweep(now + GOODBYE, |asked| *asked == key), std::slice::from_ref(&key), "it is asked");
    assert_eq!(places(&mut heard).len(), 1);
    assert!(heard.silent(&key).is_empty() && heard.all.is_empty(), "until it does not answer");
}

#[test]
fn one_that_was_silent_is_asked_when_it_is_heard_again() {
    let mut heard = heard();
    let key = key("gw", 4663, 1);
    heard.there(hint("gw", 1, "gw", 4663));
    assert_eq!(heard.there(hint("gw", 1, "gw", 4663)), None, "its addresses come one by one");
    assert_eq!(heard.silent(&key), [format!("gw.{SERVICE}")]);
    assert_eq!(heard.there(hint("gw", 1, "gw", 4663)), Some(key));
}

#[test]
fn who_is_not_heard_by_the_next_ear_goes() {
    let (mut heard, now) = (heard(), Instant::now());
    heard.there(hint("gw", 1, "gw", 4663));
    heard.there(hint("desk", 2, "gw", 4664));
    heard.begin_again(now);
    heard.there(hint("desk", 2, "gw", 4664));
    heard.sweep(now + AGAIN, |_| false);
    assert_eq!(places(&mut heard), [key("gw", 4664, 2).1]);
}

#[test]
fn a_key_door_is_asked_at_each_of_its_addresses_if_the_machine_is_of_the_mesh() {
    let mut heard = heard();
    for (number, address) in [(6, "10.0.0.2"), (6, "fd00::2"), (7, "10.0.0.3")] {
        assert_eq!(heard.there(key_door("desk", number, address, 4664)), None);
    }
    assert_eq!(places(&mut heard), [at("10.0.0.2:4664", 6), at("[fd00::2]:4664", 6)]);
    heard.set_whom(Whom::of(node(0), None, [node(7)].into()));
    assert_eq!(places(&mut heard), [at("10.0.0.3:4664", 7)], "one joins, and one is retired");
}

#[test]
fn this_machines_key_door_at_an_address_that_is_not_its_own_is_asked() {
    let mut heard = heard();
    heard.set_here(vec![[10, 0, 0, 1].into(), "fe80::1".parse().unwrap()]);
    for address in ["10.0.0.1", "fe80::1%eth0", "10.0.0.5"] {
        heard.there(key_door("me", 0, address, 4664));
    }
    assert_eq!(places(&mut heard), [at("10.0.0.5:4664", 0)], "a copy has it, or nobody");
}

#[test]
fn an_address_that_is_announced_no_more_goes_unless_it_answers() {
    let (mut heard, now) = (heard(), Instant::now());
    let old = [key_door("desk", 6, "10.0.0.2", 4664), key_door("desk", 6, "10.0.0.3", 4664)];
    let new = [key_door("desk", 6, "10.0.0.9", 4664)];
    for hint in old.iter().chain(&new) {
        heard.there(hint.clone());
    }
    heard.moved(&[key_door("other", 6, "10.0.0.7", 4664)], now);
    heard.moved(&[key_door("desk", 7, "10.0.0.7", 4664)], now);
    assert_eq!(heard.next(), None, "that was another");
    heard.moved(&new, now);
    let answers = (FoundBy::Lan, at("10.0.0.3:4664", 6));
    assert_eq!(heard.sweep(now + GOODBYE, |key| *key == answers), [answers]);
    assert_eq!(places(&mut heard), [at("10.0.0.3:4664", 6), at("10.0.0.9:4664", 6)]);
}

#[test]
fn ten_thousand_key_doors_of_one_machine_are_not_kept_and_the_true_one_is_found_all_the_same() {
    let mut heard = heard();
    for number in 0..10_000_u16 {
        let [high, low] = number.to_be_bytes();
        heard.there(key_door(&format!("x{number}"), 6, &format!("10.9.{high}.{low}"), 4664));
    }
    assert_eq!((heard.all.len(), places(&mut heard).len()), (OF_ONE, OF_ONE));
    let (truth, liar) = (key_door("desk", 6, "10.0.0.2", 4664), (FoundBy::Lan, places(&mut heard).remove(0)));
    assert_eq!((heard.there(truth.clone()), heard.silent(&liar).len()), (None, 1));
    assert!(heard.is_worth_a_new_ear(), "it has had no room");
    heard.there(truth);
    assert!(places(&mut heard).contains(&at("10.0.0.2:4664", 6)) && heard.all.len() == OF_ONE);
    assert_eq!(heard.there(hint("gw", 1, "gw", 4663)), None);
    assert_eq!(heard.all.len(), OF_ONE + 1, "others have places of their own");
}
