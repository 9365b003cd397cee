//! What is served, with which headers, and that nothing else is.

use homie_gateway::Page;
use homie_trust::KeyPair;

use crate::harness::{House, SCRIPT, roster};

const ALWAYS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

#[tokio::test]
async fn every_answer_has_the_headers() {
    let house = House::start().await;
    for (path, headers) in [
        ("/", vec![]),
        ("/assets/index-1a2b.js", vec![]),
        ("/.well-known/homie", vec![]),
        ("/ws", vec![]),
        ("/m/aaaaaaaaaaaaaaaaaaaaaaaaaa", vec![]),
        ("/nothing", vec![]),
        ("/", vec![("Origin", "https://evil.example")]),
        ("/", vec![("X-Forwarded-For", "100.64.0.1")]),
    ] {
        let answer = house.ask("GET", path, &headers).await;
        for (name, value) in ALWAYS {
            assert_eq!(answer.header(name), Some(*value), "{path}: {name}");
        }
        let policy = answer.header("content-security-policy").unwrap();
        for part in ["default-src 'none'", "script-src 'self';", "connect-src 'self';", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{path}: {part}");
        }
        assert!(answer.header("cache-control").is_some(), "{path}");
        assert!(!answer.headers.iter().any(|(name, _)| name.starts_with("access-control-")), "{path}");
    }
}

/// Where the page may go, as its browser is told.
async fn connect_src(house: &House, headers: &[(&str, &str)]) -> String {
    let answer = house.ask("GET", "/", headers).await;
    let policy = answer.header("content-security-policy").unwrap();
    let rule = policy.split("; ").find(|rule| rule.starts_with("connect-src ")).unwrap();
    rule.to_owned()
}

#[tokio::test]
async fn the_page_may_go_to_the_machines_of_the_roster_and_nowhere_else() {
    let house = House::start().await;
    assert_eq!(connect_src(&house, &[]).await, "connect-src 'self'");
    let laptop = KeyPair::generate().unwrap().machine_key();
    let tell = |origins: &[&str]| {
        let origins: Vec<String> = origins.iter().map(|origin| (*origin).to_owned()).collect();
        roster(&house).tell_machine(laptop, "laptop", Some(&origins)).unwrap();
    };
    tell(&["https://laptop.example.ts.net:4663", "https://*", "http://localhost:4663", "https://a; script-src *"]);
    let listed = "connect-src 'self' https://laptop.example.ts.net:4663 wss://laptop.example.ts.net:4663";
    assert_eq!(connect_src(&house, &[]).await, listed);
    tell(&["http://laptop.example.ts.net"]);
    let listed = "connect-src 'self' http://laptop.example.ts.net ws://laptop.example.ts.net";
    assert_eq!(connect_src(&house, &[]).await, listed, "another roster, another answer");
    let sent_away = connect_src(&house, &[("Origin", "https://evil.example")]).await;
    assert_eq!(sent_away, "connect-src 'self'", "who is sent away learns of no machine");
    tell(&[]);
    assert_eq!(connect_src(&house, &[]).await, "connect-src 'self'");
}

#[tokio::test]
async fn the_page_and_its_files_are_served() {
    let house = House::start().await;
    for path in ["/", "/?renderer=dom", "/index.html"] {
        let index = house.get(path).await;
        assert_eq!(index.status, 200, "{path}");
        assert_eq!(index.header("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(index.header("cache-control"), Some("no-cache"));
        assert!(index.text().contains("<title>Homie</title>"));
    }
    let script = house.get("/assets/index-1a2b.js").await;
    assert_eq!(script.body, SCRIPT);
    assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert!(script.header("cache-control").unwrap().contains("immutable"));
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let house = House::start().await;
    let head = house.ask("HEAD", "/assets/index-1a2b.js", &[]).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some(SCRIPT.len().to_string().as_str()));
}

#[tokio::test]
async fn what_is_not_in_the_table_does_not_exist() {
    let house = House::start().await;
    for path in [
        "//",
        "/assets",
        "/assets/",
        "//assets/index-1a2b.js",
        "/assets//index-1a2b.js",
        "/./index.html",
        "/assets/../index.html",
        "/assets/..%2findex.html",
        "/..%2f..%2fetc/passwd",
        "/../../etc/passwd",
        "/%2e%2e/index.html",
        "/%69ndex.html",
        "/index.html/",
        "/index.html%00",
        "/INDEX.HTML",
        "/\\index.html",
        "/ws/",
        "/.well-known",
        "/.well-known/homie/",
        "/m/",
        "/m/x/y",
    ] {
        let answer = house.get(path).await;
        assert!(answer.status == 404 || answer.status == 400, "{path}: {}", answer.status);
        assert!(!answer.text().contains("<title>"), "{path}");
    }
}

#[tokio::test]
async fn a_build_without_a_page_says_how_to_get_one() {
    let house = House::with_page(Page::of(&[])).await;
    let answer = house.get("/").await;
    assert_eq!(answer.status, 503);
    assert!(answer.text().contains("npm run build --workspace web"), "{}", answer.text());
    assert_eq!(house.get("/assets/index-1a2b.js").await.status, 404);
}

#[tokio::test]
async fn it_says_which_machine_this_is() {
    let house = House::start().await;
    let answer = house.get("/.well-known/homie").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let about: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(about["node"], house.gateway.node().to_string());
    assert_eq!(about["name"], "desk");
    assert_eq!(about["homie"], env!("CARGO_PKG_VERSION"));
    assert_eq!(about["protocol"], serde_json::json!({"min": 1, "max": 1}));
}
