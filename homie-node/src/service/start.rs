//! `mesh.start.meet`: where the gateways of this mesh tell their starts. Nothing is decided by it here.

use std::time::Instant;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::methods::start::{MeetOutput, MeetParams, StartService};

use super::{Caller, Service};
use crate::lock::locked;

/// Signatures in one request.
const SIGNED: usize = 8;

impl StartService for Service {
    type Caller = Caller;

    async fn meet(&self, _: &Caller, params: MeetParams) -> Result<MeetOutput, Refusal> {
        if params.signed.len() > SIGNED {
            return Err(Refusal::new(Code::OutOfRange, format!("signed: at most {SIGNED} at once")));
        }
        let members = self.shared.server.roster.members()?;
        let none = || Refusal::new(Code::NotFound, "machine: it is none of this mesh");
        let machine = members.machine(params.machine).ok_or_else(none)?;
        Ok(locked(&self.shared.starts).meet(&machine.key, &params, Instant::now()))
    }
}
