//! A gateway on a port of its own with a state directory of its own, and requests written byte by byte.

use std::net::SocketAddr;
use std::time::Duration;

use homie_gateway::{Asset, Gateway, GatewayConfig, Page};
use homie_protocol::hello::{ClientKind, Role};
use homie_trust::{Actor, Device, KeyPair, Roster, StateDir};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Long enough for anything that happens at all.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) const SCRIPT: &[u8] = b"console.log('homie')";

const FILES: &[Asset] = &[
    Asset {
        path: "/index.html",
        content_type: "text/html; charset=utf-8",
        bytes: b"<!doctype html><title>Homie</title>",
    },
    Asset { path: "/assets/index-1a2b.js", content_type: "text/javascript; charset=utf-8", bytes: SCRIPT },
];

pub(crate) struct House {
    pub(crate) gateway: Gateway,
    pub(crate) state: StateDir,
    pub(crate) folder: TempDir,
}

impl House {
    pub(crate) async fn start() -> Self {
        Self::with_page(Page::of(FILES)).await
    }

    pub(crate) async fn with_page(page: Page) -> Self {
        let folder = TempDir::new().unwrap();
        let state = StateDir::open(&folder.path().join("homie")).unwrap();
        Self { gateway: started(&state, page, None).await, state, folder }
    }

    /// The same with a shared secret, whose devices become this.
    pub(crate) async fn with_secret(role: Role) -> Self {
        let folder = TempDir::new().unwrap();
        let state = StateDir::open(&folder.path().join("homie")).unwrap();
        Self { gateway: started(&state, Page::of(FILES), Some(role)).await, state, folder }
    }

    /// Stops it and starts another on the same state, with a shared secret for this role or none.
    pub(crate) async fn again(self, shared_secret: Option<Role>) -> Self {
        let Self { gateway, state, folder } = self;
        gateway.stop().await;
        Self { gateway: started(&state, Page::of(FILES), shared_secret).await, state, folder }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.gateway.addr()
    }

    pub(crate) fn host(&self) -> String {
        format!("localhost:{}", self.addr().port())
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.addr()).await.unwrap()
    }

    /// Sends these bytes and reads until the gateway closes.
    pub(crate) async fn raw(&self, request: &[u8]) -> Answer {
        let mut socket = self.connect().await;
        // The gateway may have refused and left before it has read everything.
        let _sent = socket.write_all(request).await;
        Answer::parse(&read_to_end(&mut socket).await)
    }

    /// A request as a client of ours would send it, with these headers more.
    pub(crate) async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let host = self.host();
        let mut all = vec![("Host", host.as_str())];
        all.extend(headers);
        self.raw(request(method, path, &all).as_bytes()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[]).await
    }
}

async fn started(state: &StateDir, page: Page, shared_secret: Option<Role>) -> Gateway {
    let (state, name) = (state.clone(), "desk".to_owned());
    Gateway::start(GatewayConfig { shared_secret, ..GatewayConfig::on_loopback(state, &name, page) }).await.unwrap()
}

pub(crate) fn roster(house: &House) -> Roster {
    Roster::open(&house.state, "desk").unwrap()
}

/// Enrols a device beside the gateway.
pub(crate) fn enrol(house: &House, key: &KeyPair, role: Role) {
    let device = Device::new(key.device_key(), "desk", role, ClientKind::Web, 0).unwrap();
    roster(house).enrol(&device, &Actor::local("test")).unwrap();
}

/// Devices beside the machine's own.
pub(crate) fn enrolled(house: &House) -> usize {
    roster(house).members().unwrap().devices().len() - 1
}

pub(crate) fn request(method: &str, target: &str, headers: &[(&str, &str)]) -> String {
    let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("{method} {target} HTTP/1.1\r\n{}\r\n", lines.concat())
}

/// What came back; of a connection that was closed without a word, status 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let Some(end) = find(bytes, b"\r\n\r\n") else {
            return Self { status: 0, headers: Vec::new(), body: Vec::new() };
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        Self { status, headers, body: bytes[end + 4..].to_vec() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

pub(crate) async fn within<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("it happens within 30 s")
}

/// A reset ends the answer as well as a close.
pub(crate) async fn read_to_end(socket: &mut (impl AsyncReadExt + Unpin)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _closed = within(socket.read_to_end(&mut bytes)).await;
    bytes
}

/// Reads up to and including the empty line; what came behind it is the second part.
pub(crate) async fn read_head(socket: &mut (impl AsyncReadExt + Unpin)) -> (Vec<u8>, Vec<u8>) {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = find(&bytes, b"\r\n\r\n") {
            let rest = bytes.split_off(end + 4);
            return (bytes, rest);
        }
        assert!(within(socket.read_buf(&mut bytes)).await.unwrap() > 0, "closed within the head");
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
