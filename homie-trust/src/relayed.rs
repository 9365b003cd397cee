//! A circuit that another machine's gateway passes on: what that says of it, in three headers of the handshake, and what of
//! that is believed.
//!
//! It has checked Host and Origin at its own door, where we have not been. What it says of them is held against its own entry in
//! the roster, and against what the client itself signs.

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::Hello;
use homie_protocol::id::NodeId;

use crate::host_origin::HostOrigin;
use crate::roster::Members;

/// What it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relayed {
    /// The machine in between.
    pub machine: NodeId,
    /// What the client has dialled there.
    pub host: String,
    /// From which page.
    pub origin: Option<String>,
}

/// The headers say half of it, or nonsense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Garbled;

impl Relayed {
    /// The header that names the machine in between; who has it is relayed.
    pub const MACHINE: &'static str = "homie-relay";
    /// The header with what the client has dialled.
    pub const HOST: &'static str = "homie-host";
    /// The header with the client's page; programs have none.
    pub const ORIGIN: &'static str = "homie-origin";

    /// Reads it, given all values of a header; nothing if nobody stands in between.
    pub fn read<'a>(values: impl Fn(&'static str) -> Vec<&'a [u8]>) -> Result<Option<Self>, Garbled> {
        let one = |name| match values(name).as_slice() {
            [] => Ok(None),
            [value] => std::str::from_utf8(value).map(|value| Some(value.to_owned())).map_err(|_| Garbled),
            _ => Err(Garbled),
        };
        match (one(Self::MACHINE)?, one(Self::HOST)?, one(Self::ORIGIN)?) {
            (None, None, None) => Ok(None),
            (Some(machine), Some(host), origin) => {
                Ok(Some(Self { machine: machine.parse().map_err(|_| Garbled)?, host, origin }))
            }
            _ => Err(Garbled),
        }
    }

    /// The headers that say it.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, String)> {
        let origin = self.origin.clone().map(|origin| (Self::ORIGIN, origin));
        [(Self::MACHINE, self.machine.to_string()), (Self::HOST, self.host.clone())].into_iter().chain(origin)
    }

    /// Refuses a machine that is none of the mesh or this one itself, and names that are not that machine's.
    pub fn check(&self, members: &Members, own: NodeId) -> Result<(), Refusal> {
        let machine = members.machine(self.machine).filter(|machine| machine.id() != own);
        let machine = machine.ok_or_else(|| {
            Refusal::new(Code::Origin, "relayed: what passes this on is no other machine of this mesh")
        })?;
        let is_its = machine.answers_to(&self.host, self.origin.as_deref());
        is_its.then_some(()).ok_or_else(|| {
            Refusal::new(Code::Origin, "relayed: host or origin is not one of the machine that passes this on")
        })
    }

    /// The client must have signed the same.
    pub(crate) fn hello(&self, hello: &Hello) -> Result<(), Refusal> {
        let names = HostOrigin::new(vec![self.host.clone()], self.origin.clone().into_iter().collect());
        names.hello(hello)?;
        if hello.origin != self.origin {
            return Err(Refusal::new(Code::Origin, "origin: the machine that passes this on says otherwise"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACHINE: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaa";

    fn read(headers: &[(&str, &'static str)]) -> Result<Option<Relayed>, Garbled> {
        Relayed::read(|wanted| {
            headers.iter().filter(|(name, _)| *name == wanted).map(|(_, value)| value.as_bytes()).collect()
        })
    }

    #[test]
    fn it_is_said_whole_or_not_at_all() {
        let (machine, host, origin) =
            (("homie-relay", MACHINE), ("homie-host", "localhost:1"), ("homie-origin", "http://localhost:1"));
        assert_eq!(read(&[]), Ok(None));
        let said = read(&[machine, host, origin]).unwrap().unwrap();
        assert_eq!((said.host.as_str(), said.origin.as_deref()), (host.1, Some(origin.1)));
        let again: Vec<_> = said.headers().collect();
        assert_eq!(again, [machine, host, origin].map(|(name, value)| (name, value.to_owned())));
        assert_eq!(read(&[machine, host]).unwrap().unwrap().origin, None);
        for garbled in [
            &[machine][..],
            &[host],
            &[origin],
            &[host, origin],
            &[machine, origin],
            &[machine, machine, host],
            &[machine, host, host],
            &[machine, host, origin, origin],
            &[("homie-relay", "me"), host],
            &[("homie-relay", ""), host],
        ] {
            assert_eq!(read(garbled), Err(Garbled), "{garbled:?}");
        }
    }
}
