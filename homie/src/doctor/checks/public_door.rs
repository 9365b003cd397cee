//! What is wrong with the door to the internet, where somebody wants one.

use std::time::SystemTime;

use crate::doctor::facts::{Facts, Listened, PublicFacts};
use crate::doctor::finding::{Finding, Look};
use crate::public_door;

/// Days before the end of a certificate from which on its renewal is overdue: what renews them does it a month before.
const SOON: u64 = 14;

/// What renews it, for people: nobody here knows which program that is.
const RENEW: &str = "sudo certbot renew  # or whatever has written it";

/// Everything about it.
pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    let Some(door) = &facts.public else { return Vec::new() };
    let is_open = facts.gateway.as_ref().is_some_and(|gateway| gateway.public.is_some());
    let mut found: Vec<Finding> = door.listen.iter().filter_map(|at| address(*at, is_open)).collect();
    found.extend(certificate(facts, door));
    if door.is_key_open {
        let what = format!("Every user of this machine can read {}.", door.files.key.display());
        let why = "Who has the key of the certificate can pass for this machine's page.";
        found.push(Finding::new(
            "public-key-open",
            what,
            why,
            format!("sudo chmod 600 '{}'", door.files.key.display()),
        ));
    }
    // Who has started a gateway as root without a word on doors has one without this door.
    if facts.is_root && facts.gateway.is_some() && !is_open {
        found.push(Finding::of(&public_door::root()));
    }
    found
}

/// What was looked at, where there is anything.
pub(super) fn look(facts: &Facts) -> Option<Look> {
    let wanted = facts.public.as_ref();
    let door = facts.gateway.as_ref().and_then(|gateway| gateway.public.as_ref());
    let certificate = wanted.map(|door| match &door.pair {
        Ok(validity) => format!(", certificate until {}", validity.last_day()),
        Err(_) => ", no certificate".to_owned(),
    });
    let found = match door {
        Some(door) => format!("is open: {}{}", public_door::in_words(door), certificate.unwrap_or_default()),
        None => format!("is not open{}", certificate?),
    };
    Some(Look { about: "internet", found })
}

fn address(at: Listened, is_open: bool) -> Option<Finding> {
    let (address, ip) = (at.address, at.address.ip());
    let port = address.port();
    if !at.is_here {
        let what = format!("This machine has no address {ip}, at which its door to the internet is to listen.");
        let why = "It is listened at, and nobody comes there.";
        return Some(Finding::new("public-address", what, why, "ip -brief address"));
    }
    if at.is_forbidden && !is_open {
        let what = format!("This user may not listen at {address}, where the door to the internet is to be.");
        let why =
            "Ports below 1024 need a right; `homie up` does not start without the addresses that were chosen for it.";
        let fix = format!("sudo sysctl net.ipv4.ip_unprivileged_port_start={port}");
        return Some(Finding::new("public-right", what, why, fix));
    }
    (at.is_taken && !is_open).then(|| {
        let what = format!("Another program listens at {address}, where the door to the internet is to be.");
        let why = "`homie up` does not start without the addresses that were chosen for it.";
        Finding::new("public-port", what, why, format!("ss -ltnp sport = :{port}"))
    })
}

fn certificate(facts: &Facts, door: &PublicFacts) -> Option<Finding> {
    let validity = match &door.pair {
        Ok(validity) => *validity,
        Err(why) => return Some(Finding::of(&public_door::unshown(&door.files, why))),
    };
    let now = facts.clock.now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let file = door.files.certificate.display();
    if now > validity.until {
        let what = format!("The certificate in {file} has expired on {}.", validity.last_day());
        let why = "Browsers warn of the page, and other machines of the mesh do not come in by it.";
        return Some(Finding::new("public-expired", what, why, RENEW));
    }
    if now < validity.from {
        let what = format!("The certificate in {file} is not good yet, as far as this machine's clock tells.");
        let why = "Browsers warn of the page until it is.";
        return Some(Finding::new("public-early", what, why, "timedatectl"));
    }
    (validity.days_left(now) < SOON).then(|| {
        let what = format!("The certificate in {file} is good until {} only.", validity.last_day());
        let why =
            "What renews certificates does it a month before, so that has failed; Homie takes the new one by itself.";
        Finding::new("public-expires", what, why, RENEW)
    })
}
