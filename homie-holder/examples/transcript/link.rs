//! The node's side of a link that writes down every frame.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use homie_protocol::codec::{encode, scan};
use homie_protocol::frame::{Flags, Header, Kind};
use homie_protocol::holder::{FromHolder, HOLDER_SPOKEN, LinkHello, Open, ToHolder};
use homie_protocol::id::{Channel, Offset};
use homie_protocol::limits::ANSWER;
use homie_protocol::methods::session::{AttachMode, Delivery, WriterClaim};
use homie_protocol::stream::{FrameDecoder, preamble};

pub(crate) struct Link {
    socket: UnixStream,
    decoder: FrameDecoder,
    heard: Vec<(Header, Vec<u8>)>,
    /// What has been said: a frame a line.
    pub(crate) text: String,
    /// Channels whose output is acknowledged as it comes.
    acknowledged: BTreeSet<Channel>,
}

impl Link {
    /// A link that is up.
    pub(crate) fn to(socket: &Path) -> Self {
        let socket = UnixStream::connect(socket).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let (decoder, heard, text, acknowledged) = Default::default();
        let mut link = Self { socket, decoder, heard, text, acknowledged };
        link.tell(&ToHolder::Hello(LinkHello { versions: HOLDER_SPOKEN, epoch: 1 }));
        link.until_told(|told| matches!(told, FromHolder::Welcome(_)));
        link
    }

    pub(crate) fn open(
        &mut self,
        channel: Channel,
        from: Option<Offset>,
        writer: Option<WriterClaim>,
        delivery: Delivery,
    ) {
        let mode = if writer.is_some() { AttachMode::Interactive } else { AttachMode::Watch };
        self.tell(&ToHolder::Open(Open { channel, mode, from, writer, delivery }));
        self.until_told(|told| matches!(told, FromHolder::Opened(opened) if opened.channel == channel));
    }

    /// Acknowledges what comes on a channel from now on.
    pub(crate) fn acknowledge(&mut self, channel: Channel) {
        self.acknowledged.insert(channel);
    }

    pub(crate) fn tell(&mut self, message: &ToHolder) {
        self.send(Header::CIRCUIT, &encode(message).unwrap());
    }

    pub(crate) fn ack(&mut self, channel: Channel, flags: Flags, offset: Offset) {
        self.send(Header::with_flags(Kind::Ack, flags, channel, offset).unwrap(), b"");
    }

    pub(crate) fn input(&mut self, channel: Channel, offset: u64, bytes: &[u8]) {
        self.send(Header::new(Kind::Input, channel, Offset::new(offset).unwrap()).unwrap(), bytes);
    }

    fn send(&mut self, header: Header, payload: &[u8]) {
        self.socket.write_all(&[&preamble(header, payload.len())[..], payload].concat()).unwrap();
        self.write_down("node", header, payload);
    }

    pub(crate) fn until_told(&mut self, so: impl Fn(&FromHolder) -> bool) {
        self.until(|header, payload| {
            let is_told = header.channel().is_circuit() && header.kind() == Kind::Control;
            is_told && so(&FromHolder::decode(scan(payload, ANSWER).unwrap()).unwrap())
        });
    }

    /// Waits for the answer to a wish.
    pub(crate) fn until_done(&mut self, ask: u32) {
        self.until_told(|told| matches!(told, FromHolder::Done(done) if done.ask == ask));
    }

    /// Waits for an event on a channel.
    pub(crate) fn until_event(&mut self, channel: Channel, topic: &str) {
        self.until(|header, payload| {
            let is_event = header.kind() == Kind::Control && header.channel() == channel;
            is_event && payload.windows(topic.len()).any(|window| window == topic.as_bytes())
        });
    }

    /// Waits for output that ends so.
    pub(crate) fn until_shown(&mut self, channel: Channel, end: &str) {
        self.until(|header, payload| {
            header.kind() == Kind::Output && header.channel() == channel && payload.ends_with(end.as_bytes())
        });
    }

    /// Waits for a whole snapshot of this kind that came after so many frames, and gives its offset.
    pub(crate) fn until_snapshot(&mut self, channel: Channel, after: usize, is_skip: bool) -> Offset {
        let is_it = |header: Header| {
            let flags = header.flags();
            let is_last = header.kind() == Kind::Snapshot && flags.has(Flags::LAST);
            header.channel() == channel && is_last && flags.has(Flags::SKIP) == is_skip
        };
        loop {
            if let Some((header, _)) = self.heard.iter().skip(after).find(|(header, _)| is_it(*header)) {
                return header.offset();
            }
            self.take();
        }
    }

    /// Frames that have come.
    pub(crate) fn count(&self) -> usize {
        self.heard.len()
    }

    /// Where the bytes of output that came on a channel end.
    pub(crate) fn end_of(&self, channel: Channel) -> Offset {
        let output = |(header, _): &&(Header, Vec<u8>)| header.kind() == Kind::Output && header.channel() == channel;
        let last = self.heard.iter().rfind(output);
        last.map_or(Offset::ZERO, |(header, payload)| header.offset().plus(payload.len() as u64))
    }

    /// Reads until a frame has come, now or before, that is so.
    fn until(&mut self, so: impl Fn(Header, &[u8]) -> bool) {
        while !self.heard.iter().any(|(header, payload)| so(*header, payload)) {
            self.take();
        }
    }

    fn take(&mut self) {
        let mut buffer = [0; 4096];
        let len = self.socket.read(&mut buffer).unwrap();
        assert!(len > 0, "the holder hung up");
        self.decoder.feed(buffer.get(..len).unwrap());
        let mut came = Vec::new();
        while let Some((header, payload)) = self.decoder.next_frame().unwrap() {
            came.push((header, payload.to_vec()));
        }
        for (header, payload) in came {
            self.write_down("holder", header, &payload);
            let end = header.offset().plus(payload.len() as u64);
            self.heard.push((header, payload));
            if header.kind() == Kind::Output && self.acknowledged.contains(&header.channel()) {
                self.ack(header.channel(), Flags::NONE, end);
            }
        }
    }

    fn write_down(&mut self, who: &str, header: Header, payload: &[u8]) {
        write!(self.text, "{who} ").unwrap();
        for byte in header.to_bytes().iter().chain(payload) {
            write!(self.text, "{byte:02x}").unwrap();
        }
        self.text.push('\n');
    }
}
