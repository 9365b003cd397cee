//! A caller that has proved a key of the roster before anything else, at a door that takes no others: one of its devices, or one of
//! its machines. Nobody else is asked about it, so its role is what the roster says of the device, below this machine's ceiling.

use std::net::SocketAddr;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{Algorithm, DeviceKey, Hello, MachineKey, Role, Signature};
use homie_protocol::id::{DeviceId, NodeId};

use crate::device::Device;
use crate::relayed::{Garbled, Relayed};
use crate::roster::{Machine, Members, Roster};
use crate::signature::verify;
use crate::tries::Source;

/// Whose key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// A device's.
    Device(DeviceId),
    /// A machine's.
    Machine(NodeId),
}

/// Such a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keyed {
    /// Whose key it has proved.
    pub known: Known,
    /// From where.
    pub address: SocketAddr,
    /// More than this it does not get here, whatever its device may do elsewhere.
    pub highest: Role,
}

impl Known {
    /// Whose key this is, if it is of a device that may do anything, or of a machine that is not retired.
    pub fn of(members: &Members, key: &MachineKey) -> Option<Self> {
        let machine = members.machines().iter().find(|machine| machine.key == *key).map(Machine::id);
        let device = || members.devices().iter().find(|device| has_key(&device.key, key)).map(Device::id);
        let known = machine.map(Self::Machine).or_else(|| device().map(Self::Device))?;
        known.is_good(members).then_some(known)
    }

    /// Whether it still may come.
    pub fn is_good(self, members: &Members) -> bool {
        match self {
            Self::Device(id) => members.device_of(id).is_some_and(|device| device.may() > Role::None),
            Self::Machine(id) => members.machine(id).is_some(),
        }
    }

    /// As a gateway tells its node, in this header.
    pub const HEADER: &'static str = "homie-known";

    /// What stands in it.
    pub fn header(self) -> String {
        match self {
            Self::Device(id) => format!("device {id}"),
            Self::Machine(id) => format!("machine {id}"),
        }
    }

    /// Reads it.
    pub fn read(text: &str) -> Result<Self, Garbled> {
        match text.split_once(' ') {
            Some(("device", id)) => id.parse().map(Self::Device).map_err(|_| Garbled),
            Some(("machine", id)) => id.parse().map(Self::Machine).map_err(|_| Garbled),
            _ => Err(Garbled),
        }
    }
}

impl Keyed {
    /// Whose tries it spends: an address, as long as greetings fail. A machine that has not called us, but was called, has none.
    pub fn source(&self) -> Source {
        match self.known {
            Known::Machine(machine) if self.address.ip().is_unspecified() => Source::Machine(machine.to_string()),
            Known::Machine(_) | Known::Device(_) => Source::of(self.address.ip()),
        }
    }

    /// Whether this machine speaks for others: it has proved that it is the one in between.
    pub fn passes_on(&self, relayed: &Relayed) -> bool {
        self.known == Known::Machine(relayed.machine)
    }

    /// Refuses whoever may come no more.
    pub(crate) fn check(&self, members: &Members) -> Result<(), Refusal> {
        self.known.is_good(members).then_some(()).ok_or_else(|| {
            Refusal::new(
                Code::DeviceUnknown,
                "the key that opened this connection is of no device or machine here any more",
            )
        })
    }

    /// A device that has opened the connection speaks for itself alone.
    pub(crate) fn hello(&self, hello: &Hello) -> Result<(), Refusal> {
        let said = hello.device.as_ref().map(|device| device.id);
        match self.known {
            Known::Device(id) if said != Some(id) => {
                Err(Refusal::new(Code::Unauthenticated, "device: another one than has opened this connection"))
            }
            Known::Device(_) | Known::Machine(_) => Ok(()),
        }
    }
}

impl Roster {
    /// Refuses a key that is of no device or machine that may come, or did not sign this.
    pub fn check_known(&self, key: &MachineKey, bytes: &[u8], signature: &Signature) -> Result<(), Refusal> {
        let members = self.members()?;
        let none = || Refusal::new(Code::DeviceUnknown, "it is of no device or machine that may come in");
        Known::of(&members, key).ok_or_else(none)?;
        verify(Algorithm::Ed25519, &key.0, bytes, signature)
    }
}

fn has_key(device: &DeviceKey, key: &MachineKey) -> bool {
    device.alg == Algorithm::Ed25519 && device.key == key.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_was_called_spends_its_own_tries_and_no_others() {
        let id = |number| NodeId::from_bytes([number; 16]);
        let source =
            |known, address: &str| Keyed { known, address: address.parse().unwrap(), highest: Role::Owner }.source();
        let called = |number| source(Known::Machine(id(number)), "0.0.0.0:0");
        assert!(called(1) == called(1) && called(1) != called(2));
        assert_eq!(source(Known::Machine(id(1)), "192.0.2.7:1"), source(Known::Machine(id(2)), "192.0.2.7:2"));
    }

    #[test]
    fn whose_key_it_is_is_said_whole_or_not_at_all() {
        let id = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
        for known in [Known::Device(id.parse().unwrap()), Known::Machine(id.parse().unwrap())] {
            assert_eq!(Known::read(&known.header()), Ok(known));
        }
        for garbled in ["", "device", "device ", "device x", "owner aaaaaaaaaaaaaaaaaaaaaaaaaa", id] {
            assert_eq!(Known::read(garbled), Err(Garbled), "{garbled:?}");
        }
    }
}
