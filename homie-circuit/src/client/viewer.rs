//! One attachment behind its lock: where it stands in output and input, and on which channel. The keeper's task brings
//! frames, the caller takes items and types; both do their part at once, without a task between.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::codec;
use homie_protocol::id::{Channel, SessionId};
use homie_protocol::method::Method;
use homie_protocol::methods::session::{Attach, AttachMode, AttachOutput, Detach, DetachParams};
use tokio::sync::{Notify, oneshot};
use tokio::time::sleep;

use super::attachment::{AttachOptions, Viewed};
use super::hub::{Answer, Hub, Outcome};
use crate::frame::Frame;
use crate::writer::FrameWriter;

mod gathering;
mod looking;
mod wishes;

use looking::Looking;

/// How the first attach came out.
type First = oneshot::Receiver<Result<(), Refusal>>;

/// One attachment.
#[derive(Debug)]
pub(super) struct Viewer {
    hub: Arc<Hub>,
    session: SessionId,
    book: Mutex<Book>,
    /// An item has arrived.
    arrived: Notify,
    /// Input was taken, or will never be.
    taken: Notify,
}

#[derive(Debug)]
struct Book {
    stage: Stage,
    looking: Looking,
    first: Option<oneshot::Sender<Result<(), Refusal>>>,
}

#[derive(Debug)]
enum Stage {
    /// No channel.
    Grounded,
    /// A channel is asked for.
    Asking(Channel, FrameWriter),
    /// The channel is open.
    Open(Channel, FrameWriter),
    /// No channel will ever be.
    Over,
}

impl Viewer {
    pub(super) fn new(hub: Arc<Hub>, options: AttachOptions) -> (Arc<Self>, First) {
        let writer = options.writer.unwrap_or_else(|| hub.writer_id());
        let writer = (options.mode == AttachMode::Interactive).then_some(writer);
        let (first_tx, first_rx) = oneshot::channel();
        let session = options.session;
        let looking = Looking::new(options, writer);
        let book = Mutex::new(Book { stage: Stage::Grounded, looking, first: Some(first_tx) });
        let viewer = Self { hub, session, book, arrived: Notify::new(), taken: Notify::new() };
        (Arc::new(viewer), first_rx)
    }

    /// Attaches now if there is a circuit, and on each that comes.
    pub(super) fn start(self: &Arc<Self>) {
        if let Err(refusal) = self.hub.register(self) {
            self.finish(refusal);
        }
        self.attach();
    }

    pub(super) const fn session(&self) -> SessionId {
        self.session
    }

    pub(super) async fn next(self: &Arc<Self>) -> Option<Viewed> {
        loop {
            {
                let mut guard = self.book();
                let book = &mut *guard;
                book.looking.acknowledge(book.stage.open());
                let was_full = book.looking.is_full();
                if let Some(item) = book.looking.take() {
                    let has_room = was_full && !book.looking.is_full();
                    drop(guard);
                    if has_room {
                        self.attach();
                    }
                    return Some(item);
                }
                if matches!(book.stage, Stage::Over) {
                    return None;
                }
            }
            self.arrived.notified().await;
        }
    }

    pub(super) async fn write(&self, bytes: &[u8]) -> Result<(), Refusal> {
        let mut rest = bytes;
        loop {
            let room = self.taken.notified();
            {
                let mut book = self.book();
                let book = &mut *book;
                if matches!(book.stage, Stage::Over) {
                    return Err(Refusal::new(Code::Ended, "this attachment is over"));
                }
                let count = book.looking.write(self.hub.now(), rest)?;
                rest = rest.get(count..).unwrap_or_default();
                book.looking.fly(book.stage.open());
            }
            if rest.is_empty() {
                return Ok(());
            }
            room.await;
        }
    }

    /// Bytes that wait to be applied, and for how long the oldest has.
    pub(super) fn unapplied(&self) -> (usize, Option<u64>) {
        self.book().looking.unapplied(self.hub.now())
    }

    pub(super) fn edits_lines(&self) -> Option<bool> {
        self.book().looking.edits_lines()
    }

    pub(super) async fn applied(&self) {
        loop {
            let taken = self.taken.notified();
            if self.unapplied().0 == 0 || matches!(self.book().stage, Stage::Over) {
                return;
            }
            taken.await;
        }
    }

