//! What a viewer sees of its holder's frames, and when.

use std::sync::Arc;

use homie_circuit::{FrameReader, FrameWriter, unix};
use homie_protocol::event::Exited;
use homie_protocol::hello::Role;
use homie_protocol::id::CircuitId;
use homie_protocol::methods::session::{ExitStatus, Size};
use tokio::net::UnixStream;

use super::*;
use crate::circuit::Circuit;

/// One viewer on a link; the client calls its channel 9, the holder calls it 1.
struct Rig {
    seats: Seats,
    answer: oneshot::Receiver<Result<Opened, Refusal>>,
    client: FrameReader,
    _keeps_open: FrameWriter,
}

const OURS: Channel = Channel::new(1);
const THEIRS: Channel = Channel::new(9);

fn rig() -> Rig {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let (writer, (client, keeps_open)) = (unix(ours).1, unix(theirs));
    let circuit = Arc::new(Circuit::new(CircuitId::from_bytes([1; 16]), Role::Operator, writer));
    let (answer_tx, answer) = oneshot::channel();
    let mut seats = Seats::default();
    assert_eq!(seats.open(Seat { circuit, channel: THEIRS }, answer_tx), Ok(OURS));
    Rig { seats, answer, client, _keeps_open: keeps_open }
}

fn opened() -> Opened {
    Opened { channel: OURS, from: Offset::ZERO, gap: None, input: None, size: Size::default(), snapshot: false }
}

fn output(at: u64, bytes: &'static str) -> Frame {
    let header = Header::new(Kind::Output, OURS, Offset::new(at).unwrap()).unwrap();
    Frame { header, payload: bytes.into() }
}

fn exited(seq: u32) -> Frame {
    let event = Exited { status: ExitStatus { code: Some(0), signal: None } };
    let header = Header::new(Kind::Control, OURS, Offset::ZERO).unwrap();
    Frame { header, payload: event.encode(seq).unwrap().into() }
}

fn gone() -> Refusal {
    Refusal::new(Code::Ended, "gone")
}

impl Rig {
    /// The client's next frame: its kind, offset and payload.
    async fn seen(&mut self) -> (Kind, u64, Vec<u8>) {
        let frame = self.client.next().await.unwrap().unwrap();
        assert_eq!(frame.header.channel(), THEIRS);
        (frame.header.kind(), frame.header.offset().get(), frame.payload.to_vec())
    }
}

#[tokio::test]
async fn what_waits_for_the_response_comes_in_order_even_if_the_link_ends() {
    let mut rig = rig();
    rig.seats.opened(opened()).unwrap();
    assert_eq!(rig.answer.try_recv().unwrap(), Ok(opened()));
    assert!(matches!(rig.seats.place(output(0, "ab")), Ok(Place::Nowhere)));
    assert!(matches!(rig.seats.place(exited(4)), Ok(Place::Nowhere)));
    assert!(rig.seats.end(&gone()).is_empty(), "the viewer is yet to learn of its channel");
    let freed = rig.seats.release(OURS).expect("the channel is over");
    assert_eq!(freed.channel, THEIRS);
    assert_eq!(rig.seen().await, (Kind::Output, 0, b"ab".to_vec()));
    assert_eq!(rig.seen().await.0, Kind::Control);
    let farewell = Detached { reason: gone() }.encode(5).unwrap();
    assert_eq!(rig.seen().await, (Kind::Control, 2, farewell));
}

#[tokio::test]
async fn after_the_response_frames_go_straight_through() {
    let mut rig = rig();
    rig.seats.opened(opened()).unwrap();
    assert!(rig.seats.release(OURS).is_none());
    assert!(matches!(rig.seats.place(output(0, "ab")), Ok(Place::Viewer(..))));
    let freed = rig.seats.end(&gone());
    assert_eq!(freed.len(), 1);
    let farewell = Detached { reason: gone() }.encode(1).unwrap();
    assert_eq!(rig.seen().await, (Kind::Control, 2, farewell));
    assert!(matches!(rig.seats.place(output(2, "cd")), Ok(Place::Nowhere)));
}

#[tokio::test]
async fn a_viewer_whose_holder_refuses_learns_why() {
    let mut rig = rig();
    rig.seats.open_refused(&OpenRefused { channel: OURS, reason: gone() }).unwrap();
    assert_eq!(rig.answer.try_recv().unwrap(), Err(gone()));
    assert_eq!(rig.seats.viewers(), 0);
    assert!(rig.seats.opened(opened()).is_ok(), "a late answer is for nobody");
}

#[tokio::test]
async fn too_much_that_waits_is_told_from_the_bound_on() {
    let mut rig = rig();
    rig.seats.opened(opened()).unwrap();
    for at in 0..HELD as u64 {
        assert!(matches!(rig.seats.place(output(at, "x")), Ok(Place::Nowhere)));
    }
    assert!(matches!(rig.seats.place(output(HELD as u64, "x")), Ok(Place::Overrun(_))));
}

#[tokio::test]
async fn a_holder_that_makes_no_sense_loses_its_link() {
    let input = Frame { header: Header::new(Kind::Input, OURS, Offset::ZERO).unwrap(), payload: "x".into() };
    let mut rig = rig();
    assert_eq!(rig.seats.place(output(0, "x")).unwrap_err().code, Code::UnexpectedFrame);
    rig.seats.opened(opened()).unwrap();
    assert_eq!(rig.seats.opened(opened()).unwrap_err().code, Code::UnexpectedFrame);
    assert_eq!(rig.seats.place(input).unwrap_err().code, Code::UnexpectedFrame);
    let never = output(0, "x").header.on_channel(Channel::new(3)).unwrap();
    assert_eq!(rig.seats.place(Frame { header: never, payload: "x".into() }).unwrap_err().code, Code::Channel);
}
