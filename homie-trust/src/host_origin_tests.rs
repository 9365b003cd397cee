//! Every name that is nearly ours, at the request and in the greeting.

use homie_protocol::hello::Nonce;
use homie_protocol::version::SPOKEN;

use super::*;

const HOST: &str = "localhost:4663";
const ORIGIN: &str = "http://localhost:4663";

fn allowed() -> HostOrigin {
    HostOrigin::from(&GatewayFile::loopback(1, ([127, 0, 0, 1], 4663).into()))
}

fn hello(host: &str, origin: Option<&str>, kind: ClientKind) -> Result<(), Code> {
    let hello = Hello {
        versions: SPOKEN,
        device: None,
        kind,
        agent: "test".to_owned(),
        nonce: Nonce([0; 32]),
        host: host.to_owned(),
        origin: origin.map(str::to_owned),
    };
    allowed().hello(&hello).map_err(|refusal| refusal.code)
}

fn http(hosts: &[&str], origins: &[&str]) -> Result<Seen, Code> {
    let hosts: Vec<&[u8]> = hosts.iter().map(|host| host.as_bytes()).collect();
    let origins: Vec<&[u8]> = origins.iter().map(|origin| origin.as_bytes()).collect();
    allowed().http(&hosts, &origins).map_err(|refusal| refusal.code)
}

const FOREIGN_ORIGINS: &[&str] = &[
    "",
    "null",
    "http://localhost",
    "http://localhost:4664",
    "https://localhost:4663",
    "http://a.localhost:4663",
    "http://localhost:4663.evil.example",
    "http://evil.example/http://localhost:4663",
    "http://localhost.:4663",
    "http://LOCALHOST:4663",
    "HTTP://localhost:4663",
    "http://localhost:4663/",
    " http://localhost:4663",
    "http://localhost:4663,http://localhost:4663",
    "http://xn--lcalhost-54a:4663",
    "http://lоcalhost:4663",
    "http://evil.example",
    "http://127.0.0.2:4663",
    "http://127.1:4663",
    "file://",
];

const FOREIGN_HOSTS: &[&str] = &[
    "",
    "localhost",
    "localhost:4664",
    "localhost:04663",
    "LOCALHOST:4663",
    "localhost.:4663",
    "a.localhost:4663",
    "localhost:4663.evil.example",
    "user@localhost:4663",
    "evil.example",
    "evil.example:4663",
    "127.0.0.2:4663",
    "0.0.0.0:4663",
    "[::]:4663",
    "localhost:4663, localhost:4663",
    "local",
];

#[test]
fn our_own_names_pass() {
    for name in ["127.0.0.1:4663", HOST, "[::1]:4663"] {
        let origin = format!("http://{name}");
        assert_eq!(http(&[name], &[&origin]), Ok(Seen { host: name.to_owned(), origin: Some(origin.clone()) }));
        assert_eq!(http(&[name], &[]), Ok(Seen { host: name.to_owned(), origin: None }));
        for kind in [ClientKind::Web, ClientKind::Phone, ClientKind::Cli] {
            assert_eq!(hello(name, Some(&origin), kind), Ok(()));
        }
    }
}

#[test]
fn every_other_origin_is_refused() {
    for origin in FOREIGN_ORIGINS {
        assert_eq!(http(&[HOST], &[origin]), Err(Code::Origin), "{origin:?}");
        for kind in [ClientKind::Web, ClientKind::Phone, ClientKind::Cli] {
            assert_eq!(hello(HOST, Some(origin), kind), Err(Code::Origin), "{origin:?}");
        }
    }
}

#[test]
fn every_other_host_is_refused() {
    for host in FOREIGN_HOSTS {
        assert_eq!(http(&[host], &[]), Err(Code::Origin), "{host:?}");
        assert_eq!(http(&[host], &[ORIGIN]), Err(Code::Origin), "{host:?}");
        assert_eq!(hello(host, Some(ORIGIN), ClientKind::Web), Err(Code::Origin), "{host:?}");
        assert_eq!(hello(host, None, ClientKind::Cli), Err(Code::Origin), "{host:?}");
    }
}

/// DNS rebinding: the attacker's name points at us, so that Host and Origin agree.
#[test]
fn a_foreign_name_that_agrees_with_itself_is_refused() {
    assert_eq!(http(&["evil.example:4663"], &["http://evil.example:4663"]), Err(Code::Origin));
    assert_eq!(hello("evil.example:4663", Some("http://evil.example:4663"), ClientKind::Web), Err(Code::Origin));
}

#[test]
fn doubled_and_missing_headers_are_refused() {
    assert_eq!(http(&[], &[]), Err(Code::Origin));
    assert_eq!(http(&[HOST, HOST], &[]), Err(Code::Origin));
    assert_eq!(http(&[HOST], &[ORIGIN, ORIGIN]), Err(Code::Origin));
    assert!(allowed().http(&[b"\xff"], &[]).is_err());
    assert!(allowed().http(&[HOST.as_bytes()], &[b"\xff"]).is_err());
}

#[test]
fn only_the_command_line_has_no_origin() {
    assert_eq!(hello(HOST, None, ClientKind::Cli), Ok(()));
    assert_eq!(hello(HOST, None, ClientKind::Web), Err(Code::Origin));
    assert_eq!(hello(HOST, None, ClientKind::Phone), Err(Code::Origin));
}

#[test]
fn the_port_of_http_is_left_out() {
    let file = GatewayFile::loopback(1, ([127, 0, 0, 1], 80).into());
    assert_eq!(file.origins, ["http://127.0.0.1", "http://localhost", "http://[::1]"]);
}

/// A page that another machine of the mesh has served is let in where that is allowed, by its exact origin, and is known as one.
#[test]
fn pages_of_other_machines_pass_where_they_are_listed_and_are_told_apart() {
    const PAGE: &str = "https://desk.tail.test:4663";
    let allowed = allowed().with_pages([PAGE, ORIGIN].into_iter());
    let http = |origin: &str| allowed.http(&[HOST.as_bytes()], &[origin.as_bytes()]).map_err(|refusal| refusal.code);
    assert_eq!(http(PAGE), Ok(Seen { host: HOST.to_owned(), origin: Some(PAGE.to_owned()) }));
    assert_eq!(allowed.via(Some(PAGE)), Some(Via::Page(PAGE.to_owned())));
    assert_eq!(allowed.via(Some(ORIGIN)), None, "our own page is nobody else's");
    assert_eq!(allowed.via(None), None);
    for near in [
        "https://desk.tail.test",
        "http://desk.tail.test:4663",
        "https://desk.tail.test:4664",
        "https://x.desk.tail.test:4663",
        "https://desk.tail.test.:4663",
        "https://DESK.tail.test:4663",
        "https://desk.tail.test:4663/",
        "https://desk.tail.test:4663.evil.example",
        "null",
    ] {
        assert_eq!((http(near), allowed.via(Some(near))), (Err(Code::Origin), None), "{near}");
    }
    assert_eq!(
        allowed.host("desk.tail.test:4663").map_err(|refusal| refusal.code),
        Err(Code::Origin),
        "no name of ours"
    );
}
