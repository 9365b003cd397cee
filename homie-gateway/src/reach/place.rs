//! Where a machine is that somebody names, worked out of the roster and of what tailscaled says. Pure.

use std::ops::RangeInclusive;

use homie_circuit::sealed;
use homie_protocol::id::NodeId;
use homie_tailnet::{Peer, Status};
use homie_trust::Machine;

use super::address::{Address, HTTPS_PORT, Host};
use crate::limits::{DEFAULT_PORT, PORTS_TRIED};

/// Names that are told when one is not found; more would hide the sentence.
const TOLD: usize = 8;

/// Where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its full name, which its certificate must have; [`sealed::NAME`] where it shows its bare key.
    pub name: String,
    /// The port of its page.
    pub port: u16,
    /// Whether that is only the usual one, since nobody has said it.
    pub is_usual: bool,
    /// Where it may be reached: its addresses, else its name.
    pub targets: Vec<String>,
    /// Its id, if the roster knows it.
    pub node: Option<NodeId>,
}

/// Why nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unplaced {
    /// It is this machine.
    #[error("{0} is this machine; leave it out")]
    Here(String),
    /// The tailnet does not know it.
    #[error("no machine of the tailnet is {wanted}{}", there_are(.names))]
    Nowhere {
        /// What was typed.
        wanted: String,
        /// The machines that it knows.
        names: Vec<String>,
    },
    /// There is no tailnet to ask.
    #[error("nobody here knows where {wanted} is: {why}")]
    NoTailnet {
        /// What was typed.
        wanted: String,
        /// Why there is none.
        why: String,
    },
    /// The roster knows more than one.
    #[error("several machines are called {wanted}; say the address of one: {}", .origins.join(", "))]
    Several {
        /// What was typed.
        wanted: String,
        /// Where they are.
        origins: Vec<String>,
    },
}

/// What is known.
pub struct Known<'a> {
    /// The machines of the roster.
    pub machines: &'a [Machine],
    /// This one.
    pub own: NodeId,
    /// What tailscaled says, or why it says nothing.
    pub status: Result<&'a Status, String>,
}

impl Place {
    /// The key door of this machine at this address.
    pub(crate) fn keyed(node: NodeId, address: &str, port: u16) -> Self {
        Self {
            name: sealed::NAME.to_owned(),
            port,
            is_usual: false,
            targets: vec![address.to_owned()],
            node: Some(node),
        }
    }

    /// Whether it is a key door, which has no name.
    pub(crate) fn is_keyed(&self) -> bool {
        self.name == sealed::NAME
    }

    /// What is dialled: the port is left out where everybody knows it.
    pub fn authority(&self) -> String {
        match (self.targets.first().filter(|_| self.is_keyed()), self.port) {
            (Some(address), port) if address.contains(':') => format!("[{address}]:{port}"),
            (Some(address), port) => format!("{address}:{port}"),
            (None, HTTPS_PORT) => self.name.clone(),
            (None, port) => format!("{}:{port}", self.name),
        }
    }

    /// The ports that it may be at: where the usual one was taken, Homie has taken the next free one.
    pub fn ports(&self) -> RangeInclusive<u16> {
        self.port..=if self.is_usual { self.port + PORTS_TRIED } else { self.port }
    }
}

