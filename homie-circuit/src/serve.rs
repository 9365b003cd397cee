//! A server's loop: one task per circuit that keeps it alive, answers requests and passes on the rest.

use std::sync::Arc;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::Request;
use homie_protocol::frame::{Header, Kind};
use homie_protocol::hello::{Ready, Role, Service};
use homie_protocol::machine::answers::Asker;
use tokio::sync::watch;

use crate::frame::Frame;
use crate::pulse::Pulse;
use crate::reader::FrameReader;
use crate::writer::FrameWriter;

mod book;
mod requests;
mod slots;

pub use book::AnswerBook;
use requests::Requests;
pub use slots::Turn;

/// What the greeting has settled about a circuit.
#[derive(Debug, Clone)]
pub struct Admission {
    /// The end of the greeting.
    pub ready: Ready,
    /// What this circuit may do, as it is now: each request is asked about anew.
    pub role: watch::Receiver<Role>,
    /// Which methods are served here: those of this service alone.
    pub service: Service,
    /// Whose request keys they are.
    pub asker: Asker,
    /// The first answers, one book for all circuits of a server.
    pub answers: AnswerBook,
}

/// What a server does with a circuit.
pub trait Handler: Send + Sync + 'static {
    /// Answers a request that its row has let pass; the result is the encoded response. Requests are begun in the order
    /// in which they came; one that waits goes on as a task of its own, to its end even if the circuit is over before.
    fn request(&self, request: Request<'_>, turn: Turn) -> impl Future<Output = Vec<u8>> + Send;

    /// The response to the request of this turn has been handed to the writer: whatever is to follow it may follow now.
    fn answered(&self, _turn: Turn) {}

    /// Takes an input or ack frame. It must not block; a refusal ends the circuit.
    fn frame(&self, frame: Frame) -> Result<(), Refusal>;

    /// The circuit is over. Called once, whatever has ended it.
    fn closed(&self);
}

/// Serves a circuit that has been greeted, until it is over. `Err` is why this side has ended it.
pub async fn serve<H: Handler>(
    mut reader: FrameReader,
    writer: FrameWriter,
    admission: Admission,
    handler: Arc<H>,
) -> Result<(), Refusal> {
    let told_at_the_end = TellClosed(Arc::clone(&handler));
    let requests = Requests::new(writer.clone(), admission, Arc::clone(&handler));
    let served = tokio::select! {
        served = pump(&mut reader, &writer, &requests) => served,
        () = writer.closed() => Ok(()),
    };
    match &served {
        Ok(()) => writer.close(),
        Err(refusal) => writer.bye(refusal),
    }
    drop(told_at_the_end);
    reader.linger().await;
    served
}

async fn pump<H: Handler>(
    reader: &mut FrameReader,
    writer: &FrameWriter,
    requests: &Requests<H>,
) -> Result<(), Refusal> {
    let mut pulse = Pulse::new();
    loop {
        tokio::select! {
            frame = reader.next() => {
                let Some(frame) = frame? else { return Ok(()) };
                pulse.heard(frame.header.kind());
                if !take(frame, writer, requests)? {
                    return Ok(());
                }
            }
            () = pulse.due() => pulse.beat(writer)?,
        }
    }
}

/// Takes one frame; `false` if it was the peer's farewell.
fn take<H: Handler>(frame: Frame, writer: &FrameWriter, requests: &Requests<H>) -> Result<bool, Refusal> {
    match frame.header.kind() {
        Kind::Control => return requests.control(&frame),
        Kind::Input | Kind::Ack => requests.handler().frame(frame)?,
        Kind::Ping => writer.send(Header::PONG, &frame.payload)?,
        Kind::Pong => {}
        Kind::Output | Kind::Snapshot | Kind::Chunk => {
            return Err(Refusal::new(Code::UnexpectedFrame, "kind: this one does not come from a client"));
        }
    }
    Ok(true)
}

/// Tells the handler at the end, even if the loop is dropped.
struct TellClosed<H: Handler>(Arc<H>);

impl<H: Handler> Drop for TellClosed<H> {
    fn drop(&mut self) {
        self.0.closed();
    }
}
