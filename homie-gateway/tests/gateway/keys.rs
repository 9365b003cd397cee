//! N-02, N-07: the key door over real sockets. Whoever does not prove a key of the roster is not heard at all, and whoever does
//! finds circuits and no page.

use std::sync::Arc;

use homie_circuit::client::{ABOUT, Client, State, Web};
use homie_circuit::sealed::{self, keyed};
use homie_gateway::reach::{config, keyed_ways};
use homie_gateway::{Gateway, GatewayConfig, JOIN, JOINING, KeyDoorConfig, Page};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{ClientKind, Role, Service};
use homie_protocol::id::{LinkSecret, base32};
use homie_trust::pairing::proof::Prover;
use homie_trust::{
    Actor, Attempt, Device, DeviceIdentity, Invitation, Invitations, Joining, KeyPair, Machine, Roster, StateDir,
    SystemBootClock, SystemRandom,
};
use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{PrivateKeyDer, ServerName};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::harness::{request, within};

/// A gateway with a key door at the loopback.
pub(crate) struct Door {
    pub(crate) gateway: Gateway,
    pub(crate) roster: Roster,
    state: StateDir,
    _folder: TempDir,
}

impl Door {
    pub(crate) async fn open(highest: Role) -> Self {
        let folder = TempDir::new().unwrap();
        let state = StateDir::open(&folder.path().join("homie")).unwrap();
        let key_door = KeyDoorConfig { listen: vec![([127, 0, 0, 1], 0).into()], at: Vec::new(), highest };
        let gateway = Gateway::start(GatewayConfig {
            key_door: Some(key_door),
            ..GatewayConfig::on_loopback(state.clone(), "desk", Page::of(&[]))
        });
        let (gateway, roster) = (gateway.await.unwrap(), Roster::open(&state, "desk").unwrap());
        Self { gateway, roster, state, _folder: folder }
    }

    /// As other machines have it in their roster.
    pub(crate) fn machine(&self) -> Machine {
        self.roster.members().unwrap().machine(self.gateway.node()).unwrap().clone()
    }

    pub(crate) fn enrol(&self, role: Role) -> Arc<KeyPair> {
        let key = KeyPair::generate().unwrap();
        let device = Device::new(key.device_key(), "laptop", role, ClientKind::Cli, 0).unwrap();
        self.roster.enrol(&device, &Actor::local("test")).unwrap();
        Arc::new(key)
    }

    /// The way of whoever has this key.
    pub(crate) fn way(&self, key: &Arc<KeyPair>) -> Web {
        keyed_ways(&self.machine(), key).unwrap().remove(0)
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.gateway.key_door().unwrap().listening[0]).await.unwrap()
    }

    /// What comes back over TLS of this client; nothing if nobody answers.
    async fn asked(&self, tls: &Arc<ClientConfig>, request: &str) -> String {
        let (name, socket) = (ServerName::try_from(sealed::NAME).unwrap(), self.connect().await);
        let Ok(mut socket) = within(TlsConnector::from(Arc::clone(tls)).connect(name, socket)).await else {
            return String::new();
        };
        let _sent = socket.write_all(request.as_bytes()).await;
        let mut answer = Vec::new();
        let _ended = within(socket.read_to_end(&mut answer)).await;
        String::from_utf8(answer).unwrap()
    }

    /// A request of whoever has this key, with these headers and the right Host.
    pub(crate) async fn status(&self, key: &Arc<KeyPair>, path: &str, headers: &[(&str, &str)]) -> u16 {
        let host = self.gateway.node().to_string();
        let answer =
            self.asked(&self.way(key).tls, &request("GET", path, &[&[("Host", &*host)], headers].concat())).await;
        answer.split(' ').nth(1).map_or(0, |status| status.parse().unwrap())
    }

    async fn circuit(&self, key: &Arc<KeyPair>, device: &Arc<KeyPair>) -> Result<Role, Code> {
        let identity = DeviceIdentity::for_node(Arc::clone(device), self.gateway.node()).unwrap();
        let config = config(Service::Gateway, self.gateway.node(), self.way(key), "test", identity);
        let client = within(Client::connect(config)).await.map_err(|refusal| refusal.code)?;
        let role = match &*client.state().borrow() {
            State::Up(up) => up.ready.role,
            other => panic!("{other:?}"),
        };
        Ok(role)
    }
}

