//! A session as one viewer sees it, over as many circuits as it takes.

use std::sync::Arc;

use bytes::Bytes;
use homie_protocol::code::Refusal;
use homie_protocol::id::{Incarnation, Offset, SessionId, WriterId};
use homie_protocol::methods::session::{
    AttachMode, AttachOutput, Delivery, ExitStatus, Gap, Resize, ResizeParams, Size, Theme,
};

use super::Client;
use super::viewer::Viewer;

/// How to look at a session.
#[derive(Debug, Clone)]
pub struct AttachOptions {
    /// Which session.
    pub session: SessionId,
    /// Whether this viewer types.
    pub mode: AttachMode,
    /// Who types, with a life longer than this attachment; left out, a new writer. It must not have sent anything yet.
    pub writer: Option<WriterId>,
    /// The birth and the next byte needed in it; left out, the oldest byte there is.
    pub from: Option<(Incarnation, Offset)>,
    /// The size it has room for, if it has one: the terminal's while this viewer drives.
    pub size: Option<Size>,
    /// Whether a person sees it now.
    pub visible: bool,
    /// What it is sent when it comes without a place, or does not keep up.
    pub delivery: Delivery,
    /// Its colours, for programs that ask while this viewer drives.
    pub theme: Option<Theme>,
}

impl AttachOptions {
    /// Looks and types, from the oldest byte there is.
    pub const fn interactive(session: SessionId) -> Self {
        Self {
            session,
            mode: AttachMode::Interactive,
            writer: None,
            from: None,
            size: None,
            visible: true,
            delivery: Delivery::Bytes,
            theme: None,
        }
    }

    /// Only looks.
    pub const fn watch(session: SessionId) -> Self {
        Self { mode: AttachMode::Watch, ..Self::interactive(session) }
    }
}

/// What a viewer sees, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewed {
    /// Attached, for the first time or again. Output goes on where it was, unless the incarnation is another: then
    /// offsets count from its birth. Or a snapshot comes first.
    Attached(AttachOutput),
    /// What the terminal shows at this offset. Output goes on there, wherever it was before.
    Snapshot {
        /// Where in the output.
        offset: Offset,
        /// Painted over what this viewer shows; if not, over a fresh terminal.
        is_skip: bool,
        /// What a terminal is fed for it.
        bytes: Bytes,
    },
    /// The next bytes of output: none is left out or comes twice.
    Output {
        /// The offset of the first.
        offset: Offset,
        /// At least one.
        bytes: Bytes,
    },
    /// These bytes are lost to this viewer.
    Gap(Gap),
    /// The terminal has another size from here on.
    Resized {
        /// Where in the output.
        at: Offset,
        /// The new size.
        size: Size,
    },
    /// This viewer drives the size from here on, or does no longer.
    Driver {
        /// Whether it does.
        drives: bool,
    },
    /// The program puts this text into the clipboard of whoever typed last.
    Clipboard(Bytes),
    /// The program has ended; no output follows. Bytes typed that it has not read are gone with it, and no more are taken.
    Exited {
        /// Where the output ends.
        at: Offset,
        /// How.
        status: ExitStatus,
    },
    /// Bytes that were typed and will not be sent unasked: they are too old, somebody else has typed since, or the holder
    /// has forgotten this writer. Write them again, or let them be.
    Unsent(Bytes),
    /// The end: this attachment sees nothing more.
    Detached(Refusal),
}

/// A session as one viewer sees it. Dropping it detaches; the session goes on.
#[derive(Debug)]
pub struct Attachment {
    client: Client,
    viewer: Arc<Viewer>,
}

impl Attachment {
    /// The first attach is a single attempt, made as soon as there is a circuit.
    pub(super) async fn open(client: Client, options: AttachOptions) -> Result<Self, Refusal> {
        let (viewer, first) = Viewer::new(Arc::clone(client.hub()), options);
        let attachment = Self { client, viewer };
        attachment.viewer.start();
        match first.await {
            Ok(Ok(())) => Ok(attachment),
            Ok(Err(refusal)) => Err(refusal),
            Err(_) => Err(attachment.client.hub().why_closed()),
        }
    }

    /// What comes next; `None` after [`Viewed::Detached`]. What was taken counts as done, and is acknowledged, with the
    /// next call: whoever takes slowly gets slowly, and nothing piles up. Nothing is lost if the future is dropped.
    pub async fn next(&self) -> Option<Viewed> {
        self.viewer.next().await
    }

    /// Types. Returns when all bytes are in the outbox, which has room for 1 MiB; it is sent as the terminal takes it. After
    /// the program's end it is refused with `ended`.
    pub async fn write(&self, bytes: &[u8]) -> Result<(), Refusal> {
        self.viewer.write(bytes).await
    }

    /// Bytes typed that the terminal has not taken yet.
    pub fn unapplied(&self) -> usize {
        self.viewer.unapplied().0
    }

    /// For how many milliseconds the oldest byte typed has waited to be taken. Two seconds are worth telling a person.
    pub fn unapplied_for(&self) -> Option<u64> {
        self.viewer.unapplied().1
    }

    /// Returns when the terminal has taken everything typed, or the program or this attachment is over.
    pub async fn applied(&self) {
        self.viewer.applied().await;
    }

    /// Whether the terminal edited lines when it took what was typed last; unknown before it has taken anything. Then it
    /// takes lines of at most 4,095 bytes, and drops what is beyond.
    pub fn edits_lines(&self) -> Option<bool> {
        self.viewer.edits_lines()
    }

    /// Says for what size this viewer has room: the terminal's while it drives. Also told with each attach.
    pub fn fit(&self, size: Size) {
        self.viewer.fit(size, false);
    }

    /// The same, and this viewer drives from now on, whoever did.
    pub fn take_over(&self, size: Size) {
        self.viewer.fit(size, true);
    }

    /// Asks for a snapshot with so many lines of history at most. It comes as [`Viewed::Snapshot`], if the circuit lives.
    pub fn ask_snapshot(&self, history: u32) {
        self.viewer.ask_snapshot(history);
    }

    /// Sets the terminal's size by hand, for everyone.
    pub async fn resize(&self, size: Size) -> Result<(), Refusal> {
        let params = ResizeParams { session: self.viewer.session(), size, channel: None, take: None, theme: None };
        self.client.request::<Resize>(&params).await?;
        Ok(())
    }

    /// Whether a person sees it: said at once, and with each attach.
    pub fn set_visible(&self, visible: bool) {
        self.viewer.set_visible(visible);
    }

    /// The client whose circuit it uses.
    pub const fn client(&self) -> &Client {
        &self.client
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        self.viewer.leave();
    }
}
