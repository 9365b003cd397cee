//! What a viewer sees of its holder's frames, and when.

use std::sync::Arc;

use homie_circuit::{FrameReader, FrameWriter, unix};
use homie_protocol::event::{Detached, Driver, Exited, Resized, Topic};
use homie_protocol::frame::{Flags, Header, Kind};
use homie_protocol::hello::Role;
use homie_protocol::id::CircuitId;
use homie_protocol::id::{Offset, WriterId};
use homie_protocol::methods::session::{ExitStatus, Size};
use tokio::net::UnixStream;

use super::*;
use crate::circuit::Circuit;

/// One viewer on a link; the client calls its channel 9, the holder calls it 1.
struct Rig {
    seats: Seats,
    answer: oneshot::Receiver<Result<Opened, Refusal>>,
    client: FrameReader,
    now: Instant,
    _keeps_open: FrameWriter,
}

const OURS: Channel = Channel::new(1);
const THEIRS: Channel = Channel::new(9);

fn rig() -> Rig {
    let now = Instant::now();
    let (ours, theirs) = UnixStream::pair().unwrap();
    let (writer, (client, keeps_open)) = (unix(ours).1, unix(theirs));
    let circuit =
        Arc::new(Circuit::new(CircuitId::from_bytes([1; 16]), tokio::sync::watch::channel(Role::Operator).1, writer));
    let (answer_tx, answer) = oneshot::channel();
    let mut seats = Seats::new(None);
    assert_eq!(seats.open(Seat::Client { circuit, channel: THEIRS }, looker(), answer_tx, now), Ok(OURS));
    Rig { seats, answer, client, now, _keeps_open: keeps_open }
}

fn looker() -> Looker {
    let room = Room { size: Size::default(), theme: None };
    Looker { writer: Some(WriterId::from_bytes([1; 8])), room: Some(room), visible: false }
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
    fn pass(&mut self, frame: Frame) -> Result<Passed, Refusal> {
        self.seats.pass(None, frame, self.now)
    }

    /// The client's next frame: its kind, offset and payload.
    async fn seen(&mut self) -> (Kind, u64, Vec<u8>) {
        let frame = self.client.next().await.unwrap().unwrap();
        assert_eq!(frame.header.channel(), THEIRS);
        (frame.header.kind(), frame.header.offset().get(), frame.payload.to_vec())
    }
}

fn ack(applied: u64) -> Frame {
    let header = Header::new(Kind::Ack, OURS, Offset::new(applied).unwrap()).unwrap();
    Frame { header, payload: vec![0; 8].into() }
}

#[tokio::test]
async fn an_ack_and_its_echo_keep_their_order_while_they_wait_and_later() {
    let mut rig = rig();
    rig.seats.opened(opened()).unwrap();
    rig.seats.pass(Some(ack(1)), output(0, "a"), rig.now).unwrap();
    rig.seats.release(OURS, rig.now);
    rig.seats.pass(Some(ack(2)), output(1, "b"), rig.now).unwrap();
    for (at, echo) in [(0, b"a"), (1, b"b")] {
        assert_eq!(rig.seen().await, (Kind::Ack, at + 1, vec![0; 8]));
        assert_eq!(rig.seen().await, (Kind::Output, at, echo.to_vec()));
    }
}

#[tokio::test]
async fn what_waits_for_the_response_comes_in_order_even_if_the_link_ends() {
    let mut rig = rig();
    rig.seats.opened(opened()).unwrap();
    assert_eq!(rig.answer.try_recv().unwrap(), Ok(opened()));
    assert!(matches!(rig.pass(output(0, "ab")), Ok(Passed::On)));
    assert!(matches!(rig.pass(exited(4)), Ok(Passed::On)));
    assert!(rig.seats.end(&gone(), rig.now).is_empty(), "the viewer is yet to learn of its channel");
    let freed = rig.seats.release(OURS, rig.now).expect("the channel is over");
    assert!(matches!(freed, Seat::Client { channel: THEIRS, .. }));
    assert_eq!(rig.seen().await, (Kind::Output, 0, b"ab".to_vec()));
    assert_eq!(rig.seen().await.0, Kind::Control);
    let farewell = Detached { reason: gone() }.encode(5).unwrap();
    assert_eq!(rig.seen().await, (Kind::Control, 2, farewell));
}

