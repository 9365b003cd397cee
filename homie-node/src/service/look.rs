//! How a session is looked at: resize, show, snapshot. Each is told to the holder before the answer.

use std::sync::Arc;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::Empty;
use homie_protocol::methods::session::{AttachMode, Delivery, ResizeOutput, ResizeParams, ShowParams, SnapshotParams};

use super::{Caller, Service};
use crate::link::Room;

impl Service {
    pub(super) fn set_size(&self, caller: &Caller, params: &ResizeParams) -> Result<ResizeOutput, Refusal> {
        let (_, link) = self.shared.sessions.open(params.session)?;
        link.check_terminal()?;
        let ResizeParams { size, theme, .. } = *params;
        let take = params.take == Some(true);
        let Some(channel) = params.channel else {
            if take {
                return Err(Refusal::new(Code::MissingField, "channel: who takes the size over names its own"));
            }
            link.resize(size, theme)?;
            return Ok(ResizeOutput { drives: false });
        };
        let end = caller.circuit.named(channel)?;
        if !Arc::ptr_eq(&end.link, &link) {
            return Err(Refusal::new(Code::OutOfRange, "channel: leads to another session"));
        }
        if take && end.mode == AttachMode::Watch {
            return Err(Refusal::new(Code::ReadOnly, "take: who watches does not drive; attach to type"));
        }
        Ok(ResizeOutput { drives: end.link.has_room(end.channel, Room { size, theme }, take) })
    }
}

/// Says whether a person sees a channel.
pub(super) fn set_visible(caller: &Caller, params: ShowParams) -> Result<Empty, Refusal> {
    let end = caller.circuit.show(params.channel, params.visible)?;
    end.link.show(end.channel, params.visible);
    Ok(Empty {})
}

/// Asks for a snapshot on a channel.
pub(super) fn send_snapshot(caller: &Caller, params: SnapshotParams) -> Result<Empty, Refusal> {
    let end = caller.circuit.named(params.channel)?;
    if end.delivery != Delivery::Screen {
        let words = "channel: only one of the delivery `screen` gets snapshots; attach with it";
        return Err(Refusal::new(Code::OutOfRange, words));
    }
    end.link.snapshot(end.channel, params.history)?;
    Ok(Empty {})
}
