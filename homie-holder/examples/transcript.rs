//! Records one link session of a real holder, frame by frame in both directions, for `spec/holder-v1`: later nodes are
//! tested against what holders of today say. `scripts/transcript` runs it.

#![expect(clippy::unwrap_used, reason = "whoever records wants to know at once what went wrong")]

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use homie_holder::HoldSpec;
use homie_protocol::codec::{encode, scan};
use homie_protocol::frame::{Flags, Header, Kind};
use homie_protocol::holder::{
    AskCapture, AskRename, AskSearch, AskSignal, FromHolder, HOLDER_SPOKEN, LinkHello, Open, ToHolder,
};
use homie_protocol::id::{Channel, Incarnation, Offset, SessionId, WriterId};
use homie_protocol::limits::ANSWER;
use homie_protocol::methods::session::{AttachMode, Delivery, SessionSignal, Size, WriterClaim};
use homie_protocol::stream::{FrameDecoder, preamble};

/// What the session runs: it answers a line, and ends on SIGINT.
const SCRIPT: &str = "stty -echo; trap 'echo bye; exit 7' INT; echo ready; read line; echo \"you said $line\"; \
                      while :; do sleep 0.01; done";

const TYPES: Channel = Channel::new(1);
const LOOKS: Channel = Channel::new(3);

struct Session {
    socket: UnixStream,
    decoder: FrameDecoder,
    heard: Vec<(Header, Vec<u8>)>,
    text: String,
}

fn main() {
    let target = std::env::args().nth(1).unwrap();
    let home = tempfile::TempDir::new().unwrap();
    let folder = home.path().join("h");
    let mut holder = start(&folder);
    let mut session = Session {
        socket: UnixStream::connect(folder.join("sock")).unwrap(),
        decoder: FrameDecoder::default(),
        heard: Vec::new(),
        text: String::new(),
    };
    session.socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    session.play();
    std::fs::write(target, session.text).unwrap();
    assert!(holder.wait().unwrap().success());
}

fn start(folder: &Path) -> std::process::Child {
    let program = std::env::current_exe().unwrap().with_file_name("hold");
    let mut process = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let spec = HoldSpec {
        session: SessionId::from_bytes([1; 16]),
        incarnation: Incarnation::from_bytes([2; 16]),
        folder: folder.to_owned(),
        name: Some("recorded".to_owned()),
        command: Some(["sh", "-c", SCRIPT].map(str::to_owned).to_vec()),
        cwd: Some("/".to_owned()),
        env: std::collections::BTreeMap::new(),
        size: Size::default(),
        pipes: false,
        created_at: 1_763_700_000_000,
        wish: None,
    };
    process.stdin.take().unwrap().write_all(&serde_json::to_vec(&spec).unwrap()).unwrap();
    let mut answer = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut answer).unwrap();
    assert_eq!(answer, "ready\n");
    process
}

impl Session {
    fn play(&mut self) {
        self.tell(&ToHolder::Hello(LinkHello { versions: HOLDER_SPOKEN, epoch: 1 }));
        self.until_told(|told| matches!(told, FromHolder::Welcome(_)));
        let writer = Some(WriterClaim { id: WriterId::from_bytes([3; 8]), sent: Offset::ZERO });
        let types =
            Open { channel: TYPES, mode: AttachMode::Interactive, from: None, writer, delivery: Delivery::Bytes };
        self.tell(&ToHolder::Open(types));
        self.until(|header, payload| header.kind() == Kind::Output && payload.ends_with(b"ready\r\n"));
        self.ack(TYPES, Flags::NONE, 7);
        let looks =
            Open { channel: LOOKS, mode: AttachMode::Watch, from: None, writer: None, delivery: Delivery::Screen };
        self.tell(&ToHolder::Open(looks));
        self.until(|header, _| header.kind() == Kind::Snapshot && header.flags().has(Flags::LAST));
        self.ack(LOOKS, Flags::LAST, 7);
        self.send(Header::new(Kind::Input, TYPES, Offset::ZERO).unwrap(), b"hello\r");
        self.until(|header, payload| header.channel() == LOOKS && payload.ends_with(b"you said hello\r\n"));
        self.tell(&ToHolder::Rename(AskRename { ask: 1, name: "renamed".to_owned() }));
        self.until_told(|told| matches!(told, FromHolder::Done(done) if done.ask == 1));
        let text = "SAID".to_owned();
        self.tell(&ToHolder::Search(AskSearch { ask: 2, text, ignore_case: true, limit: 10 }));
        self.until_told(|told| matches!(told, FromHolder::Found(_)));
        self.tell(&ToHolder::Capture(AskCapture { ask: 3, scrollback: true, ansi: false, from: None }));
        self.until_told(|told| matches!(told, FromHolder::Captured(_)));
        self.tell(&ToHolder::Signal(AskSignal { ask: 4, signal: SessionSignal::Int }));
        self.until_told(|told| matches!(told, FromHolder::Changed(changed) if changed.exit.is_some()));
        for channel in [TYPES, LOOKS] {
            self.until(|header, _| header.kind() == Kind::Control && header.channel() == channel);
        }
        self.tell(&ToHolder::Bury(homie_protocol::control::Empty {}));
    }

    fn tell(&mut self, message: &ToHolder) {
        self.send(Header::CIRCUIT, &encode(message).unwrap());
    }

    fn ack(&mut self, channel: Channel, flags: Flags, offset: u64) {
        self.send(Header::with_flags(Kind::Ack, flags, channel, Offset::new(offset).unwrap()).unwrap(), b"");
    }

    fn send(&mut self, header: Header, payload: &[u8]) {
        self.socket.write_all(&[&preamble(header, payload.len())[..], payload].concat()).unwrap();
        self.write_down("node", header, payload);
    }

    fn until_told(&mut self, so: impl Fn(&FromHolder) -> bool) {
        self.until(|header, payload| {
            let is_told = header.channel().is_circuit() && header.kind() == Kind::Control;
            is_told && so(&FromHolder::decode(scan(payload, ANSWER).unwrap()).unwrap())
        });
    }

    /// Reads until a frame has come, now or before, that is so.
    fn until(&mut self, so: impl Fn(Header, &[u8]) -> bool) {
        while !self.heard.iter().any(|(header, payload)| so(*header, payload)) {
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
                self.heard.push((header, payload));
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
