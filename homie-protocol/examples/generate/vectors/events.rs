//! The data of every topic, whole and with one thing wrong in each.

use homie_protocol::code::{Code, Refusal};
use homie_protocol::event::{
    Clipboard, Detached, Driver, Exited, MachineChanged, MeshSessionChanged, Resized, SessionChanged, Topic,
};
use homie_protocol::id::{Offset, SessionId};
use homie_protocol::methods::session::{ExitStatus, Gap, SessionInfo};

use super::message::{Message, Wrong, set};
use super::methods::machines;
use super::samples::{NODE, OTHER_SESSION, last_offset, running, size};
use super::{Outcome, Vector, raw};

/// Each topic, with each of its choices.
pub(super) fn good() -> Outcome<Vec<Vector>> {
    let ended = ExitStatus { code: Some(0), signal: None };
    let killed = ExitStatus { code: None, signal: Some(15) };
    let reason = Refusal::new(Code::InputGap, "input: attach again and send from what is applied");
    Ok(vec![
        event("session", &SessionChanged { session: Some(running()?), removed: None })?,
        event("removed", &SessionChanged { session: None, removed: Some(OTHER_SESSION) })?,
        event("of-everything", &Gap { from: Offset::ZERO, to: last_offset()? })?,
        event("smallest", &Resized { size: size(1, 1)? })?,
        event("with-code", &Exited { status: ended })?,
        event("by-signal", &Exited { status: killed })?,
        event("why-unknown", &Exited { status: ExitStatus { code: None, signal: None } })?,
        event("taken", &Driver { drives: true })?,
        event("text", &Clipboard { text: "Übersicht".as_bytes().to_vec().into() })?,
        event("of-a-gap", &Detached { reason })?,
        event("machine", &MachineChanged { machine: Some(machines::own()), removed: None })?,
        event("removed", &MachineChanged { machine: None, removed: Some(NODE) })?,
        event("session", &of_mesh(Some(running()?), None))?,
        event("removed", &of_mesh(None, Some(OTHER_SESSION)))?,
    ])
}

fn of_mesh(session: Option<SessionInfo>, removed: Option<SessionId>) -> MeshSessionChanged {
    MeshSessionChanged { machine: NODE, session, removed }
}

/// One wrong thing in each.
pub(super) fn bad() -> Outcome<Vec<Vector>> {
    let gap = Message::default().set("from", vec![1]).set("to", vec![2]);
    let reason = |code: &str| raw::map(&[("code", raw::text(code)), ("message", raw::text("words"))]);
    let all = [
        wrong::<Gap>(&gap, &["from", "to"], wrong_gaps()),
        wrong::<SessionChanged>(&Message::default(), &[], wrong_changes()),
        wrong::<MachineChanged>(
            &Message::default(),
            &[],
            vec![set("machine-text", "machine", raw::text("a"), Code::WrongType, "machine")],
        ),
        wrong::<MeshSessionChanged>(&Message::default().with("machine", &NODE)?, &["machine"], wrong_changes()),
        wrong::<Resized>(&Message::default(), &["size"], wrong_sizes()),
        wrong::<Exited>(&Message::default(), &["status"], wrong_exits()),
        wrong::<Driver>(&Message::default().with("drives", &true)?, &["drives"], Vec::new()),
        wrong::<Clipboard>(
            &Message::default().set("text", raw::bin(b"a")),
            &["text"],
            vec![set("no-bytes", "text", raw::text("a"), Code::WrongType, "text")],
        ),
        wrong::<Detached>(
            &Message::default(),
            &["reason"],
            vec![set("code-unknown", "reason", reason("bored"), Code::UnknownVariant, "reason.code")],
        ),
    ];
    Ok(all.into_iter().flatten().collect())
}

fn wrong_gaps() -> Vec<Wrong> {
    vec![
        set("from-2-53", "from", raw::u64(1 << 53), Code::OutOfRange, "from"),
        set("to-below-0", "to", vec![0xff], Code::OutOfRange, "to"),
        set("to-text", "to", raw::text("2"), Code::WrongType, "to"),
        set("of-unknown-field", "len", vec![1], Code::UnknownField, "len"),
    ]
}

fn wrong_changes() -> Vec<Wrong> {
    vec![
        set("session-text", "session", raw::text("a"), Code::WrongType, "session"),
        set("removed-short", "removed", raw::text("a"), Code::OutOfRange, "removed"),
    ]
}

fn wrong_sizes() -> Vec<Wrong> {
    let size = |rows: u8| raw::map(&[("cols", vec![80]), ("rows", vec![rows])]);
    vec![
        set("rows-0", "size", size(0), Code::OutOfRange, "size"),
        set("rows-below-0", "size", size(0xff), Code::OutOfRange, "size.rows"),
    ]
}

fn wrong_exits() -> Vec<Wrong> {
    let signal = raw::map(&[("signal", raw::text("SIGKILL"))]);
    vec![set("signal-text", "status", signal, Code::WrongType, "status.signal")]
}

fn event<T: Topic>(name: &str, data: &T) -> Outcome<Vector> {
    Vector::value(&layer::<T>(), format!("event-{}-{name}", word::<T>()), data)
}

fn wrong<T: Topic>(message: &Message, needed: &[&'static str], table: Vec<Wrong>) -> Vec<Vector> {
    let (layer, prefix) = (layer::<T>(), format!("event-{}", word::<T>()));
    let missing = message.missing(&layer, &prefix, needed);
    message.wrong(&layer, &prefix, table).into_iter().chain(missing).collect()
}

fn layer<T: Topic>() -> String {
    format!("event:{}", T::NAME)
}

/// What a topic is called in names of files: those of sessions by their last word.
fn word<T: Topic>() -> String {
    T::NAME.strip_prefix("terminal.session.").unwrap_or(T::NAME).replace('.', "-")
}
