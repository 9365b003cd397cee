//! The server's greeting and loop, from a client that says what it likes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::{self, Control, Empty, Outgoing, Reading, Request};
use homie_protocol::frame::{Header, Kind};
use homie_protocol::hello::{ClientKind, Greet, Hello, Nonce, Ready, Role, Service};
use homie_protocol::id::{Channel, Offset, RequestKey};
use homie_protocol::limits::REQUESTS;
use homie_protocol::machine::answers::Asker;
use homie_protocol::method::refusal;
use homie_protocol::version::SPOKEN;
use tokio::net::UnixStream;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::{advance, timeout};

use super::fake::{Greeter, READY};
use super::{PATIENCE, bye, frame, input, output};
use crate::{Admission, AnswerBook, Frame, FrameReader, FrameWriter, Handler, Turn, greet, serve, unix};

/// A server's side of one circuit: it answers each request with its method's name, once there is a permit.
struct Probe {
    begun: AtomicUsize,
    permits: Semaphore,
    frames: AtomicUsize,
    closed: AtomicUsize,
    panics: bool,
    turns: Mutex<Vec<Turn>>,
    answered: Mutex<Vec<Turn>>,
}

impl Default for Probe {
    fn default() -> Self {
        Self {
            begun: AtomicUsize::new(0),
            permits: Semaphore::new(0),
            frames: AtomicUsize::new(0),
            closed: AtomicUsize::new(0),
            panics: false,
            turns: Mutex::default(),
            answered: Mutex::default(),
        }
    }
}

impl Handler for Probe {
    async fn request(&self, request: Request<'_>, turn: Turn) -> Vec<u8> {
        self.turns.lock().unwrap().push(turn);
        let number = self.begun.fetch_add(1, Ordering::SeqCst);
        self.permits.acquire().await.unwrap().forget();
        assert!(!self.panics, "the handler fails");
        let ok = format!("{} {number}", request.method);
        Outgoing::Answer { id: request.id, ok: &ok }.encode().unwrap()
    }

    fn answered(&self, turn: Turn) {
        self.answered.lock().unwrap().push(turn);
    }

    fn frame(&self, frame: Frame) -> Result<(), Refusal> {
        self.frames.fetch_add(1, Ordering::SeqCst);
        let is_allowed = frame.header.offset() == Offset::ZERO;
        if is_allowed { Ok(()) } else { Err(Refusal::new(Code::InputGap, "not the next byte")) }
    }

    fn closed(&self) {
        self.closed.fetch_add(1, Ordering::SeqCst);
    }
}

struct Caller {
    reader: FrameReader,
    writer: FrameWriter,
    serving: JoinHandle<Result<(), Refusal>>,
}

fn call(probe: &Arc<Probe>, role: Role, answers: &AnswerBook) -> Caller {
    let (near, far) = UnixStream::pair().unwrap();
    let (reader, writer) = unix(near);
    let (server_reader, server_writer) = unix(far);
    let ready = Ready { role, ..READY };
    let admission = Admission {
        ready,
        role: tokio::sync::watch::channel(ready.role).1,
        service: Service::Node,
        asker: Asker::User(1),
        answers: answers.clone(),
    };
    let serving = tokio::spawn(serve(server_reader, server_writer, admission, Arc::clone(probe)));
    Caller { reader, writer, serving }
}

fn open_probe() -> Arc<Probe> {
    Arc::new(Probe { permits: Semaphore::new(1_000), ..Probe::default() })
}

impl Caller {
    fn ask(&self, id: u32, method: &str, key: Option<u8>) {
        let key = key.map(|key| RequestKey::from_bytes([key; 16]));
        let request = Outgoing::Request { id, method, params: &Empty {}, key };
        self.say(&request.encode().unwrap());
    }

    fn say(&self, payload: &[u8]) {
        self.writer.control(Channel::CIRCUIT, Offset::ZERO, payload).unwrap();
    }

    /// The next response: its id, and its text or code.
    async fn answer(&mut self) -> (u32, Result<String, Code>) {
        let frame = frame(&mut self.reader).await;
        let Control::Response(response) = control::decode(&frame.payload, Reading::Answers).unwrap() else {
            panic!("a response was expected");
        };
        let text = |ok| homie_protocol::codec::decode_scanned(ok).unwrap();
        (response.id, response.outcome.map(text).map_err(|refusal| refusal.code))
    }