impl Known<'_> {
    /// Where it is.
    pub fn place(&self, wanted: &Address) -> Result<Place, Unplaced> {
        match (&wanted.host, wanted.port) {
            (Host::Name(name), None) => match self.called(name)? {
                Some(machine) => self.of_roster(name, machine),
                None => self.of_tailnet(wanted),
            },
            _ => self.of_tailnet(wanted),
        }
    }

    /// Where a machine of the roster is.
    pub fn of_machine(&self, machine: &Machine) -> Result<Place, Unplaced> {
        self.of_roster(&machine.name, machine)
    }

    /// The machine of the roster that is meant, by its name or by an address of its key door.
    pub fn machine(&self, wanted: &Address) -> Result<Option<&Machine>, Unplaced> {
        let Some(port) = wanted.port else {
            return match &wanted.host {
                Host::Name(name) => self.called(name),
                Host::Ip(_) => Ok(None),
            };
        };
        let is_it = |(host, at): (&str, u16)| at == port && wanted.host.is(host);
        let others = self.machines.iter().filter(|machine| !machine.is_retired && machine.id() != self.own);
        Ok(others.into_iter().find(|machine| machine.key_doors().any(is_it)))
    }

    /// The machine that the roster calls so.
    fn called(&self, name: &str) -> Result<Option<&Machine>, Unplaced> {
        let others = self.machines.iter().filter(|machine| !machine.is_retired && machine.id() != self.own);
        let found: Vec<_> = others.filter(|machine| machine.name.eq_ignore_ascii_case(name)).collect();
        match found.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(*one)),
            several => {
                let origins = several.iter().flat_map(|machine| machine.pages().map(str::to_owned)).collect();
                Err(Unplaced::Several { wanted: name.to_owned(), origins })
            }
        }
    }

    /// The roster says where its pages are, those of a tailnet first; if not, the tailnet has to know it by this name.
    fn of_roster(&self, name: &str, machine: &Machine) -> Result<Place, Unplaced> {
        let found = machine.pages().find_map(|page| page.parse::<Address>().ok());
        let found = found.unwrap_or(Address { host: Host::Name(name.to_owned()), port: None });
        Ok(Place { node: Some(machine.id()), ..self.of_tailnet(&found)? })
    }

    fn of_tailnet(&self, wanted: &Address) -> Result<Place, Unplaced> {
        let (name, targets) = self.found(&wanted.host)?;
        let port = wanted.port.unwrap_or(DEFAULT_PORT);
        let mut place = Place { name, port, is_usual: wanted.port.is_none(), targets, node: None };
        let origin = format!("https://{}", place.authority());
        let known = |machine: &&Machine| !machine.is_retired && machine.pages().any(|page| page == origin);
        if let Some(machine) = self.machines.iter().find(known) {
            place = Place { node: Some(machine.id()), is_usual: false, ..place };
        }
        Ok(place)
    }

    /// Full name and addresses.
    fn found(&self, host: &Host) -> Result<(String, Vec<String>), Unplaced> {
        let wanted = match host {
            Host::Name(name) => name.clone(),
            Host::Ip(ip) => ip.to_string(),
        };
        let status = match &self.status {
            Ok(status) => *status,
            // A full name is for the system's own look-up.
            Err(_) if is_full(host) => return Ok((wanted.clone(), vec![wanted])),
            Err(why) => return Err(Unplaced::NoTailnet { wanted, why: why.clone() }),
        };
        if is(&status.own, host) {
            return Err(Unplaced::Here(wanted));
        }
        match status.peers.iter().find(|peer| is(peer, host)) {
            Some(peer) => Ok((full(peer).to_owned(), peer.addresses.iter().map(ToString::to_string).collect())),
            None if is_full(host) => Ok((wanted.clone(), vec![wanted])),
            None => Err(Unplaced::Nowhere { wanted, names: names(status) }),
        }
    }
}

/// Whether a machine of the tailnet is meant: by its name, its full name, or one of its addresses.
fn is(peer: &Peer, host: &Host) -> bool {
    match host {
        Host::Ip(ip) => peer.addresses.contains(ip),
        Host::Name(name) => full(peer).eq_ignore_ascii_case(name) || first_label(peer).eq_ignore_ascii_case(name),
    }
}

fn is_full(host: &Host) -> bool {
    matches!(host, Host::Name(name) if name.contains('.'))
}

fn full(peer: &Peer) -> &str {
    peer.dns_name.trim_end_matches('.')
}

/// What people call a machine of the tailnet.
pub fn first_label(peer: &Peer) -> &str {
    full(peer).split('.').next().unwrap_or_default()
}

fn names(status: &Status) -> Vec<String> {
    status.peers.iter().map(|peer| first_label(peer).to_owned()).filter(|name| !name.is_empty()).collect()
}

