//! What holders once said, played to the node of today: it still understands every frame.
//!
//! A file of `spec/holder-v…` is one link session, a frame a line, in the order in which they went. The node's own frames in
//! it tell only when the holder goes on: at what was asked for then.

use std::path::PathBuf;
use std::sync::Mutex;

use homie_circuit::{Frame, FrameReader, FrameWriter};
use homie_protocol::code::Code;
use homie_protocol::frame::{Flags, Header, Kind};
use homie_protocol::holder::{Changed, LinkWelcome, Open, ToHolder};
use homie_protocol::id::{Channel, Offset, WriterId};
use homie_protocol::limits::REQUEST;
use homie_protocol::methods::session::{AttachMode, Delivery, ExitStatus, WriterClaim};
use tokio::net::UnixListener;
use tokio::sync::mpsc::Receiver;

use super::connect::{Linked, connect};
use super::pump::{Told, pump};
use super::{Link, Looker, Room, Seat};

mod v1;
mod v2;

/// A frame of a transcript, and whether the holder sent it.
type Said = (bool, Header, Vec<u8>);

fn read(file: &str) -> Vec<Said> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../spec")).join(file);
    let frame = |line: &str| {
        let (who, hex) = line.split_once(' ').unwrap();
        let bytes: Vec<u8> =
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        let (header, payload) = Header::parse(&bytes).unwrap();
        (who == "holder", header, payload.to_vec())
    };
    std::fs::read_to_string(path).unwrap().lines().map(frame).collect()
}

fn asked(header: Header, payload: &[u8]) -> Option<ToHolder> {
    let is_asked = header.kind() == Kind::Control && header.channel().is_circuit();
    is_asked.then(|| ToHolder::decode(homie_protocol::codec::scan(payload, REQUEST).unwrap()).unwrap())
}

/// The holder: says what it said, each time after the node has asked what it asked.
async fn replay(said: Vec<Said>, mut reader: FrameReader, writer: FrameWriter) {
    for (from_holder, header, payload) in said {
        if from_holder {
            writer.send(header, &payload).unwrap();
            continue;
        }
        let Some(wanted) = asked(header, &payload) else { continue };
        loop {
            let frame = reader.next().await.unwrap().unwrap_or_else(|| panic!("the node never asked {wanted:?}"));
            let is_it = asked(frame.header, &frame.payload)
                .is_some_and(|asked| std::mem::discriminant(&asked) == std::mem::discriminant(&wanted));
            if is_it {
                break;
            }
        }
    }
}

#[derive(Default)]
struct Heard(Mutex<Vec<Changed>>);

impl Told for Heard {
    fn changed(&self, changed: Changed) {
        self.0.lock().unwrap().push(changed);
    }

    fn viewed(&self, _viewers: u32) {}
}

/// Plays a transcript to a node that does this, until the holder has hung up. What it said of the exit.
async fn play(file: &str, node: impl AsyncFnOnce(&Link, LinkWelcome, &Heard)) -> Option<ExitStatus> {
    let home = tempfile::TempDir::new().unwrap();
    let path = home.path().join("sock");
    let listener = UnixListener::bind(&path).unwrap();
    let said = read(file);
    let holder = tokio::spawn(async move {
        let (reader, writer) = homie_circuit::unix(listener.accept().await.unwrap().0);
        replay(said, reader, writer).await;
    });
    let Linked { mut reader, writer, welcome } = connect(&path, 9).await.unwrap();
    let (link, heard) = (Link::new(writer, welcome.memory, None), Heard::default());
    let looking = async {
        node(&link, welcome, &heard).await;
        link.bury();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        reason = pump(&mut reader, &link, &heard) => assert_eq!(reason.code, Code::Unreachable, "{reason}"),
        () = looking => {}
    }
    holder.await.unwrap();
    heard.0.into_inner().unwrap().iter().find_map(|changed| changed.exit)
}

/// A viewer: its channel, and what it is sent.
struct Viewer {
    channel: Channel,
    frames: Receiver<Frame>,
    /// Whether a snapshot comes first.
    snapshot: bool,
}

impl Viewer {
    /// One that may type.
    async fn types(link: &Link, delivery: Delivery, from: Option<Offset>, room: Option<Room>) -> Self {
        let claim = WriterClaim { id: WriterId::from_bytes([3; 8]), sent: Offset::ZERO };
        let wish =
            Open { channel: Channel::CIRCUIT, mode: AttachMode::Interactive, from, writer: Some(claim), delivery };
        Self::open(link, wish, Looker { writer: Some(claim.id), room, visible: true }).await
    }

    /// One that shows a screen.
    async fn looks(link: &Link) -> Self {
        let (channel, mode, delivery) = (Channel::CIRCUIT, AttachMode::Watch, Delivery::Screen);
        let wish = Open { channel, mode, from: None, writer: None, delivery };
        Self::open(link, wish, Looker { writer: None, room: None, visible: false }).await
    }

    async fn open(link: &Link, wish: Open, looker: Looker) -> Self {
        let (seat, frames) = Seat::recorder(1_000);
        let (channel, answer) = link.open(wish, seat, looker).unwrap();
        let opened = answer.await.unwrap().unwrap();
        assert_eq!(opened.channel, channel);
        link.release(channel);
        Self { channel, frames, snapshot: opened.snapshot }
    }

    async fn until(&mut self, so: impl Fn(&Frame) -> bool) -> Frame {
        loop {
            let frame = self.frames.recv().await.expect("more is to come");
            if so(&frame) {
                return frame;
            }
        }
    }

    async fn until_output(&mut self, end: &str) {
        self.until(|frame| frame.header.kind() == Kind::Output && frame.payload.ends_with(end.as_bytes())).await;
    }

    /// The end of the next snapshot: where output goes on, and whether it is a skip.
    async fn until_snapshot(&mut self) -> (Offset, bool) {
        let is_last = |frame: &Frame| frame.header.kind() == Kind::Snapshot && frame.header.flags().has(Flags::LAST);
        let header = self.until(is_last).await.header;
        (header.offset(), header.flags().has(Flags::SKIP))
    }

    async fn until_event(&mut self, topic: &str) {
        let says = |frame: &Frame| frame.payload.windows(topic.len()).any(|window| window == topic.as_bytes());
        self.until(|frame| frame.header.kind() == Kind::Control && says(frame)).await;
    }
}
