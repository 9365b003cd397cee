//! Who is asked, when again, and what is told of it.

use std::time::Duration;

use super::*;

fn candidate(name: &str, is_there: bool) -> Candidate {
    let place = Place { name: name.to_owned(), port: 4663, is_usual: true, targets: vec![name.to_owned()], node: None };
    Candidate { place, is_there }
}

fn about(number: u8, name: &str) -> (About, u16) {
    let about = About { node: NodeId::from_bytes([number; 16]), name: name.to_owned(), homie: None };
    (about, 4663)
}

/// With these machines of the tailnet.
fn with(registry: &mut Registry, names: &[&str], now: Instant) {
    let candidates = names.iter().map(|name| candidate(name, true)).collect();
    registry.set_tailnet(candidates, now, &mut || 0);
}

fn key(name: &str) -> Key {
    (FoundBy::Tailnet, format!("{name}:4663"))
}

fn due(registry: &mut Registry, now: Instant) -> Vec<String> {
    registry.due(now).into_iter().map(|(_, place)| place.name).collect()
}

fn names(registry: &Registry) -> Vec<String> {
    registry.others(|_| false).found.into_iter().map(|machine| machine.name).collect()
}

#[test]
fn eight_are_asked_at_once_and_nobody_is_forgotten() {
    let (mut registry, now) = (Registry::default(), Instant::now());
    let all: Vec<_> = (0..20).map(|number| format!("m{number:02}")).collect();
    with(&mut registry, &all.iter().map(String::as_str).collect::<Vec<_>>(), now);
    let mut asked = Vec::new();
    for round in 0..3 {
        let due = due(&mut registry, now);
        assert_eq!(due.len(), if round < 2 { AT_ONCE } else { 4 });
        assert!(super::Registry::due(&mut registry, now).is_empty(), "there is no room, or nobody");
        for name in &due {
            registry.answered(&key(name), None, now, 0);
        }
        asked.extend(due);
    }
    asked.sort();
    assert_eq!(asked, all);
}

#[test]
fn silence_is_remembered_until_the_machine_comes_back() {
    let (mut registry, now) = (Registry::default(), Instant::now());
    with(&mut registry, &["shed"], now);
    assert_eq!(due(&mut registry, now), ["shed"]);
    registry.answered(&key("shed"), None, now, 0);
    let minutes = |minutes: u64| now + Duration::from_mins(minutes);
    assert!(due(&mut registry, minutes(9)).is_empty());
    assert_eq!((registry.next(), due(&mut registry, minutes(10)).len()), (Some(minutes(10)), 1));
    registry.answered(&key("shed"), None, minutes(10), 0);
    with(&mut registry, &["shed"], minutes(11));
    assert!(due(&mut registry, minutes(29)).is_empty(), "twice as long, and that it is still there is no news");

    registry.set_tailnet(vec![candidate("shed", false)], minutes(12), &mut || 0);
    assert!(due(&mut registry, minutes(60)).is_empty() && registry.next().is_none(), "nobody asks one that is off");
    with(&mut registry, &["shed"], minutes(13));
    assert_eq!(due(&mut registry, minutes(13)), ["shed"]);
}

#[test]
fn one_that_comes_back_while_it_is_asked_is_asked_again() {
    let (mut registry, now) = (Registry::default(), Instant::now());
    with(&mut registry, &["shed"], now);
    assert_eq!(due(&mut registry, now), ["shed"]);
    registry.set_tailnet(vec![candidate("shed", false)], now, &mut || 0);
    with(&mut registry, &["shed"], now);
    registry.answered(&key("shed"), None, now, 0);
    assert_eq!(due(&mut registry, now), ["shed"]);
}

#[test]
fn two_of_one_name_are_told_apart_and_one_at_two_places_is_one() {
    let (mut registry, now) = (Registry::default(), Instant::now());
    with(&mut registry, &["a", "b", "c"], now);
    registry.due(now);
    registry.answered(&key("a"), Some(about(1, "desk")), now, 0);
    registry.answered(&key("b"), Some(about(2, "desk")), now, 0);
    registry.answered(&key("c"), Some(about(1, "desk")), now, 0);
    let found = registry.others(|_| false).found;
    let told: Vec<_> =
        found.iter().map(|machine| (machine.name.as_str(), machine.node, machine.places.len())).collect();
    assert_eq!(told, [("desk", NodeId::from_bytes([1; 16]), 2), ("desk", NodeId::from_bytes([2; 16]), 1)]);
    let places: Vec<_> = registry.places(NodeId::from_bytes([1; 16])).iter().map(Place::authority).collect();
    assert_eq!(places, ["a:4663", "c:4663"]);
    assert_eq!(registry.others(|node| node == NodeId::from_bytes([1; 16])).found.len(), 1, "one is of the mesh");
}

