//! The node's side of a link: it keeps what every channel has shown, and checks that nothing is missing in it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::codec::{encode, scan};
use homie_protocol::control::Empty;
use homie_protocol::frame::{Flags, Header, Kind};
use homie_protocol::holder::{
    Captured, Changed, Close, FromHolder, HOLDER_SPOKEN, LinkHello, LinkWelcome, Open, Resize, SendSnapshot, ToHolder,
};
use homie_protocol::id::{Channel, Offset, WriterId};
use homie_protocol::limits::ANSWER;
use homie_protocol::methods::session::{AttachMode, Delivery, Face, Match, Size, WriterClaim};
use homie_protocol::stream::{FrameDecoder, preamble};

use crate::view::View;

/// A wait that is longer has failed.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Node {
    socket: UnixStream,
    decoder: FrameDecoder,
    pub(crate) welcome: Option<LinkWelcome>,
    pub(crate) views: BTreeMap<u32, View>,
    pub(crate) open_refused: BTreeMap<u32, Refusal>,
    pub(crate) changed: Vec<Changed>,
    /// What became of each wish: nothing is a yes.
    pub(crate) done: BTreeMap<u32, Option<Refusal>>,
    pub(crate) found: BTreeMap<u32, Vec<Match>>,
    pub(crate) captured: BTreeMap<u32, Captured>,
    pub(crate) refused: Option<Refusal>,
    pub(crate) pongs: Vec<Vec<u8>>,
    pub(crate) closed: bool,
    /// Channels that are not acknowledged until [`Node::wake`].
    lazy: BTreeSet<u32>,
}

impl Node {
    /// A link that has said nothing.
    pub(crate) fn knock(path: &Path) -> Self {
        let socket = UnixStream::connect(path).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self {
            socket,
            decoder: FrameDecoder::default(),
            welcome: None,
            views: BTreeMap::new(),
            open_refused: BTreeMap::new(),
            changed: Vec::new(),
            done: BTreeMap::new(),
            found: BTreeMap::new(),
            captured: BTreeMap::new(),
            refused: None,
            pongs: Vec::new(),
            closed: false,
            lazy: BTreeSet::new(),
        }
    }

    /// A link that has said hello and been answered.
    pub(crate) fn greet(path: &Path, epoch: u64) -> Self {
        let mut node = Self::knock(path);
        node.tell(&ToHolder::Hello(LinkHello { versions: HOLDER_SPOKEN, epoch }));
        node.until(|node| node.welcome.is_some() || node.closed);
        node
    }

    pub(crate) fn tell(&mut self, message: &ToHolder) {
        self.frame(Header::CIRCUIT, &encode(message).unwrap());
    }

    /// The next viewer on this channel does not acknowledge what it gets.
    pub(crate) fn lazy(&mut self, channel: u32) {
        self.lazy.insert(channel);
    }

    /// It acknowledges all it has, and from now on.
    pub(crate) fn wake(&mut self, channel: u32) {
        self.lazy.remove(&channel);
        let view = self.views.get_mut(&channel).unwrap();
        let (at, unshown) = (view.at, view.unshown.take());
        if let Some(snapshot) = unshown {
            self.shown(channel, snapshot);
        }
        self.ack(channel, at);
    }

    pub(crate) fn bury(&mut self) {
        self.tell(&ToHolder::Bury(Empty {}));
    }

    pub(crate) fn resize(&mut self, cols: u16, rows: u16) -> Size {
        let size = Size::new(cols, rows).unwrap();
        self.tell(&ToHolder::Resize(Resize { size, theme: None }));
        size
    }

    pub(crate) fn watch(&mut self, channel: u32, from: Option<u64>) -> &mut View {
        self.open(channel, from, None)
    }

    pub(crate) fn write(&mut self, channel: u32, writer: u8, sent: u64) -> &mut View {
        self.open(channel, None, Some(claim(writer, sent)))
    }

