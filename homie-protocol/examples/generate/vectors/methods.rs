//! Parameters and results of every method, whole and with one thing wrong in each.

use std::collections::BTreeMap;

use homie_protocol::code::Code;
use homie_protocol::control::Empty;
use homie_protocol::id::Offset;
use homie_protocol::limits::GRID_MAX;
use homie_protocol::method::Method;
use homie_protocol::methods::session::{
    Attach, AttachMode, AttachOutput, AttachParams, Delivery, Detach, DetachParams, ExitStatus, Face, Gap, InputState,
    List, ListOutput, ListParams, SessionState, Start, StartOutput, StartParams,
};

use super::message::{Message, Wrong, set};
use super::samples::{
    INCARNATION, OTHER_SESSION, SESSION, THEME, channel, exited, last_offset, offset, running, size, writer,
};
use super::{Outcome, Vector, raw};

mod acts;
mod devices;
mod looks;
pub(super) mod machines;
mod mesh;
mod pairings;
mod reads;
mod recordings;
mod starts;

/// Each method with little and with much.
pub(super) fn good() -> Outcome<Vec<Vector>> {
    let all = [
        starts()?,
        lists()?,
        attaches()?,
        acts::good()?,
        looks::good()?,
        reads::good()?,
        recordings::good()?,
        pairings::good()?,
        mesh::good()?,
        devices::good()?,
        machines::good()?,
        starts::good()?,
        the_rest()?,
    ];
    Ok(all.into_iter().flatten().collect())
}

fn starts() -> Outcome<Vec<Vector>> {
    let program = StartParams {
        name: Some("Übersicht ⌘ 1".to_owned()),
        command: Some(vec!["bash".to_owned(), "-lc".to_owned(), "echo \"$HOME\"".to_owned()]),
        cwd: Some("/home/ada".to_owned()),
        env: Some(BTreeMap::from([("LANG".to_owned(), "C.UTF-8".to_owned()), ("TERM".to_owned(), String::new())])),
        size: size(GRID_MAX, 1)?,
        pipes: None,
    };
    let piped = StartParams { command: Some(vec!["uptime".to_owned()]), pipes: Some(true), ..StartParams::default() };
    Ok(vec![
        params::<Start>("shell", &StartParams { size: size(80, 24)?, ..StartParams::default() })?,
        params::<Start>("program", &program)?,
        params::<Start>("pipes", &piped)?,
        result::<Start>("running", &StartOutput { session: running()? })?,
    ])
}

fn lists() -> Outcome<Vec<Vector>> {
    let code = ExitStatus { code: Some(-1), signal: None };
    let signal = ExitStatus { code: None, signal: Some(9) };
    let sessions = vec![
        running()?,
        exited(SessionState::Exited, Some(code))?,
        exited(SessionState::Exited, Some(signal))?,
        exited(SessionState::Lost, None)?,
        exited(SessionState::Ended, None)?,
    ];
    Ok(vec![
        params::<List>("first-page", &ListParams::default())?,
        params::<List>("next-page", &ListParams { subscribe: Some(true), after: Some(SESSION) })?,
        result::<List>("none", &ListOutput { sessions: Vec::new(), next: None })?,
        result::<List>("some", &ListOutput { sessions, next: Some(OTHER_SESSION) })?,
    ])
}

fn attaches() -> Outcome<Vec<Vector>> {
    let watch = AttachParams {
        channel: channel(),
        session: SESSION,
        incarnation: None,
        from: None,
        mode: AttachMode::Watch,
        writer: None,
        size: None,
        visible: false,
        delivery: None,
        theme: None,
    };
    let resume = AttachParams {
        incarnation: Some(INCARNATION),
        from: Some(last_offset()?),
        mode: AttachMode::Interactive,
        writer: Some(writer()?),
        size: Some(size(120, 40)?),
        visible: true,
        delivery: Some(Delivery::Lossless),
        theme: Some(THEME),
        ..watch.clone()
    };
    let screen = AttachParams { delivery: Some(Delivery::Screen), ..watch.clone() };
    let bytes = AttachParams { delivery: Some(Delivery::Bytes), ..watch.clone() };
    let whole = AttachOutput {
        incarnation: INCARNATION,
        from: Offset::ZERO,
        gap: None,
        input: None,
        size: size(80, 24)?,
        snapshot: false,
        drives: true,
    };
    let snapshot = AttachOutput { from: last_offset()?, snapshot: true, drives: false, ..whole };
    let gap = AttachOutput {
        from: offset(1_048_577)?,
        gap: Some(Gap { from: Offset::ZERO, to: offset(1_048_577)? }),
        input: Some(InputState { applied: offset(70_000)?, contested: true }),
        ..whole
    };
    Ok(vec![
        params::<Attach>("watch", &watch)?,
        params::<Attach>("resume", &resume)?,
        params::<Attach>("screen", &screen)?,
        params::<Attach>("bytes", &bytes)?,
        result::<Attach>("snapshot", &snapshot)?,
        result::<Attach>("whole", &whole)?,
        result::<Attach>("with-gap", &gap)?,
    ])
}

