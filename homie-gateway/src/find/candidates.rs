//! Which machines are asked whether they run Homie: those of the tailnet that are the same person's, and those that somebody
//! has written down. Pure.

use homie_tailnet::{Peer, Status};

use super::registry::Candidate;
use crate::limits::DEFAULT_PORT;
use crate::reach::{Address, Host, Place};

/// Systems on which Homie may run, as Tailscale calls them.
const SYSTEMS: [&str; 3] = ["linux", "macOS", "windows"];

/// Machines that are asked; more than this a person does not have.
const MOST: usize = 1_024;

/// Those of the tailnet. A machine that the tailnet calls off is none: it is asked when it is back.
pub(super) fn of_tailnet(status: &Status) -> Vec<Candidate> {
    status.peers.iter().filter(|peer| is_asked(&status.own, peer)).take(MOST).map(candidate).collect()
}

/// Whether a machine of the tailnet is one that may be asked, and can be.
pub(super) fn is_asked(own: &Peer, peer: &Peer) -> bool {
    is_ours(own, peer) && !peer.dns_name.is_empty() && !peer.addresses.is_empty()
}

/// Whether it may be of the same mesh: it belongs to the same user, or both are nobody's and have a tag in common.
fn is_ours(own: &Peer, peer: &Peer) -> bool {
    let is_same = match (own.tags.is_empty(), peer.tags.is_empty()) {
        (true, true) => own.user == peer.user,
        (false, false) => peer.tags.iter().any(|tag| own.tags.contains(tag)),
        _ => false,
    };
    is_same && !peer.sharee_node && !peer.expired && SYSTEMS.contains(&peer.os.as_str())
}

fn candidate(peer: &Peer) -> Candidate {
    let name = peer.dns_name.trim_end_matches('.').to_owned();
    let targets = peer.addresses.iter().map(ToString::to_string).collect();
    let place = Place { name, port: DEFAULT_PORT, is_usual: true, targets, node: None };
    Candidate { place, is_there: peer.online }
}

/// One that is written down in the settings.
pub(super) fn written(address: &Address) -> Candidate {
    let name = match &address.host {
        Host::Name(name) => name.clone(),
        Host::Ip(ip) => ip.to_string(),
    };
    let (port, is_usual) = (address.port.unwrap_or(DEFAULT_PORT), address.port.is_none());
    let place = Place { targets: vec![name.clone()], name, port, is_usual, node: None };
    Candidate { place, is_there: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(name: &str, user: i64) -> Peer {
        let addresses = vec![[100, 64, 0, 9].into()];
        Peer {
            dns_name: format!("{name}.tail.test."),
            user,
            addresses,
            os: "linux".to_owned(),
            online: true,
            ..Peer::default()
        }
    }

    fn asked(own: Peer, peers: Vec<Peer>) -> Vec<String> {
        let status = Status { own, peers, ..Status::default() };
        of_tailnet(&status).into_iter().map(|candidate| candidate.place.name).collect()
    }

    #[test]
    fn only_machines_that_may_be_the_same_persons_are_asked() {
        let peers = vec![
            peer("mine", 1),
            peer("bobs", 2),
            Peer { os: "android".to_owned(), ..peer("phone", 1) },
            Peer { sharee_node: true, ..peer("foreign", 1) },
            Peer { expired: true, ..peer("old", 1) },
            Peer { tags: vec!["tag:ci".to_owned()], ..peer("runner", 1) },
            Peer { addresses: Vec::new(), ..peer("nowhere", 1) },
            Peer { dns_name: String::new(), ..peer("", 1) },
        ];
        assert_eq!(asked(peer("me", 1), peers.clone()), ["mine.tail.test"]);
        let tagged = Peer { tags: vec!["tag:ci".to_owned(), "tag:gw".to_owned()], ..peer("me", 1) };
        assert_eq!(asked(tagged, peers), ["runner.tail.test"]);
    }

    #[test]
    fn there_is_an_end_to_it() {
        let many = (0..2_000).map(|number| peer(&format!("m{number}"), 1)).collect();
        assert_eq!(asked(peer("me", 1), many).len(), MOST);
    }

    #[test]
    fn what_is_written_down_is_asked_where_it_says() {
        let place = |text: &str| written(&text.parse().unwrap()).place;
        assert_eq!(
            (place("shed.example.org").authority().as_str(), place("shed.example.org").is_usual),
            ("shed.example.org:4663", true)
        );
        assert_eq!(
            (place("192.0.2.7:443").targets, place("192.0.2.7:443").is_usual),
            (vec!["192.0.2.7".to_owned()], false)
        );
    }
}
