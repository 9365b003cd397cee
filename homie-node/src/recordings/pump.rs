//! Takes what a session prints from its holder and writes it down, over one link: a snapshot, then every byte after it.
//!
//! The snapshot comes on a channel of its own, which is closed again; then the bytes from there on, without loss: the
//! program waits for our disk, as for any lossless viewer. Where bytes are missing all the same, that is marked, and another
//! snapshot taken.

use std::io;
use std::sync::Arc;

use homie_circuit::Frame;
use homie_protocol::codec::decode_scanned;
use homie_protocol::control::{Control, Event, Reading, decode};
use homie_protocol::event::{Detached, Exited, Resized, Topic};
use homie_protocol::frame::{Flags, Header, Kind};
use homie_protocol::holder::{Open, Opened};
use homie_protocol::id::{Channel, Offset};
use homie_protocol::methods::session::{AttachMode, Delivery, Gap, Size};
use tokio::sync::{mpsc, watch};

use super::tape::{Tape, Written};
use crate::link::{Leaving, Link, Looker, Seat};

/// Frames that may wait for the disk. A holder sends one window, then waits for our acks; if it is cut into more frames than
/// this, those that have no place are missing, and marked as that.
const FRAMES: usize = 4096;

/// Frames that are written at once.
const AT_ONCE: usize = 64;

/// Why nothing more is recorded over this link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The link is gone; the recording goes on over the next one.
    Unlinked,
    /// The program has ended, or nobody wants more.
    Over,
    /// The recording is as long as it may be.
    Full,
}

/// Whether somebody wants no more.
type Stop = watch::Receiver<bool>;

async fn stopped(stop: &mut Stop) {
    // Our own table holds the sender for as long as the recording goes on.
    let _stopped = stop.wait_for(|stop| *stop).await;
}

/// What a frame means for the recording.
enum Step {
    GoesOn,
    Missing,
    Ends(Outcome),
}

/// Records until something ends.
pub(super) async fn record(
    link: &Arc<Link>,
    tape: &mut Tape,
    mut stop: Stop,
    wrote: impl Fn(u64),
) -> io::Result<Outcome> {
    let outcome = record_all(link, tape, &mut stop, &wrote).await?;
    if outcome == Outcome::Over {
        tape.end();
        tape.write().await?;
        wrote(tape.bytes());
    }
    Ok(outcome)
}

async fn record_all(link: &Arc<Link>, tape: &mut Tape, stop: &mut Stop, wrote: &impl Fn(u64)) -> io::Result<Outcome> {
    loop {
        let begun = tokio::select! {
            begun = begin(link, tape) => begun,
            () = stopped(stop) => return Ok(Outcome::Over),
        };
        let Some(mut place) = begun else { return Ok(Outcome::Unlinked) };
        if tape.write().await? == Written::Full {
            return Ok(Outcome::Full);
        }
        wrote(tape.bytes());
        match go_on(&mut place, tape, stop, wrote).await? {
            Step::Ends(outcome) => return Ok(outcome),
            Step::Missing => tape.gap(),
            Step::GoesOn => {}
        }
    }
}

/// Our place at a holder. Dropped, it is given back.
struct Place {
    link: Arc<Link>,
    channel: Channel,
    frames: mpsc::Receiver<Frame>,
    next: Offset,
    size: Size,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.link.close(self.channel, Leaving::OnPurpose);
    }
}

impl Place {
    /// `None` if the link is gone, or does not let us.
    async fn open(link: &Arc<Link>, delivery: Delivery, from: Option<Offset>) -> Option<(Self, Opened)> {
        let (seat, frames) = Seat::recorder(FRAMES);
        let wish = Open { channel: Channel::CIRCUIT, mode: AttachMode::Watch, from, writer: None, delivery };
        let looker = Looker { writer: None, room: None, visible: false };
        let (channel, answer) = link.open(wish, seat, looker).ok()?;
        let mut place = Self { link: Arc::clone(link), channel, frames, next: Offset::ZERO, size: Size::default() };
        let opened = answer.await.ok()?.ok()?;
        (place.next, place.size) = (opened.from, opened.size);
        link.release(channel);
        Some((place, opened))
    }

