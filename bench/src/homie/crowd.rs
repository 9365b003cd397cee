//! Many clients of one machine at once, in which nothing happens: each looks at all its sessions on one circuit through the gateway,
//! and is told of all machines on another, as a page is.

use std::sync::Arc;
use std::time::Duration;

use homie_protocol::frame::{Header, Kind};
use homie_protocol::id::{Channel, SessionId};
use homie_protocol::methods::machine::{Machines, MachinesParams, MeshSessions, MeshSessionsParams};
use homie_protocol::methods::session::{Attach, Delivery};
use homie_trust::DeviceIdentity;

use super::circuit::{Circuit, Way};
use super::viewer::attaching;
use crate::view::READ;

/// The circuits of all of them.
#[derive(Default)]
pub(crate) struct Crowd(Vec<Circuit>);

impl Crowd {
    /// One more.
    pub(crate) fn join(
        &mut self,
        [machine, gateway]: [&Way; 2],
        identity: &Arc<DeviceIdentity>,
        sessions: &[SessionId],
    ) -> anyhow::Result<()> {
        let mut told = Circuit::open(gateway, identity)?;
        told.request::<Machines>(&MachinesParams { subscribe: Some(true), after: None })?;
        told.request::<MeshSessions>(&MeshSessionsParams::default())?;
        self.0.push(told);
        let mut looks = Circuit::open(machine, identity)?;
        for (number, session) in (0..).zip(sessions) {
            // Odd numbers are the client's.
            let channel = Channel::new(2 * number + 1);
            looks.request::<Attach>(&attaching(channel, *session, identity, Delivery::Screen)?)?;
        }
        self.0.push(looks);
        Ok(())
    }

    /// Takes what has come, and says that all of them are still there.
    pub(crate) fn tend(&mut self) -> anyhow::Result<()> {
        self.0.iter_mut().try_for_each(tend)
    }
}

fn tend(circuit: &mut Circuit) -> anyhow::Result<()> {
    loop {
        let (mut frames, mut pings) = (0, 0);
        circuit.read(Duration::ZERO, READ, &mut |header, _| {
            frames += 1;
            pings += u32::from(header.kind() == Kind::Ping);
            Ok(())
        })?;
        for _ in 0..pings {
            circuit.send(Header::PONG, &[])?;
        }
        if frames == 0 {
            return Ok(());
        }
    }
}