#[test]
fn what_is_gone_is_told_no_more() {
    let (mut registry, now) = (Registry::default(), Instant::now());
    with(&mut registry, &["a", "b"], now);
    registry.due(now);
    registry.answered(&key("a"), Some(about(1, "one")), now, 0);
    registry.answered(&key("b"), Some(about(2, "two")), now, 0);
    assert_eq!(names(&registry), ["one", "two"]);
    let changes = registry.changes();
    with(&mut registry, &["b"], now);
    assert_eq!(names(&registry), ["two"]);
    let later = now + Duration::from_mins(20);
    assert_eq!(due(&mut registry, later), ["b"]);
    registry.answered(&key("b"), None, later, 0);
    registry.answered(&key("a"), Some(about(1, "one")), later, 0);
    assert!(names(&registry).is_empty() && registry.changes() == changes + 2);
}

#[test]
fn a_thousand_that_answer_are_told_in_part() {
    let (mut registry, now) = (Registry::default(), Instant::now());
    let all: Vec<_> = (0..1_000).map(|number| format!("m{number:03}")).collect();
    with(&mut registry, &all.iter().map(String::as_str).collect::<Vec<_>>(), now);
    loop {
        let due = registry.due(now);
        if due.is_empty() {
            break;
        }
        for (key, place) in due {
            let number: u16 = place.name.trim_start_matches('m').parse().unwrap();
            let mut node = [0; 16];
            node[..2].copy_from_slice(&number.to_be_bytes());
            let said = About { node: NodeId::from_bytes(node), name: place.name, homie: None };
            registry.answered(&key, Some((said, 4663)), now, 0);
        }
    }
    let told = registry.others(|_| false);
    assert_eq!((told.found.len(), told.unlisted), (SHOWN, 1_000 - 64));
    let one = homie_protocol::codec::encode(&told).unwrap();
    assert!(one.len() < 32 * 1024, "{}", one.len());
}

/// Where this machine of the tailnet is, if the local network is right.
fn heard_of(name: &str, number: u8) -> Candidate {
    let place = Place { node: Some(NodeId::from_bytes([number; 16])), ..candidate(name, true).place };
    Candidate { place, is_there: true }
}

#[test]
fn of_whom_the_local_network_tells_few_are_asked_and_one_after_another() {
    let (mut registry, now) = (Registry::default(), Instant::now());
    let heard = (0..200).map(|number| heard_of(&format!("h{number:03}"), number)).collect();
    registry.set_heard(heard, now, &mut || 0);
    let mut at = now;
    for _ in 0..HEARD_AT_ONCE {
        assert_eq!(registry.next(), Some(at));
        assert_eq!(due(&mut registry, at).len(), 1);
        assert!(due(&mut registry, at).is_empty(), "one, and then a moment nobody");
        at += HEARD_EVERY;
    }
    assert!(
        registry.next().is_none() && due(&mut registry, at + HEARD_EVERY * 9).is_empty(),
        "four wait for an answer"
    );
    with(&mut registry, &["a", "b", "c", "d", "e"], at);
    assert_eq!(
        due(&mut registry, at),
        ["a", "b", "c", "d"],
        "the tailnet has room all the same, and eight is the most"
    );
    let answered = heard_at(&heard_of("h000", 0).place);
    registry.answered(&answered, None, at, 0);
    assert_eq!(due(&mut registry, at).len(), 1);
}

#[test]
fn two_of_whom_the_local_network_tells_at_one_place_are_two_and_the_place_is_one() {
    let (mut registry, now) = (Registry::default(), Instant::now());
    registry.set_heard(vec![heard_of("gw", 1), heard_of("gw", 2)], now, &mut || 0);
    with(&mut registry, &["gw"], now);
    assert_eq!(due(&mut registry, now).len(), 2);
    assert_eq!(due(&mut registry, now + HEARD_EVERY), ["gw"]);
    let true_one = heard_at(&heard_of("gw", 1).place);
    registry.answered(&true_one, Some(about(1, "gw")), now, 0);
    registry.answered(&key("gw"), Some(about(1, "gw")), now, 0);
    assert!(registry.answers(&true_one) && !registry.answers(&heard_at(&heard_of("gw", 2).place)));
    assert_eq!(registry.places(NodeId::from_bytes([1; 16])).len(), 1);
    let told = registry.others(|_| false).found;
    assert_eq!(told[0].places.iter().map(|place| place.by).collect::<Vec<_>>(), [FoundBy::Tailnet, FoundBy::Lan]);
}

#[test]
fn a_place_of_which_there_is_news_is_asked_at_once() {
    let (mut registry, now) = (Registry::default(), Instant::now());
    registry.set_heard(vec![heard_of("gw", 1)], now, &mut || 0);
    let key = heard_at(&heard_of("gw", 1).place);
    assert_eq!(due(&mut registry, now).len(), 1);
    registry.ask_again(&key, now);
    assert!(due(&mut registry, now + HEARD_EVERY).is_empty(), "it is being asked");
    registry.answered(&key, None, now, 0);
    let later = now + Duration::from_mins(1);
    assert!(due(&mut registry, later).is_empty());
    registry.ask_again(&key, later);
    assert_eq!(due(&mut registry, later).len(), 1);
}
