//! `serve.sock`: what tailscaled says of a request is looked up, and nothing else is believed., W-01, W-02.

use homie_tailnet::fake::{FakePeer, Mishap};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::harness::{ALICE, HOST, ORIGIN, UPGRADE, alice, ask, inside, within};
use crate::accept::{Entrance, from_serve};

/// As Serve hands on a request of Alice's laptop.
const GOOD: &[(&str, &str)] = &[
    ("Host", "localhost"),
    ("X-Forwarded-Host", HOST),
    ("X-Forwarded-For", "100.64.0.2"),
    ("X-Forwarded-Proto", "https"),
    ("Tailscale-User-Login", ALICE),
    ("Tailscale-User-Name", "Alice"),
    ("Tailscale-User-Profile-Pic", ""),
    ("Tailscale-Headers-Info", "https://tailscale.com/s/serve-headers"),
];

/// The good request with one header changed, added (if it is not there) or, without a value, left out.
fn with<'a>(name: &'a str, value: Option<&'a str>) -> Vec<(&'a str, &'a str)> {
    let rest = GOOD.iter().filter(|(known, _)| *known != name).copied();
    rest.chain(value.map(|value| (name, value))).collect()
}

#[tokio::test]
async fn a_caller_is_who_tailscaled_says_and_nobody_else() {
    let inside = inside();
    inside.fake.set_peer(FakePeer::user("carol@example.com", "carols", 4));
    inside.fake.set_peer(FakePeer::tagged("tag:ci", "ci", 5));
    inside.fake.set_peer(FakePeer::user(ALICE, "old", 6).expired());
    inside.fake.set_peer(FakePeer::user("eve@example.org", "eves", 7).shared_in());
    inside.fake.set_peer(FakePeer::user("eve@example.org", "sharee", 8).sharee());
    inside.fake.set_peer(FakePeer::user("zoë@example.com", "zoes", 9));
    let by = async |ip: &str, login: Option<&str>| {
        let mut headers = with("X-Forwarded-For", Some(ip));
        headers.retain(|(name, _)| *name != "Tailscale-User-Login");
        headers.extend(login.map(|login| ("Tailscale-User-Login", login)));
        ask(inside.by_serve(), "/", &headers).await
    };
    for (ip, login, status, word) in [
        ("100.64.0.2", Some(ALICE), 200, "the page"),
        ("100.64.0.2", None, 200, "the page"),
        ("::ffff:100.64.0.2", Some(ALICE), 200, "the page"),
        ("fd7a:115c:a1e0::2", Some(ALICE), 200, "the page"),
        ("100.64.0.3", Some("bob@example.com"), 200, "the page"),
        ("100.64.0.2", Some("bob@example.com"), 403, "other_login"),
        ("100.64.0.2", Some("Alice@example.com"), 403, "other_login"),
        ("100.64.0.2", Some("alice@example.com,bob@example.com"), 403, "other_login"),
        ("100.64.0.2", Some("=?utf-8?q?alice=40example.com?="), 200, "the page"),
        ("100.64.0.4", Some("carol@example.com"), 403, "no_role"),
        ("100.64.0.9", Some("=?utf-8?q?zo=C3=AB@example.com?="), 403, "no_role: zoë@example.com"),
        ("100.64.0.5", None, 403, "tagged"),
        ("100.64.0.6", Some(ALICE), 403, "expired"),
        ("100.64.0.7", Some("eve@example.org"), 403, "shared"),
        ("100.64.0.8", Some("eve@example.org"), 403, "shared"),
        ("100.64.0.1", Some(ALICE), 403, "own_address"),
        ("127.0.0.1", Some(ALICE), 403, "own_address"),
        ("100.64.0.77", Some(ALICE), 403, "stranger"),
        ("192.0.2.7", Some(ALICE), 403, "stranger"),
        ("100.64.0.2:50000", Some(ALICE), 400, "Not a request"),
        ("100.64.0.2, 100.64.0.3", Some(ALICE), 400, "Not a request"),
        ("", Some(ALICE), 400, "Not a request"),
        ("alice", Some(ALICE), 400, "Not a request"),
    ] {
        let (found, text) = by(ip, login).await;
        assert_eq!(found, status, "{ip:?} {login:?}: {text}");
        assert!(text.contains(word), "{ip:?} {login:?}: {text}");
    }
}

