//! Circuits over real sockets.

use std::time::Duration;

use homie_protocol::code::Refusal;
use homie_protocol::control::{self, Control, Reading};
use homie_protocol::frame::{Header, Kind};
use homie_protocol::id::{Channel, Offset};
use homie_protocol::limits::PAYLOAD_MAX;

use crate::{Frame, FrameReader};

mod attachments;
mod clients;
mod fairness;
mod fake;
mod handed;
mod meetings;
mod prefixed;
mod screens;
mod sealed;
mod serving;
mod upgrades;
mod web;
mod websockets;

/// Longer than anything here takes, on any machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A payload as large as it may be.
const LARGEST: &[u8] = &[0; PAYLOAD_MAX];

fn output(offset: u64) -> Header {
    Header::new(Kind::Output, Channel::new(1), Offset::new(offset).unwrap()).unwrap()
}

fn input(offset: u64) -> Header {
    Header::new(Kind::Input, Channel::new(1), Offset::new(offset).unwrap()).unwrap()
}

/// The next frame, which must be there.
async fn frame(reader: &mut FrameReader) -> Frame {
    let next = tokio::time::timeout(PATIENCE, reader.next());
    next.await.expect("a frame in time").expect("a frame within the rules").expect("a frame before the end")
}

/// Why the peer said goodbye.
fn bye(frame: &Frame) -> Refusal {
    match control::decode(&frame.payload, Reading::Answers).unwrap() {
        Control::Bye(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}