fn the_rest() -> Outcome<Vec<Vector>> {
    Ok(vec![params::<Detach>("channel", &DetachParams { channel: channel() })?, result::<Detach>("empty", &Empty {})?])
}

/// One wrong thing in each.
pub(super) fn bad() -> Outcome<Vec<Vector>> {
    let start = Message::default().with("size", &size(80, 24)?)?;
    let attach = attach_message()?;
    let list = Message::default();
    let detach = Message::default().with("channel", &channel())?;
    let started = Message::default().with("session", &running()?)?;
    let all = [
        wrong_params::<Start>(&start, &["size"], wrong_starts()),
        wrong_params::<List>(&list, &[], wrong_lists()),
        wrong_params::<Attach>(&attach, &["channel", "session", "mode", "visible"], wrong_attaches()),
        wrong_params::<Detach>(&detach, &["channel"], vec![unknown_field()]),
        acts::bad()?,
        looks::bad()?,
        reads::bad()?,
        recordings::bad()?,
        pairings::bad()?,
        mesh::bad()?,
        devices::bad()?,
        machines::bad()?,
        starts::bad()?,
        wrong_results::<Start>(&started, &["session"], wrong_started()?),
        wrong_results::<Detach>(&Message::default(), &[], vec![unknown_field()]),
        vec![Vector::bad(&layer::<Start>("params"), "params-start-positional", raw::array(&[]), Code::Positional, "")],
    ];
    Ok(all.into_iter().flatten().collect())
}

fn wrong_starts() -> Vec<Wrong> {
    let sized = |cols: Vec<u8>| raw::map(&[("cols", cols), ("rows", vec![24])]);
    let words = raw::array(&[raw::text("ls"), vec![1]]);
    vec![
        unknown_field(),
        set("name-bytes", "name", raw::bin(b"a"), Code::WrongType, "name"),
        set("command-text", "command", raw::text("ls"), Code::WrongType, "command"),
        set("command-of-integer", "command", words, Code::WrongType, "command.1"),
        set("env-of-integer", "env", raw::map(&[("HOME", vec![1])]), Code::WrongType, "env.HOME"),
        set("env-array", "env", raw::array(&[]), Code::WrongType, "env"),
        set("size-0", "size", sized(vec![0]), Code::OutOfRange, "size"),
        set("size-2001", "size", sized(raw::u64(2_001)), Code::OutOfRange, "size"),
        set("size-over-u16", "size", sized(raw::u64(65_536)), Code::OutOfRange, "size.cols"),
        set("size-fraction", "size", sized(raw::f64(80.5)), Code::WrongType, "size.cols"),
        set("size-without-rows", "size", raw::map(&[("cols", vec![80])]), Code::MissingField, "size.rows"),
        set("size-positional", "size", raw::array(&[vec![80], vec![24]]), Code::Positional, "size"),
    ]
}

fn wrong_lists() -> Vec<Wrong> {
    vec![
        unknown_field(),
        set("subscribe-integer", "subscribe", vec![1], Code::WrongType, "subscribe"),
        set("after-empty", "after", raw::text(""), Code::OutOfRange, "after"),
    ]
}