#[tokio::test]
async fn headers_that_are_not_exactly_serves_say_nothing() {
    let inside = inside();
    for ignored in [
        ("X-Real-IP", "100.64.0.3"),
        ("True-Client-IP", "100.64.0.3"),
        ("X-Forwarded-Port", "1"),
        ("X-Forwarded-User", "bob@example.com"),
        ("Tailscale_User_Login", "bob@example.com"),
        ("Tailscale-User", "bob@example.com"),
        ("Tailscale-App-Capabilities", "{\"example.com/cap/mesh\":[{\"role\":\"owner\"}]}"),
        ("Homie-Caller", "100.64.0.3:1"),
        ("Homie-Door", "loopback"),
        ("Authorization", "Bearer x"),
    ] {
        let headers = with(ignored.0, Some(ignored.1));
        assert_eq!(ask(inside.by_serve(), "/", &headers).await.0, 200, "{ignored:?}");
    }
    let twice = |name, value| [GOOD, &[(name, value)]].concat();
    for (headers, status, word) in [
        (twice("X-Forwarded-For", "100.64.0.3"), 400, "Not a request"),
        (twice("Tailscale-User-Login", ALICE), 400, "Not a request"),
        (twice("Tailscale-Funnel-Request", "?1"), 403, "funnel"),
        (twice("X-Forwarded-Host", HOST), 403, "Not from here"),
        (twice("Host", "localhost"), 403, "Not from here"),
        (with("X-Forwarded-For", None), 400, "Not a request"),
        (with("X-Forwarded-Host", None), 403, "Not from here"),
    ] {
        let (found, text) = ask(inside.by_serve(), "/", &headers).await;
        assert!(found == status && text.contains(word), "{headers:?}: {found} {text}");
    }
}

#[tokio::test]
async fn names_and_pages_are_those_of_the_tailnet_alone() {
    let inside = inside();
    for foreign in [
        "localhost:4663",
        "127.0.0.1:4663",
        "gw.tail.test",
        "gw.tail.test:4664",
        "GW.tail.test:4663",
        "gw.tail.test.:4663",
        "gw:4663",
        "evil.example:4663",
        "gw.tail.test:4663.evil.example",
        "100.64.0.1:4663",
        "",
    ] {
        for path in ["/", "/ws", "/.well-known/homie", "/nothing"] {
            let headers = with("X-Forwarded-Host", Some(foreign));
            assert_eq!(ask(inside.by_serve(), path, &headers).await.0, 403, "{foreign} {path}");
        }
    }
    for host in [HOST, "localhost:4663", "gw.tail.test", ""] {
        assert_eq!(ask(inside.by_serve(), "/", &with("Host", Some(host))).await.0, 403, "Host {host}");
    }
    assert_eq!(ask(inside.by_serve(), "/", &with("Origin", Some(ORIGIN))).await.0, 200);
    for foreign in [
        "null",
        "http://gw.tail.test:4663",
        "https://gw.tail.test",
        "https://gw.tail.test:4664",
        "https://x.tail.test:4663",
        "https://a.gw.tail.test:4663",
        "https://GW.tail.test:4663",
        "https://gw.tail.test.:4663",
        "http://localhost:4663",
        "https://gw.tail.test:4663.evil.example",
        "https://xn--gw-tail.test:4663",
        "",
    ] {
        for path in ["/", "/ws"] {
            assert_eq!(ask(inside.by_serve(), path, &with("Origin", Some(foreign))).await.0, 403, "{foreign} {path}");
        }
    }
    assert_eq!(ask(inside.by_serve(), "/", &with("Sec-Fetch-Site", Some("cross-site"))).await.0, 403);
}

