//! Where a viewer sits: a channel of a client's circuit, or a recorder of this node.

use std::sync::Arc;

use homie_circuit::{Frame, FrameWriter};
use homie_protocol::code::Refusal;
use homie_protocol::id::Channel;
use tokio::sync::mpsc;

use crate::circuit::Circuit;

/// Where a viewer sits.
#[derive(Debug, Clone)]
pub(crate) enum Seat {
    /// A channel of a client's circuit.
    Client {
        /// The circuit.
        circuit: Arc<Circuit>,
        /// The channel.
        channel: Channel,
    },
    /// A recorder. It counts as no viewer: nobody looks.
    Recorder(mpsc::Sender<Frame>),
}

impl Seat {
    /// A recorder, and what it is sent. Frames beyond the bound are lost; their offsets tell it that they are.
    pub(crate) fn recorder(most: usize) -> (Self, mpsc::Receiver<Frame>) {
        let (frames_tx, frames_rx) = mpsc::channel(most);
        (Self::Recorder(frames_tx), frames_rx)
    }

    /// Passes a frame on, and an ack before it, to a client under its own number. A circuit that is closing loses them, as
    /// it loses everything.
    pub(crate) fn send(&self, ack: Option<&Frame>, frame: &Frame) {
        match self {
            Self::Client { circuit, channel } => {
                if let Err(refusal) = pass(circuit.writer(), *channel, ack, frame) {
                    tracing::error!(%refusal, "a frame of a holder does not fit a client's channel");
                }
            }
            Self::Recorder(frames) => {
                for frame in ack.into_iter().chain([frame]) {
                    drop(frames.try_send(frame.clone()));
                }
            }
        }
    }

    /// Too much waits. A recorder finds out by itself.
    pub(crate) fn overrun(&self) {
        if let Self::Client { circuit, .. } = self {
            circuit.overrun();
        }
    }

    /// Whether a person may see it.
    pub(crate) fn is_seen(&self) -> bool {
        matches!(self, Self::Client { .. })
    }

    /// The channel is closed: its place on the circuit is free again.
    pub(crate) fn free(self) {
        if let Self::Client { circuit, channel } = self {
            circuit.freed(channel);
        }
    }
}

fn pass(writer: &FrameWriter, channel: Channel, ack: Option<&Frame>, frame: &Frame) -> Result<(), Refusal> {
    let header = frame.header.on_channel(channel)?;
    // One that is closed is about to be noticed.
    let _closed = match ack {
        Some(ack) => writer.send_both((ack.header.on_channel(channel)?, &ack.payload), (header, &frame.payload)),
        None => writer.send(header, &frame.payload),
    };
    Ok(())
}
