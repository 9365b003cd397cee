//! What `homie up` says where no other machine can come in: the seven situations, each as it stands in docs/up. Local use goes on
//! in all of them, and `homie doctor` says the same.
//!
//! `HOMIE_WRITE_DOCS=1` writes the files anew.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use homie_gateway::DEFAULT_PORT;
use homie_tailnet::BackendState;
use homie_tailnet::fake::{Certificates, Rights};
use serde_json::{Value, json};

use crate::desk::{Desk, PORT, Up};
use crate::program::{Home, about, address};

/// A machine of an ordinary user, and a tailscaled that is root's.
fn desk() -> Desk {
    Desk::new(Home::of_an_ordinary_user())
}

/// What `up` says in this situation is what the file says, and what the doctor says too; local use goes on.
fn says(desk: &Desk, name: &str) {
    if !desk.home.is_of_another_user() {
        eprintln!("SKIP: a tailscaled of another user needs root");
        return;
    }
    says_as(desk, name, &desk.up(&[]), "4663");
}

/// The same of one that has been started, where the page is to be on this port in what is kept.
fn says_as(desk: &Desk, name: &str, up: &Up, page: &str) {
    assert!(about(address(&up.said[0])).contains("200 OK"), "{:?}", up.said);
    assert!(desk.run(&["ls"]).status.success());
    let (code, told) = desk.doctor(&[]);
    let finding = &told["findings"][0];
    let (what, fix) = (finding["what"].as_str().unwrap(), format!("  {}", finding["fix"].as_str().unwrap()));
    assert!(code == 1 && up.said.contains(&what.to_owned()) && up.said.contains(&fix), "{told:#}: {:?}", up.said);
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/up").join(format!("{name}.txt"));
    let said = settled(&up.said, desk, page);
    if writes_docs() {
        fs::write(&golden, &said).unwrap();
    }
    assert_eq!(said, fs::read_to_string(&golden).unwrap(), "docs/up/{name}.txt; HOMIE_WRITE_DOCS=1 writes it anew");
}

/// Without what is another each time: ports, a secret, this test's folder.
fn settled(said: &[String], desk: &Desk, settled_page: &str) -> String {
    let page = address(&said[0]).port().to_string();
    let lines = said.iter().map(|line| match line.split_once("/#link=") {
        Some((before, _)) => format!("{before}/#link=…"),
        None => line.clone(),
    });
    let text = format!("$ homie up --owner alice@example.com\n{}\n", lines.collect::<Vec<_>>().join("\n"));
    let state = desk.home.path().display().to_string();
    let text = text.replace(&state, "/home/alice/.local/state/homie").replace(&page, settled_page);
    text.replace(&PORT.to_string(), "4663")
}

#[test]
fn without_tailscaled() {
    let mut desk = desk();
    let Desk { runtime, fake, .. } = &mut desk;
    runtime.block_on(fake.stop());
    says(&desk, "without-tailscaled");
}

#[test]
fn logged_out() {
    let desk = desk();
    desk.fake.set_state(&BackendState::NeedsLogin);
    says(&desk, "logged-out");
}

#[test]
fn https_certificates_off() {
    let desk = desk();
    desk.fake.set_certificates(Certificates::Off);
    says(&desk, "https-certificates-off");
}

#[test]
fn port_taken() {
    let desk = desk();
    let all = (PORT..PORT + 10).map(|port| (port.to_string(), json!({ "TCPForward": "127.0.0.1:22" })));
    desk.fake.set_serve_config(json!({ "TCP": all.collect::<Value>() }));
    says(&desk, "port-taken");
}

#[test]
fn funnel_on_our_port() {
    let desk = desk();
    let site = format!("gw.tail.test:{PORT}");
    desk.fake.set_serve_config(json!({
        "TCP": { PORT.to_string(): { "HTTPS": true } },
        "Web": { &site: { "Handlers": { "/": { "Proxy": "http://127.0.0.1:3000" } } } },
        "AllowFunnel": { &site: true },
    }));
    says(&desk, "funnel-on");
}

#[test]
fn no_sudo() {
    let desk = desk();
    desk.fake.set_rights(Rights::Reader);
    says(&desk, "no-sudo");
}

#[test]
fn the_pages_port_taken() {
    let desk = desk();
    if !desk.home.is_of_another_user() {
        eprintln!("SKIP: a tailscaled of another user needs root");
        return;
    }
    // Somebody has it: this test, or whoever was here before.
    let _taken = TcpListener::bind(("127.0.0.1", DEFAULT_PORT));
    let up = desk.up_on_the_usual_port();
    assert_ne!(address(&up.said[0]).port(), DEFAULT_PORT);
    says_as(&desk, "page-port-taken", &up, "4664");
}

/// Whether the files are to become what is said, instead of holding it.
fn writes_docs() -> bool {
    std::env::var_os("HOMIE_WRITE_DOCS").is_some()
}

#[test]
fn the_captures_are_all_there_is() {
    if writes_docs() {
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/up");
    let mut names: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into()).collect();
    names.sort();
    let expected = [
        "funnel-on",
        "https-certificates-off",
        "logged-out",
        "no-sudo",
        "page-port-taken",
        "port-taken",
        "without-tailscaled",
    ];
    assert_eq!(names, expected.map(|name| PathBuf::from(format!("{name}.txt"))));
}