/// on loopback nothing that a proxy says is believed, however complete.
#[tokio::test]
async fn serves_headers_are_refused_at_the_loopback_port() {
    let inside = inside();
    // All that Serve writes but its Host, and what others write: each with each.
    let written = GOOD.iter().filter(|(name, _)| *name != "Host").copied();
    let written: Vec<_> =
        written.chain([("Tailscale-Funnel-Request", "?1"), ("Forwarded", "for=100.64.0.2")]).collect();
    assert!(1 << written.len() > 96);
    for subset in 1..1 << written.len() {
        let chosen =
            written.iter().enumerate().filter(|(place, _)| subset >> place & 1 == 1).map(|(_, header)| *header);
        let headers: Vec<_> = chosen.chain([("Host", "localhost:4663")]).collect();
        for path in ["/", "/ws"] {
            assert_eq!(ask(inside.by_loopback(), path, &headers).await.0, 400, "{headers:?}");
        }
    }
    let tailnet = [("Host", HOST)];
    assert_eq!(ask(inside.by_loopback(), "/", &tailnet).await.0, 403, "the tailnet's name is none of loopback");
    assert_eq!(ask(inside.by_loopback(), "/", &[("Host", "localhost:4663")]).await.0, 200);
}

#[tokio::test]
async fn nobody_comes_in_while_tailscaled_does_not_answer() {
    let mut inside = inside();
    inside.fake.set_mishap("whois", Some(Mishap::HangUp));
    assert_eq!(ask(inside.by_serve(), "/", GOOD).await.0, 503);
    inside.fake.set_mishap("whois", None);
    inside.fake.stop().await;
    let (status, text) = ask(inside.by_serve(), "/", GOOD).await;
    assert!(status == 503 && !text.contains("ts.sock"), "paths of this machine stay here: {text}");
    inside.fake.resume().unwrap();
    assert_eq!(ask(inside.by_serve(), "/", GOOD).await.0, 200);
    inside.fake.set_peer(alice().expired());
    assert_eq!(ask(inside.by_serve(), "/", GOOD).await.0, 403);
}

/// only tailscaled's user may speak for others. Here that is our own, which any program of ours has too.
#[tokio::test]
async fn a_program_of_our_own_user_is_not_tailscaled() {
    let inside = inside();
    let path = inside.file("serve.sock");
    let listener = homie_circuit::open_door(&path).unwrap();
    let entrance = Entrance {
        router: crate::routes::router(inside.house.clone()),
        lobby: homie_circuit::Lobby::new(8),
        tasks: inside.house.tasks.clone(),
    };
    inside.house.tasks.spawn(from_serve(listener, inside.fake.api(), entrance));
    assert_eq!(ask(UnixStream::connect(&path).await.unwrap(), "/", GOOD).await, (0, String::new()));
}

/// The node learns of whom it is to ask, and from nobody but us.
#[tokio::test]
async fn the_node_is_told_where_the_caller_is() {
    let inside = inside();
    let mut client = inside.by_serve();
    let forged = [("Homie-Caller", "100.64.0.3:1"), ("Homie-Door", "tailnet")];
    let headers = [GOOD, UPGRADE, &forged, &[("Origin", ORIGIN)]].concat();
    let (mut asked, head) = inside.at_the_node(&mut client, &headers).await;
    assert!(
        head.contains("\r\nhomie-door: serve\r\n") && head.contains("\r\nhomie-caller: 100.64.0.2:0\r\n"),
        "{head}"
    );
    assert!(!head.contains("100.64.0.3") && !head.contains("tailscale-") && !head.contains("x-forwarded"), "{head}");
    let yes = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: homie.v1\r\n\r\nprompt";
    asked.write_all(yes.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"prompt") {
        assert!(within(client.read_buf(&mut answer)).await.unwrap() > 0);
    }
    client.write_all(b"a key").await.unwrap();
    let mut key = [0; 5];
    within(asked.read_exact(&mut key)).await.unwrap();
    assert_eq!(&key, b"a key");
}
