//! Reads one holder link until it ends. Everything a holder says passes here; terminal bytes pass unseen.

use std::future::pending;
use std::time::Instant;

use homie_circuit::{Frame, FrameReader};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::frame::Kind;
use homie_protocol::holder::{Changed, FromHolder};
use tokio::time::sleep_until;

use super::Link;
use super::connect::message;

/// What a link tells about its session.
pub(super) trait Told {
    /// The holder says that the session has changed.
    fn changed(&self, changed: Changed);

    /// Viewers have come or gone.
    fn viewed(&self, viewers: u32);
}

/// Runs until the link breaks, and says why. Whether the holder is still there its keeper finds out.
pub(super) async fn pump(reader: &mut FrameReader, link: &Link, told: &impl Told) -> Refusal {
    let mut due = link.due();
    loop {
        tokio::select! {
            read = reader.next() => match read {
                Ok(Some(frame)) => if let Err(refusal) = take_with_next(frame, reader, link, told) { return refusal },
                Ok(None) => return Refusal::new(Code::Unreachable, "the session's holder has hung up"),
                Err(refusal) => return refusal,
            },
            () = link.closed() => return Refusal::new(Code::Unreachable, "the session's holder does not read"),
            () = link.viewers_changed() => {
                told.viewed(link.viewers());
                due = link.due();
            }
            () = until(due) => {
                link.pass_time();
                due = link.due();
            }
        }
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due.into()).await,
        None => pending().await,
    }
}

/// Takes a frame. A holder says an ack and the echo behind it at once, and so they are passed on.
fn take_with_next(frame: Frame, reader: &mut FrameReader, link: &Link, told: &impl Told) -> Result<(), Refusal> {
    if frame.header.kind() != Kind::Ack {
        return take(frame, link, told);
    }
    match reader.come_already()? {
        Some(next) if next.header.channel() == frame.header.channel() => link.pass(Some(frame), next),
        Some(next) => {
            take(frame, link, told)?;
            take(next, link, told)
        }
        None => take(frame, link, told),
    }
}

fn take(frame: Frame, link: &Link, told: &impl Told) -> Result<(), Refusal> {
    if !frame.header.channel().is_circuit() {
        return link.pass(None, frame);
    }
    if frame.header.kind() != Kind::Control {
        return Err(Refusal::new(Code::UnexpectedFrame, "kind: a holder sends control alone on channel 0"));
    }
    match message(&frame.payload)? {
        FromHolder::Opened(opened) => link.opened(opened),
        FromHolder::OpenRefused(refused) => link.open_refused(&refused),
        FromHolder::Done(done) => link.done(done),
        FromHolder::Found(found) => link.found(found),
        FromHolder::Captured(captured) => link.captured(captured),
        FromHolder::Changed(changed) => {
            told.changed(changed);
            Ok(())
        }
        FromHolder::Refused(refusal) => Err(refusal),
        FromHolder::Welcome(_) => Err(Refusal::new(Code::UnexpectedFrame, "t: a holder says welcome once")),
    }
}
