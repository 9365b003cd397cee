//! A session's life: started, listed, looked at, typed into, ended.

use std::collections::BTreeMap;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::id::{RequestKey, SessionId};
use homie_protocol::method::{Method, MethodRow};
use homie_protocol::methods::session::{
    Attach, AttachParams, ExitStatus, Get, GetParams, Kill, KillParams, List, ListOutput, ListParams, SessionState,
    Start, StartOutput, StartParams,
};
use serde::{Deserialize, Serialize};

use crate::caller::{Caller, shell, size, typing, watching};
use crate::history::Seen;
use crate::machine::Machine;
use crate::past::until_gone;

#[tokio::test]
async fn what_is_typed_reaches_the_shell_and_comes_back() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let session = caller.start("read line; echo got:$line; exec cat").await;
    assert_eq!((session.name.as_str(), session.cwd.as_str(), session.state), ("sh", "/", SessionState::Running));
    assert_eq!(caller.list().await, std::slice::from_ref(&session));

    let opened = caller.type_on(1, session.id).await;
    assert_eq!((opened.incarnation, opened.from.get(), opened.size), (session.incarnation, 0, session.size));
    caller.input(1, 0, b"hello\r");
    caller.until_shown(1, "got:hello\r\n").await;
    assert_eq!(caller.history.text(1), "hello\r\ngot:hello\r\n");
    caller.until(|history| history.0.contains(&Seen::Ack(1, 6))).await;

    caller.detach(1).await.unwrap();
    assert_eq!(caller.detach(1).await.unwrap_err().code, Code::NotFound);
    caller.watch_on(3, session.id).await;
    caller.until_shown(3, "got:hello").await;
}

/// Z-05: an id is 128 random bits, and one that is off by a single bit is nobody's.
#[tokio::test]
async fn an_id_beside_one_that_is_there_is_nobodys() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let session = caller.start("exec cat").await;
    for bit in 0..128_u32 {
        let mut bytes = *session.id.as_bytes();
        bytes[bit as usize / 8] ^= 1 << (bit % 8);
        let beside = SessionId::from_bytes(bytes);
        let refused = [
            caller.call::<Get>(&GetParams { session: beside }).await.map(drop),
            caller.call::<Attach>(&typing(2 * bit + 1, beside)).await.map(drop),
            caller.call::<Kill>(&KillParams { session: beside }).await.map(drop),
        ];
        let codes = refused.map(|refused| refused.unwrap_err().code);
        assert_eq!(codes, [Code::NotFound; 3], "bit {bit}");
    }
    assert_eq!(caller.list().await, [session]);
}

#[tokio::test]
async fn the_size_is_set_by_attach_and_by_resize() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let session = caller.start("while read line; do stty size; done").await;
    let wide = AttachParams { size: Some(size(100, 30)), ..typing(1, session.id) };
    let opened = caller.call::<Attach>(&wide).await.unwrap();
    assert_eq!(opened.size, size(100, 30));
    caller.input(1, 0, b"\r");
    caller.until_shown(1, "30 100").await;

    caller.resize(session.id, size(120, 40)).await.unwrap();
    caller.until(|history| history.0.contains(&Seen::Resized(1, size(120, 40)))).await;
    caller.input(1, 1, b"\r");
    caller.until_shown(1, "40 120").await;
    assert_eq!(caller.list().await[0].size, size(120, 40));
}

#[tokio::test]
async fn one_wish_starts_one_shell() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let (mut one, mut two) = (Caller::local(&machine).await, Caller::local(&machine).await);
    let key = Some(RequestKey::from_bytes([7; 16]));
    let params = shell("exec cat");
    let (first, second) = (one.ask_with_key::<Start>(&params, key), two.ask_with_key::<Start>(&params, key));
    let first = one.answer::<Start>(first).await.unwrap();
    assert_eq!(two.answer::<Start>(second).await.unwrap(), first);
    drop(one);
    let again = two.ask_with_key::<Start>(&params, key);
    assert_eq!(two.answer::<Start>(again).await.unwrap(), first);
    let another = two.call::<Start>(&params).await.unwrap();
    assert_ne!(another.session.id, first.session.id);
    assert_eq!(two.list().await.len(), 2);

    let without = two.ask_with_key::<Start>(&params, None);
    assert_eq!(two.answer::<Start>(without).await.unwrap_err().code, Code::MissingField);
}

