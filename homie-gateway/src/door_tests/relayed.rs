//! Circuits that another machine's gateway passes on: they are for this machine's node, and for nothing and nobody else.

use homie_trust::{Actor, KeyPair, Source};

use super::harness::{HOST, Inside, ORIGIN, UPGRADE, alice, ask, inside, within};

const THERE: &str = "laptop.tail.test:4663";
const PAGE: &str = "https://laptop.tail.test:4663";

/// Alice's laptop is of the mesh and passes something on.
fn with_laptop() -> (Inside, KeyPair) {
    let (inside, key) = (inside(), KeyPair::generate().unwrap());
    inside.roster().tell_machine(key.machine_key(), "laptop", Some(&[PAGE.to_owned()])).unwrap();
    (inside, key)
}

const BY_SERVE: &[(&str, &str)] =
    &[("Host", "localhost"), ("X-Forwarded-Host", HOST), ("X-Forwarded-For", "100.64.0.2")];

async fn asked(inside: &Inside, path: &str, said: &[(&str, &str)]) -> u16 {
    ask(inside.by_serve(), path, &[BY_SERVE, said].concat()).await.0
}

/// Without the upgrade a request that passes the door is told what this address is for: 426.
#[tokio::test]
async fn it_is_for_this_machines_node_and_goes_no_further() {
    let (inside, key) = with_laptop();
    let third = KeyPair::generate().unwrap();
    inside.roster().tell_machine(third.machine_key(), "third", None).unwrap();
    let (own, relay) = (format!("/m/{}", inside.house.node), key.node_id().to_string());
    let said = [("Homie-Relay", relay.as_str()), ("Homie-Host", THERE), ("Homie-Origin", PAGE)];
    assert_eq!(asked(&inside, &own, &said).await, 426);
    let third = format!("/m/{}", third.node_id());
    assert_eq!(asked(&inside, &third, &[]).await, 426, "it is known here");
    for path in ["/", "/ws", "/.well-known/homie", "/nothing", &third] {
        assert_eq!(asked(&inside, path, &said).await, 403, "{path}");
    }
}

#[tokio::test]
async fn a_machine_speaks_of_its_own_names_and_is_of_the_mesh() {
    let (inside, key) = with_laptop();
    let (own, stranger) = (format!("/m/{}", inside.house.node), KeyPair::generate().unwrap());
    let (relay, here) = (key.node_id().to_string(), inside.house.node.to_string());
    let say = async |machine: &str, host: &str, origin: Option<&str>| {
        let mut said = vec![("Homie-Relay", machine), ("Homie-Host", host)];
        said.extend(origin.map(|origin| ("Homie-Origin", origin)));
        asked(&inside, &own, &said).await
    };
    for (host, origin) in [
        (THERE, None),
        (THERE, Some(PAGE)),
        ("localhost:4663", Some("http://localhost:4663")),
        ("127.0.0.1:5000", Some("http://127.0.0.1:5000")),
        ("[::1]:4663", None),
    ] {
        assert_eq!(say(&relay, host, origin).await, 426, "{host} {origin:?}");
    }
    for (host, origin) in [
        (HOST, Some(ORIGIN)),
        (HOST, None),
        (THERE, Some(ORIGIN)),
        (THERE, Some("https://evil.example")),
        (THERE, Some("null")),
        ("evil.example", Some("https://evil.example")),
        ("localhost:4663", Some(PAGE)),
        ("localhost:4663", Some("http://localhost:4664")),
        ("", None),
    ] {
        assert_eq!(say(&relay, host, origin).await, 403, "{host} {origin:?}");
    }
    assert_eq!(say(&stranger.node_id().to_string(), "localhost:4663", None).await, 403, "a stranger");
    assert_eq!(say(&here, "localhost:4663", None).await, 403, "this machine itself");
    inside.roster().retire(key.node_id(), &Actor::local("test")).unwrap();
    assert_eq!(say(&relay, "localhost:4663", None).await, 403, "it is retired");
}

#[tokio::test]
async fn it_is_said_whole_from_the_tailnet_and_by_no_page() {
    let (inside, key) = with_laptop();
    let (own, relay) = (format!("/m/{}", inside.house.node), key.node_id().to_string());
    let (relay, host) = (("Homie-Relay", relay.as_str()), ("Homie-Host", THERE));
    for garbled in [
        &[relay][..],
        &[host],
        &[("Homie-Origin", PAGE)],
        &[relay, relay, host],
        &[relay, host, host],
        &[("Homie-Relay", "laptop"), host],
        &[relay, host, ("Origin", ORIGIN)],
        &[relay, host, ("Sec-Fetch-Site", "none")],
    ] {
        assert_eq!(asked(&inside, &own, garbled).await, 400, "{garbled:?}");
    }
    let local = [("Host", "localhost:4663"), relay, host];
    assert_eq!(ask(inside.by_loopback(), &own, &local).await.0, 400, "a program of this machine");
}

/// The node checks all of it once more.
#[tokio::test]
async fn the_node_is_told_what_was_said_and_who_has_said_it() {
    let (inside, key) = with_laptop();
    let relay = key.node_id().to_string();
    let said = [("Homie-Relay", relay.as_str()), ("Homie-Host", THERE), ("Homie-Origin", PAGE)];
    let headers = [BY_SERVE, UPGRADE, &said].concat();
    let (_asked, head) = inside.at_the_node(&mut inside.by_serve(), &headers).await;
    let caller = ("homie-caller", "100.64.0.2:0");
    for (name, value) in said.into_iter().chain([caller]) {
        assert!(head.contains(&format!("\r\n{}: {value}\r\n", name.to_ascii_lowercase())), "{name} in {head}");
    }
}

/// a stranger at the other machine's door floods what is passed on, and not what that machine asks itself.
#[tokio::test]
async fn who_floods_behind_a_machine_does_not_shut_that_machine_out() {
    let (inside, key) = with_laptop();
    let (own, relay) = (format!("/m/{}", inside.house.node), key.node_id().to_string());
    let said = [("Homie-Relay", relay.as_str()), ("Homie-Host", THERE)];
    let flood = async {
        while asked(&inside, &own, &said).await != 429 {
            while inside.house.rates.relayed().allows(&Source::Machine(alice().stable_id().to_owned())) {}
        }
    };
    within(flood).await;
    assert_eq!(asked(&inside, &own, &[]).await, 426);
}