#[tokio::test]
async fn after_the_response_frames_go_straight_through() {
    let mut rig = rig();
    rig.seats.opened(opened()).unwrap();
    assert!(rig.seats.release(OURS, rig.now).is_none());
    assert!(matches!(rig.pass(output(0, "ab")), Ok(Passed::On)));
    let freed = rig.seats.end(&gone(), rig.now);
    assert_eq!(freed.len(), 1);
    let farewell = Detached { reason: gone() }.encode(1).unwrap();
    assert_eq!(rig.seen().await, (Kind::Output, 0, b"ab".to_vec()));
    assert_eq!(rig.seen().await, (Kind::Control, 2, farewell));
    assert!(matches!(rig.pass(output(2, "cd")), Ok(Passed::On)));
}

#[tokio::test]
async fn a_viewer_whose_holder_refuses_learns_why() {
    let mut rig = rig();
    rig.seats.open_refused(&OpenRefused { channel: OURS, reason: gone() }, rig.now).unwrap();
    assert_eq!(rig.answer.try_recv().unwrap(), Err(gone()));
    assert_eq!(rig.seats.viewers(), 0);
    assert!(rig.seats.opened(opened()).is_ok(), "a late answer is for nobody");
}

#[tokio::test]
async fn too_much_that_waits_is_told_from_the_bound_on() {
    let mut rig = rig();
    rig.seats.opened(opened()).unwrap();
    for at in 0..HELD as u64 {
        assert!(matches!(rig.pass(output(at, "x")), Ok(Passed::On)));
    }
    assert!(matches!(rig.pass(output(HELD as u64, "x")), Ok(Passed::Overrun(_))));
}

#[tokio::test]
async fn a_holder_that_makes_no_sense_loses_its_link() {
    let input = Frame { header: Header::new(Kind::Input, OURS, Offset::ZERO).unwrap(), payload: "x".into() };
    let mut rig = rig();
    assert_eq!(rig.pass(output(0, "x")).unwrap_err().code, Code::UnexpectedFrame);
    rig.seats.opened(opened()).unwrap();
    assert_eq!(rig.seats.opened(opened()).unwrap_err().code, Code::UnexpectedFrame);
    assert_eq!(rig.pass(input).unwrap_err().code, Code::UnexpectedFrame);
    let never = output(0, "x").header.on_channel(Channel::new(3)).unwrap();
    assert_eq!(rig.pass(Frame { header: never, payload: "x".into() }).unwrap_err().code, Code::Channel);
}

fn piece(at: u64, flags: Flags) -> Frame {
    let header = Header::with_flags(Kind::Snapshot, flags, OURS, Offset::new(at).unwrap()).unwrap();
    Frame { header, payload: "screen".into() }
}

impl Rig {
    /// The client has its answer.
    fn open() -> Self {
        let mut rig = rig();
        rig.seats.opened(opened()).unwrap();
        assert!(rig.seats.release(OURS, rig.now).is_none());
        rig
    }

    /// Somebody sees the viewer now, or does no longer.
    fn show(&mut self, visible: bool) {
        let now = self.now;
        self.seats.drive(|driving| driving.shown(OURS, visible, now));
    }

    fn take_over(&mut self) {
        let now = self.now;
        let room = looker().room.unwrap();
        self.seats.drive(|driving| driving.has_room(OURS, room, true, now));
    }
}

fn driver(drives: bool, seq: u32) -> Vec<u8> {
    Driver { drives }.encode(seq).unwrap()
}

