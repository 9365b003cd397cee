//! What Serve tells a unix socket of who is calling, and what it lets through.

use homie_tailnet_lab::backend::{Backend, Told};
use homie_tailnet_lab::host::{Host, Who};
use homie_tailnet_lab::lab::{CAPABILITY, Lab};
use serde_json::json;

/// What a peer says that it is not.
const FORGED: &[&str] = &[
    "Tailscale-User-Login: alice@example.com",
    "Tailscale-User-Name: alice",
    "Tailscale-User-Profile-Pic: https://example.com/alice.png",
    "Tailscale-Headers-Info: forged",
    "Tailscale-Funnel-Request: ?1",
    "Tailscale-App-Capabilities: {\"example.com/cap/homie\":[{\"role\":\"owner\"}]}",
    "X-Forwarded-For: 100.64.0.99",
    "X-Forwarded-Host: forged.example.com",
    "X-Forwarded-Proto: gopher",
    "Forwarded: for=100.64.0.99",
    "Connection: X-Forwarded-For, Tailscale-User-Login",
];

/// What Serve knows nothing of, and so nobody may believe.
const UNKNOWN: &[&str] = &[
    "X-Real-IP: 100.64.0.99",
    "X-Forwarded-Port: 1",
    "Tailscale_User_Login: alice@example.com",
    "True-Client-IP: 100.64.0.99",
];

/// A host that serves a unix socket on 443 (HTTPS) and 8080 (HTTP).
struct Served {
    host: Host,
    _backend: Backend,
}

impl Served {
    fn on(host: Host) -> Self {
        let socket = host.folder().join("serve.sock");
        let _ = std::fs::remove_file(&socket);
        let backend = Backend::unix(&socket).unwrap();
        let name = host.dns_name();
        let site =
            json!({"Handlers": {"/": {"Proxy": format!("unix:{}", socket.display()), "AcceptAppCaps": [CAPABILITY]}}});
        let config = json!({
            "TCP": {"443": {"HTTPS": true}, "8080": {"HTTP": true}},
            "Web": {format!("{name}:443"): site, format!("{name}:8080"): site},
            "AllowFunnel": {format!("{name}:443"): true},
        });
        host.run(Who::Root, &["sh", "-c", "printf %s \"$0\" | tailscale serve set-raw", &config.to_string()]).unwrap();
        Self { host, _backend: backend }
    }

    fn urls(&self) -> [String; 2] {
        let name = self.host.dns_name();
        [format!("http://{name}:8080/"), format!("https://{name}/")]
    }
}

/// What reaches the socket when a peer asks.
fn ask(caller: &Host, url: &str, headers: &[&str]) -> Told {
    let options: Vec<&str> = headers.iter().flat_map(|header| ["-H", header]).collect();
    Told::parse(&caller.run(Who::Person, &[&["curl", "-sS", url], &options[..]].concat()).unwrap())
}

#[test]
fn who_is_calling_replaces_what_a_peer_says_of_itself() {
    let lab = Lab::open().unwrap();
    let desk = Served::on(lab.desk());
    let studio = lab.studio();
    for url in desk.urls() {
        let told = ask(&studio, &url, FORGED);
        // tailscaled, and nobody else, is at the other end of the socket.
        assert_eq!(told.peer, "uid 0");
        assert_eq!(told.header("x-forwarded-for"), [studio.v4().unwrap().to_string()], "{url}");
        assert_eq!(told.header("tailscale-user-login"), ["bob@example.com"]);
        assert_eq!(told.header("tailscale-app-capabilities"), [r#"{"example.com/cap/homie":[{"role":"viewer"}]}"#]);
        assert_eq!(told.header("host"), ["localhost"]);
        let authority = url.trim_start_matches("http://").trim_start_matches("https://").trim_end_matches('/');
        assert_eq!(told.header("x-forwarded-host"), [authority]);
        let proto = if url.starts_with("https") { vec!["https"] } else { vec![] };
        assert_eq!(told.header("x-forwarded-proto"), proto);
        for gone in ["forwarded", "tailscale-funnel-request"] {
            assert_eq!(told.header(gone), [""; 0], "{gone}");
        }
        for header in FORGED {
            let (name, value) = header.split_once(": ").unwrap();
            assert!(!told.header(&name.to_lowercase()).contains(&value), "{header} came through");
        }
    }
}

#[test]
fn headers_that_serve_does_not_know_come_through_as_they_were_sent() {
    let lab = Lab::open().unwrap();
    let desk = Served::on(lab.desk());
    let told = ask(&lab.studio(), &desk.urls()[0], UNKNOWN);
    for header in UNKNOWN {
        let (name, value) = header.split_once(": ").unwrap();
        assert_eq!(told.header(&name.to_lowercase()), [value]);
    }
}

#[test]
fn the_tailnets_other_family_of_addresses_is_told_as_it_is() {
    let lab = Lab::open().unwrap();
    let desk = Served::on(lab.desk());
    let laptop = lab.laptop();
    let place = format!("{}:443:[{}]", desk.host.dns_name(), desk.host.v6().unwrap());
    let asked = ["curl", "-sS", "--resolve", &place, &desk.urls()[1]];
    let told = Told::parse(&laptop.run(Who::Person, &asked).unwrap());
    assert_eq!(told.header("x-forwarded-for"), [laptop.v6().unwrap().to_string()]);
    assert_eq!(told.header("tailscale-user-login"), ["alice@example.com"]);
}

#[test]
fn a_tagged_machine_is_nobody_and_has_an_address() {
    let lab = Lab::open().unwrap();
    let desk = Served::on(lab.desk());
    let builder = lab.builder();
    let told = ask(&builder, &desk.urls()[0], FORGED);
    assert_eq!(told.header("x-forwarded-for"), [builder.v4().unwrap().to_string()]);
    assert_eq!(told.header("tailscale-user-login"), [""; 0]);
}

#[test]
fn any_process_of_the_machine_looks_like_its_owner_by_its_own_address() {
    let lab = Lab::open().unwrap();
    let desk = Served::on(lab.desk());
    let asked = ["curl", "-sS", &desk.urls()[1]];
    let told = Told::parse(&desk.host.run(Who::Other, &asked).unwrap());
    assert_eq!(told.header("x-forwarded-for"), [desk.host.v4().unwrap().to_string()]);
    assert_eq!(told.header("tailscale-user-login"), ["alice@example.com"]);
    assert_eq!(told.header("tailscale-app-capabilities"), [r#"{"example.com/cap/homie":[{"role":"owner"}]}"#]);
}

#[test]
fn a_process_of_the_machine_shows_its_own_uid_at_the_socket() {
    let lab = Lab::open().unwrap();
    let desk = Served::on(lab.desk());
    let socket = desk.host.folder().join("serve.sock");
    std::fs::set_permissions(&socket, std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
    let words = ["curl", "-sS", "--unix-socket", socket.to_str().unwrap(), "http://localhost/", "-H", FORGED[0]];
    let told = Told::parse(&desk.host.run(Who::Other, &words).unwrap());
    assert_eq!(told.peer, format!("uid {}", desk.host.uid(Who::Other).unwrap()));
    assert_eq!(told.header("tailscale-user-login"), ["alice@example.com"]);
}