#[tokio::test]
async fn a_wish_is_not_lost_with_its_circuit() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let key = Some(RequestKey::from_bytes([8; 16]));
    let mut hasty = Caller::local(&machine).await;
    hasty.ask_with_key::<Start>(&shell("exec cat"), key);
    drop(hasty);
    let mut patient = Caller::local(&machine).await;
    let again = patient.ask_with_key::<Start>(&shell("exec cat"), key);
    let session = patient.answer::<Start>(again).await.unwrap().session;
    assert_eq!(patient.list().await, [session]);
}

#[tokio::test]
async fn a_session_that_has_ended_can_still_be_read() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let subscribe = ListParams { subscribe: Some(true), after: None };
    caller.call::<List>(&subscribe).await.unwrap();
    let session = caller.start("printf goodbye; exit 3").await;
    let status = ExitStatus { code: Some(3), signal: None };
    caller
        .until(|history| {
            let ended = |info: &homie_protocol::methods::session::SessionInfo| {
                info.state == SessionState::Exited && info.exit == Some(status)
            };
            history.changes().any(|(_, change)| change.session.as_ref().is_some_and(ended))
        })
        .await;
    caller.watch_on(1, session.id).await;
    caller.until(|history| history.exited(1).is_some()).await;
    assert_eq!((caller.history.text(1).as_str(), caller.history.exited(1)), ("goodbye", Some(status)));
    caller.detach(1).await.unwrap();
}

/// A method as somebody would call it who does not have our types.
struct Loose<P, M>(std::marker::PhantomData<(P, M)>);

impl<P: Serialize + for<'de> Deserialize<'de> + Send, M: Method> Method for Loose<P, M> {
    type Params = P;
    type Output = M::Output;
    const ROW: MethodRow = M::ROW;
}

#[derive(Serialize, Deserialize)]
struct LooseStart {
    size: BTreeMap<String, u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sise: Option<u32>,
}

#[tokio::test]
async fn wishes_that_cannot_be_fulfilled_are_refused_in_words() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let wrong = [
        (
            StartParams { command: Some(vec!["no-such-program".to_owned()]), ..StartParams::default() },
            Code::StartFailed,
        ),
        (StartParams { cwd: Some("/no/such/folder".to_owned()), ..StartParams::default() }, Code::StartFailed),
        (StartParams { name: Some("a\nb".to_owned()), ..StartParams::default() }, Code::OutOfRange),
        (StartParams { command: Some(Vec::new()), ..StartParams::default() }, Code::OutOfRange),
    ];
    for (params, code) in wrong {
        assert_eq!(caller.call::<Start>(&params).await.unwrap_err().code, code);
    }
    let huge = LooseStart { size: BTreeMap::from([("cols".to_owned(), 2001), ("rows".to_owned(), 24)]), sise: None };
    expect(loose(&mut caller, huge).await, Code::OutOfRange, "size");
    let typo = LooseStart { size: BTreeMap::from([("cols".to_owned(), 80), ("rows".to_owned(), 24)]), sise: Some(1) };
    expect(loose(&mut caller, typo).await, Code::UnknownField, "sise");

    let nobody = SessionId::from_bytes([1; 16]);
    assert_eq!(caller.call::<Attach>(&watching(1, nobody)).await.unwrap_err().code, Code::NotFound);
    assert_eq!(caller.resize(nobody, size(80, 24)).await.unwrap_err().code, Code::NotFound);
    let ListOutput { sessions, next } = caller.call::<List>(&ListParams::default()).await.unwrap();
    assert_eq!((sessions.len(), next), (0, None));
}

async fn loose(caller: &mut Caller, params: LooseStart) -> Result<StartOutput, Refusal> {
    caller.call::<Loose<LooseStart, Start>>(&params).await
}

#[track_caller]
fn expect(outcome: Result<StartOutput, Refusal>, code: Code, field: &str) {
    let refusal = outcome.unwrap_err();
    assert_eq!(refusal.code, code);
    assert!(refusal.message.contains(field), "{refusal}");
}

#[tokio::test]
async fn of_more_than_64_sessions_that_are_over_the_first_goes_into_the_history() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let first = caller.start("printf 'the first'; exit 0").await.id;
    let holder = machine.holder_process(first);
    let subscribe = ListParams { subscribe: Some(true), after: None };
    caller.call::<List>(&subscribe).await.unwrap();
    caller.until(|history| history.0.len() > 1).await;
    for _ in 0..64 {
        caller.start("exit 0").await;
    }
    until_gone(&mut caller, first, SessionState::Exited).await;
    assert_eq!(caller.list().await.len(), 65);
    holder.ended().await;
    caller.watch_on(1, first).await;
    caller.until(|history| history.exited(1).is_some()).await;
    assert_eq!(caller.history.painted(1, size(80, 24)).1.text(), "the first");
}