    pub(crate) fn open(&mut self, channel: u32, from: Option<u64>, writer: Option<WriterClaim>) -> &mut View {
        self.ask_open(channel, from, writer);
        self.until(|node| node.views.contains_key(&channel));
        self.views.get_mut(&channel).unwrap()
    }

    pub(crate) fn ask_open(&mut self, channel: u32, from: Option<u64>, writer: Option<WriterClaim>) {
        self.ask_open_as(Delivery::Bytes, channel, from, writer);
    }

    pub(crate) fn ask_open_as(
        &mut self,
        delivery: Delivery,
        channel: u32,
        from: Option<u64>,
        writer: Option<WriterClaim>,
    ) {
        let mode = if writer.is_some() { AttachMode::Interactive } else { AttachMode::Watch };
        let from = from.and_then(Offset::new);
        self.tell(&ToHolder::Open(Open { channel: Channel::new(channel), mode, from, writer, delivery }));
    }

    /// A viewer that shows a screen.
    pub(crate) fn look(&mut self, channel: u32, from: Option<u64>) -> &mut View {
        self.look_as(channel, from, None)
    }

    /// A viewer that needs every byte.
    pub(crate) fn need(&mut self, channel: u32, from: Option<u64>) -> &mut View {
        self.ask_open_as(Delivery::Lossless, channel, from, None);
        self.until(|node| node.views.contains_key(&channel));
        self.views.get_mut(&channel).unwrap()
    }

    pub(crate) fn close(&mut self, channel: u32, lost: bool) {
        self.tell(&ToHolder::Close(Close { channel: Channel::new(channel), lost }));
    }

    /// Has the holder go round so often.
    pub(crate) fn turns(&mut self, count: usize) {
        for _ in 0..count {
            let before = self.pongs.len();
            self.frame(Header::PING, b"turn");
            self.until(|node| node.pongs.len() > before);
        }
    }

    /// One that may type, too.
    pub(crate) fn look_as(&mut self, channel: u32, from: Option<u64>, writer: Option<WriterClaim>) -> &mut View {
        self.ask_open_as(Delivery::Screen, channel, from, writer);
        self.until(|node| node.views.contains_key(&channel));
        self.views.get_mut(&channel).unwrap()
    }

    pub(crate) fn ask_snapshot(&mut self, channel: u32, history: u32) {
        self.tell(&ToHolder::Snapshot(SendSnapshot { channel: Channel::new(channel), history }));
    }

    /// The snapshot at this offset is shown.
    pub(crate) fn shown(&mut self, channel: u32, offset: u64) {
        let offset = Offset::new(offset).unwrap();
        self.frame(Header::with_flags(Kind::Ack, Flags::LAST, Channel::new(channel), offset).unwrap(), b"");
    }

    pub(crate) fn input(&mut self, channel: u32, offset: u64, bytes: &[u8]) {
        self.on_channel(Kind::Input, channel, offset, bytes);
    }

    pub(crate) fn ack(&mut self, channel: u32, offset: u64) {
        self.on_channel(Kind::Ack, channel, offset, b"");
    }

    pub(crate) fn on_channel(&mut self, kind: Kind, channel: u32, offset: u64, payload: &[u8]) {
        let header = Header::new(kind, Channel::new(channel), Offset::new(offset).unwrap()).unwrap();
        self.frame(header, payload);
    }

    pub(crate) fn frame(&mut self, header: Header, payload: &[u8]) {
        self.raw(&preamble(header, payload.len()));
        self.raw(payload);
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        // The other end may have closed; whoever cares looks at `closed`.
        let _ = self.socket.write_all(bytes);
    }

    /// The face that was told last.
    pub(crate) fn face(&self) -> Face {
        let first = self.welcome.as_ref().map(|welcome| welcome.face.clone());
        self.changed.last().map(|changed| changed.face.clone()).or(first).unwrap()
    }

    /// Takes frames until something is so.
    pub(crate) fn until(&mut self, so: impl Fn(&Self) -> bool) {
        while !so(self) {
            assert!(!self.closed, "the link was closed: {:?}", self.refused);
            self.take();
        }
    }

