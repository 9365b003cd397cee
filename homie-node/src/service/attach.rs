//! `terminal.session.attach`: a channel of the client's and one of the holder's, joined.

use std::sync::Arc;
use std::time::Duration;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::Role;
use homie_protocol::holder::{Open, Opened};
use homie_protocol::id::Channel;
use homie_protocol::methods::session::{AttachMode, AttachOutput, AttachParams, SessionInfo};
use tokio::time::timeout;

use super::{Caller, SILENT, Service};
use crate::circuit::{Circuit, End};
use crate::link::{Answer, Looker, Room, Seat};

/// How long a holder may take to open a channel. It never waits, so this is a stopped process.
const OPENED_WITHIN: Duration = Duration::from_secs(5);

impl Service {
    pub(super) async fn open_channel(&self, caller: &Caller, params: AttachParams) -> Result<AttachOutput, Refusal> {
        let opening = Opening::new(caller, params.channel)?;
        check_mode(caller.circuit.role(), &params)?;
        if self.shared.sessions.is_left(params.session)
            && let Some(info) = self.shared.sessions.left(params.session).await?
        {
            let shown = self.show_past(caller, &params, info).await?;
            opening.succeeded();
            return Ok(shown);
        }
        let Asked { info, end, answer } = self.ask_for_channel(caller, &params)?;
        let opened = answered(answer).await?;
        opening.succeeded();
        let Opened { from, gap, input, size, snapshot, .. } = opened;
        let incarnation = info.incarnation;
        let drives = end.link.drives(end.channel);
        Ok(AttachOutput { incarnation, from, gap, input, size, snapshot, drives })
    }

    /// Asks the holder to open a channel for this viewer.
    fn ask_for_channel(&self, caller: &Caller, params: &AttachParams) -> Result<Asked, Refusal> {
        let Caller { circuit, turn, .. } = caller;
        let (info, link) = self.shared.sessions.open(params.session)?;
        let is_same_birth = params.incarnation.is_none_or(|incarnation| incarnation == info.incarnation);
        let from = params.from.filter(|_| is_same_birth);
        let delivery = params.delivery.unwrap_or_default();
        let AttachParams { channel, mode, writer, theme, visible, .. } = *params;
        let room = params.size.map(|size| Room { size, theme });
        let looker = Looker { writer: writer.map(|writer| writer.id), room, visible };
        let seat = Seat::Client { circuit: Arc::clone(circuit), channel };
        let (far, answer) = link.open(Open { channel, mode, from, writer, delivery }, seat, looker)?;
        let end = End { link, channel: far, mode, delivery };
        circuit
            .lead(channel, end.clone(), visible, *turn)
            .inspect_err(|_| end.link.close(far, crate::link::Leaving::Lost))?;
        Ok(Asked { info, end, answer })
    }
}

/// A channel that the holder was asked for.
struct Asked {
    info: SessionInfo,
    end: End,
    answer: Answer,
}

/// A channel that is being opened. Unless that succeeds, it is closed again on both sides.
struct Opening<'a> {
    circuit: &'a Circuit,
    channel: Channel,
    is_open: bool,
}

impl<'a> Opening<'a> {
    fn new(caller: &'a Caller, channel: Channel) -> Result<Self, Refusal> {
        caller.circuit.open(channel)?;
        Ok(Self { circuit: &caller.circuit, channel, is_open: false })
    }

    fn succeeded(mut self) {
        self.is_open = true;
    }
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        if !self.is_open {
            // It may have been closed meanwhile, with the circuit or the link.
            let _closed = self.circuit.close(self.channel);
        }
    }
}

async fn answered(answer: Answer) -> Result<Opened, Refusal> {
    match timeout(OPENED_WITHIN, answer).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(Refusal::new(Code::Unreachable, "session: the link to its holder broke; try again")),
        Err(_) => Err(Refusal::new(Code::Timeout, SILENT)),
    }
}

fn check_mode(role: Role, params: &AttachParams) -> Result<(), Refusal> {
    match (params.mode, params.writer) {
        (AttachMode::Interactive, _) if role < Role::Operator => {
            Err(Refusal::new(Code::Forbidden, "mode: interactive needs the role Operator; attach with watch"))
        }
        (AttachMode::Interactive, None) => Err(Refusal::new(Code::MissingField, "writer: interactive needs one")),
        (AttachMode::Watch, Some(_)) => Err(Refusal::new(Code::ReadOnly, "writer: who watches does not type")),
        (AttachMode::Interactive, Some(_)) | (AttachMode::Watch, None) => Ok(()),
    }
}