    /// What shows now, and where output goes on.
    async fn snapshot(&mut self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        loop {
            let frame = self.frames.recv().await?;
            match frame.header.kind() {
                Kind::Snapshot => {
                    bytes.extend_from_slice(&frame.payload);
                    self.next = frame.header.offset();
                    if frame.header.flags().has(Flags::LAST) {
                        return Some(bytes);
                    }
                }
                Kind::Control => {
                    if let Some(size) = resized(&frame) {
                        self.size = size;
                    }
                }
                _ => {}
            }
        }
    }

    fn acknowledge(&self) {
        if let Ok(header) = Header::new(Kind::Ack, self.channel, self.next) {
            // A link that is down says so on its own.
            let _gone = self.link.input(self.channel, header, &[]);
        }
    }
}

/// Writes a snapshot, and gives a place from which every byte after it comes. `None` if the link is gone.
async fn begin(link: &Arc<Link>, tape: &mut Tape) -> Option<Place> {
    loop {
        let (mut screen, opened) = Place::open(link, Delivery::Screen, None).await?;
        let painted = if opened.snapshot { screen.snapshot().await? } else { Vec::new() };
        let (from, size) = (screen.next, screen.size);
        drop(screen);
        let (place, opened) = Place::open(link, Delivery::Lossless, Some(from)).await?;
        // A flood has overtaken us between the two: the next snapshot is newer.
        if opened.gap.is_none() {
            tape.resized(size);
            tape.output(&painted);
            return Some(place);
        }
    }
}

async fn go_on(place: &mut Place, tape: &mut Tape, stop: &mut Stop, wrote: &impl Fn(u64)) -> io::Result<Step> {
    loop {
        let first = tokio::select! {
            first = place.frames.recv() => first,
            // Between two writes, so that none is left half done.
            () = stopped(stop) => return Ok(Step::Ends(Outcome::Over)),
        };
        let Some(first) = first else { return Ok(Step::Ends(Outcome::Unlinked)) };
        let mut meaning = take(place, tape, &first);
        for _ in 1..AT_ONCE {
            let Step::GoesOn = meaning else { break };
            let Ok(frame) = place.frames.try_recv() else { break };
            meaning = take(place, tape, &frame);
        }
        if tape.write().await? == Written::Full {
            return Ok(Step::Ends(Outcome::Full));
        }
        wrote(tape.bytes());
        match meaning {
            Step::GoesOn => place.acknowledge(),
            Step::Missing | Step::Ends(_) => return Ok(meaning),
        }
    }
}

fn take(place: &mut Place, tape: &mut Tape, frame: &Frame) -> Step {
    match frame.header.kind() {
        Kind::Output if frame.header.offset() == place.next => {
            tape.output(&frame.payload);
            place.next = place.next.plus(frame.payload.len() as u64);
            Step::GoesOn
        }
        Kind::Output => Step::Missing,
        Kind::Control => match topic(frame).as_deref() {
            Some(Resized::NAME) => {
                if let Some(size) = resized(frame) {
                    tape.resized(size);
                }
                Step::GoesOn
            }
            Some(Gap::NAME) => Step::Missing,
            Some(Exited::NAME) => Step::Ends(Outcome::Over),
            Some(Detached::NAME) => Step::Ends(Outcome::Unlinked),
            Some(_) | None => Step::GoesOn,
        },
        Kind::Input | Kind::Snapshot | Kind::Ack | Kind::Chunk | Kind::Ping | Kind::Pong => Step::GoesOn,
    }
}

fn topic(frame: &Frame) -> Option<String> {
    event(frame, |event| Some(event.topic.to_owned()))
}

fn resized(frame: &Frame) -> Option<Size> {
    event(frame, |event| (event.topic == Resized::NAME).then(|| decode_scanned::<Resized>(event.data).ok())?)
        .map(|resized| resized.size)
}

/// What stands in a control frame of a holder's, which was looked at before it came here.
fn event<T>(frame: &Frame, look: impl FnOnce(Event<'_>) -> Option<T>) -> Option<T> {
    match decode(&frame.payload, Reading::Answers).ok()? {
        Control::Event(event) => look(event),
        _ => None,
    }
}
