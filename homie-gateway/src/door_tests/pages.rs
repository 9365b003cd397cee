//! Pages that other machines of the mesh have served: they open circuits with this machine, and nothing else here.

use homie_trust::{Actor, KeyPair};

use super::harness::{HOST, Inside, ORIGIN, UPGRADE, ask, from, inside};

const PAGE: &str = "https://laptop.tail.test:4663";

/// The machine that has served it is of the mesh; another one says that its page is one of this machine's own browsers.
fn with_a_neighbour() -> (Inside, KeyPair) {
    let (inside, key) = (inside(), KeyPair::generate().unwrap());
    let origins = [PAGE, "http://localhost:3000"].map(str::to_owned);
    inside.roster().tell_machine(key.machine_key(), "laptop", Some(&origins)).unwrap();
    (inside, key)
}

fn headers<'a>(origin: &'a str, site: &'a str) -> Vec<(&'a str, &'a str)> {
    let own = [("Host", "localhost"), ("X-Forwarded-Host", HOST), ("X-Forwarded-For", "100.64.0.2")];
    [&own, &[("Origin", origin), ("Sec-Fetch-Site", site)][..]].concat()
}

/// Without the upgrade a request that passes the door is told what this address is for: 426.
async fn asked(inside: &Inside, path: &str, origin: &str, site: &str) -> u16 {
    ask(inside.by_serve(), path, &headers(origin, site)).await.0
}

#[tokio::test]
async fn they_open_circuits_with_this_machine_and_nothing_else() {
    let (inside, key) = with_a_neighbour();
    let own = format!("/m/{}", inside.house.node);
    for site in ["cross-site", "same-site"] {
        assert_eq!(asked(&inside, &own, PAGE, site).await, 426, "{site}");
        assert_eq!(asked(&inside, "/ws", PAGE, site).await, 426, "{site}");
    }
    let other = format!("/m/{}", key.node_id());
    let beside = [format!("{own}/"), format!("{own}x"), own.to_uppercase(), format!("/x{own}")];
    let beside = beside.iter().map(String::as_str);
    let others = ["/", "/.well-known/homie", "/nothing", "/ws/", "/ws/x", "/m/", "/assets/index.js", &other];
    for path in others.into_iter().chain(beside) {
        assert_eq!(asked(&inside, path, PAGE, "cross-site").await, 403, "{path}");
    }
}

#[tokio::test]
async fn no_other_page_does() {
    let (inside, key) = with_a_neighbour();
    let own = format!("/m/{}", inside.house.node);
    for foreign in [
        "https://evil.example",
        "https://other.tail.test:4663",
        "http://laptop.tail.test:4663",
        "https://laptop.tail.test",
        "https://laptop.tail.test.:4663",
        "https://LAPTOP.tail.test:4663",
        "https://laptop.tail.test:4663.evil.example",
        // In the roster, and a page of whoever listens there on the browser's own machine.
        "http://localhost:3000",
        "null",
        "",
    ] {
        for path in [own.as_str(), "/ws"] {
            assert_eq!(asked(&inside, path, foreign, "cross-site").await, 403, "{foreign} {path}");
        }
    }
    assert_eq!(asked(&inside, &own, ORIGIN, "cross-site").await, 403, "our own page is of our own site");
    let without: Vec<_> = headers(PAGE, "cross-site").into_iter().filter(|(name, _)| *name != "Origin").collect();
    assert_eq!(ask(inside.by_serve(), &own, &without).await.0, 403, "no page says whose it is");
    inside.roster().retire(key.node_id(), &Actor::local("test")).unwrap();
    assert_eq!(asked(&inside, &own, PAGE, "cross-site").await, 403, "its machine is retired");
}

/// What another machine of the mesh is reached by is no business of a page on this one's loopback port.
#[tokio::test]
async fn at_the_loopback_port_there_are_none() {
    let (inside, _) = with_a_neighbour();
    let own = format!("/m/{}", inside.house.node);
    let host = ("Host", "localhost:4663");
    assert_eq!(ask(inside.by_loopback(), &own, &[host]).await.0, 426);
    for path in [own.as_str(), "/ws"] {
        assert_eq!(ask(inside.by_loopback(), path, &[host, ("Origin", PAGE)]).await.0, 403, "{path}");
    }
}

#[tokio::test]
async fn a_roster_that_cannot_be_read_lets_none_in() {
    let (inside, _) = with_a_neighbour();
    let own = format!("/m/{}", inside.house.node);
    std::fs::write(inside.file("roster"), b"{").unwrap();
    assert_eq!(asked(&inside, &own, PAGE, "cross-site").await, 403);
    assert_eq!(asked(&inside, &own, ORIGIN, "same-origin").await, 426, "our own page needs no roster");
}

#[tokio::test]
async fn the_node_is_told_which_page_it_is() {
    let (inside, _) = with_a_neighbour();
    let trusted = inside.certify();
    let mut client = inside.over_tls(from("100.64.0.2"), super::harness::NAME, &trusted).await.unwrap();
    let headers = [&[("Host", HOST), ("Origin", PAGE), ("Sec-Fetch-Site", "cross-site")], UPGRADE].concat();
    let (_asked, head) = inside.at_the_node(&mut client, &headers).await;
    assert!(
        head.contains(&format!("\r\norigin: {PAGE}\r\n")) && head.contains(&format!("\r\nhost: {HOST}\r\n")),
        "{head}"
    );
}