    /// The server says goodbye with this code, and its loop gives the same.
    async fn ended(mut self) -> Code {
        let code = bye(&frame(&mut self.reader).await).code;
        self.writer.close();
        let served = timeout(PATIENCE, self.serving).await.unwrap().unwrap();
        assert_eq!(served.unwrap_err().code, code);
        code
    }
}

#[tokio::test]
async fn requests_are_answered_and_unanswered_ones_do_not_hold_the_others() {
    let probe = Arc::new(Probe::default());
    let mut caller = call(&probe, Role::Operator, &AnswerBook::default());
    caller.ask(1, "terminal.session.list", None);
    caller.ask(2, "terminal.session.nonsense", None);
    assert_eq!(caller.answer().await, (2, Err(Code::UnknownMethod)));
    probe.permits.add_permits(1);
    assert_eq!(caller.answer().await, (1, Ok("terminal.session.list 0".to_owned())));
}

#[tokio::test]
async fn requests_are_begun_in_the_order_in_which_they_came() {
    let probe = open_probe();
    let mut caller = call(&probe, Role::Operator, &AnswerBook::default());
    for id in 1..=50 {
        caller.ask(id, "terminal.session.resize", None);
    }
    for id in 1..=50 {
        assert_eq!(caller.answer().await, (id, Ok(format!("terminal.session.resize {}", id - 1))));
    }
}

#[tokio::test]
async fn an_id_that_comes_again_is_another_turn() {
    let probe = open_probe();
    let mut caller = call(&probe, Role::Operator, &AnswerBook::default());
    for number in 0..3 {
        caller.ask(1, "terminal.session.resize", None);
        assert_eq!(caller.answer().await, (1, Ok(format!("terminal.session.resize {number}"))));
    }
    caller.writer.close();
    timeout(PATIENCE, caller.serving).await.unwrap().unwrap().unwrap();
    let turns = [1, 2, 3].map(Turn::from);
    assert_eq!(*probe.turns.lock().unwrap(), turns);
    assert_eq!(*probe.answered.lock().unwrap(), turns);
}

