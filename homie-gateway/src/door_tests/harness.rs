//! A gateway's inside with a fake tailscaled, and connections that are said to have come through a door.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use homie_circuit::Lobby;
use homie_tailnet::Certificate;
use homie_tailnet::fake::{FakePeer, FakeTailscaled};
use homie_trust::{GatewayFile, HostOrigin, KeyPair, OpenDoor, Policy, Roster, Start, StateDir, SystemRandom, Tailnet};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::accept::{one_over_tls, one_request};
use crate::front::TailnetConfig;
use crate::gateway::house;
use crate::hop::Hop;
use crate::house::Shared;
use crate::limits::LOBBY;
use crate::names::Names;
use crate::routes::router;
use crate::tasks::{Stopper, tasks};
use crate::tls::Presented;
use crate::twin::Twin;
use crate::{Asset, GatewayConfig, Page};

pub(super) const ALICE: &str = "alice@example.com";
pub(super) const BOB: &str = "bob@example.com";
pub(super) const CAPABILITY: &str = "example.com/cap/mesh";
pub(super) const NAME: &str = "gw.tail.test";
pub(super) const HOST: &str = "gw.tail.test:4663";
pub(super) const ORIGIN: &str = "https://gw.tail.test:4663";

const FILES: &[Asset] = &[Asset { path: "/index.html", content_type: "text/html", bytes: b"the page" }];

const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Inside {
    pub(super) fake: FakeTailscaled,
    pub(super) house: Shared,
    pub(super) presented: Presented,
    router: Router,
    lobby: Lobby,
    folder: TempDir,
    _stopper: Stopper,
}

/// Machine `gw`, which is of nobody; Alice owns it and has a laptop, Bob may look.
pub(super) fn inside() -> Inside {
    let folder = tempfile::tempdir().unwrap();
    let fake = FakeTailscaled::start(folder.path().join("ts.sock"), FakePeer::tagged("tag:gw", "gw", 1)).unwrap();
    fake.set_peer(alice());
    fake.set_peer(FakePeer::user(BOB, "desk", 3).with_capability(CAPABILITY, &[json!({ "role": "viewer" })]));
    let policy = Policy { owner: Some(ALICE.to_owned()), capability: Some(CAPABILITY.to_owned()), ..Policy::default() };
    let state = StateDir::open(&folder.path().join("homie")).unwrap();
    let key = Arc::new(KeyPair::machine(&state).unwrap());
    let tailnet = TailnetConfig { tailnet: Tailnet { api: fake.api(), policy }, port: 4663 };
    let page = Page::of(FILES);
    let config = GatewayConfig { tailnet: Some(tailnet), ..GatewayConfig::on_loopback(state, "desk", page) };
    let file = GatewayFile::loopback(1, ([127, 0, 0, 1], 4663).into());
    let names = Names::new(HostOrigin::from(&file), key.node_id(), None);
    let door = OpenDoor::direct(NAME, 4663);
    names.set_tailnet(HostOrigin::new(vec![door.host().to_owned()], vec![door.origin.clone()]));
    let (tasks, stopper) = tasks();
    let members = Roster::open(&config.state, "desk").unwrap();
    let start = Start::new(Arc::clone(&key), &SystemRandom).unwrap();
    let twin = Twin::new(start, config.state.clone(), false);
    let (house, _) = house(&config, (&key, members, twin), None, names, tasks);
    let house = Arc::new(house);
    let router = router(Arc::clone(&house));
    let presented = Presented::for_name(NAME);
    Inside { fake, house, presented, router, lobby: Lobby::new(LOBBY), folder, _stopper: stopper }
}

pub(super) fn alice() -> FakePeer {
    FakePeer::user(ALICE, "laptop", 2)
}

/// Where somebody of the tailnet calls from.
pub(super) fn from(address: &str) -> SocketAddr {
    SocketAddr::new(address.parse::<IpAddr>().unwrap(), 50_000)
}

impl Inside {
    /// The roster, for another hand than the gateway's.
    pub(super) fn roster(&self) -> Roster {
        Roster::open(&StateDir::open(&self.folder.path().join("homie")).unwrap(), "desk").unwrap()
    }

    /// A file of the state directory.
    pub(super) fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join("homie").join(name)
    }

    /// Asks for a circuit with this machine's node; gives what the node is asked, and its head in small letters.
    pub(super) async fn at_the_node(
        &self,
        client: &mut (impl AsyncWrite + Unpin),
        headers: &[(&str, &str)],
    ) -> (UnixStream, String) {
        let node = UnixListener::bind(self.file("mesh.sock")).unwrap();
        client.write_all(request(&format!("/m/{}", self.house.node), headers).as_bytes()).await.unwrap();
        let (mut asked, _) = within(node.accept()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            assert!(within(asked.read_buf(&mut head)).await.unwrap() > 0);
        }
        (asked, String::from_utf8(head).unwrap().to_ascii_lowercase())
    }

    /// A connection from tailscaled.
    pub(super) fn by_serve(&self) -> UnixStream {
        let (ours, theirs) = UnixStream::pair().unwrap();
        tokio::spawn(one_request(theirs, Hop::Serve, self.router.clone(), self.lobby.enter()));
        ours
    }

    /// A connection to the loopback port.
    pub(super) fn by_loopback(&self) -> UnixStream {
        let (ours, theirs) = UnixStream::pair().unwrap();
        tokio::spawn(one_request(theirs, Hop::Loopback(None), self.router.clone(), self.lobby.enter()));
        ours
    }

    /// Shows a new certificate from now on, and gives it for clients to trust.
    pub(super) fn certify(&self) -> CertificateDer<'static> {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed([NAME.to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        self.presented.set(Certificate { chain: vec![cert.der().clone()], key }).unwrap();
        cert.der().clone()
    }

    /// A connection over TLS that came from this address, whose client trusts this certificate alone.
    pub(super) async fn over_tls(
        &self,
        peer: SocketAddr,
        name: &str,
        trusted: &CertificateDer<'static>,
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(self.presented.server().unwrap()));
        let (router, place) = (self.router.clone(), self.lobby.enter());
        tokio::spawn(one_over_tls(server, Hop::Tailnet(peer), acceptor, router, place));
        let mut roots = RootCertStore::empty();
        roots.add(trusted.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_root_certificates(roots).with_no_client_auth();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        within(TlsConnector::from(Arc::new(config)).connect(name, client)).await
    }
}

pub(super) async fn within<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("it happens within 30 s")
}

/// Sends a request with these headers; status and text of the answer, 0 if there was none.
pub(super) async fn ask(
    mut socket: impl AsyncRead + AsyncWrite + Unpin,
    path: &str,
    headers: &[(&str, &str)],
) -> (u16, String) {
    // It may have been refused before all of it was read.
    let _sent = socket.write_all(request(path, headers).as_bytes()).await;
    let mut bytes = Vec::new();
    let _closed = within(socket.read_to_end(&mut bytes)).await;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned();
    (status, body)
}

fn request(path: &str, headers: &[(&str, &str)]) -> String {
    let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("GET {path} HTTP/1.1\r\n{}\r\n", lines.concat())
}

/// What a request for a circuit has more than others.
pub(super) const UPGRADE: &[(&str, &str)] = &[
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Sec-WebSocket-Protocol", "homie.v1"),
];
