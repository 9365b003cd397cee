//! What a holder of version 1 once said, played to the node of today: it still understands every frame.
//!
//! `spec/holder-v1/link.txt` is one link session, a frame a line, in the order in which they went. The node's own frames in
//! it tell only when the holder goes on: at what was asked for then.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use homie_circuit::{Frame, FrameReader, FrameWriter};
use homie_protocol::frame::{Flags, Header, Kind};
use homie_protocol::holder::{Changed, Open, ToHolder};
use homie_protocol::id::{Channel, Offset, WriterId};
use homie_protocol::limits::REQUEST;
use homie_protocol::methods::session::{AttachMode, CaptureParams, Delivery, SessionSignal, WriterClaim};
use tokio::net::UnixListener;
use tokio::sync::mpsc::Receiver;

use super::connect::connect;
use super::pump::{Told, pump};
use super::{Link, Looker, Seat, Sought};

const TRANSCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/holder-v1/link.txt");

/// A frame of the transcript, and whether the holder sent it.
fn frames() -> Vec<(bool, Header, Vec<u8>)> {
    let text = std::fs::read_to_string(TRANSCRIPT).unwrap();
    let frame = |line: &str| {
        let (who, hex) = line.split_once(' ').unwrap();
        let bytes: Vec<u8> =
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        let (header, payload) = Header::parse(&bytes).unwrap();
        (who == "holder", header, payload.to_vec())
    };
    text.lines().map(frame).collect()
}

fn asked(header: Header, payload: &[u8]) -> Option<ToHolder> {
    let is_asked = header.kind() == Kind::Control && header.channel().is_circuit();
    is_asked.then(|| ToHolder::decode(homie_protocol::codec::scan(payload, REQUEST).unwrap()).unwrap())
}

/// The holder: says what it said, each time after the node has asked what it asked.
async fn replay(mut reader: FrameReader, writer: FrameWriter) {
    for (from_holder, header, payload) in frames() {
        if from_holder {
            writer.send(header, &payload).unwrap();
            continue;
        }
        let Some(wanted) = asked(header, &payload) else { continue };
        loop {
            let frame = reader.next().await.unwrap().expect("the node goes on asking");
            let is_it = asked(frame.header, &frame.payload)
                .is_some_and(|asked| std::mem::discriminant(&asked) == std::mem::discriminant(&wanted));
            if is_it {
                break;
            }
        }
    }
}

#[derive(Default)]
struct Heard {
    changed: Mutex<Vec<Changed>>,
    viewers: AtomicU32,
}

impl Told for Heard {
    fn changed(&self, changed: Changed) {
        self.changed.lock().unwrap().push(changed);
    }

    fn viewed(&self, viewers: u32) {
        self.viewers.store(viewers, Ordering::Relaxed);
    }
}

async fn until(frames: &mut Receiver<Frame>, so: impl Fn(&Frame) -> bool) -> Frame {
    loop {
        let frame = frames.recv().await.expect("more is to come");
        if so(&frame) {
            return frame;
        }
    }
}

#[tokio::test]
async fn a_holder_of_version_1_is_understood() {
    let home = tempfile::TempDir::new().unwrap();
    let path = home.path().join("sock");
    let listener = UnixListener::bind(&path).unwrap();
    let holder = tokio::spawn(async move {
        let (reader, writer) = homie_circuit::unix(listener.accept().await.unwrap().0);
        replay(reader, writer).await;
    });
    let mut linked = connect(Path::new(&path), 9).await.unwrap();
    assert_eq!((linked.welcome.version, linked.welcome.exit), (1, None));
    let (link, heard) = (Link::new(linked.writer, None), Heard::default());
    let looking = async {
        let claim = WriterClaim { id: WriterId::from_bytes([3; 8]), sent: Offset::ZERO };
        let looker = |writer| Looker { writer, room: None, visible: false };
        let wish = Open {
            channel: Channel::CIRCUIT,
            mode: AttachMode::Interactive,
            from: None,
            writer: Some(claim),
            delivery: Delivery::Bytes,
        };
        let (seat, mut types) = Seat::recorder(1_000);
        let (channel, answer) = link.open(wish, seat, looker(Some(claim.id))).unwrap();
        let opened = answer.await.unwrap().unwrap();
        assert_eq!((opened.channel, opened.input.map(|input| input.applied)), (channel, Some(Offset::ZERO)));
        link.release(channel);
        until(&mut types, |frame| frame.header.kind() == Kind::Output && frame.payload.ends_with(b"ready\r\n")).await;

        let wish = Open { mode: AttachMode::Watch, writer: None, delivery: Delivery::Screen, ..wish };
        let (seat, mut looks) = Seat::recorder(1_000);
        let (channel, answer) = link.open(wish, seat, looker(None)).unwrap();
        assert!(answer.await.unwrap().unwrap().snapshot);
        link.release(channel);
        let is_whole = |frame: &Frame| frame.header.kind() == Kind::Snapshot && frame.header.flags().has(Flags::LAST);
        assert_eq!(until(&mut looks, is_whole).await.header.offset().get(), 7);
        until(&mut types, |frame| frame.header.kind() == Kind::Ack && frame.header.offset().get() == 6).await;
        until(&mut looks, |frame| frame.payload.ends_with(b"you said hello\r\n")).await;

        link.rename("renamed".to_owned()).unwrap().await.unwrap().unwrap();
        let sought = Sought { text: "SAID".to_owned(), ignore_case: true, limit: 10 };
        assert_eq!(link.search(sought).unwrap().await.unwrap().unwrap().len(), 1);
        let capture = CaptureParams { session: linked.welcome.session, scrollback: Some(true), ansi: None, from: None };
        let captured = link.capture(capture).unwrap().await.unwrap().unwrap();
        assert!(captured.text.starts_with("ready\nyou said hello"), "{}", captured.text);
        link.signal(SessionSignal::Int).unwrap().await.unwrap().unwrap();
        for frames in [&mut types, &mut looks] {
            until(frames, |frame| frame.header.kind() == Kind::Control).await;
        }
        link.bury();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        reason = pump(&mut linked.reader, &link, &heard) => {
            assert_eq!(reason.code, homie_protocol::code::Code::Unreachable, "{reason}");
        }
        () = looking => {}
    }
    holder.await.unwrap();
    let exit = heard.changed.lock().unwrap().iter().find_map(|changed| changed.exit);
    assert_eq!(exit.unwrap().code, Some(7));
}
