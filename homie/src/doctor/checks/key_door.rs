//! What is wrong with the key door, where somebody wants one.

use crate::doctor::facts::{Facts, KeyAddress};
use crate::doctor::finding::{Finding, Look};
use crate::key_door;

/// Everything about it.
pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    let is_open = facts.gateway.as_ref().is_some_and(|gateway| gateway.keyed.is_some());
    let mut found: Vec<Finding> = facts.key_door.iter().filter_map(|at| address(facts, *at, is_open)).collect();
    // Who has started a gateway as root without a word on doors has one without this door.
    if facts.is_root && !facts.key_door.is_empty() && facts.gateway.is_some() && !is_open {
        found.push(Finding::of(&key_door::root()));
    }
    found
}

/// What was looked at, where there is anything.
pub(super) fn look(facts: &Facts) -> Option<Look> {
    let door = facts.gateway.as_ref().and_then(|gateway| gateway.keyed.as_ref());
    let found = match door {
        Some(door) => format!("is open at {}", key_door::in_words(door)),
        None if facts.key_door.is_empty() => return None,
        None => "is not open".to_owned(),
    };
    Some(Look { about: "key door", found })
}

fn address(facts: &Facts, at: KeyAddress, is_open: bool) -> Option<Finding> {
    let (address, ip) = (at.address, at.address.ip());
    if !at.is_here {
        let what = format!("This machine has no address {ip}, at which its key door is to listen.");
        let why = "Other machines are told to dial it, and nobody answers there.";
        return Some(Finding::new("key-door-address", what, why, "ip -brief address"));
    }
    if at.is_taken && !is_open {
        let what = format!("Another program listens at {address}, where the key door is to be.");
        let why = "`homie up` does not start without the addresses that were chosen for it.";
        return Some(Finding::new("key-door-port", what, why, format!("ss -ltnp sport = :{}", address.port())));
    }
    (ip.is_loopback() && at.is_told).then(|| {
        let what = format!("The key door listens at {address}, and other machines are told to dial that.");
        let why =
            "To them it is an address of their own; where something leads there, `key-door-at` says what they dial.";
        let fix = format!("${{EDITOR:-vi}} '{}'", facts.settings.path.display());
        Finding::new("key-door-loopback", what, why, fix)
    })
}
