//! A program with pipes: it answers a line, says something on its error stream, and ends with its input.

use homie_protocol::control::Empty;
use homie_protocol::holder::{AskCapture, AskEndInput, FromHolder, ToHolder};
use homie_protocol::id::{Channel, Offset, WriterId};
use homie_protocol::methods::session::{Delivery, WriterClaim};

use crate::link::Link;

pub(crate) const SCRIPT: &str =
    "echo ready; read line; echo \"and a complaint\" >&2; echo \"you said $line\"; cat; exit 3";

const TYPES: Channel = Channel::new(1);

pub(crate) fn play(link: &mut Link) {
    let writer = WriterClaim { id: WriterId::from_bytes([3; 8]), sent: Offset::ZERO };
    link.open(TYPES, None, Some(writer), Delivery::Lossless);
    link.acknowledge(TYPES);
    link.until_shown(TYPES, "ready\n");
    link.input(TYPES, 0, b"hello\n");
    link.until_shown(TYPES, "you said hello\n");
    link.tell(&ToHolder::Capture(AskCapture { ask: 1, scrollback: true, ansi: false, from: None }));
    link.until_told(|told| matches!(told, FromHolder::Captured(_)));
    link.tell(&ToHolder::EndInput(AskEndInput { ask: 2 }));
    link.until_done(2);
    link.until_event(TYPES, "terminal.session.exited");
    link.tell(&ToHolder::Bury(Empty {}));
}