    /// Asks for a channel, if there is a circuit and the caller keeps up.
    pub(super) fn attach(self: &Arc<Self>) {
        let failed = {
            let mut book = self.book();
            if !matches!(book.stage, Stage::Grounded) || book.looking.is_full() {
                return;
            }
            let params = |channel| book.looking.params(channel);
            let answer = |channel| {
                let viewer = Arc::clone(self);
                Box::new(move |outcome: Outcome<'_>| viewer.answered(channel, outcome)) as Answer
            };
            match self.hub.open(self, Attach::ROW.name, params, answer) {
                Ok(Some((channel, writer))) => {
                    book.stage = Stage::Asking(channel, writer);
                    return;
                }
                Ok(None) => return,
                Err(refusal) => refusal,
            }
        };
        self.refused(failed);
    }

    /// The circuit is gone.
    pub(super) fn grounded(&self) {
        self.ground();
    }

    /// The caller looks no more.
    pub(super) fn leave(&self) {
        let stage = std::mem::replace(&mut self.book().stage, Stage::Over);
        // A channel that is asked for is closed when the answer has come.
        if let Stage::Open(channel, _) = stage {
            self.detach(channel);
        }
    }

    /// Nothing more comes of this attachment.
    pub(super) fn finish(&self, reason: Refusal) {
        let stage = {
            let mut book = self.book();
            if matches!(book.stage, Stage::Over) {
                return;
            }
            match book.first.take() {
                // Whoever attaches is told instead; if they have left, nobody asks.
                Some(first) => drop(first.send(Err(reason))),
                None => book.looking.end(reason),
            }
            std::mem::replace(&mut book.stage, Stage::Over)
        };
        if let Stage::Asking(channel, _) | Stage::Open(channel, _) = stage {
            self.hub.close_channel(channel);
        }
        self.arrived.notify_one();
        self.taken.notify_waiters();
    }

    /// A frame on our channel. A refusal ends the circuit.
    pub(super) fn frame(self: &Arc<Self>, frame: &Frame) -> Result<(), Refusal> {
        let (channel, detached) = {
            let mut book = self.book();
            let book = &mut *book;
            let Stage::Open(channel, writer) = &book.stage else {
                let too_early = matches!(book.stage, Stage::Asking(..));
                let refusal = Refusal::new(Code::Channel, "channel: a frame came before the answer that opens it");
                return if too_early { Err(refusal) } else { Ok(()) };
            };
            if *channel != frame.header.channel() {
                return Ok(());
            }
            let detached = book.looking.frame(frame)?;
            book.looking.fly(Some((*channel, writer)));
            (*channel, detached)
        };
        self.arrived.notify_one();
        self.taken.notify_waiters();
        if let Some(reason) = detached {
            self.hub.close_channel(channel);
            if self.ground() {
                self.refused(reason);
            }
        }
        Ok(())
    }

    /// The attach was answered. A refusal of ours ends the circuit.
    fn answered(self: &Arc<Self>, channel: Channel, outcome: Outcome<'_>) -> Result<(), Refusal> {
        match outcome {
            Ok(ok) => self.opened(channel, codec::decode_scanned(ok)?),
            Err(refusal) => {
                self.hub.close_channel(channel);
                if self.ground() {
                    self.refused(refusal);
                }
                Ok(())
            }
        }
    }

    fn opened(&self, channel: Channel, output: AttachOutput) -> Result<(), Refusal> {
        {
            let mut book = self.book();
            let book = &mut *book;
            let writer = match &book.stage {
                Stage::Asking(asked, writer) if *asked == channel => writer.clone(),
                // Whoever asked has left meanwhile.
                _ => {
                    self.detach(channel);
                    return Ok(());
                }
            };
            book.looking.attached(self.hub.now(), output)?;
            book.looking.fly(Some((channel, &writer)));
            book.stage = Stage::Open(channel, writer);
            if let Some(first) = book.first.take() {
                // If the caller has left meanwhile, its drop detaches.
                let _ = first.send(Ok(()));
            }
        }
        self.arrived.notify_one();
        self.taken.notify_waiters();
        Ok(())
    }

    /// There is no channel any more; `false` if this attachment is over.
    fn ground(&self) -> bool {
        let mut book = self.book();
        if matches!(book.stage, Stage::Over) {
            return false;
        }
        book.stage = Stage::Grounded;
        true
    }

    /// There is no channel, for this reason: begin again, try again later, or give up.
    fn refused(self: &Arc<Self>, reason: Refusal) {
        let wait = {
            let mut book = self.book();
            let is_first = book.first.is_some();
            if reason.code == Code::WriterUnknown && book.looking.begin_again(self.hub.writer_id()) {
                Some(Duration::ZERO)
            } else if is_first || !reason.code.passes() {
                None
            } else {
                Some(book.looking.failed(self.hub.now(), self.hub.chance()))
            }
        };
        let Some(wait) = wait else { return self.finish(reason) };
        self.arrived.notify_one();
        let viewer = Arc::downgrade(self);
        tokio::spawn(async move {
            sleep(wait).await;
            if let Some(viewer) = viewer.upgrade() {
                viewer.attach();
            }
        });
    }

    fn detach(&self, channel: Channel) {
        self.hub.close_channel(channel);
        let ignore = Box::new(|_: Outcome<'_>| Ok(()));
        if let Err(refusal) = self.hub.ask_once(Detach::ROW.name, &DetachParams { channel }, ignore) {
            tracing::error!(%refusal, "a detach could not be said");
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // Every change is whole before anything that could panic.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stage {
    const fn open(&self) -> Option<(Channel, &FrameWriter)> {
        match self {
            Self::Open(channel, writer) => Some((*channel, writer)),
            Self::Grounded | Self::Asking(..) | Self::Over => None,
        }
    }
}
