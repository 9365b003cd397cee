//! From a control frame to its response: envelope, table of methods, request key, handler.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::{self, Control, Reading, Request};
use homie_protocol::id::{Channel, Offset};
use homie_protocol::limits::ANSWER;
use homie_protocol::machine::answers::Wish;
use homie_protocol::method::{MethodRow, refusal};
use homie_protocol::methods;

use super::slots::{Slot, Slots, Turn};
use super::{Admission, Handler};
use crate::frame::Frame;
use crate::writer::FrameWriter;

/// The requests of one circuit.
pub(super) struct Requests<H> {
    writer: FrameWriter,
    admission: Admission,
    handler: Arc<H>,
    slots: Slots,
}

impl<H: Handler> Requests<H> {
    pub(super) fn new(writer: FrameWriter, admission: Admission, handler: Arc<H>) -> Self {
        Self { writer, admission, handler, slots: Slots::default() }
    }

    pub(super) fn handler(&self) -> &H {
        &self.handler
    }

    /// Takes a control frame; `false` if it was the peer's farewell. What breaks the envelope ends the circuit, what is
    /// wrong with a request is its answer.
    pub(super) fn control(&self, frame: &Frame) -> Result<bool, Refusal> {
        if !frame.header.channel().is_circuit() {
            return Err(Refusal::new(Code::Channel, "channel: a client's control frames go on channel 0"));
        }
        let Control::Request(request) = control::decode(&frame.payload, Reading::Requests)? else {
            return Ok(false);
        };
        let Some(slot) = self.slots.take(request.id, &self.writer)? else {
            let busy = Refusal::new(Code::Busy, "128 requests wait already, ask again when one is answered");
            self.writer.control(Channel::CIRCUIT, Offset::ZERO, &refusal(request.id, &busy))?;
            return Ok(true);
        };
        match self.admit(&request) {
            Ok(row) => self.begin(&request, row, slot, frame.payload.clone()),
            Err(refused) => respond(slot, &refusal(request.id, &refused)),
        }
        Ok(true)
    }

    fn admit(&self, request: &Request<'_>) -> Result<&'static MethodRow, Refusal> {
        let row = methods::row(request.method).filter(|row| row.server.include(self.admission.service));
        let unknown = || Refusal::new(Code::UnknownMethod, format!("{} is not served here", request.method));
        let row = row.ok_or_else(unknown)?;
        row.admit(*self.admission.role.borrow(), request)?;
        Ok(row)
    }

    fn begin(&self, request: &Request<'_>, row: &MethodRow, slot: Slot, payload: Bytes) {
        let (handler, id, turn) = (Arc::clone(&self.handler), request.id, slot.turn());
        let answer = run(Arc::clone(&handler), id, turn, payload);
        let Some(key) = request.key else {
            start(async move {
                respond(slot, &answer.await);
                handler.answered(turn);
            });
            return;
        };
        let Admission { answers, asker, .. } = &self.admission;
        let Some(acting) = answers.first(Wish { asker: *asker, key }, row.name, slot) else { return };
        start(async move {
            acting.answer(&answer.await);
            handler.answered(turn);
        });
    }
}

/// Runs a request where its bytes live. They are decoded a second time there: 3 µs, and not on the way of a key.
async fn run<H: Handler>(handler: Arc<H>, id: u32, turn: Turn, payload: Bytes) -> Vec<u8> {
    match control::decode(&payload, Reading::Requests) {
        Ok(Control::Request(request)) => handler.request(request, turn).await,
        _ => refusal(id, &Refusal::new(Code::Internal, "the request was not a request any more")),
    }
}

/// Begins at once, so that requests are begun in the order in which they came; what has to wait becomes a task.
fn start(work: impl Future<Output = ()> + Send + 'static) {
    let mut work: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(work);
    if work.as_mut().now_or_never().is_none() {
        tokio::spawn(work);
    }
}

/// Sends a response, and frees its slot. A circuit that is over needs none.
pub(super) fn respond(slot: Slot, response: &[u8]) {
    let too_large;
    let response = if (1..=ANSWER.bytes).contains(&response.len()) {
        response
    } else {
        tracing::error!(len = response.len(), "an answer does not fit into its envelope");
        too_large = refusal(slot.id(), &Refusal::new(Code::Internal, "the answer is larger than an answer may be"));
        &too_large
    };
    let writer = slot.writer().clone();
    drop(slot);
    if writer.control(Channel::CIRCUIT, Offset::ZERO, response).is_err() {
        tracing::trace!("an answer came after the end of its circuit");
    }
}
