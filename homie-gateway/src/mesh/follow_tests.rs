//! N-03: where another key answers than the roster has, that machine is not called again and again, and the list says why.

use std::sync::atomic::{AtomicUsize, Ordering};

use homie_circuit::{greet, unix};
use homie_protocol::hello::Service;
use homie_trust::{
    DeviceIdentity, GatewayGreeter, HostOrigin, KeyPair, Refusals, Seen, Server, Source, StateDir, SystemRandom, Tries,
    own_uid,
};
use tokio::net::UnixListener;

use super::super::table::Sight;
use super::*;
use crate::find::Found;

/// Greets whoever comes, with a key of its own, and counts them.
async fn impostor(listener: UnixListener, server: Arc<Server>, came: Arc<AtomicUsize>) {
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        came.fetch_add(1, Ordering::Relaxed);
        let (mut reader, writer) = unix(socket);
        let allowed = HostOrigin::new(vec!["local".to_owned()], Vec::new());
        let seen = Seen { host: "local".to_owned(), origin: None };
        let knocker = ("gateway.sock", Source::User(own_uid()));
        let mut greeter = GatewayGreeter::new(Arc::clone(&server), allowed, seen, knocker);
        assert!(greet(&mut reader, &writer, &mut greeter).await.is_err(), "nobody goes on who expects another");
    }
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
    let folder = tempfile::tempdir().unwrap();
    let dir = StateDir::open(&folder.path().join("homie")).unwrap();
    let server = server(&dir);
    let (own, expected) = (server.key.node_id(), KeyPair::generate().unwrap());
    server.roster.tell_machine(expected.machine_key(), "gw", None).unwrap();
    let (path, came) = (folder.path().join("gw.sock"), Arc::new(AtomicUsize::new(0)));
    tokio::spawn(impostor(UnixListener::bind(&path).unwrap(), Arc::clone(&server), Arc::clone(&came)));

    let desk = Arc::new(Desk::new(own, Found::new()));
    let members = server.roster.members().unwrap();
    desk.learn(|table| table.set(members.machines(), own));
    let identity = Arc::new(DeviceIdentity::without_key(expected.machine_key()).unwrap());
    let config = Config { service: Service::Gateway, ..Config::local(&path, identity) };
    let way = Way::Call { name: "gw".to_owned(), is_off: false, config: Box::new(config), others: Vec::new() };
    let (_way, ways) = watch::channel(way);
    let (_news, news) = watch::channel(0);
    let follower = Follower { desk: Arc::clone(&desk), roster: server.roster.clone(), news, spares: Spares::new() };
    let hour = Duration::from_hours(1);
    assert!(timeout(hour, follower.follow(expected.node_id(), ways)).await.is_err(), "it is followed for ever");
    assert!((12..=13).contains(&came.load(Ordering::Relaxed)), "{came:?} in an hour");
    let mut told = None;
    desk.learn(|table| told = table.machines(Sight::All, None).machines.into_iter().find(|machine| !machine.is_own));
    let told = told.unwrap();
    assert_eq!((told.state, told.name.as_str()), (MachineState::Away, "gw"));
    assert_eq!(told.why.as_deref(), Some("another machine answers than the one expected"));
}
