//! What a node and a holder say to each other, whole and with one thing wrong in each.

use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::Empty;
use homie_protocol::holder::{
    AskInput, AskKill, AskRename, AskSignal, Changed, Close, Done, FromHolder, HOLDER_SPOKEN, LinkHello, LinkWelcome,
    Open, OpenRefused, Opened, Resize, ToHolder,
};
use homie_protocol::id::Offset;
use homie_protocol::limits::OFFSET_END;
use homie_protocol::methods::session::{AttachMode, ExitStatus, Gap, InputState, SessionSignal};

use super::message::{Message, set};
use super::samples::{INCARNATION, SESSION, channel, last_offset, offset, size, typed, writer};
use super::{Outcome, Vector, raw};

const LAYER: &str = "holder";
const NODE: &str = "node";
const HOLDER: &str = "holder";

/// Each message of both sides.
pub(super) fn good() -> Outcome<Vec<Vector>> {
    Ok(from_node()?.into_iter().chain(from_holder()?).collect())
}

fn from_node() -> Outcome<Vec<Vector>> {
    let watch = Open { channel: channel(), mode: AttachMode::Watch, from: None, writer: None };
    let resume = Open { mode: AttachMode::Interactive, from: Some(last_offset()?), writer: Some(writer()?), ..watch };
    let messages = [
        ("hello", ToHolder::Hello(LinkHello { versions: HOLDER_SPOKEN, epoch: OFFSET_END - 1 })),
        ("open-watch", ToHolder::Open(watch)),
        ("open-resume", ToHolder::Open(resume)),
        ("close", ToHolder::Close(Close { channel: channel() })),
        ("resize", ToHolder::Resize(Resize { size: size(132, 43)? })),
        ("signal", ToHolder::Signal(AskSignal { ask: 1, signal: SessionSignal::Tstp })),
        ("input", ToHolder::Input(AskInput { ask: u32::MAX, bytes: typed(b"ls\r")? })),
        ("kill", ToHolder::Kill(AskKill { ask: 2 })),
        ("rename", ToHolder::Rename(AskRename { ask: 3, name: "Übersicht ⌘ 2".to_owned() })),
        ("bury", ToHolder::Bury(Empty {})),
    ];
    messages
        .iter()
        .map(|(name, message)| Ok(Vector::value(LAYER, format!("holder-{name}"), message)?.from(NODE)))
        .collect()
}

fn from_holder() -> Outcome<Vec<Vector>> {
    let exit = Some(ExitStatus { code: Some(130), signal: None });
    let gap = Some(Gap { from: offset(1)?, to: offset(2)? });
    let input = Some(InputState { applied: Offset::ZERO, contested: false });
    let reason = Refusal::new(Code::WriterUnknown, "writer: take a new id");
    let over = Refusal::new(Code::Ended, "session: its program has ended");
    let messages = [
        ("welcome", FromHolder::Welcome(link_welcome(None)?)),
        ("welcome-after-the-exit", FromHolder::Welcome(link_welcome(exit)?)),
        ("refused", FromHolder::Refused(Refusal::new(Code::Displaced, "a newer node has this session"))),
        ("opened", FromHolder::Opened(opened(None, None)?)),
        ("opened-with-gap", FromHolder::Opened(opened(gap, input)?)),
        ("open-refused", FromHolder::OpenRefused(OpenRefused { channel: channel(), reason })),
        ("changed", FromHolder::Changed(changed(None)?)),
        ("changed-by-the-exit", FromHolder::Changed(changed(exit)?)),
        ("done", FromHolder::Done(Done { ask: 1, reason: None })),
        ("not-done", FromHolder::Done(Done { ask: 2, reason: Some(over) })),
    ];
    messages
        .iter()
        .map(|(name, message)| Ok(Vector::value(LAYER, format!("holder-{name}"), message)?.from(HOLDER)))
        .collect()
}

/// One wrong thing in each.
pub(super) fn bad() -> Outcome<Vec<Vector>> {
    let hello = tagged("hello").with("versions", &HOLDER_SPOKEN)?.set("epoch", vec![1]);
    let open = tagged("open").with("channel", &channel())?.with("mode", &AttachMode::Watch)?;
    let changed = tagged("changed").with("size", &size(80, 24)?)?.set("last_activity_at", vec![0]);
    let input = tagged("input").set("ask", vec![1]).set("bytes", raw::bin(b"a"));
    let bury = tagged("bury");
    let to_holder = [
        hello.missing(LAYER, "holder-hello", &["t", "versions", "epoch"]),
        hello.wrong(LAYER, "holder-hello", vec![set("epoch-below-0", "epoch", vec![0xff], Code::OutOfRange, "epoch")]),
        open.missing(LAYER, "holder-open", &["channel", "mode"]),
        input.missing(LAYER, "holder-input", &["ask", "bytes"]),
        input.wrong(LAYER, "holder-input", vec![set("none", "bytes", raw::bin(b""), Code::OutOfRange, "bytes")]),
        bury.wrong(LAYER, "holder-bury", vec![set("of-unknown-field", "deep", vec![1], Code::UnknownField, "deep")]),
        vec![
            bad_one("holder-positional", raw::array(&[raw::text("bury")]), Code::Positional, ""),
            bad_one("holder-tag-of-the-other-side", changed.bytes(), Code::UnknownVariant, "t"),
            bad_one("holder-tag-integer", raw::map(&[("t", vec![1])]), Code::WrongType, "t"),
        ],
    ];
    let from_holder = [
        changed.missing(LAYER, "holder-changed", &["size", "last_activity_at"]),
        tagged("done").set("ask", vec![1]).missing(LAYER, "holder-done", &["ask"]),
        vec![bad_one("holder-node-tag-of-the-other-side", bury.bytes(), Code::UnknownVariant, "t")],
    ];
    let to_holder = to_holder.into_iter().flatten().map(|vector| vector.from(NODE));
    let from_holder = from_holder.into_iter().flatten().map(|vector| vector.from(HOLDER));
    Ok(to_holder.chain(from_holder).collect())
}

fn link_welcome(exit: Option<ExitStatus>) -> Outcome<LinkWelcome> {
    Ok(LinkWelcome {
        version: 1,
        session: SESSION,
        incarnation: INCARNATION,
        pid: 4_194_304,
        holder_pid: 4_194_303,
        size: size(80, 24)?,
        start: offset(1_048_576)?,
        end: offset(2_097_152)?,
        exit,
        last_activity_at: 1_795_000_600_000,
    })
}

fn changed(exit: Option<ExitStatus>) -> Outcome<Changed> {
    Ok(Changed { size: size(80, 24)?, exit, last_activity_at: 1_795_000_600_000 })
}

fn opened(gap: Option<Gap>, input: Option<InputState>) -> Outcome<Opened> {
    Ok(Opened { channel: channel(), from: offset(2)?, gap, input, size: size(80, 24)? })
}

fn bad_one(name: &str, bytes: Vec<u8>, code: Code, field: &'static str) -> Vector {
    Vector::bad(LAYER, name, bytes, code, field)
}

fn tagged(tag: &str) -> Message {
    Message::default().set("t", raw::text(tag))
}