fn wrong_attaches() -> Vec<Wrong> {
    let writer = |id: &str| raw::map(&[("id", raw::text(id)), ("sent", vec![0])]);
    let unsent = raw::map(&[("id", raw::text("0123456789abcdef"))]);
    vec![
        unknown_field(),
        set("channel-2-32", "channel", raw::u64(1 << 32), Code::OutOfRange, "channel"),
        set("channel-text", "channel", raw::text("1"), Code::WrongType, "channel"),
        set("from-2-53", "from", raw::u64(1 << 53), Code::OutOfRange, "from"),
        set("from-below-0", "from", vec![0xff], Code::OutOfRange, "from"),
        set("mode-unknown", "mode", raw::text("root"), Code::UnknownVariant, "mode"),
        set("mode-map", "mode", raw::map(&[("watch", raw::map(&[]))]), Code::WrongType, "mode"),
        set("delivery-unknown", "delivery", raw::text("fax"), Code::UnknownVariant, "delivery"),
        set("visible-integer", "visible", vec![1], Code::WrongType, "visible"),
        set("writer-upper-case", "writer", writer("0123456789ABCDEF"), Code::OutOfRange, "writer.id"),
        set("writer-short", "writer", writer("0123"), Code::OutOfRange, "writer.id"),
        set("writer-without-sent", "writer", unsent, Code::MissingField, "writer.sent"),
    ]
}

fn wrong_started() -> Outcome<Vec<Wrong>> {
    let session = Message::default()
        .with("id", &SESSION)?
        .with("incarnation", &INCARNATION)?
        .set("name", raw::text("a"))
        .set("command", raw::array(&[]))
        .set("cwd", raw::text("/"))
        .with("size", &size(80, 24)?)?
        .with("state", &SessionState::Running)?
        .set("viewers", vec![0])
        .set("created_at", vec![0])
        .set("last_activity_at", vec![0])
        .with("face", &Face::default())?
        .with("recording", &false)?;
    let with = |name: &'static str, value| session.clone().set(name, value).bytes();
    let exit = raw::map(&[("code", raw::u64(1 << 31))]);
    Ok(vec![
        set("state-unknown", "session", with("state", raw::text("asleep")), Code::UnknownVariant, "session.state"),
        set("exit-over-i32", "session", with("exit", exit), Code::OutOfRange, "session.exit.code"),
        set("viewers-below-0", "session", with("viewers", vec![0xff]), Code::OutOfRange, "session.viewers"),
        set("created-at-text", "session", with("created_at", raw::text("")), Code::WrongType, "session.created_at"),
        set("session-of-unknown-field", "session", with("sudo", vec![1]), Code::UnknownField, "session.sudo"),
        set("pid-below-0", "session", with("pid", vec![0xff]), Code::OutOfRange, "session.pid"),
        set(
            "last-activity-at-text",
            "session",
            with("last_activity_at", raw::text("")),
            Code::WrongType,
            "session.last_activity_at",
        ),
    ])
}

fn unknown_field() -> Wrong {
    set("of-unknown-field", "sudo", vec![0xc3], Code::UnknownField, "sudo")
}

fn attach_message() -> Outcome<Message> {
    Message::default()
        .with("channel", &channel())?
        .with("session", &SESSION)?
        .with("mode", &AttachMode::Interactive)?
        .with("writer", &writer()?)?
        .with("visible", &true)
}

fn params<M: Method>(name: &str, value: &M::Params) -> Outcome<Vector> {
    Vector::value(&layer::<M>("params"), file::<M>("params", name), value)
}

fn result<M: Method>(name: &str, value: &M::Output) -> Outcome<Vector> {
    Vector::value(&layer::<M>("result"), file::<M>("result", name), value)
}

fn wrong_params<M: Method>(message: &Message, needed: &[&'static str], table: Vec<Wrong>) -> Vec<Vector> {
    wrong::<M>("params", message, needed, table)
}

fn wrong_results<M: Method>(message: &Message, needed: &[&'static str], table: Vec<Wrong>) -> Vec<Vector> {
    wrong::<M>("result", message, needed, table)
}

fn wrong<M: Method>(what: &str, message: &Message, needed: &[&'static str], table: Vec<Wrong>) -> Vec<Vector> {
    let (layer, prefix) = (layer::<M>(what), format!("{what}-{}", verb::<M>()));
    let missing = message.missing(&layer, &prefix, needed);
    message.wrong(&layer, &prefix, table).into_iter().chain(missing).collect()
}

fn layer<M: Method>(what: &str) -> String {
    format!("{what}:{}", M::ROW.name)
}

fn file<M: Method>(what: &str, name: &str) -> String {
    format!("{what}-{}-{name}", verb::<M>())
}

/// What a file is called after: the method's name without its service.
fn verb<M: Method>() -> String {
    let name = M::ROW.name;
    name.strip_prefix("terminal.session.").or(name.strip_prefix("pairing.")).unwrap_or(name).replace('.', "-")
}
