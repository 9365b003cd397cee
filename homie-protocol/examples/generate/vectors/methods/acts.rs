//! What is done to a session without a channel, whole and with one thing wrong in each.

use homie_protocol::code::Code;
use homie_protocol::control::Empty;
use homie_protocol::limits::PAYLOAD_MAX;
use homie_protocol::methods::session::{
    Get, GetOutput, GetParams, Input, InputParams, Kill, KillParams, Rename, RenameOutput, RenameParams, SessionSignal,
    Signal, SignalParams,
};

use super::super::message::{Message, set};
use super::super::samples::{SESSION, running, typed};
use super::super::{Outcome, Vector, raw};
use super::{params, result, unknown_field, wrong_params, wrong_results};

/// Each with little and with much.
pub(super) fn good() -> Outcome<Vec<Vector>> {
    let renamed = RenameParams { session: SESSION, name: "Übersicht ⌘ 2".to_owned() };
    let mut vectors = vec![
        params::<Get>("session", &GetParams { session: SESSION })?,
        result::<Get>("running", &GetOutput { session: running()? })?,
        result::<Signal>("empty", &Empty {})?,
        params::<Input>("line", &InputParams { session: SESSION, bytes: typed(b"ls -l\r")? })?,
        result::<Input>("empty", &Empty {})?,
        params::<Kill>("session", &KillParams { session: SESSION })?,
        result::<Kill>("empty", &Empty {})?,
        params::<Rename>("name", &renamed)?,
        result::<Rename>("running", &RenameOutput { session: running()? })?,
    ];
    for (name, signal) in SIGNALS {
        vectors.push(params::<Signal>(name, &SignalParams { session: SESSION, signal })?);
    }
    Ok(vectors)
}

const SIGNALS: [(&str, SessionSignal); 9] = [
    ("int", SessionSignal::Int),
    ("quit", SessionSignal::Quit),
    ("tstp", SessionSignal::Tstp),
    ("term", SessionSignal::Term),
    ("hup", SessionSignal::Hup),
    ("cont", SessionSignal::Cont),
    ("usr1", SessionSignal::Usr1),
    ("usr2", SessionSignal::Usr2),
    ("kill", SessionSignal::Kill),
];

/// One wrong thing in each.
pub(super) fn bad() -> Outcome<Vec<Vector>> {
    let session = Message::default().with("session", &SESSION)?;
    let signal = session.clone().set("signal", raw::text("int"));
    let input = session.clone().set("bytes", raw::bin(b"ls\r"));
    let rename = session.clone().set("name", raw::text("desk"));
    let wrong_signals = vec![
        unknown_field(),
        set("unknown", "signal", raw::text("segv"), Code::UnknownVariant, "signal"),
        set("upper-case", "signal", raw::text("INT"), Code::UnknownVariant, "signal"),
        set("number", "signal", vec![9], Code::WrongType, "signal"),
    ];
    let wrong_inputs = vec![
        unknown_field(),
        set("none", "bytes", raw::bin(b""), Code::OutOfRange, "bytes"),
        set("over-the-window", "bytes", raw::bin(&[0; PAYLOAD_MAX + 1]), Code::OutOfRange, "bytes"),
        set("text", "bytes", raw::text("ls"), Code::WrongType, "bytes"),
    ];
    let wrong_names = vec![unknown_field(), set("name-bytes", "name", raw::bin(b"a"), Code::WrongType, "name")];
    let all = [
        wrong_params::<Get>(&session, &["session"], vec![unknown_field()]),
        wrong_params::<Signal>(&signal, &["session", "signal"], wrong_signals),
        wrong_params::<Input>(&input, &["session", "bytes"], wrong_inputs),
        wrong_params::<Kill>(&session, &["session"], vec![unknown_field()]),
        wrong_params::<Rename>(&rename, &["session", "name"], wrong_names),
        wrong_results::<Kill>(&Message::default(), &[], vec![unknown_field()]),
    ];
    Ok(all.into_iter().flatten().collect())
}
