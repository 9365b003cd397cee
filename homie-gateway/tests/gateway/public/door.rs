//! A gateway with a door to the internet at the loopback, and clients that believe what it shows.

use std::fs;
use std::sync::Arc;

use homie_gateway::{Asset, Gateway, GatewayConfig, Page, PairFiles, PublicConfig};
use homie_protocol::code::Code;
use homie_protocol::hello::{ClientKind, Role};
use homie_protocol::id::LinkSecret;
use homie_trust::{Actor, Device, KeyPair, OneUseLinks, Roster, StateDir, SystemBootClock, SystemRandom};
use rcgen::{CertificateParams, KeyPair as CertificateKey};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::client::Client;
use crate::harness::{Answer, read_to_end, request, within};

pub(super) const NAME: &str = "home.example.org";
pub(super) const HOST: &str = "home.example.org:8443";
pub(super) const ORIGIN: &str = "https://home.example.org:8443";
pub(super) const NAMES: (&str, &str) = (HOST, ORIGIN);

/// Another machine of the mesh, which is in a tailnet.
pub(super) const PEER: &str = "https://peer.tail.test:4663";

pub(super) const FILES: &[Asset] = &[Asset { path: "/index.html", content_type: "text/html", bytes: b"the page" }];

/// A gateway with a door to the internet at the loopback.
pub(super) struct Door {
    pub(super) gateway: Gateway,
    pub(super) roster: Roster,
    pub(super) state: StateDir,
    pub(super) files: PairFiles,
    _folder: TempDir,
}

/// A certificate for this name, and its key.
pub(super) fn certificate(name: &str) -> (String, String) {
    let key = CertificateKey::generate().unwrap();
    let signed = CertificateParams::new([name.to_owned()]).unwrap().self_signed(&key).unwrap();
    (signed.pem(), key.serialize_pem())
}

/// A gateway with this state, and with a door to the internet that shows these files.
pub(super) async fn started(state: &StateDir, files: &PairFiles, highest: Role) -> Gateway {
    let (name, origin, listen) = (NAME.to_owned(), ORIGIN.to_owned(), vec![([127, 0, 0, 1], 0).into()]);
    let public = PublicConfig { origin, name, listen, files: files.clone(), highest };
    Gateway::start(GatewayConfig {
        shared_secret: Some(Role::Operator),
        public: Some(public),
        ..GatewayConfig::on_loopback(state.clone(), "desk", Page::of(FILES))
    })
    .await
    .unwrap()
}

impl Door {
    pub(super) async fn open(highest: Role) -> Self {
        let folder = TempDir::new().unwrap();
        let state = StateDir::open(&folder.path().join("homie")).unwrap();
        let files =
            PairFiles { certificate: folder.path().join("fullchain.pem"), key: folder.path().join("privkey.pem") };
        let gateway = started(&state, &files, highest).await;
        let roster = Roster::open(&state, "desk").unwrap();
        let peer = KeyPair::generate().unwrap().machine_key();
        roster.tell_machine(peer, "peer", Some(&[PEER.to_owned()])).unwrap();
        let door = Self { gateway, roster, state, files, _folder: folder };
        door.show(&certificate(NAME));
        door
    }

    /// Writes both files anew.
    pub(super) fn show(&self, (certificate, key): &(String, String)) {
        fs::write(&self.files.key, key).unwrap();
        fs::write(&self.files.certificate, certificate).unwrap();
    }

    pub(super) fn enrol(&self, role: Role) -> KeyPair {
        let key = KeyPair::generate().unwrap();
        let device = Device::new(key.device_key(), "phone", role, ClientKind::Web, 0).unwrap();
        self.roster.enrol(&device, &Actor::local("test")).unwrap();
        key
    }

    pub(super) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.gateway.public().unwrap().listening[0]).await.unwrap()
    }

    /// TLS of a client that believes this certificate alone.
    pub(super) async fn trusting(&self, pem: &str, name: &str) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_root_certificates(roots).with_no_client_auth();
        let (name, socket) = (ServerName::try_from(name.to_owned()).unwrap(), self.connect().await);
        within(TlsConnector::from(Arc::new(config)).connect(name, socket)).await
    }

    /// TLS with what lies there now, as soon as that is shown.
    pub(super) async fn tls(&self) -> TlsStream<TcpStream> {
        let shown = fs::read_to_string(&self.files.certificate).unwrap();
        within(async {
            loop {
                if let Ok(socket) = self.trusting(&shown, NAME).await {
                    return socket;
                }
            }
        })
        .await
    }

    pub(super) async fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        Answer::parse(&said_over(self.tls().await, path, headers).await)
    }

    /// A circuit of this key with the gateway.
    pub(super) async fn greeted(&self, key: &KeyPair) -> Result<(Client, Role), Code> {
        let mut client = Client::dialled(NAMES, self.tls().await).await.unwrap();
        let role = client.greet_at(NAMES, key).await?;
        Ok((client, role))
    }

    pub(super) fn link(&self, role: Role) -> LinkSecret {
        OneUseLinks::public(&self.state).make_for(role, &SystemBootClock, &SystemRandom).unwrap()
    }
}

/// What comes back over this connection.
pub(super) async fn said_over(mut socket: TlsStream<TcpStream>, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    // It may have been refused before all of it was read.
    let _sent = socket.write_all(request("GET", path, headers).as_bytes()).await;
    read_to_end(&mut socket).await
}
