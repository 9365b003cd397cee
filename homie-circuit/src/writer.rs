//! The sending half of a circuit. Whoever has bytes writes them: the caller's thread tries the socket at once, and only
//! what the socket does not take waits for the pump.

use std::io::IoSlice;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::codec::CodecError;
use homie_protocol::control::{Empty, Outgoing};
use homie_protocol::frame::{Header, Kind};
use homie_protocol::id::{Channel, Offset};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::framing::{Framing, Head, websocket_close, websocket_pong};
use crate::socket::Socket;

mod pump;
mod queue;

use pump::pump;
use queue::{Parts, Progress, Rank, SendError, WriteQueue};

/// How long a peer may take to read our last words. Then the socket is closed without them.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The WebSocket's code for "this is the end, nothing is wrong".
const CLOSE_NORMAL: u16 = 1000;

/// The circuit takes no more frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the circuit is closed")]
pub struct Closed;

impl From<Closed> for Refusal {
    fn from(closed: Closed) -> Self {
        Self::new(Code::GoingAway, closed.to_string())
    }
}

/// Sends frames. Clones share one socket; when the last is dropped, what waits is written and the socket is ended.
#[derive(Debug, Clone)]
pub struct FrameWriter {
    handle: Arc<Handle>,
}

#[derive(Debug)]
struct Handle(Arc<Shared>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl FrameWriter {
    pub(crate) fn start(socket: Arc<Socket>, framing: Framing) -> Self {
        let shared = Arc::new(Shared {
            socket,
            framing,
            state: Mutex::new(State { queue: WriteQueue::default(), stage: Stage::Open }),
            wake: Notify::new(),
            closed: watch::Sender::new(false),
        });
        tokio::spawn(pump(Arc::clone(&shared)));
        Self { handle: Arc::new(Handle(shared)) }
    }

    /// Sends one frame. Never waits: bytes that the socket does not take are queued, and a peer that lets more than
    /// `limits::WRITE_QUEUE` pile up is cut off with `slow_reader`.
    ///
    /// Control of the circuit, input, acks, pings and pongs overtake queued output. Control on a session's channel keeps
    /// its place among the output. Frames of one rank stay in order.
    pub fn send(&self, header: Header, payload: &[u8]) -> Result<(), Closed> {
        self.shared().send([(header, payload)])
    }

    /// Sends two frames as [`FrameWriter::send`] does, with one write: whoever waits for both is woken once.
    pub fn send_both(&self, first: (Header, &[u8]), second: (Header, &[u8])) -> Result<(), Closed> {
        self.shared().send([first, second])
    }

    /// Sends a control envelope, on channel 0 or on a session's.
    pub fn control(&self, channel: Channel, offset: Offset, payload: &[u8]) -> Result<(), Closed> {
        // Channel 0 knows no offset; every other pair is a header.
        let header = Header::new(Kind::Control, channel, offset).unwrap_or(Header::CIRCUIT);
        self.send(header, payload)
    }

    /// Ends the circuit on purpose: `bye` is the last frame, the WebSocket closes with the code's number. Output that
    /// waits is given up, answers that wait are not.
    pub fn bye(&self, refusal: &Refusal) {
        self.shared().bye(refusal);
    }

    /// Ends the circuit without a reason: what waits is still written.
    pub fn close(&self) {
        self.shared().end();
    }

    /// Returns once nothing more will be sent, whoever ended it.
    pub async fn closed(&self) {
        let mut closed = self.shared().closed.subscribe();
        // An error means that the sender is gone, which is as closed as can be.
        let _ = closed.wait_for(|closed| *closed).await;
    }

    /// Whether frames are still taken.
    pub fn is_open(&self) -> bool {
        matches!(self.shared().lock().stage, Stage::Open)
    }

    /// Answers the WebSocket's own ping.
    pub(crate) fn websocket_pong(&self, payload: &[u8]) {
        let shared = self.shared();
        shared.push(websocket_pong(shared.framing, payload));
    }

    fn shared(&self) -> &Shared {
        &self.handle.0
    }
}

/// What the senders and the pump share.
#[derive(Debug)]
struct Shared {
    socket: Arc<Socket>,
    framing: Framing,
    /// Held for one write that does not wait, never across an await.
    state: Mutex<State>,
    wake: Notify,
    closed: watch::Sender<bool>,
}

#[derive(Debug)]
struct State {
    queue: WriteQueue,
    stage: Stage,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    /// Frames are taken.
    Open,
    /// What waits is written, until then at the latest.
    Ending(Instant),
    /// The socket is ended.
    Over,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A sender that panicked has left the queue whole: it changes in one step after the write.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send<const N: usize>(&self, frames: [(Header, &[u8]); N]) -> Result<(), Closed> {
        for (header, payload) in frames {
            self.check(header, payload)?;
        }
        let heads = frames.map(|(header, payload)| (header, Head::of(self.framing, header, payload.len()), payload));
        let parts = heads.each_ref().map(|(header, head, payload)| Parts {
            rank: Rank::of(*header),
            head: head.bytes(),
            payload,
        });
        let sent = {
            let mut state = self.lock();
            if !matches!(state.stage, Stage::Open) {
                return Err(Closed);
            }
            let write = |slices: &[IoSlice<'_>]| self.socket.try_write_vectored(slices);
            state.queue.send(parts, write).map(|()| state.queue.is_empty())
        };
        match sent {
            Ok(true) => Ok(()),
            Ok(false) => {
                self.wake.notify_one();
                Ok(())
            }
            Err(SendError::Full) => {
                self.slow_reader();
                Err(Closed)
            }
            Err(SendError::Socket(error)) => {
                tracing::debug!(%error, "the socket broke");
                self.finish();
                Err(Closed)
            }
        }
    }

    fn check(&self, header: Header, payload: &[u8]) -> Result<(), Closed> {
        let Err(refusal) = header.check_payload(payload.len()) else { return Ok(()) };
        tracing::error!(%refusal, ?header, len = payload.len(), "we made a frame that the wire does not allow");
        self.bye(&Refusal::new(Code::Internal, "this side made a frame that the wire does not allow"));
        Err(Closed)
    }

    /// Queues a small frame of the carrier itself.
    fn push(&self, bytes: Vec<u8>) {
        let fits = {
            let mut state = self.lock();
            matches!(state.stage, Stage::Open).then(|| state.queue.push_urgent(bytes))
        };
        match fits {
            None | Some(Ok(())) => self.wake.notify_one(),
            Some(Err(_)) => self.slow_reader(),
        }
    }

    fn slow_reader(&self) {
        self.lock().queue.drop_waiting();
        self.bye(&Refusal::new(Code::SlowReader, "too much waits for you; come back and go on from your offset"));
    }

    fn bye(&self, refusal: &Refusal) {
        let bye: Outgoing<'_, Empty> = Outgoing::Bye(refusal);
        let close = websocket_close(self.framing, refusal.code.number(), &refusal.message);
        let words = bye.encode().map(|payload| {
            let head = Head::of(self.framing, Header::CIRCUIT, payload.len());
            [head.bytes(), &payload, &close].concat()
        });
        self.last_words(words, true);
    }

    fn end(&self) {
        self.last_words(Ok(websocket_close(self.framing, CLOSE_NORMAL, "")), false);
    }

    /// Takes no more frames; the pump writes what waits and these words, and ends the socket.
    fn last_words(&self, words: Result<Vec<u8>, CodecError>, drop_bulk: bool) {
        {
            let mut state = self.lock();
            if !matches!(state.stage, Stage::Open) {
                return;
            }
            if drop_bulk {
                state.queue.drop_bulk();
            }
            // Without words, which always encode, the end itself has to do.
            state.queue.push_last(words.unwrap_or_default());
            state.stage = Stage::Ending(Instant::now() + LAST_WORDS);
        }
        self.wake.notify_one();
    }

    /// Ends the socket, with or without last words.
    fn finish(&self) {
        {
            let mut state = self.lock();
            state.stage = Stage::Over;
            state.queue = WriteQueue::default();
        }
        self.socket.end_writing();
        self.closed.send_replace(true);
        self.wake.notify_one();
    }

    /// One round of the pump.
    fn step(&self) -> Step {
        let mut state = self.lock();
        let deadline = match state.stage {
            Stage::Open => None,
            Stage::Ending(deadline) => Some(deadline),
            Stage::Over => return Step::Over,
        };
        match state.queue.drain(|slices| self.socket.try_write_vectored(slices)) {
            Ok(Progress::More) => Step::More,
            Ok(Progress::Blocked) => Step::Blocked(deadline),
            Ok(Progress::Empty) if deadline.is_none() => Step::Idle,
            Ok(Progress::Empty) => Step::Finish,
            Err(error) => {
                tracing::debug!(%error, "the socket broke");
                Step::Finish
            }
        }
    }
}

/// What the pump does next.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// Wait until something is queued.
    Idle,
    /// Go on writing.
    More,
    /// Wait until the socket takes more, until then at the latest.
    Blocked(Option<Instant>),
    /// End the socket.
    Finish,
    /// It is ended.
    Over,
}
