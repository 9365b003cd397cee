//! What one frame of the node does. An error closes the link; the program does not notice.

use std::time::Instant;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::frame::{Header, Kind};
use homie_protocol::holder::ToHolder;
use homie_protocol::limits::REQUEST;

use crate::ending::Asker;
use crate::held::Held;
use crate::link::message;
use crate::outbox::Outbox;
use crate::screen::Job;

/// Whether the holder is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    Goes,
    Buried,
}

pub(crate) fn obey(header: Header, payload: &[u8], outbox: &mut Outbox, held: &mut Held) -> Result<Then, Refusal> {
    if !header.channel().is_circuit() {
        held.session.frame(header, payload, outbox)?;
        return Ok(Then::Goes);
    }
    match header.kind() {
        Kind::Ping => outbox.push(Header::PONG, payload),
        Kind::Pong => {}
        Kind::Control | Kind::Output | Kind::Input | Kind::Snapshot | Kind::Ack | Kind::Chunk => {
            return heed(message(header, payload, REQUEST)?, outbox, held);
        }
    }
    Ok(Then::Goes)
}

fn heed(message: ToHolder, outbox: &mut Outbox, held: &mut Held) -> Result<Then, Refusal> {
    match message {
        ToHolder::Hello(_) => return Err(Refusal::new(Code::UnexpectedFrame, "hello: it was said already")),
        ToHolder::Open(open) => held.session.open(open, outbox)?,
        ToHolder::Close(close) => held.session.close(close)?,
        ToHolder::Resize(resize) => held.resize(resize.size, resize.theme),
        ToHolder::Driver(drives) => held.session.memory.drives(drives.writer),
        ToHolder::Signal(asked) => {
            let outcome = held.signal(asked.signal);
            held.session.asked.answer(asked.ask, outcome);
        }
        ToHolder::Input(asked) => held.session.type_once(asked.ask, asked.bytes.as_slice()),
        ToHolder::EndInput(asked) => held.end_input(asked.ask),
        ToHolder::Kill(asked) => {
            held.session.asked.end(asked.ask);
            held.end(Asker::Node, Instant::now());
        }
        ToHolder::Rename(asked) => {
            let outcome = held.rename(asked.name);
            held.session.asked.answer(asked.ask, outcome);
        }
        ToHolder::Snapshot(asked) => held.session.send_snapshot(asked, outbox)?,
        ToHolder::Share(share) => held.session.share(share)?,
        ToHolder::Search(asked) => held.look(asked.ask, Job::Search(asked)),
        ToHolder::Capture(asked) => held.look(asked.ask, Job::Capture(asked)),
        ToHolder::Trim(trim) => held.trim(trim.bytes),
        ToHolder::Bury(_) if held.session.exit().is_some() => return Ok(Then::Buried),
        ToHolder::Bury(_) => return Err(Refusal::new(Code::UnexpectedFrame, "bury: the program still runs")),
    }
    Ok(Then::Goes)
}