fn there_are(names: &[String]) -> String {
    match names.get(..TOLD).unwrap_or(names) {
        [] => "; it has no other machine that this one can see".to_owned(),
        told if told.len() < names.len() => format!("; there are {} and {} more", told.join(", "), names.len() - TOLD),
        told => format!("; there is {}", told.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use homie_protocol::hello::MachineKey;

    use super::*;

    fn peer(name: &str, number: u8) -> Peer {
        let addresses = vec![[100, 64, 0, number].into()];
        Peer { dns_name: format!("{name}.tail.test."), addresses, ..Peer::default() }
    }

    fn status() -> Status {
        Status { own: peer("me", 1), peers: vec![peer("gw", 2), peer("far", 3)], ..Status::default() }
    }

    fn machine(name: &str, number: u8, origins: &[&str]) -> Machine {
        let origins = origins.iter().map(ToString::to_string).collect();
        let (key, name, tags) = (MachineKey([number; 32]), name.to_owned(), Vec::new());
        Machine { key, own_name: name.clone(), name, tags, origins, is_retired: false }
    }

    fn placed(machines: &[Machine], wanted: &str) -> Result<Place, Unplaced> {
        let (own, status) = (machine("me", 1, &[]).id(), status());
        Known { machines, own, status: Ok(&status) }.place(&wanted.parse().unwrap())
    }

    #[test]
    fn the_tailnet_knows_a_machine_by_name_full_name_and_address() {
        for wanted in ["gw", "GW.tail.test", "100.64.0.2", "gw:4663", "https://gw.tail.test:4663"] {
            let place = placed(&[], wanted).unwrap();
            assert_eq!((place.authority().as_str(), place.node), ("gw.tail.test:4663", None), "{wanted}");
            assert_eq!(place.targets, ["100.64.0.2"], "{wanted}");
        }
        assert_eq!(placed(&[], "gw").unwrap().ports(), 4663..=4672);
        assert_eq!(placed(&[], "gw:4663").unwrap().ports(), 4663..=4663);
        assert_eq!(placed(&[], "https://gw.tail.test").unwrap().authority(), "gw.tail.test");
        assert_eq!(placed(&[], "other.example.org").unwrap().targets, ["other.example.org"]);
    }

    #[test]
    fn the_roster_says_who_must_answer_and_where() {
        let desk = machine("desk", 2, &["https://gw.tail.test:4664"]);
        let place = placed(std::slice::from_ref(&desk), "Desk").unwrap();
        assert_eq!((place.authority().as_str(), place.node), ("gw.tail.test:4664", Some(desk.id())));
        assert_eq!((place.targets.clone(), place.ports()), (vec!["100.64.0.2".to_owned()], 4664..=4664));
        assert_eq!(placed(std::slice::from_ref(&desk), "gw:4664").unwrap().node, Some(desk.id()));
        assert_eq!(
            placed(std::slice::from_ref(&desk), "gw").unwrap().node,
            None,
            "that is another one on this machine"
        );
        let gw = machine("gw", 2, &[]);
        let place = placed(std::slice::from_ref(&gw), "gw").unwrap();
        assert_eq!((place.authority().as_str(), place.node), ("gw.tail.test:4663", Some(gw.id())));
        assert_eq!(place.ports(), 4663..=4672, "where it is, it has not told");
        let retired = Machine { is_retired: true, ..desk };
        assert!(matches!(placed(&[retired], "desk"), Err(Unplaced::Nowhere { .. })));
    }

    #[test]
    fn what_nobody_knows_is_told_with_what_there_is() {
        let words = |machines: &[Machine], wanted: &str| placed(machines, wanted).unwrap_err().to_string();
        assert_eq!(words(&[], "desk"), "no machine of the tailnet is desk; there is gw, far");
        assert!(words(&[], "100.64.0.9").contains("100.64.0.9"));
        for me in ["me", "me.tail.test:4663", "100.64.0.1"] {
            assert!(words(&[], me).contains("is this machine"), "{me}");
        }
        let twins = [machine("desk", 2, &["https://a.test:1"]), machine("desk", 3, &["https://a.test:2"])];
        assert!(words(&twins, "desk").contains("https://a.test:1, https://a.test:2"));
        let own = machine("me", 1, &[]).id();
        let known = Known { machines: &[], own, status: Err("it does not run".to_owned()) };
        let refused = known.place(&"gw".parse().unwrap()).unwrap_err().to_string();
        assert_eq!(refused, "nobody here knows where gw is: it does not run");
        assert_eq!(known.place(&"gw.tail.test".parse().unwrap()).unwrap().targets, ["gw.tail.test"]);
    }
}
