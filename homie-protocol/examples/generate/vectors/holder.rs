//! What a node and a holder say to each other, whole and with one thing wrong in each.

use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::Empty;
use homie_protocol::holder::{
    AskCapture, AskEndInput, AskInput, AskKill, AskRename, AskSearch, AskSignal, Captured, Changed, Close, Done,
    Drives, Found, FromHolder, HOLDER_SPOKEN, HolderMemory, LinkHello, LinkWelcome, Open, OpenRefused, Opened, Resize,
    SendSnapshot, Share, ToHolder, Trim,
};
use homie_protocol::id::Offset;
use homie_protocol::limits::OFFSET_END;
use homie_protocol::methods::session::{AttachMode, Delivery, ExitStatus, Face, Gap, InputState, Match, SessionSignal};

use super::message::{Message, set};
use super::samples::{INCARNATION, SESSION, THEME, channel, face, last_offset, offset, size, typed, writer};
use super::{Outcome, Vector, raw};

const LAYER: &str = "holder";
const NODE: &str = "node";
const HOLDER: &str = "holder";

/// Each message of both sides.
pub(super) fn good() -> Outcome<Vec<Vector>> {
    Ok(from_node()?.into_iter().chain(from_holder()?).collect())
}

fn from_node() -> Outcome<Vec<Vector>> {
    let delivery = Delivery::Bytes;
    let watch = Open { channel: channel(), mode: AttachMode::Watch, from: None, writer: None, delivery };
    let resume = Open { mode: AttachMode::Interactive, from: Some(last_offset()?), writer: Some(writer()?), ..watch };
    let search = AskSearch { ask: 4, text: "Übersicht".to_owned(), ignore_case: true, limit: 200 };
    let messages = [
        ("hello", ToHolder::Hello(LinkHello { versions: HOLDER_SPOKEN, epoch: OFFSET_END - 1 })),
        ("open-watch", ToHolder::Open(watch)),
        ("open-resume", ToHolder::Open(resume)),
        ("close", ToHolder::Close(Close { channel: channel(), lost: false })),
        ("close-lost", ToHolder::Close(Close { channel: channel(), lost: true })),
        ("resize", ToHolder::Resize(Resize { size: size(132, 43)?, theme: Some(THEME) })),
        ("driver", ToHolder::Driver(Drives { writer: Some(writer()?.id) })),
        ("driver-nobody", ToHolder::Driver(Drives { writer: None })),
        ("signal", ToHolder::Signal(AskSignal { ask: 1, signal: SessionSignal::Tstp })),
        ("input", ToHolder::Input(AskInput { ask: u32::MAX, bytes: typed(b"ls\r")? })),
        ("end-input", ToHolder::EndInput(AskEndInput { ask: 7 })),
        ("kill", ToHolder::Kill(AskKill { ask: 2 })),
        ("rename", ToHolder::Rename(AskRename { ask: 3, name: "Übersicht ⌘ 2".to_owned() })),
        ("snapshot", ToHolder::Snapshot(SendSnapshot { channel: channel(), history: 10_000 })),
        ("share", ToHolder::Share(Share { channel: channel(), of: 2 })),
        ("search", ToHolder::Search(search)),
        ("capture", ToHolder::Capture(AskCapture { ask: 5, scrollback: false, ansi: false, from: None })),
        ("capture-next", ToHolder::Capture(AskCapture { ask: 6, scrollback: true, ansi: true, from: Some(10_000) })),
        ("trim", ToHolder::Trim(Trim { bytes: 1_048_576 })),
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
    let found = Match { line: 10_000, column: 2, text: "# Übersicht".to_owned() };
    let messages = [
        ("welcome", FromHolder::Welcome(link_welcome(None)?)),
        (
            "welcome-from-memory",
            FromHolder::Welcome(LinkWelcome { memory: Some(memory()?), version: 2, ..link_welcome(None)? }),
        ),
        ("welcome-after-the-exit", FromHolder::Welcome(link_welcome(exit)?)),
        ("refused", FromHolder::Refused(Refusal::new(Code::Displaced, "a newer node has this session"))),
        ("opened", FromHolder::Opened(opened(None, None)?)),
        ("opened-with-gap", FromHolder::Opened(opened(gap, input)?)),
        ("open-refused", FromHolder::OpenRefused(OpenRefused { channel: channel(), reason })),
        ("changed", FromHolder::Changed(changed(None)?)),
        ("changed-by-the-exit", FromHolder::Changed(changed(exit)?)),
        ("done", FromHolder::Done(Done { ask: 1, reason: None })),
        ("found", FromHolder::Found(Found { ask: 4, matches: vec![found] })),
        ("captured", FromHolder::Captured(Captured { ask: 5, text: "$ ls\n".to_owned(), next: None })),
        ("captured-in-part", FromHolder::Captured(Captured { ask: 6, text: String::new(), next: Some(10_001) })),
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
    let open = open.with("delivery", &Delivery::Screen)?;
    let changed = tagged("changed").with("size", &size(80, 24)?)?.set("last_activity_at", vec![0]);
    let changed = changed.with("face", &Face::default())?.set("history_bytes", vec![0]);
    let share = tagged("share").with("channel", &channel())?.set("of", vec![1]);
    let input = tagged("input").set("ask", vec![1]).set("bytes", raw::bin(b"a"));
    let bury = tagged("bury");
    let to_holder = [
        hello.missing(LAYER, "holder-hello", &["t", "versions", "epoch"]),
        hello.wrong(LAYER, "holder-hello", vec![set("epoch-below-0", "epoch", vec![0xff], Code::OutOfRange, "epoch")]),
        open.missing(LAYER, "holder-open", &["channel", "mode", "delivery"]),
        share.missing(LAYER, "holder-share", &["channel", "of"]),
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
        changed.missing(LAYER, "holder-changed", &["size", "last_activity_at", "face", "history_bytes"]),
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
        face: face(),
        history_bytes: 1_048_576,
        memory: None,
    })
}

fn memory() -> Outcome<HolderMemory> {
    Ok(HolderMemory { pipes: false, driver: Some(writer()?.id), unseen_ms: 86_400_000 })
}

fn changed(exit: Option<ExitStatus>) -> Outcome<Changed> {
    let (face, last_activity_at) = (Face::default(), 1_795_000_600_000);
    Ok(Changed { size: size(80, 24)?, exit, last_activity_at, face, history_bytes: 0 })
}

fn opened(gap: Option<Gap>, input: Option<InputState>) -> Outcome<Opened> {
    Ok(Opened { channel: channel(), from: offset(2)?, gap, input, size: size(80, 24)?, snapshot: gap.is_none() })
}

fn bad_one(name: &str, bytes: Vec<u8>, code: Code, field: &'static str) -> Vector {
    Vector::bad(LAYER, name, bytes, code, field)
}

fn tagged(tag: &str) -> Message {
    Message::default().set("t", raw::text(tag))
}
