//! A client without patience: one circuit, every frame written and read by hand, so that a test can also lie.

use std::path::Path;

use homie_circuit::{FrameReader, FrameWriter};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::codec::{self, scan};
use homie_protocol::control::{Control, Empty, Outgoing, Reading, decode};
use homie_protocol::frame::{Flags, Header, Kind};
use homie_protocol::hello::{ClientKind, Hello, Nonce, Prove, Ready, Side, Transcript, Welcome};
use homie_protocol::id::{Channel, Offset, RequestKey, SessionId, WriterId};
use homie_protocol::limits::ANSWER;
use homie_protocol::method::Method;
use homie_protocol::methods;
use homie_protocol::methods::session::{
    Attach, AttachMode, AttachOutput, AttachParams, Detach, DetachParams, List, ListParams, Resize, ResizeParams,
    SessionInfo, Show, ShowParams, Size, Start, StartParams, WriterClaim,
};
use homie_protocol::roster::RosterOffer;
use homie_protocol::version::SPOKEN;
use homie_trust::{KeyPair, SystemRandom, random_bytes};
use tokio::net::UnixStream;
use tokio::time::timeout;

use crate::history::{History, Seen, number};
use crate::machine::{Machine, PATIENCE};

/// One circuit.
pub(crate) struct Caller {
    reader: FrameReader,
    pub(crate) writer: FrameWriter,
    pub(crate) ready: Ready,
    pub(crate) history: History,
    /// The numbers of events on sessions' channels, as they came.
    pub(crate) numbers: Vec<(u32, u32)>,
    /// Whether output is acknowledged as it comes.
    pub(crate) acknowledges: bool,
    last_id: u32,
}

impl Caller {
    /// A program of this user, over `local.sock`.
    pub(crate) async fn local(machine: &Machine) -> Self {
        Self::over(&machine.state.local_sock(), "local", None).await.unwrap()
    }

    /// A device, over `local.sock`.
    pub(crate) async fn device(machine: &Machine, key: &KeyPair) -> Self {
        Self::over(&machine.state.local_sock(), "local", Some(key)).await.unwrap()
    }

    /// A device over `local.sock`, that says it carries this roster.
    pub(crate) async fn carrying(machine: &Machine, key: &KeyPair, roster: RosterOffer) -> Result<Self, Refusal> {
        let (reader, writer) = homie_circuit::unix(UnixStream::connect(machine.state.local_sock()).await.unwrap());
        Self::greet_with(reader, writer, hello("local", None, Some(key)), (Some(key), Some(roster))).await
    }

    pub(crate) async fn over(path: &Path, host: &str, key: Option<&KeyPair>) -> Result<Self, Refusal> {
        let (reader, writer) = homie_circuit::unix(UnixStream::connect(path).await.unwrap());
        Self::greet(reader, writer, host, key).await
    }

    pub(crate) async fn greet(
        reader: FrameReader,
        writer: FrameWriter,
        host: &str,
        key: Option<&KeyPair>,
    ) -> Result<Self, Refusal> {
        Self::greet_with(reader, writer, hello(host, None, key), (key, None)).await
    }

    /// A page of this origin.
    pub(crate) async fn page(
        reader: FrameReader,
        writer: FrameWriter,
        (host, origin): (&str, &str),
        key: Option<&KeyPair>,
    ) -> Result<Self, Refusal> {
        Self::greet_with(reader, writer, hello(host, Some(origin), key), (key, None)).await
    }

    async fn greet_with(
        mut reader: FrameReader,
        writer: FrameWriter,
        hello: Hello,
        (key, roster): (Option<&KeyPair>, Option<RosterOffer>),
    ) -> Result<Self, Refusal> {
        tell::<Empty>(&writer, &Outgoing::Hello(&hello));
        let ready = match greeting(&mut reader).await? {
            Greeting::Welcome(welcome) => {
                if let Some(key) = key {
                    tell::<Empty>(&writer, &Outgoing::Prove(&prove(&hello, &welcome, key, roster)));
                }
                match greeting(&mut reader).await? {
                    Greeting::Ready(ready) => ready,
                    Greeting::Welcome(_) => panic!("welcome came twice"),
                }
            }
            Greeting::Ready(_) => panic!("ready came before welcome"),
        };
        Ok(Self {
            reader,
            writer,
            ready,
            history: History::default(),
            numbers: Vec::new(),
            acknowledges: true,
            last_id: 0,
        })
    }

