//! Machines of one mesh, without an exchange that somebody confirms.

use homie_protocol::hello::{ClientKind, Role};
use homie_trust::{Actor, Device, KeyPair, Roster};

use crate::machine::Machine;

/// The second is a machine of the mesh of the first, as if it had joined. What the first one says of itself it may have said already.
pub fn join((first, first_name): (&Machine, &str), (joining, name): (&Machine, &str)) -> anyhow::Result<()> {
    let (there, here, actor) = (first.state()?, joining.state()?, Actor::local("test"));
    let (key, roster) = (KeyPair::machine(&there)?, Roster::open(&there, first_name)?);
    roster.tell_machine(key.machine_key(), first_name, None)?;
    let device = Device::new(Roster::own_public(&here)?, name, Role::Owner, ClientKind::Cli, 0)?;
    roster.enrol_machine(&device, KeyPair::machine(&here)?.machine_key(), name, &actor)?;
    let members = roster.members()?;
    Ok(Roster::join(&here, members.root(), members.entries().cloned().collect(), key.node_id(), &actor)?)
}