#[tokio::test]
async fn a_key_of_the_roster_opens_it_and_the_role_is_the_rosters_below_the_ceiling() {
    for (highest, role, expected) in [
        (Role::Owner, Role::Owner, Role::Owner),
        (Role::Owner, Role::Viewer, Role::Viewer),
        (Role::Viewer, Role::Owner, Role::Viewer),
    ] {
        let door = Door::open(highest).await;
        let key = door.enrol(role);
        assert_eq!(door.circuit(&key, &key).await, Ok(expected));
        let about = door.way(&key).get(ABOUT).await.unwrap();
        assert!(String::from_utf8_lossy(&about).contains(&door.gateway.node().to_string()));
    }
}

/// A machine's own key opens it for the devices behind it; a device's for itself alone.
#[tokio::test]
async fn a_device_speaks_for_itself_and_a_machine_for_devices() {
    let door = Door::open(Role::Owner).await;
    let (one, other, machine) =
        (door.enrol(Role::Owner), door.enrol(Role::Operator), Arc::new(KeyPair::generate().unwrap()));
    door.roster.tell_machine(machine.machine_key(), "laptop", None).unwrap();
    assert_eq!(door.circuit(&one, &other).await, Err(Code::Unauthenticated));
    assert_eq!(door.circuit(&machine, &other).await, Ok(Role::Operator));
    let stranger = Arc::new(KeyPair::generate().unwrap());
    assert_eq!(door.circuit(&machine, &stranger).await, Ok(Role::None), "it may carry a roster, and nothing else");
}

#[tokio::test]
async fn who_proves_no_key_that_counts_is_not_let_in() {
    let door = Door::open(Role::Owner).await;
    let (revoked, viewer) = (door.enrol(Role::Owner), door.enrol(Role::Viewer));
    let (retired, stranger) = (Arc::new(KeyPair::generate().unwrap()), Arc::new(KeyPair::generate().unwrap()));
    door.roster.tell_machine(retired.machine_key(), "old", None).unwrap();
    for good in [&revoked, &viewer, &retired] {
        assert_eq!(door.status(good, ABOUT, &[]).await, 200);
    }
    let actor = Actor::local("test");
    door.roster.revoke(revoked.device_key().id, &actor).unwrap();
    door.roster.retire(retired.node_id(), &actor).unwrap();
    for bad in [&revoked, &retired, &stranger] {
        assert_eq!(door.status(bad, ABOUT, &[]).await, 0);
        let refused = door.way(bad).get(ABOUT).await.unwrap_err();
        assert!(refused.message.contains("does not let this machine's key in"), "{refused}");
    }
    assert_eq!(door.status(&viewer, ABOUT, &[]).await, 200);
}

/// A client that expects this machine, and shows what it is told to.
fn showing(door: &Door, with: impl FnOnce(&mut ClientConfig)) -> Arc<ClientConfig> {
    let key = Arc::new(KeyPair::generate().unwrap());
    let identity = DeviceIdentity::for_node(key, door.gateway.node()).unwrap();
    let mut tls = keyed::client(Arc::new(identity)).unwrap();
    with(&mut tls);
    Arc::new(tls)
}