    /// Sends a request and gives its id.
    pub(crate) fn ask<M: Method>(&mut self, params: &M::Params) -> u32 {
        let key = M::ROW.keyed.then(|| RequestKey::from_bytes(random_bytes(&SystemRandom).unwrap()));
        self.ask_with_key::<M>(params, key)
    }

    pub(crate) fn ask_with_key<M: Method>(&mut self, params: &M::Params, key: Option<RequestKey>) -> u32 {
        self.last_id += 1;
        tell(&self.writer, &Outgoing::Request { id: self.last_id, method: M::ROW.name, params, key });
        self.last_id
    }

    /// Calls a method by any name, without parameters: what it is answered.
    pub(crate) async fn outcome_of(&mut self, method: &str) -> Result<(), Code> {
        let keyed = methods::row(method).is_some_and(|row| row.keyed);
        let key = keyed.then(|| RequestKey::from_bytes(random_bytes(&SystemRandom).unwrap()));
        self.last_id += 1;
        let id = self.last_id;
        tell(&self.writer, &Outgoing::Request { id, method, params: &Empty {}, key });
        self.until(|history| history.0.iter().any(|seen| matches!(seen, Seen::Response(of, _) if *of == id))).await;
        let outcome = self.history.0.iter().find_map(|seen| match seen {
            Seen::Response(of, outcome) if *of == id => Some(outcome.clone().map(drop).map_err(|refusal| refusal.code)),
            _ => None,
        });
        outcome.unwrap()
    }

    /// The response to a request.
    pub(crate) async fn answer<M: Method>(&mut self, id: u32) -> Result<M::Output, Refusal> {
        self.until(|history| history.0.iter().any(|seen| matches!(seen, Seen::Response(of, _) if *of == id))).await;
        let response = self.history.0.iter().find_map(|seen| match seen {
            Seen::Response(of, outcome) if *of == id => Some(outcome.clone()),
            _ => None,
        });
        let bytes = response.unwrap()?;
        scan(&bytes, ANSWER).unwrap();
        Ok(codec::decode::<M::Output>(&bytes, ANSWER).unwrap())
    }

    pub(crate) async fn call<M: Method>(&mut self, params: &M::Params) -> Result<M::Output, Refusal> {
        let id = self.ask::<M>(params);
        self.answer::<M>(id).await
    }

    /// Starts a session that runs this script.
    pub(crate) async fn start(&mut self, script: &str) -> SessionInfo {
        self.call::<Start>(&shell(script)).await.unwrap().session
    }

    pub(crate) async fn list(&mut self) -> Vec<SessionInfo> {
        self.call::<List>(&ListParams::default()).await.unwrap().sessions
    }

    pub(crate) async fn type_on(&mut self, channel: u32, session: SessionId) -> AttachOutput {
        self.call::<Attach>(&typing(channel, session)).await.unwrap()
    }

    pub(crate) async fn watch_on(&mut self, channel: u32, session: SessionId) -> AttachOutput {
        self.call::<Attach>(&watching(channel, session)).await.unwrap()
    }

    pub(crate) async fn detach(&mut self, channel: u32) -> Result<Empty, Refusal> {
        self.call::<Detach>(&DetachParams { channel: Channel::new(channel) }).await
    }

    pub(crate) async fn resize(&mut self, session: SessionId, size: Size) -> Result<(), Refusal> {
        self.call::<Resize>(&ResizeParams { session, size, channel: None, take: None, theme: None }).await.map(drop)
    }

    /// Says for what size a channel has room. Whether it drives.
    pub(crate) async fn has_room(&mut self, channel: u32, session: SessionId, size: Size, take: bool) -> bool {
        let channel = Some(Channel::new(channel));
        let params = ResizeParams { session, size, channel, take: take.then_some(true), theme: None };
        self.call::<Resize>(&params).await.unwrap().drives
    }

    pub(crate) async fn show(&mut self, channel: u32, visible: bool) {
        self.call::<Show>(&ShowParams { channel: Channel::new(channel), visible }).await.unwrap();
    }

    pub(crate) fn input(&self, channel: u32, offset: u64, bytes: &[u8]) {
        self.writer.send(header(Kind::Input, channel, offset), bytes).unwrap();
    }

    /// Waits until what a channel has shown holds this text.
    pub(crate) async fn until_shown(&mut self, channel: u32, text: &str) {
        self.until(|history| history.text(channel).contains(text)).await;
    }

