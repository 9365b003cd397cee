//! What Serve tells a unix socket of who is calling, and what it lets through.

use homie_tailnet::{LocalApi, Mount, Scheme};
use homie_tailnet_lab::backend::{Backend, Told};
use homie_tailnet_lab::host::{Host, Who};
use homie_tailnet_lab::lab::{CAPABILITY, Lab};

/// What a peer says that it is not.
pub(crate) const FORGED: &[&str] = &[
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

/// A host that serves a unix socket on 4663 (HTTPS) and 8080 (HTTP).
pub(crate) struct Served {
    pub(crate) host: Host,
    _backend: Backend,
}

impl Served {
    pub(crate) async fn on(host: Host) -> Self {
        let socket = host.folder().join("serve.sock");
        let _ = std::fs::remove_file(&socket);
        let backend = Backend::unix(&socket).unwrap();
        for (port, scheme) in [(4663, Scheme::Https), (8080, Scheme::Http)] {
            let (name, capabilities) = (host.dns_name(), vec![CAPABILITY.to_owned()]);
            let mount = Mount { name, port, scheme, socket: socket.clone(), capabilities };
            LocalApi::new(host.socket()).serve(&mount).await.unwrap();
        }
        Self { host, _backend: backend }
    }

    pub(crate) fn urls(&self) -> [String; 2] {
        let name = self.host.dns_name();
        [format!("http://{name}:8080/"), format!("https://{name}:4663/")]
    }
}

/// What reaches the socket when a peer asks.
pub(crate) fn ask(caller: &Host, url: &str, headers: &[&str]) -> Told {
    let options: Vec<&str> = headers.iter().flat_map(|header| ["-H", header]).collect();
    Told::parse(&caller.run(Who::Person, &[&["curl", "-sS", url], &options[..]].concat()).unwrap())
}

#[tokio::test]
async fn who_is_calling_replaces_what_a_peer_says_of_itself() {
    let lab = Lab::open().unwrap();
    let desk = Served::on(lab.desk()).await;
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

#[tokio::test]
async fn headers_that_serve_does_not_know_come_through_as_they_were_sent() {
    let lab = Lab::open().unwrap();
    let desk = Served::on(lab.desk()).await;
    let told = ask(&lab.studio(), &desk.urls()[0], UNKNOWN);
    for header in UNKNOWN {
        let (name, value) = header.split_once(": ").unwrap();
        assert_eq!(told.header(&name.to_lowercase()), [value]);
    }
}

#[tokio::test]
async fn the_tailnets_other_family_of_addresses_is_told_as_it_is() {
    let lab = Lab::open().unwrap();
    let desk = Served::on(lab.desk()).await;
    let laptop = lab.laptop();
    let place = format!("{}:4663:[{}]", desk.host.dns_name(), desk.host.v6().unwrap());
    let asked = ["curl", "-sS", "--resolve", &place, &desk.urls()[1]];
    let told = Told::parse(&laptop.run(Who::Person, &asked).unwrap());
    assert_eq!(told.header("x-forwarded-for"), [laptop.v6().unwrap().to_string()]);
    assert_eq!(told.header("tailscale-user-login"), ["alice@example.com"]);
}

#[tokio::test]
async fn a_tagged_machine_is_nobody_and_has_an_address() {
    let lab = Lab::open().unwrap();
    let desk = Served::on(lab.desk()).await;
    let builder = lab.builder();
    let told = ask(&builder, &desk.urls()[0], FORGED);
    assert_eq!(told.header("x-forwarded-for"), [builder.v4().unwrap().to_string()]);
    assert_eq!(told.header("tailscale-user-login"), [""; 0]);
}

#[tokio::test]
async fn any_process_of_the_machine_looks_like_its_owner_by_its_own_address() {
    let lab = Lab::open().unwrap();
    let desk = Served::on(lab.desk()).await;
    let asked = ["curl", "-sS", &desk.urls()[1]];
    let told = Told::parse(&desk.host.run(Who::Other, &asked).unwrap());
    assert_eq!(told.header("x-forwarded-for"), [desk.host.v4().unwrap().to_string()]);
    assert_eq!(told.header("tailscale-user-login"), ["alice@example.com"]);
    assert_eq!(told.header("tailscale-app-capabilities"), [r#"{"example.com/cap/homie":[{"role":"owner"}]}"#]);
}

#[tokio::test]
async fn a_process_of_the_machine_shows_its_own_uid_at_the_socket() {
    let lab = Lab::open().unwrap();
    let desk = Served::on(lab.desk()).await;
    let socket = desk.host.folder().join("serve.sock");
    std::fs::set_permissions(&socket, std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
    let words = ["curl", "-sS", "--unix-socket", socket.to_str().unwrap(), "http://localhost/", "-H", FORGED[0]];
    let told = Told::parse(&desk.host.run(Who::Other, &words).unwrap());
    assert_eq!(told.peer, format!("uid {}", desk.host.uid(Who::Other).unwrap()));
    assert_eq!(told.header("tailscale-user-login"), ["alice@example.com"]);
}
