//! The client against a server that can be killed: greeting, requests, the list.

use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};

use homie_protocol::code::{Code, Refusal};
use homie_protocol::event::SessionChanged;
use homie_protocol::hello::{Algorithm, DeviceKey, Identity, MachineKey, Signature};
use homie_protocol::id::{DeviceId, SessionId};
use homie_protocol::methods::session::{List, ListParams, SessionInfo, Start, StartParams};
use tokio::net::UnixListener;
use tokio::time::timeout;

use super::PATIENCE;
use super::fake::{Greeter, Me, Options, READY, SESSION, Server, config, info, place, terminal, until};
use crate::client::{AttachOptions, Client, Config, Detour, Route, State};
use crate::unix;

#[tokio::test]
async fn a_single_attempt_without_a_server_says_where_it_looked() {
    let (_folder, path) = place();
    let refusal = Client::connect(config(&path)).await.unwrap_err();
    assert_eq!(refusal.code, Code::Unreachable);
    assert!(refusal.message.contains(path.to_str().unwrap()));
}

#[tokio::test]
async fn the_greeting_tells_role_and_machine_with_a_device_and_without() {
    let (_folder, path) = place();
    let _server = Server::start(&path, terminal(), Options::default());
    let key = DeviceKey { id: DeviceId::from_bytes([4; 16]), alg: Algorithm::Ed25519, key: vec![4; 32] };
    for device in [None, Some(key)] {
        let me = Me { device, ..Me::default() };
        let client = Client::connect(Config::local(&path, Arc::new(me))).await.unwrap();
        let State::Up(up) = client.state().borrow().clone() else { panic!("it is up") };
        assert_eq!((up.ready, up.name.as_str()), (READY, "fake"));
    }
}

#[tokio::test]
async fn a_machine_that_cannot_sign_gets_nothing_and_is_not_dialled_again() {
    let (_folder, path) = place();
    let greeter = Greeter { forges: true, ..Greeter::default() };
    let _server = Server::start(&path, terminal(), Options { greeter, ..Options::default() });
    let client = Client::start(config(&path));
    let asked = timeout(PATIENCE, client.request::<List>(&ListParams::default())).await.unwrap();
    assert_eq!(asked.unwrap_err().code, Code::Unauthenticated);
    assert!(matches!(&*client.state().borrow(), State::Closed(refusal) if refusal.code == Code::Unauthenticated));
    assert!(client.attach(AttachOptions::watch(SESSION)).await.is_err());
}

#[tokio::test]
async fn a_refusal_that_another_attempt_would_not_change_is_final() {
    let (_folder, path) = place();
    let refusal = Refusal::new(Code::DeviceUnknown, "ask for a link");
    let greeter = Greeter { refuses: Some(refusal.clone()), ..Greeter::default() };
    let _server = Server::start(&path, terminal(), Options { greeter, ..Options::default() });
    assert_eq!(Client::connect(config(&path)).await.unwrap_err(), refusal);
}

/// Another way to a server, that is told by this name.
fn around(path: &Path) -> Detour {
    let host = "gw.tail.test".to_owned();
    Detour { route: Route::Socket(path.to_owned()), through: Some(host.clone()), host }
}

async fn through(config: &Config) -> Result<Option<String>, Refusal> {
    let client = Client::connect(config.clone()).await?;
    let State::Up(up) = client.state().borrow().clone() else { panic!("it is up") };
    Ok(up.through)
}

#[tokio::test]
async fn where_the_straight_way_leads_nowhere_the_next_that_does_is_taken_and_told() {
    let ((_folder, straight), (_other, other)) = (place(), place());
    let nowhere = around(&straight.with_extension("absent"));
    let config = Config { detours: vec![nowhere, around(&other)], ..config(&straight) };
    let refusal = through(&config).await.unwrap_err();
    assert!(refusal.message.contains(straight.to_str().unwrap()), "the straight way's story: {refusal}");
    let _other = Server::start(&other, terminal(), Options::default());
    assert_eq!(through(&config).await, Ok(Some("gw.tail.test".to_owned())));
    let _straight = Server::start(&straight, terminal(), Options::default());
    assert_eq!(through(&config).await, Ok(None), "it leads there again");
}

/// What the server itself has said is the last word; what is said round about could be anybody's.
#[tokio::test]
async fn a_refusal_ends_it_on_the_straight_way_alone() {
    let ((_folder, straight), (_other, other)) = (place(), place());
    let config = Config { detours: vec![around(&other)], ..config(&straight) };
    let refuses = || {
        let greeter = Greeter { refuses: Some(Refusal::new(Code::DeviceUnknown, "no")), ..Greeter::default() };
        Options { greeter, ..Options::default() }
    };
    let refusing = Server::start(&other, terminal(), refuses());
    assert_eq!(through(&config).await.unwrap_err().code, Code::Unreachable);
    drop(refusing);
    let _straight = Server::start(&straight, terminal(), refuses());
    assert_eq!(through(&config).await.unwrap_err().code, Code::DeviceUnknown);
}

/// Greets only when the server has left.
struct Late(Mutex<mpsc::Receiver<()>>);

impl Identity for Late {
    fn device(&self) -> Option<DeviceKey> {
        self.0.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        None
    }

    fn sign(&self, bytes: &[u8]) -> Result<Signature, Refusal> {
        Me::default().sign(bytes)
    }