    /// Waits until the circuit has ended.
    pub(crate) async fn until_ended(&mut self) {
        self.until(History::has_ended).await;
    }

    /// Reads until what came is enough.
    pub(crate) async fn until(&mut self, is_enough: impl Fn(&History) -> bool) {
        while !is_enough(&self.history) {
            assert!(!self.history.has_ended(), "the circuit ended: {:?}", self.history);
            let read = timeout(PATIENCE, self.reader.next()).await;
            let Ok(frame) = read else { panic!("nothing more came: {:?}", self.history) };
            let Some(frame) = frame.unwrap() else {
                self.history.0.push(Seen::End);
                continue;
            };
            let header_is = |kind| frame.header.kind() == kind;
            if header_is(Kind::Snapshot) && frame.header.flags().has(Flags::LAST) && self.acknowledges {
                let shown = Header::with_flags(Kind::Ack, Flags::LAST, frame.header.channel(), frame.header.offset());
                let _closed = self.writer.send(shown.unwrap(), &[]);
            }
            if header_is(Kind::Output) && self.acknowledges {
                let end = frame.header.offset().plus(frame.payload.len() as u64).get();
                // The circuit may be over; reading tells.
                let _closed = self.writer.send(header(Kind::Ack, frame.header.channel().get(), end), &[]);
            }
            self.numbers.extend(number(frame.header, &frame.payload));
            self.history.0.push(Seen::of(frame.header, &frame.payload));
        }
    }
}

pub(crate) fn header(kind: Kind, channel: u32, offset: u64) -> Header {
    Header::new(kind, Channel::new(channel), Offset::new(offset).unwrap()).unwrap()
}

pub(crate) fn size(cols: u16, rows: u16) -> Size {
    Size::new(cols, rows).unwrap()
}

pub(crate) fn shell(script: &str) -> StartParams {
    let command = ["/bin/sh", "-c", script].map(str::to_owned).to_vec();
    StartParams { command: Some(command), cwd: Some("/".to_owned()), ..StartParams::default() }
}

/// Attaches as a new writer.
pub(crate) fn typing(channel: u32, session: SessionId) -> AttachParams {
    let writer = WriterClaim { id: WriterId::from_bytes(random_bytes(&SystemRandom).unwrap()), sent: Offset::ZERO };
    AttachParams { mode: AttachMode::Interactive, writer: Some(writer), ..watching(channel, session) }
}

pub(crate) fn watching(channel: u32, session: SessionId) -> AttachParams {
    AttachParams {
        channel: Channel::new(channel),
        session,
        incarnation: None,
        from: None,
        mode: AttachMode::Watch,
        writer: None,
        size: None,
        visible: true,
        delivery: None,
        theme: None,
    }
}

enum Greeting {
    Welcome(Box<Welcome>),
    Ready(Ready),
}

async fn greeting(reader: &mut FrameReader) -> Result<Greeting, Refusal> {
    let frame = timeout(PATIENCE, reader.next()).await.expect("the node greets")?.expect("the circuit is open");
    match decode(&frame.payload, Reading::Greeting)? {
        Control::Welcome(welcome) => Ok(Greeting::Welcome(Box::new(welcome))),
        Control::Ready(ready) => Ok(Greeting::Ready(ready)),
        Control::Bye(refusal) => Err(refusal),
        other => panic!("{other:?} is no greeting"),
    }
}

/// Of a page, if there is an origin, or of a program.
fn hello(host: &str, origin: Option<&str>, key: Option<&KeyPair>) -> Hello {
    Hello {
        versions: SPOKEN,
        device: key.map(KeyPair::device_key),
        kind: if origin.is_some() { ClientKind::Web } else { ClientKind::Cli },
        agent: "test".to_owned(),
        nonce: Nonce(random_bytes(&SystemRandom).unwrap()),
        host: host.to_owned(),
        origin: origin.map(str::to_owned),
    }
}

fn prove(hello: &Hello, welcome: &Welcome, key: &KeyPair, roster: Option<RosterOffer>) -> Prove {
    let transcript = Transcript::of(hello, welcome);
    Prove { sig: key.sign(&transcript.bytes(Side::ClientOfNode)).unwrap(), roster }
}

fn tell<P: serde::Serialize>(writer: &FrameWriter, message: &Outgoing<'_, P>) {
    writer.control(Channel::CIRCUIT, Offset::ZERO, &message.encode().unwrap()).unwrap();
}