#[tokio::test]
async fn a_snapshot_says_where_its_viewer_stands() {
    for at in [1, 70_000] {
        let mut rig = Rig::open();
        rig.pass(output(0, "abcd")).unwrap();
        rig.pass(piece(at, Flags::NONE)).unwrap();
        rig.pass(piece(at, Flags::LAST)).unwrap();
        assert_eq!(rig.seats.end(&gone(), rig.now).len(), 1);
        assert_eq!(rig.seen().await.0, Kind::Output);
        assert_eq!(rig.seen().await, (Kind::Snapshot, at, b"screen".to_vec()));
        assert_eq!(rig.seen().await, (Kind::Snapshot, at, b"screen".to_vec()));
        assert_eq!(rig.seen().await.1, at, "the farewell stands where the snapshot does");
    }
}

#[tokio::test]
async fn nothing_of_ours_comes_between_the_pieces_of_a_snapshot() {
    let mut rig = Rig::open();
    rig.pass(piece(5, Flags::NONE)).unwrap();
    rig.take_over();
    rig.pass(piece(5, Flags::LAST.with(Flags::SKIP))).unwrap();
    rig.pass(output(5, "x")).unwrap();
    assert_eq!(rig.seen().await.0, Kind::Snapshot);
    assert_eq!(rig.seen().await.0, Kind::Snapshot);
    assert_eq!(rig.seen().await, (Kind::Control, 5, driver(true, 1)));
    assert_eq!(rig.seen().await.0, Kind::Output);
}

#[tokio::test]
async fn nothing_of_the_holders_does_either() {
    let between: [fn() -> Frame; 3] = [|| output(5, "x"), || exited(1), || piece(6, Flags::LAST)];
    for frame in between {
        let mut rig = Rig::open();
        rig.pass(piece(5, Flags::NONE)).unwrap();
        assert!(rig.pass(frame()).is_err());
    }
    let mut rig = Rig::open();
    rig.pass(piece(5, Flags::NONE)).unwrap();
    let ack = Header::new(Kind::Ack, OURS, Offset::ZERO).unwrap();
    rig.pass(Frame { header: ack, payload: vec![0; 8].into() }).unwrap();
}

#[tokio::test]
async fn the_events_of_node_and_holder_are_counted_as_one() {
    let mut rig = Rig::open();
    rig.pass(resized(1)).unwrap();
    rig.take_over();
    rig.pass(resized(2)).unwrap();
    rig.show(false);
    rig.now += std::time::Duration::from_secs(5);
    let now = rig.now;
    rig.seats.drive(|driving| driving.pass(now));
    rig.pass(resized(3)).unwrap();
    let told = [resized(1).payload.to_vec(), driver(true, 2), event(3), driver(false, 4), event(5)];
    for payload in told {
        assert_eq!(rig.seen().await, (Kind::Control, 0, payload));
    }
}

#[tokio::test]
async fn who_drives_is_told_after_the_response_and_only_the_last_of_it() {
    let mut rig = rig();
    rig.take_over();
    rig.seats.opened(opened()).unwrap();
    rig.pass(output(0, "ab")).unwrap();
    rig.show(false);
    rig.now += std::time::Duration::from_secs(5);
    let now = rig.now;
    rig.seats.drive(|driving| driving.pass(now));
    rig.take_over();
    assert!(rig.seats.release(OURS, rig.now).is_none());
    assert_eq!(rig.seen().await.0, Kind::Output);
    assert_eq!(rig.seen().await, (Kind::Control, 2, driver(true, 1)));
}

fn event(seq: u32) -> Vec<u8> {
    Resized { size: Size::default() }.encode(seq).unwrap()
}

fn resized(seq: u32) -> Frame {
    Frame { header: Header::new(Kind::Control, OURS, Offset::ZERO).unwrap(), payload: event(seq).into() }
}
