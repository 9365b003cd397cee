//! A session in a terminal: one who looks and falls behind, and one who types and needs every byte.

use homie_protocol::control::Empty;
use homie_protocol::frame::Flags;
use homie_protocol::holder::{
    AskCapture, AskInput, AskRename, AskSearch, AskSignal, Drives, FromHolder, Resize, SendSnapshot, Share, ToHolder,
    Trim,
};
use homie_protocol::id::{Channel, Offset, WriterId};
use homie_protocol::methods::session::{Delivery, InputBytes, SessionSignal, Size, WriterClaim};

use crate::link::Link;

/// What the session runs: it prints much after a line, answers another, and ends on SIGINT.
pub(crate) const SCRIPT: &str = "stty -echo; trap 'echo bye; exit 7' INT; echo ready; read line; \
    seq -f 'a line of a flood that goes on and on, and this is number %.0f' 1 1600; echo flooded; \
    read line; echo \"you said $line\"; while :; do sleep 0.01; done";

const LOOKS: Channel = Channel::new(1);
const TYPES: Channel = Channel::new(3);

pub(crate) fn play(link: &mut Link) {
    let writer = WriterClaim { id: WriterId::from_bytes([3; 8]), sent: Offset::ZERO };
    until_face(link, "ready");
    link.open(LOOKS, None, None, Delivery::Screen);
    show(link, 0, false);
    let at = fall_behind(link);
    resize(link, 100, 30);
    link.tell(&ToHolder::Driver(Drives { writer: Some(writer.id) }));
    link.open(TYPES, Some(at), Some(writer), Delivery::Lossless);
    link.acknowledge(TYPES);
    link.input(TYPES, 0, b"hello\r");
    link.until_shown(TYPES, "you said hello\r\n");
    ask(link);
    resize(link, 60, 10);
    link.until_event(TYPES, "terminal.session.resized");
    link.tell(&ToHolder::Signal(AskSignal { ask: 5, signal: SessionSignal::Int }));
    link.until_told(|told| matches!(told, FromHolder::Changed(changed) if changed.exit.is_some()));
    for channel in [LOOKS, TYPES] {
        link.until_event(channel, "terminal.session.exited");
    }
    link.tell(&ToHolder::Bury(Empty {}));
}

/// A flood: it gets a skip. Where that leaves it.
fn fall_behind(link: &mut Link) -> Offset {
    link.tell(&ToHolder::Share(Share { channel: LOOKS, of: 2 }));
    let before = link.count();
    let bytes = InputBytes::new(b"go\r".to_vec()).unwrap();
    link.tell(&ToHolder::Input(AskInput { ask: 1, bytes }));
    link.until_done(1);
    until_face(link, "flooded");
    link.ack(LOOKS, Flags::NONE, link.end_of(LOOKS));
    show(link, before, true)
}

/// Waits until the last lines have this one.
fn until_face(link: &mut Link, wanted: &str) {
    link.until_told(|told| {
        let face = match told {
            FromHolder::Welcome(welcome) => &welcome.face,
            FromHolder::Changed(changed) => &changed.face,
            _ => return false,
        };
        face.preview.iter().any(|line| line == wanted)
    });
}

fn ask(link: &mut Link) {
    link.tell(&ToHolder::Rename(AskRename { ask: 2, name: "renamed".to_owned() }));
    link.until_done(2);
    let text = "SAID".to_owned();
    link.tell(&ToHolder::Search(AskSearch { ask: 3, text, ignore_case: true, limit: 10 }));
    link.until_told(|told| matches!(told, FromHolder::Found(_)));
    link.tell(&ToHolder::Capture(AskCapture { ask: 4, scrollback: false, ansi: false, from: None }));
    link.until_told(|told| matches!(told, FromHolder::Captured(_)));
    link.tell(&ToHolder::Trim(Trim { bytes: 16 * 1024 }));
    let before = link.count();
    link.tell(&ToHolder::Snapshot(SendSnapshot { channel: LOOKS, history: 5 }));
    show(link, before, false);
}

/// Everyone is told, and the one who shows a screen gets a snapshot behind it.
fn resize(link: &mut Link, cols: u16, rows: u16) {
    let before = link.count();
    link.tell(&ToHolder::Resize(Resize { size: Size::new(cols, rows).unwrap(), theme: None }));
    show(link, before, false);
}

/// Waits for what LOOKS is sent after so many frames, says that it is shown, and gives its offset.
fn show(link: &mut Link, after: usize, is_skip: bool) -> Offset {
    let at = link.until_snapshot(LOOKS, after, is_skip);
    link.ack(LOOKS, Flags::LAST, at);
    at
}
