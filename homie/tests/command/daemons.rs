//! `up`, `node` and `gateway` as they run, together and beside each other.

use rustix::process::Signal;

use crate::program::{Home, about, address, secret};

#[test]
fn up_prints_one_link_and_ends_with_ctrl_c() {
    let home = Home::new();
    let up = home.start(&["up", "--port", "0", "--name", "desk"]);
    let page = up.hear("Homie's page: http://localhost:");
    let link = up.hear("One-use link: http://localhost:");
    assert_eq!(address(&page), address(&link));
    assert_eq!(secret(&link).len(), 26, "{link}");
    assert!(about(address(&page)).contains("\"name\":\"desk\""));
    assert!(home.path().join("mesh.sock").exists() && home.path().join("local.sock").exists());

    up.signal(Signal::INT);
    up.hear("shells go on");
    assert_eq!(up.end().code(), Some(0));
    assert!(!home.path().join("gateway.json").exists());
}

#[test]
fn a_second_up_is_refused_with_words() {
    let home = Home::new();
    let first = home.start(&["up", "--port", "0"]);
    let page = first.hear("Homie's page");
    let second = home.run(&["up", "--port", "0"]);
    assert_eq!(second.status.code(), Some(1));
    let words = String::from_utf8(second.stderr).unwrap();
    assert!(words.contains("homie: ") && words.contains("already runs"), "{words}");
    assert!(second.stdout.is_empty());
    assert!(about(address(&page)).contains("200 OK"));
}

#[test]
fn pair_prints_another_link() {
    let home = Home::new();
    let up = home.start(&["up", "--port", "0"]);
    let link = up.hear("One-use link");
    let pair = home.run(&["pair", "--here"]);
    assert_eq!(pair.status.code(), Some(0));
    let other = String::from_utf8(pair.stdout).unwrap();
    let other = other.lines().next().unwrap();
    assert_eq!(address(other), address(&link));
    assert_eq!(secret(other).len(), 26);
    assert_ne!(secret(other), secret(&link));
}

#[test]
fn up_comes_back_after_a_kill_on_the_same_port() {
    let home = Home::new();
    let first = home.start(&["up", "--port", "0"]);
    let addr = address(&first.hear("Homie's page"));
    first.signal(Signal::KILL);
    assert_eq!(first.end().code(), None);

    // What it has written down is no longer true, and found out.
    let pair = home.run(&["pair", "--here"]);
    assert_eq!(pair.status.code(), Some(5));

    let second = home.start(&["up", "--port", &addr.port().to_string()]);
    assert_eq!(address(&second.hear("Homie's page")), addr);
    assert!(about(addr).contains("200 OK"));
}

#[test]
fn another_program_on_the_port_is_not_the_gateway() {
    let home = Home::new();
    let up = home.start(&["up", "--port", "0"]);
    let addr = address(&up.hear("Homie's page"));
    up.signal(Signal::KILL);
    up.end();
    let other = Home::new();
    let stranger = other.start(&["gateway", "--port", &addr.port().to_string()]);
    stranger.hear("Homie's page");
    assert_eq!(home.run(&["pair", "--here"]).status.code(), Some(5));
}

#[test]
fn node_and_gateway_run_apart() {
    let home = Home::new();
    let node = home.start(&["node"]);
    node.hear_log("node");
    let gateway = home.start(&["gateway", "--port", "0"]);
    let addr = address(&gateway.hear("One-use link"));

    node.signal(Signal::TERM);
    node.hear("shells go on");
    assert_eq!(node.end().code(), Some(0));
    assert!(about(addr).contains("200 OK"), "a gateway goes on without its node");

    gateway.signal(Signal::TERM);
    gateway.hear("go on");
    assert_eq!(gateway.end().code(), Some(0));
}

#[test]
fn an_answer_that_nobody_reads_stops_nothing() {
    let home = Home::new();
    let up = home.start_unheard(&["up", "--port", "0"]);
    let log = up.hear_log("the gateway serves 127.0.0.1:");
    let addr = log.rsplit(' ').next().unwrap().parse().unwrap();
    assert!(about(addr).contains("200 OK"));
    assert_eq!(home.run(&["pair", "--here"]).status.code(), Some(0));
    up.signal(Signal::INT);
    assert_eq!(up.end().code(), Some(0));
}
