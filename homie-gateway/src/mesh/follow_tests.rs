//! N-03: where another key answers than the roster has, that machine is not called again and again, and the list says why.

use std::sync::atomic::{AtomicUsize, Ordering};

use homie_circuit::{greet, unix};
use homie_protocol::hello::Service;
use homie_protocol::methods::machine::MachineInfo;
use homie_trust::{
    DeviceIdentity, GatewayGreeter, HostOrigin, KeyPair, Refusals, Seen, Server, Source, Start, StateDir, SystemRandom,
    Tries, own_uid,
};
use tempfile::TempDir;
use tokio::net::{UnixListener, UnixStream};

use super::super::table::Sight;
use super::*;
use crate::find::Found;

/// Greets whoever comes, with a key of its own, and counts them.
struct Impostor {
    folder: TempDir,
    server: Arc<Server>,
    expected: KeyPair,
    came: Arc<AtomicUsize>,
}

impl Impostor {
    fn begin() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dir = StateDir::open(&folder.path().join("homie")).unwrap();
        let (server, expected, came) = (server(&dir), KeyPair::generate().unwrap(), Arc::new(AtomicUsize::new(0)));
        server.roster.tell_machine(expected.machine_key(), "gw", None).unwrap();
        let listener = UnixListener::bind(folder.path().join("gw.sock")).unwrap();
        let (one, counted) = (Arc::clone(&server), Arc::clone(&came));
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                counted.fetch_add(1, Ordering::Relaxed);
                turned_away(socket, Arc::clone(&one)).await;
            }
        });
        Self { folder, server, expected, came }
    }

    /// Follows for an hour the machine that it is not, as this client: how often it was called, and what the list says then.
    async fn in_an_hour(&self, identity: DeviceIdentity) -> (usize, MachineInfo) {
        let (own, machine) = (self.server.key.node_id(), self.expected.node_id());
        let desk = Arc::new(Desk::new(own, Found::new()));
        let members = self.server.roster.members().unwrap();
        desk.learn(|table| table.set(members.machines(), own));
        let config = Config {
            service: Service::Gateway,
            ..Config::local(self.folder.path().join("gw.sock"), Arc::new(identity))
        };
        let way = Way::Call { name: "gw".to_owned(), is_off: false, config: Box::new(config), others: Vec::new() };
        let ((_way, ways), (_news, news)) = (watch::channel(way), watch::channel(0));
        let roster = self.server.roster.clone();
        let start = Start::new(Arc::clone(&self.server.key), &SystemRandom).unwrap();
        let twin = Twin::new(start, self.server.dir.clone(), false);
        let follower = Follower { desk: Arc::clone(&desk), roster, news, spares: Spares::new(), twin };
        let following = follower.follow(machine, ways);
        assert!(timeout(Duration::from_hours(1), following).await.is_err(), "it is followed for ever");
        let mut told = Vec::new();
        desk.learn(|table| told = table.machines(Sight::All, None).machines);
        (self.came.load(Ordering::Relaxed), told.into_iter().find(|machine| !machine.is_own).unwrap())
    }
}

async fn turned_away(socket: UnixStream, server: Arc<Server>) {
    let (mut reader, writer) = unix(socket);
    let allowed = HostOrigin::new(vec!["local".to_owned()], Vec::new());
    let seen = Seen { host: "local".to_owned(), origin: None };
    let mut greeter = GatewayGreeter::new(server, allowed, seen, ("gateway.sock", Source::User(own_uid())));
    assert!(greet(&mut reader, &writer, &mut greeter).await.is_err(), "nobody goes on who expects another");
}

fn server(dir: &StateDir) -> Arc<Server> {
    Arc::new(Server {
        key: Arc::new(KeyPair::machine(dir).unwrap()),
        name: "desk".to_owned(),
        dir: dir.clone(),
        roster: Roster::open(dir, "desk").unwrap(),
        refusals: Refusals::new(dir),
        tries: Tries::default(),
        random: Arc::new(SystemRandom),
    })
}

#[tokio::test(start_paused = true)]
async fn another_key_is_told_and_asked_again_every_five_minutes() {
    let impostor = Impostor::begin();
    let device = Arc::new(KeyPair::generate().unwrap());
    let identity = DeviceIdentity::for_node(device, impostor.expected.node_id()).unwrap();
    let (calls, told) = impostor.in_an_hour(identity).await;
    assert!((12..=13).contains(&calls), "{calls} in an hour");
    assert_eq!((told.state, told.name.as_str()), (MachineState::Away, "gw"));
    assert_eq!(told.why.as_deref(), Some("another machine answers than the one expected"));
}

/// Who shows no key fails each time, by a clock that does not jump: to it the hour is a moment.
#[tokio::test(start_paused = true)]
async fn whoever_has_had_too_much_of_us_is_left_alone() {
    let impostor = Impostor::begin();
    let identity = DeviceIdentity::without_key(impostor.expected.machine_key()).unwrap();
    let (calls, told) = impostor.in_an_hour(identity).await;
    assert!((10..=13).contains(&calls), "{calls} in an hour");
    assert_eq!(told.why.as_deref(), Some("too many greetings from there have failed; come back in ten minutes"));
}