#[tokio::test]
async fn no_key_a_certificate_another_tls_and_no_tls_are_refused() {
    let door = Door::open(Role::Owner).await;
    let about = request("GET", ABOUT, &[("Host", &*door.gateway.node().to_string())]);
    let certified = rcgen::generate_simple_self_signed([sealed::NAME.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let key =
        rustls::sign::CertifiedKey::from_der(vec![certified.cert.der().clone()], key, &default_provider()).unwrap();
    let none = showing(&door, |tls| tls.client_auth_cert_resolver = Arc::new(Shows(None, false)));
    let certificate = showing(&door, |tls| tls.client_auth_cert_resolver = Arc::new(Shows(Some(Arc::new(key)), false)));
    let nothing = showing(&door, |tls| tls.client_auth_cert_resolver = Arc::new(Shows(None, true)));
    for tls in [none, nothing, certificate] {
        assert_eq!(door.asked(&tls, &about).await, "");
    }
    // TLS 1.2 offers no list of versions; the answer is an alert, `protocol_version`.
    let mut socket = door.connect().await;
    socket.write_all(&OLD_HELLO.concat()).await.unwrap();
    let mut answer = Vec::new();
    within(socket.read_to_end(&mut answer)).await.unwrap();
    assert_eq!((answer[0], &answer[5..]), (21, &[2, 70][..]), "{answer:?}");
    let mut socket = door.connect().await;
    socket.write_all(about.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ended = within(socket.read_to_end(&mut answer)).await;
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
}

/// The right name and another key.
#[tokio::test]
async fn another_machine_at_the_same_address_is_not_taken_for_it() {
    let door = Door::open(Role::Owner).await;
    let key = door.enrol(Role::Owner);
    let another = Machine { key: KeyPair::generate().unwrap().machine_key(), ..door.machine() };
    let refused = keyed_ways(&another, &key).unwrap().remove(0).get(ABOUT).await.unwrap_err();
    assert_eq!(refused.code, Code::Unauthenticated, "{refused}");
}

#[tokio::test]
async fn behind_it_are_circuits_and_no_page() {
    let door = Door::open(Role::Owner).await;
    let key = door.enrol(Role::Owner);
    let (node, id) = (door.gateway.node().to_string(), door.gateway.node());
    let machine = KeyPair::generate().unwrap().node_id().to_string();
    for (path, headers, status) in [
        (ABOUT, &[][..], 200),
        ("/ws", &[], 426),
        (&*format!("/m/{id}"), &[], 426),
        ("/", &[], 403),
        ("/index.html", &[], 403),
        (ABOUT, &[("Origin", "https://desk.example")], 403),
        (ABOUT, &[("Sec-Fetch-Site", "cross-site")], 403),
        (ABOUT, &[("X-Forwarded-For", "100.64.0.2")], 400),
        (ABOUT, &[("Tailscale-User-Login", "alice@example.com")], 400),
        (&*format!("/m/{id}"), &[("Homie-Relay", &*machine), ("Homie-Host", &*node)], 400),
    ] {
        assert_eq!(door.status(&key, path, headers).await, status, "{path} {headers:?}");
    }
    let way = door.way(&key);
    for host in ["localhost", "127.0.0.1", "desk"] {
        let answer = door.asked(&way.tls, &request("GET", ABOUT, &[("Host", host)])).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{host}: {answer}");
    }
}

/// Shows this, or nothing; and says whether that would be a bare key.
#[derive(Debug)]
struct Shows(Option<Arc<rustls::sign::CertifiedKey>>, bool);

impl rustls::client::ResolvesClientCert for Shows {
    fn resolve(&self, _: &[&[u8]], _: &[rustls::SignatureScheme]) -> Option<Arc<rustls::sign::CertifiedKey>> {
        self.0.clone()
    }

    fn only_raw_public_keys(&self) -> bool {
        self.1
    }

    fn has_certs(&self) -> bool {
        self.0.is_some()
    }
}

/// How TLS 1.2 begins: a record, a message, its version, 32 bytes of chance, no session, one cipher, no compression, and the
/// extensions for groups and signatures.
const OLD_HELLO: &[&[u8]] = &[
    &[22, 3, 1, 0, 63],
    &[1, 0, 0, 59],
    &[3, 3],
    &[7; 32],
    &[0],
    &[0, 2, 0xc0, 0x2b],
    &[1, 0],
    &[0, 16],
    &[0, 10, 0, 4, 0, 2, 0, 29],
    &[0, 13, 0, 4, 0, 2, 8, 7],
];

impl Door {
    fn invite(&self) -> Invitation {
        let at = self.machine().key_doors().map(|(host, port)| (host.to_owned(), port)).collect();
        let root = self.roster.members().unwrap().root();
        Invitations::of(&self.state).give((self.gateway.node(), root), at, &SystemBootClock, &SystemRandom).unwrap()
    }

    /// Joins as `homie join` does, with this secret: whether it was let in, and the machine's key.
    async fn join(&self, invitation: &Invitation, secret: &LinkSecret) -> (Result<(), Code>, Arc<KeyPair>) {
        let (machine, device) = (Arc::new(KeyPair::generate().unwrap()), KeyPair::generate().unwrap());
        let (key, device_key) = (machine.machine_key(), device.device_key());
        let unbound = Attempt {
            host: invitation.machine,
            root: &invitation.root,
            machine: &key,
            device: &device_key,
            name: "shed",
            exporter: &[0; 32],
        };
        let said = |exporter: &[u8; 32]| {
            let attempt = Attempt { exporter, ..unbound };
            let said = Joining { id: invitation.id(), ..Joining::of(&attempt, &device, secret)? };
            Ok::<_, Refusal>([(JOINING.parse().unwrap(), said.to_string().parse().unwrap())].into_iter().collect())
        };
        let answer = within(self.way(&machine).get_bound(JOIN, said)).await;
        let joined = answer.map_err(|refusal| refusal.code).map(|(answer, exporter)| {
            let mac = Attempt { exporter: &exporter, ..unbound }.mac(Prover::Gateway, secret).unwrap();
            assert_eq!(String::from_utf8_lossy(&answer), base32(&mac.0), "the machine proves it back");
        });
        (joined, machine)
    }
}

/// N-06.
#[tokio::test]
async fn an_invitation_lets_one_machine_in_and_nobody_else_meanwhile() {
    let door = Door::open(Role::Owner).await;
    let stranger = Arc::new(KeyPair::generate().unwrap());
    assert_eq!(door.status(&stranger, JOIN, &[]).await, 0, "nobody is invited");
    let invitation = door.invite();
    for (path, status) in
        [(ABOUT, 403), ("/ws", 403), ("/", 403), (&*format!("/m/{}", door.gateway.node()), 403), (JOIN, 400)]
    {
        assert_eq!(door.status(&stranger, path, &[]).await, status, "{path}");
    }
    let known = door.enrol(Role::Owner);
    assert_eq!(door.status(&known, JOIN, &[]).await, 403, "who is in has nothing to join");
    let comers = (0..8).map(|_| door.join(&invitation, &invitation.secret));
    let joined: Vec<_> =
        futures_util::future::join_all(comers).await.into_iter().filter(|(joined, _)| joined.is_ok()).collect();
    assert_eq!(joined.len(), 1);
    let machine = &joined[0].1;
    assert!(door.roster.members().unwrap().machine(machine.node_id()).is_some());
    assert_eq!(door.status(machine, ABOUT, &[]).await, 200);
    assert_eq!(door.status(&stranger, JOIN, &[]).await, 0, "it is spent");
}

#[tokio::test]
async fn who_does_not_know_the_secret_is_not_let_in_and_a_few_of_them_end_it() {
    let door = Door::open(Role::Owner).await;
    let (invitation, wrong) = (door.invite(), LinkSecret::from_bytes([7; 16]));
    for _ in 0..5 {
        assert_eq!(door.join(&invitation, &wrong).await.0, Err(Code::Forbidden));
    }
    assert!(door.join(&invitation, &invitation.secret).await.0.is_err());
    assert_eq!(door.roster.members().unwrap().machines().len(), 1);
    let log = homie_trust::Audit::of(&door.state).entries().unwrap();
    assert!(log.iter().any(|line| line.act == "refuse" && line.via == "invitation"), "{log:?}");
}