    fn check_machine(&self, key: &MachineKey, bytes: &[u8], signature: &Signature) -> Result<(), Refusal> {
        Me::default().check_machine(key, bytes, signature)
    }

    fn nonce(&self) -> [u8; 32] {
        Me::default().nonce()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_greets_too_late_is_told_what_the_server_said_at_its_end() {
    let (_folder, path) = place();
    let listener = UnixListener::bind(&path).unwrap();
    let refusal = Refusal::new(Code::Timeout, "too late");
    let (left_tx, left_rx) = mpsc::channel();
    let serving = tokio::spawn({
        let refusal = refusal.clone();
        async move {
            let (reader, writer) = unix(listener.accept().await.unwrap().0);
            writer.bye(&refusal);
            writer.closed().await;
            drop((reader, writer));
            left_tx.send(()).unwrap();
        }
    });
    let late = Arc::new(Late(Mutex::new(left_rx)));
    assert_eq!(Client::connect(Config::local(&path, late)).await.unwrap_err(), refusal);
    serving.await.unwrap();
}

#[tokio::test]
async fn a_server_that_comes_late_is_found() {
    let (_folder, path) = place();
    let client = Client::start(config(&path));
    let mut state = client.state();
    timeout(PATIENCE, state.wait_for(|state| matches!(state, State::Waiting(_)))).await.unwrap().unwrap();
    let _server = Server::start(&path, terminal(), Options::default());
    client.wake();
    let list = timeout(PATIENCE, client.request::<List>(&ListParams::default())).await.unwrap().unwrap();
    assert_eq!(list.sessions, [info("first")]);
}

#[tokio::test]
async fn a_lost_answer_never_makes_two_shells() {
    let (_folder, path) = place();
    let (terminal, answers) = (terminal(), crate::AnswerBook::default());
    let options = Options { answers: answers.clone(), ..Options::default() };
    let dying = Server::start(&path, Arc::clone(&terminal), Options { dies_on_start: true, ..options.clone() });
    let client = Client::connect(config(&path)).await.unwrap();
    let params = StartParams { name: Some("shell".to_owned()), ..StartParams::default() };
    let asking = tokio::spawn({
        let client = client.clone();
        async move { client.request::<Start>(&params).await }
    });
    until(&terminal, |terminal| terminal.starts == 1).await;
    drop(dying);
    let _server = Server::start(&path, Arc::clone(&terminal), options);
    client.wake();
    let output = timeout(PATIENCE, asking).await.unwrap().unwrap().unwrap();
    assert_eq!(output.session.name, "shell");
    assert_eq!(terminal.lock().unwrap().starts, 1);
}

#[tokio::test]
async fn the_list_is_kept_up_to_date_over_circuits() {
    let (_folder, path) = place();
    let terminal = terminal();
    let server = Server::start(&path, Arc::clone(&terminal), Options::default());
    let client = Client::connect(config(&path)).await.unwrap();
    let mut list = client.subscribe();
    let named = |name: &'static str| {
        move |list: &crate::client::SessionList| {
            list.current && list.sessions.get(&SESSION).is_some_and(|info| info.name == name)
        }
    };
    timeout(PATIENCE, list.wait_for(named("first"))).await.unwrap().unwrap();
    terminal.lock().unwrap().change(&SessionChanged { session: Some(info("renamed")), removed: None });
    timeout(PATIENCE, list.wait_for(named("renamed"))).await.unwrap().unwrap();
    terminal.lock().unwrap().list = vec![info("after the cut")];
    server.cut();
    timeout(PATIENCE, list.wait_for(|list| !list.current)).await.unwrap().unwrap();
    client.wake();
    timeout(PATIENCE, list.wait_for(named("after the cut"))).await.unwrap().unwrap();
    terminal.lock().unwrap().change(&SessionChanged { session: None, removed: Some(SESSION) });
    timeout(PATIENCE, list.wait_for(|list| list.sessions.is_empty())).await.unwrap().unwrap();
}

/// Whoever tells of ever more sessions is not listened to any further, and what it has told is not kept twice.
#[tokio::test]
async fn a_list_without_end_ends_the_circuit() {
    let many = |number: u16| {
        let mut id = [0; 16];
        id[..2].copy_from_slice(&number.to_be_bytes());
        SessionInfo { id: SessionId::from_bytes(id), ..info("one of many") }
    };
    let long = |number: u16| SessionInfo { command: vec!["x".repeat(200_000)], ..many(number) };
    for (count, of) in [(1_100, &many as &dyn Fn(u16) -> SessionInfo), (200, &long)] {
        let (_folder, path) = place();
        let terminal = terminal();
        let _server = Server::start(&path, Arc::clone(&terminal), Options::default());
        let client = Client::connect(config(&path)).await.unwrap();
        let (mut list, mut state) = (client.subscribe(), client.state());
        timeout(PATIENCE, list.wait_for(|list| list.current)).await.unwrap().unwrap();
        for number in 0..count {
            let told = of(number);
            // The same again takes no more room.
            for _ in 0..2 {
                terminal.lock().unwrap().change(&SessionChanged { session: Some(told.clone()), removed: None });
            }
            let heard = list.wait_for(|list| !list.current || list.sessions.contains_key(&told.id));
            if !timeout(PATIENCE, heard).await.unwrap().unwrap().current {
                break;
            }
        }
        let over = state.wait_for(|state| matches!(state, State::Waiting(refusal) if refusal.code == Code::TooMany));
        timeout(PATIENCE, over).await.unwrap().unwrap();
    }
}
