//! What a machine that is not there answers on one circuit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use homie_circuit::{Admission, AnswerBook, Frame, FrameReader, FrameWriter, Handler, Turn, greet, serve};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::Request;
use homie_protocol::event::{SessionChanged, Topic};
use homie_protocol::hello::Service;
use homie_protocol::id::{Channel, Offset};
use homie_protocol::machine::answers::Asker;
use homie_protocol::method::{Method, answer, params, refusal};
use homie_protocol::methods::mesh;
use homie_protocol::methods::presence::PresenceGet;
use homie_protocol::methods::session::{List, SessionInfo};
use homie_trust::{Caller, NodeDoor, NodeGreeter, RosterDesk, Server, own_uid};
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::sync::{Mutex, watch};

use super::{Asked, Manner};

/// Bytes of what a boastful one says of itself.
const BOAST: usize = 10 * 1024 * 1024;

/// One machine.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) manner: Manner,
    pub(super) sessions: Vec<SessionInfo>,
    pub(super) server: Arc<Server>,
    pub(super) asked: Asked,
}

impl Node {
    /// Serves one circuit to its end. `bare` is its socket once more, for what no honest server could say.
    pub(super) async fn attend(
        self: Arc<Self>,
        mut reader: FrameReader,
        writer: FrameWriter,
        bare: UnixStream,
    ) -> anyhow::Result<()> {
        let door = NodeDoor::Mesh { uid: own_uid(), behind: None };
        let mut greeter = NodeGreeter::new(Arc::clone(&self.server), door);
        let ready = greet(&mut reader, &writer, &mut greeter).await?;
        let Some(caller) = greeter.caller().cloned() else { return Ok(()) };
        let Some(asker) = caller.device().map(|device| Asker::Device(device.id)) else { return Ok(()) };
        let (_role, role) = watch::channel(ready.role);
        let admission = Admission { ready, role, service: Service::Node, asker, answers: AnswerBook::default() };
        let roster = RosterDesk::new(Arc::clone(&self.server), None);
        let (bare, lists) = (Mutex::new(bare), AtomicBool::new(false));
        let handler = Conversation { node: self, caller, roster, writer: writer.clone(), bare, lists };
        Ok(serve(reader, writer, admission, Arc::new(handler)).await?)
    }
}

struct Conversation {
    node: Arc<Node>,
    caller: Caller,
    roster: RosterDesk,
    writer: FrameWriter,
    bare: Mutex<UnixStream>,
    /// The list is on its way.
    lists: AtomicBool,
}

impl Handler for Conversation {
    async fn request(&self, request: Request<'_>, _: Turn) -> Vec<u8> {
        let (id, manner) = (request.id, self.node.manner);
        self.node.asked.count(request.method);
        if request.method == List::ROW.name {
            self.lists.store(true, Ordering::Relaxed);
            return answer::<List>(id, &params::<List>(&request).map(|asked| manner.page(&self.node.sessions, asked)));
        }
        if request.method == PresenceGet::ROW.name {
            if manner == Manner::Boastful {
                self.boast().await;
            }
            let said = params::<PresenceGet>(&request).map(|asked| manner.presence(&self.node.server.name, asked));
            return answer::<PresenceGet>(id, &said);
        }
        let served = mesh::dispatch(&self.roster, &self.caller, request).await;
        served.unwrap_or_else(|| refusal(id, &Refusal::new(Code::UnknownMethod, "nobody lives here")))
    }

    fn answered(&self, _: Turn) {
        if self.lists.swap(false, Ordering::Relaxed) && self.node.manner == Manner::Chatty {
            tokio::spawn(chat(self.writer.clone(), self.node.sessions.clone()));
        }
    }

    fn frame(&self, _: Frame) -> Result<(), Refusal> {
        Err(Refusal::new(Code::Channel, "channel: nobody lives here"))
    }

    fn closed(&self) {}
}

impl Conversation {
    /// One WebSocket message that is longer than any may be.
    async fn boast(&self) {
        let length = u64::try_from(BOAST).unwrap_or_default().to_be_bytes();
        let message = [&[0x82, 127][..], &length, &vec![0; BOAST]].concat();
        // The caller may have hung up in the middle of it.
        let _said = self.bare.lock().await.write_all(&message).await;
    }
}

/// Tells that a session has changed, again and again. The answer to the list has left a moment ago.
async fn chat(writer: FrameWriter, sessions: Vec<SessionInfo>) {
    for seq in 1.. {
        let Some(session) = sessions.first() else { return };
        let face = homie_protocol::methods::session::Face { title: Some(seq.to_string()), ..session.face.clone() };
        let change = SessionChanged { session: Some(SessionInfo { face, ..session.clone() }), removed: None };
        let Ok(payload) = change.encode(seq) else { return };
        if writer.control(Channel::CIRCUIT, Offset::ZERO, &payload).is_err() {
            return;
        }
        if seq.is_multiple_of(100) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
