//! Where a viewer sits: a channel of a client's circuit.

use std::sync::Arc;

use homie_circuit::Frame;
use homie_protocol::id::Channel;

use crate::circuit::Circuit;

/// A channel of a client's circuit.
#[derive(Debug, Clone)]
pub(crate) struct Seat {
    /// The circuit.
    pub(crate) circuit: Arc<Circuit>,
    /// The channel.
    pub(crate) channel: Channel,
}

impl Seat {
    /// Passes a frame on, under the client's number. A circuit that is closing loses it, as it loses everything.
    pub(crate) fn send(&self, frame: &Frame) {
        match frame.header.on_channel(self.channel) {
            Ok(header) => drop(self.circuit.writer().send(header, &frame.payload)),
            Err(refusal) => tracing::error!(%refusal, "a frame of a holder does not fit a client's channel"),
        }
    }

    /// The channel is closed: its place on the circuit is free again.
    pub(crate) fn free(self) {
        self.circuit.freed(self.channel);
    }
}