#[tokio::test]
async fn the_table_decides_who_may_and_who_serves() {
    let probe = open_probe();
    let mut caller = call(&probe, Role::Viewer, &AnswerBook::default());
    caller.ask(1, "terminal.session.resize", None);
    assert_eq!(caller.answer().await, (1, Err(Code::Forbidden)));
    caller.ask(2, "pairing.redeem", Some(1));
    assert_eq!(caller.answer().await, (2, Err(Code::UnknownMethod)));
    let mut caller = call(&probe, Role::Operator, &AnswerBook::default());
    caller.ask(1, "terminal.session.start", None);
    assert_eq!(caller.answer().await, (1, Err(Code::MissingField)));
    caller.ask(2, "terminal.session.attach", Some(1));
    assert_eq!(caller.answer().await, (2, Err(Code::UnknownField)));
    assert_eq!(probe.begun.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_key_acts_once_over_circuits_and_every_repeat_gets_the_first_answer() {
    let (probe, answers) = (Arc::new(Probe::default()), AnswerBook::default());
    let start = "terminal.session.start";
    let mut first = call(&probe, Role::Operator, &answers);
    let mut second = call(&probe, Role::Operator, &answers);
    first.ask(1, start, Some(7));
    first.ask(2, "terminal.session.nonsense", None);
    assert_eq!(first.answer().await.1, Err(Code::UnknownMethod));
    second.ask(70_000, start, Some(7));
    second.ask(70_001, "terminal.session.nonsense", None);
    assert_eq!(second.answer().await.1, Err(Code::UnknownMethod));
    probe.permits.add_permits(1);
    assert_eq!(first.answer().await, (1, Ok(format!("{start} 0"))));
    assert_eq!(second.answer().await, (70_000, Ok(format!("{start} 0"))));
    second.ask(3, start, Some(7));
    assert_eq!(second.answer().await, (3, Ok(format!("{start} 0"))));
    assert_eq!(probe.begun.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_act_goes_on_without_its_circuit_and_its_answer_is_kept() {
    let (probe, answers) = (Arc::new(Probe::default()), AnswerBook::default());
    let start = "terminal.session.start";
    let mut first = call(&probe, Role::Operator, &answers);
    first.ask(1, start, Some(7));
    first.ask(2, "terminal.session.nonsense", None);
    assert_eq!(first.answer().await.1, Err(Code::UnknownMethod));
    first.writer.close();
    timeout(PATIENCE, first.serving).await.unwrap().unwrap().unwrap();
    assert_eq!(probe.closed.load(Ordering::SeqCst), 1);
    probe.permits.add_permits(1);
    let mut second = call(&probe, Role::Operator, &answers);
    second.ask(1, start, Some(7));
    assert_eq!(second.answer().await, (1, Ok(format!("{start} 0"))));
}

#[tokio::test]
async fn an_act_that_fails_on_our_side_is_answered_and_may_be_tried_again() {
    let answers = AnswerBook::default();
    let broken = Arc::new(Probe { panics: true, ..Probe::default() });
    let mut caller = call(&broken, Role::Operator, &answers);
    caller.ask(1, "terminal.session.start", Some(7));
    caller.ask(2, "terminal.session.nonsense", None);
    assert_eq!(caller.answer().await.1, Err(Code::UnknownMethod));
    broken.permits.add_permits(1);
    assert_eq!(caller.answer().await, (1, Err(Code::Internal)));
    let mut caller = call(&open_probe(), Role::Operator, &answers);
    caller.ask(1, "terminal.session.start", Some(7));
    assert!(caller.answer().await.1.is_ok());
}

#[tokio::test]
async fn the_129th_request_that_waits_is_told_so() {
    let probe = Arc::new(Probe::default());
    let mut caller = call(&probe, Role::Operator, &AnswerBook::default());
    let one_more = u32::try_from(REQUESTS).unwrap() + 1;
    for id in 1..=one_more {
        caller.ask(id, "terminal.session.list", None);
    }
    assert_eq!(caller.answer().await, (one_more, Err(Code::Busy)));
    probe.permits.add_permits(REQUESTS);
    for _ in 0..REQUESTS {
        assert!(caller.answer().await.1.is_ok());
    }
    caller.ask(one_more, "terminal.session.list", None);
    probe.permits.add_permits(1);
    assert_eq!(caller.answer().await.0, one_more);
}

#[tokio::test]
async fn what_breaks_the_rules_ends_the_circuit_with_its_code() {
    let control = |channel: u32| Header::new(Kind::Control, Channel::new(channel), Offset::ZERO).unwrap();
    let wait = Outgoing::Request { id: 1, method: "terminal.session.list", params: &Empty {}, key: None };
    let wait = wait.encode().unwrap();
    let zero = Outgoing::Request { id: 0, method: "terminal.session.list", params: &Empty {}, key: None };
    let chunk = Header::new(Kind::Chunk, Channel::new(1), Offset::ZERO).unwrap();
    let cases: [(Header, Vec<u8>, Code); 8] = [
        (control(0), b"\xc1".to_vec(), Code::Malformed),
        (control(0), wait.clone(), Code::RequestId),
        (control(0), zero.encode().unwrap(), Code::RequestId),
        (control(0), refusal(1, &Refusal::new(Code::Busy, "")), Code::UnknownVariant),
        (control(1), wait.clone(), Code::Channel),
        (output(0), b"x".to_vec(), Code::UnexpectedFrame),
        (chunk, b"x".to_vec(), Code::UnexpectedFrame),
        (input(1), b"x".to_vec(), Code::InputGap),
    ];
    for (header, payload, code) in cases {
        let probe = Arc::new(Probe::default());
        let caller = call(&probe, Role::Operator, &AnswerBook::default());
        caller.say(&wait);
        caller.writer.send(header, &payload).unwrap();
        assert_eq!(caller.ended().await, code, "{header:?}");
        assert_eq!(probe.closed.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn pings_are_answered_with_their_payload_and_input_goes_to_the_handler() {
    let probe = open_probe();
    let mut caller = call(&probe, Role::Operator, &AnswerBook::default());
    caller.writer.send(input(0), b"x").unwrap();
    caller.writer.send(Header::PING, b"12345678").unwrap();
    let pong = frame(&mut caller.reader).await;
    assert_eq!((pong.header, &pong.payload[..]), (Header::PONG, &b"12345678"[..]));
    assert_eq!(probe.frames.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_client_that_says_goodbye_is_let_go() {
    let probe = open_probe();
    let mut caller = call(&probe, Role::Operator, &AnswerBook::default());
    caller.writer.bye(&Refusal::new(Code::GoingAway, "enough"));
    assert_eq!(timeout(PATIENCE, caller.reader.next()).await.unwrap(), Ok(None));
    assert_eq!(timeout(PATIENCE, caller.serving).await.unwrap().unwrap(), Ok(()));
    assert_eq!(probe.closed.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_loop_that_is_dropped_tells_its_handler() {
    let probe = open_probe();
    let mut caller = call(&probe, Role::Operator, &AnswerBook::default());
    caller.ask(1, "terminal.session.list", None);
    assert!(caller.answer().await.1.is_ok());
    caller.serving.abort();
    assert!(caller.serving.await.unwrap_err().is_cancelled());
    assert_eq!(probe.closed.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_silent_client_is_pinged_twice_and_then_given_up() {
    let probe = open_probe();
    let mut caller = call(&probe, Role::Operator, &AnswerBook::default());
    for _ in 0..2 {
        assert_eq!(frame(&mut caller.reader).await.header, Header::PING);
    }
    assert_eq!(caller.ended().await, Code::Timeout);
}

fn hello() -> Vec<u8> {
    let hello = Hello {
        versions: SPOKEN,
        device: None,
        kind: ClientKind::Cli,
        agent: "test".to_owned(),
        nonce: Nonce([1; 32]),
        host: "local".to_owned(),
        origin: None,
    };
    let hello: Outgoing<'_, Empty> = Outgoing::Hello(&hello);
    hello.encode().unwrap()
}

type Greeting = JoinHandle<Result<Ready, Refusal>>;

fn greeting() -> (FrameReader, FrameWriter, Greeting) {
    let (near, far) = UnixStream::pair().unwrap();
    let (reader, writer) = unix(near);
    let greeting = tokio::spawn(async move {
        let (mut reader, writer) = unix(far);
        let mut greeter: Box<dyn Greet> = Box::new(Greeter::default());
        greet(&mut reader, &writer, greeter.as_mut()).await
    });
    (reader, writer, greeting)
}

#[tokio::test]
async fn whoever_begins_with_something_else_is_refused() {
    let request = Outgoing::Request { id: 1, method: "terminal.session.list", params: &Empty {}, key: None };
    let cases = [
        (Header::CIRCUIT, request.encode().unwrap(), Code::UnknownVariant),
        (Header::CIRCUIT, vec![0; 9_000], Code::TooLarge),
        (Header::PING, vec![], Code::UnexpectedFrame),
        (input(0), b"x".to_vec(), Code::UnexpectedFrame),
    ];
    for (header, payload, code) in cases {
        let (mut reader, writer, greeting) = greeting();
        writer.send(header, &payload).unwrap();
        assert_eq!(bye(&frame(&mut reader).await).code, code);
        drop((reader, writer));
        assert_eq!(timeout(PATIENCE, greeting).await.unwrap().unwrap().unwrap_err().code, code);
    }
}

#[tokio::test]
async fn a_hello_is_welcomed_and_made_ready() {
    let (mut reader, writer, greeting) = greeting();
    writer.control(Channel::CIRCUIT, Offset::ZERO, &hello()).unwrap();
    let welcome = frame(&mut reader).await;
    assert!(matches!(control::decode(&welcome.payload, Reading::Greeting), Ok(Control::Welcome(_))));
    let ready = frame(&mut reader).await;
    assert!(matches!(control::decode(&ready.payload, Reading::Greeting), Ok(Control::Ready(ready)) if ready == READY));
    assert_eq!(timeout(PATIENCE, greeting).await.unwrap().unwrap(), Ok(READY));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_says_nothing_has_five_seconds() {
    let (mut reader, writer, greeting) = greeting();
    tokio::task::yield_now().await;
    advance(std::time::Duration::from_secs(5)).await;
    let goodbye = reader.next().await.unwrap().unwrap();
    assert_eq!(bye(&goodbye).code, Code::Timeout);
    drop((reader, writer));
    assert_eq!(greeting.await.unwrap().unwrap_err().code, Code::Timeout);
}