    pub(crate) fn until_closed(&mut self) -> Option<Code> {
        while !self.closed {
            self.take();
        }
        self.refused.as_ref().map(|refusal| refusal.code)
    }

    /// Takes frames until the channel has shown this text.
    pub(crate) fn until_shown(&mut self, channel: u32, text: &str) {
        self.until(|node| node.views[&channel].shows(text));
    }

    /// Takes what one read brings.
    fn take(&mut self) {
        let mut buffer = vec![0; 256 * 1024];
        let len = match self.socket.read(&mut buffer) {
            Ok(len) => len,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => panic!("nothing came for {PATIENCE:?}"),
            Err(_) => 0,
        };
        self.closed = len == 0;
        let mut decoder = std::mem::take(&mut self.decoder);
        decoder.feed(&buffer[..len]);
        while let Some((header, payload)) = decoder.next_frame().unwrap() {
            self.heard(header, payload);
        }
        self.decoder = decoder;
    }

    fn heard(&mut self, header: Header, payload: &[u8]) {
        if header.kind() == Kind::Pong {
            return self.pongs.push(payload.to_vec());
        }
        if header.channel().is_circuit() {
            return self.message(FromHolder::decode(scan(payload, ANSWER).unwrap()).unwrap());
        }
        let channel = header.channel().get();
        let view = self.views.get_mut(&channel).expect("a frame came before its channel was open");
        assert_eq!(view.detached(), None, "a frame came after the channel was closed");
        let may_come_between = matches!(header.kind(), Kind::Snapshot | Kind::Ack);
        assert!(view.pieces.is_none() || may_come_between, "{header:?} came between the pieces of a snapshot");
        match header.kind() {
            Kind::Output => {
                assert_eq!(header.offset().get(), view.at, "output is neither the next byte nor declared lost");
                assert_eq!(view.exit(), None, "output came after the exit");
                view.at += payload.len() as u64;
                view.bytes.extend_from_slice(payload);
                let at = view.at;
                if !self.lazy.contains(&channel) {
                    self.ack(channel, at);
                }
            }
            Kind::Ack => {
                let at = u64::from_be_bytes(payload.try_into().unwrap());
                assert!(header.offset().get() >= view.applied(), "an ack went back");
                view.acks.push((header.offset().get(), at, header.flags()));
            }
            Kind::Control => view.event(header, payload),
            Kind::Snapshot => {
                let at = header.offset().get();
                if view.piece(header, payload) {
                    if self.lazy.contains(&channel) {
                        view.unshown = Some(at);
                    } else {
                        self.shown(channel, at);
                    }
                }
            }
            kind => panic!("a {kind:?} came from the holder"),
        }
    }

    fn message(&mut self, message: FromHolder) {
        match message {
            FromHolder::Welcome(welcome) => self.welcome = Some(welcome),
            FromHolder::Refused(refusal) => self.refused = Some(refusal),
            FromHolder::Opened(opened) => {
                self.views.insert(opened.channel.get(), View::new(opened));
            }
            FromHolder::OpenRefused(refused) => {
                self.open_refused.insert(refused.channel.get(), refused.reason);
            }
            FromHolder::Changed(changed) => self.changed.push(changed),
            FromHolder::Done(done) => {
                let before = self.done.insert(done.ask, done.reason);
                assert!(before.is_none(), "wish {} was answered twice", done.ask);
            }
            FromHolder::Found(found) => {
                assert!(self.found.insert(found.ask, found.matches).is_none());
            }
            FromHolder::Captured(captured) => {
                assert!(self.captured.insert(captured.ask, captured).is_none());
            }
        }
    }
}

pub(crate) fn claim(writer: u8, sent: u64) -> WriterClaim {
    WriterClaim { id: WriterId::from_bytes([writer; 8]), sent: Offset::new(sent).unwrap() }
}
