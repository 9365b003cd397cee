//! W-01, W-02, W-03, F-09: every name and origin that is not ours, on every route; and requests that no browser sends.

use crate::harness::{Answer, House, request};

const ROUTES: &[&str] = &[
    "/",
    "/assets/index-1a2b.js",
    "/.well-known/homie",
    "/ws",
    "/m/aaaaaaaaaaaaaaaaaaaaaaaaaa",
    "/nothing",
    "/a/../b",
];

async fn expect_all_refused(house: &House, headers: &[(&str, &str)], status: u16) {
    let mut answers: Vec<Answer> = Vec::new();
    for route in ROUTES {
        let mut answer = house.raw(request("GET", route, headers).as_bytes()).await;
        assert_eq!(answer.status, status, "{route} {headers:?}");
        answer.headers.retain(|(name, _)| name != "date");
        answers.push(answer);
    }
    assert!(answers.windows(2).all(|two| two[0] == two[1]), "{headers:?}: a refusal tells the routes apart");
}

#[tokio::test]
async fn only_our_own_names_are_served() {
    let house = House::start().await;
    let port = house.addr().port();
    for ours in [format!("localhost:{port}"), format!("127.0.0.1:{port}"), format!("[::1]:{port}")] {
        assert_eq!(house.raw(request("GET", "/", &[("Host", &ours)]).as_bytes()).await.status, 200, "{ours}");
    }
    let other = if port == 80 { 81 } else { 80 };
    for foreign in [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        "localhost".to_owned(),
        format!("localhost:{other}"),
        format!("localhost.:{port}"),
        format!("LOCALHOST:{port}"),
        format!("localhost:{port}.evil.example"),
        format!("sub.localhost:{port}"),
        format!("user@localhost:{port}"),
        format!("0.0.0.0:{port}"),
        format!("127.1:{port}"),
        format!("127.0.0.1:0{port}"),
        format!("2130706433:{port}"),
        format!("localhost:{port}, evil.example"),
        String::new(),
    ] {
        expect_all_refused(&house, &[("Host", &foreign)], 403).await;
    }
}

#[tokio::test]
async fn a_rebound_name_is_refused_with_its_own_origin() {
    let house = House::start().await;
    let host = format!("rebound.example:{}", house.addr().port());
    let origin = format!("http://{host}");
    expect_all_refused(&house, &[("Host", &host), ("Origin", &origin)], 403).await;
}

#[tokio::test]
async fn there_is_exactly_one_host() {
    let house = House::start().await;
    let host = house.host();
    expect_all_refused(&house, &[], 403).await;
    expect_all_refused(&house, &[("Host", &host), ("Host", &host)], 403).await;
    expect_all_refused(&house, &[("Host", &host), ("Host", "evil.example")], 403).await;
}

#[tokio::test]
async fn only_our_own_origins_pass() {
    let house = House::start().await;
    let (host, port) = (house.host(), house.addr().port());
    for ours in [format!("http://localhost:{port}"), format!("http://127.0.0.1:{port}"), format!("http://[::1]:{port}")]
    {
        assert_eq!(house.ask("GET", "/", &[("Origin", &ours)]).await.status, 200, "{ours}");
    }
    let other = if port == 80 { 81 } else { 80 };
    for foreign in [
        "null".to_owned(),
        String::new(),
        "http://localhost".to_owned(),
        format!("http://localhost:{other}"),
        format!("https://localhost:{port}"),
        format!("ws://localhost:{port}"),
        format!("http://sub.localhost:{port}"),
        format!("http://localhost.:{port}"),
        format!("http://localhost:{port}.evil.example"),
        format!("http://localhost:{port}@evil.example"),
        format!("HTTP://LOCALHOST:{port}"),
        format!("http://localhost:{port}/"),
        format!("http://l\u{43e}calhost:{port}"),
        format!("http://xn--lcalhost-tqf:{port}"),
        "https://evil.example".to_owned(),
    ] {
        expect_all_refused(&house, &[("Host", &host), ("Origin", &foreign)], 403).await;
    }
    let ours = format!("http://{host}");
    expect_all_refused(&house, &[("Host", &host), ("Origin", &ours), ("Origin", "https://evil.example")], 403).await;
}

#[tokio::test]
async fn requests_of_other_sites_are_refused() {
    let house = House::start().await;
    let host = house.host();
    for ours in ["same-origin", "none"] {
        assert_eq!(house.ask("GET", "/", &[("Sec-Fetch-Site", ours)]).await.status, 200, "{ours}");
    }
    for foreign in ["cross-site", "same-site", "", "SAME-ORIGIN", "same-origin, cross-site"] {
        expect_all_refused(&house, &[("Host", &host), ("Sec-Fetch-Site", foreign)], 403).await;
    }
}

#[tokio::test]
async fn requests_of_a_proxy_are_refused() {
    let house = House::start().await;
    let host = house.host();
    for proxied in
        ["Tailscale-User-Login", "Tailscale-Funnel-Request", "X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Via"]
    {
        expect_all_refused(&house, &[("Host", &host), (proxied, "100.64.0.1")], 400).await;
    }
}

#[tokio::test]
async fn nothing_but_get_and_head_and_no_body() {
    let house = House::start().await;
    let host = house.host();
    for route in ROUTES {
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"] {
            let answer = house.ask(method, route, &[]).await;
            assert_eq!(answer.status, 405, "{method} {route}");
            assert!(!answer.headers.iter().any(|(name, _)| name.starts_with("access-control-")), "{method} {route}");
        }
    }
    expect_all_refused(&house, &[("Host", &host), ("Content-Length", "5")], 400).await;
    expect_all_refused(&house, &[("Host", &host), ("Transfer-Encoding", "chunked")], 400).await;
}

#[tokio::test]
async fn odd_requests_end_with_a_refusal() {
    let house = House::start().await;
    let host = house.host();
    let with_host = |line: &str| format!("{line}\r\nHost: {host}\r\n\r\n");
    let long_header = format!("GET / HTTP/1.1\r\nHost: {host}\r\nX-Long: {}\r\n\r\n", "x".repeat(1024 * 1024));
    let many_headers = format!("GET / HTTP/1.1\r\nHost: {host}\r\n{}\r\n", "A: b\r\n".repeat(1000));
    let two_lengths =
        format!("GET / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n");
    for odd in [
        with_host("OPTIONS * HTTP/1.1"),
        with_host("GET * HTTP/1.1"),
        with_host(&format!("CONNECT {host} HTTP/1.1")),
        with_host("CONNECT evil.example:443 HTTP/1.1"),
        with_host(&format!("GET http://{host}/ HTTP/1.1")),
        with_host("GET http://evil.example/ HTTP/1.1"),
        with_host("GET / HTTP/9.9"),
        with_host("GET /"),
        with_host("GET  / HTTP/1.1"),
        with_host("GET / with blanks HTTP/1.1"),
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0".to_owned(),
        format!("GET / HTTP/1.1\nHost: {host}\n X: folded\n\n"),
        long_header,
        many_headers,
        two_lengths,
    ] {
        let answer = house.raw(odd.as_bytes()).await;
        let shown = &odd[..odd.len().min(60)];
        assert!(answer.status == 0 || (400..500).contains(&answer.status), "{shown:?}: {}", answer.status);
    }
    assert_eq!(house.get("/").await.status, 200);
}
