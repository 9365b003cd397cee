//! A session whose holder is gone, as its viewers see it: the last screen, what of it is sought, and how it ended.

use homie_holder::LastScreen;
use homie_protocol::code::{Code, Refusal};
use homie_protocol::event::{Detached, Exited, Topic};
use homie_protocol::frame::{Flags, Header, Kind};
use homie_protocol::id::{Channel, Offset};
use homie_protocol::limits::OUTPUT_FRAME;
use homie_protocol::methods::session::{
    AttachOutput, AttachParams, CaptureOutput, CaptureParams, InputState, Match, SessionInfo, SessionState,
};
use tokio::time::{Instant, timeout_at};

use super::read::Finds;
use super::{Caller, Service};
use crate::circuit::Words;
use crate::link::Sought;
use crate::start::blocking;

/// Bytes of text in an answer.
const PART: usize = 128 * 1024;

impl Service {
    /// Answers for the holder. What follows on the channel is sent when the answer is out.
    pub(super) async fn show_past(
        &self,
        caller: &Caller,
        params: &AttachParams,
        info: SessionInfo,
    ) -> Result<AttachOutput, Refusal> {
        let screen = self.last_screen(&info).await?;
        // Who has seen everything of it needs nothing more, whatever is left of it.
        let seen = params.from.filter(|_| params.incarnation.is_none_or(|known| known == info.incarnation));
        let from = screen.as_ref().map_or(seen.unwrap_or_default(), |screen| screen.head.offset);
        let size = screen.as_ref().map_or(info.size, |screen| screen.head.size);
        let snapshot = screen.is_some();
        let words = words(params.channel, &info, screen, from)?;
        caller.circuit.say(params.channel, words, caller.turn)?;
        // What it typed and does not know the fate of was for a program that is no more.
        let input = params.writer.map(|writer| InputState { applied: writer.sent, contested: false });
        Ok(AttachOutput { incarnation: info.incarnation, from, gap: None, input, size, snapshot, drives: false })
    }

    /// The last screen as text.
    pub(super) async fn past_text(&self, params: CaptureParams, info: &SessionInfo) -> Result<CaptureOutput, Refusal> {
        let Some(screen) = self.last_screen(info).await? else {
            return Err(Refusal::new(Code::NotFound, "session: it is over, and its last screen was not kept"));
        };
        let (ansi, from) = (params.ansi == Some(true), params.from.unwrap_or_default());
        let part = blocking(move || Ok(screen.capture(ansi, from, PART))).await?;
        Ok(CaptureOutput { text: part.text, next: part.next })
    }

    /// Searches last screens, the newest first, until then. Those it did not come to are silent.
    pub(super) async fn look_for_past(&self, past: Vec<SessionInfo>, sought: &Sought, until: Instant) -> Finds {
        let mut finds = Finds::default();
        for info in past {
            let matches = timeout_at(until, self.past_matches(&info, sought.clone())).await;
            finds.add(info.id, matches.ok().and_then(Result::ok));
        }
        finds
    }

    async fn past_matches(&self, info: &SessionInfo, sought: Sought) -> Result<Vec<Match>, Refusal> {
        let Some(screen) = self.last_screen(info).await? else { return Ok(Vec::new()) };
        let Sought { text, ignore_case, limit } = sought;
        blocking(move || Ok(screen.search(&text, ignore_case, limit))).await
    }

    /// Without a history there is none, and the session is over all the same.
    async fn last_screen(&self, info: &SessionInfo) -> Result<Option<LastScreen>, Refusal> {
        match self.shared.history.one(info.id).await {
            Ok(past) => Ok(past.filter(|past| past.info.incarnation == info.incarnation).and_then(|past| past.screen)),
            Err(refusal) if refusal.code == Code::Internal => {
                tracing::warn!(%refusal, session = %info.id, "a last screen cannot be shown");
                Ok(None)
            }
            Err(refusal) => Err(refusal),
        }
    }
}

/// The snapshot in pieces, then the end: of the program, or of the channel if nobody knows that.
fn words(channel: Channel, info: &SessionInfo, screen: Option<LastScreen>, at: Offset) -> Result<Words, Refusal> {
    let mut frames = Vec::new();
    if let Some(screen) = screen {
        let mut pieces = screen.snapshot.chunks(OUTPUT_FRAME).peekable();
        while let Some(piece) = pieces.next() {
            let flags = if pieces.peek().is_none() { Flags::LAST } else { Flags::NONE };
            frames.push((Header::with_flags(Kind::Snapshot, flags, channel, at)?, piece.to_vec()));
        }
    }
    let header = Header::new(Kind::Control, channel, at)?;
    if let Some(status) = info.exit {
        frames.push((header, Exited { status }.encode(1)?));
        return Ok(Words { frames, is_last: false });
    }
    let words = match info.state {
        SessionState::Ended => "session: its machine went down with it; it can be run again",
        SessionState::Running | SessionState::Exited | SessionState::Lost => {
            "session: its holder has gone, and nobody knows how the program ended; it can be run again"
        }
    };
    frames.push((header, Detached { reason: Refusal::new(Code::Ended, words) }.encode(1)?));
    Ok(Words { frames, is_last: true })
}
