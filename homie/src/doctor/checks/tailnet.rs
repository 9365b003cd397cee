//! What keeps other machines out, and what lets too many in. The sentences are those of `homie up`.

use homie_gateway::{Hindrance, Planned};
use homie_tailnet::TailnetError;

use crate::doctor::facts::{Facts, Serve, TailnetFacts, Tailscaled};
use crate::doctor::finding::{Finding, why_closed};
use crate::doors;

/// The first version whose Serve hands a port to a socket.
const OLDEST: (u32, u32) = (1, 94);

/// Everything about the tailnet.
pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    let door = facts.gateway.as_ref().and_then(|gateway| gateway.door.as_ref());
    let unwanted = doors::unwanted(&facts.policy, facts.is_root && door.is_none());
    let mut found: Vec<Finding> = unwanted.as_ref().map(Finding::of).into_iter().collect();
    match &facts.tailnet {
        TailnetFacts::Silent(error) => found.push(Finding::of(&Hindrance::no_tailscaled(error))),
        TailnetFacts::Answers(said) if !said.status.is_running() => {
            found.push(Finding::of(&Hindrance::not_connected(&said.status.backend_state)));
        }
        TailnetFacts::Answers(said) => {
            found.extend(closed(said, door.is_some()).as_ref().map(Finding::of));
            found.extend(userspace(said));
        }
    }
    if let TailnetFacts::Answers(said) = &facts.tailnet {
        found.extend(old(&said.status.version));
    }
    found.extend(told_by_the_gateway(facts, &found));
    found.extend(trusting(facts));
    found
}

/// What is in the way of a door; where one is open, only what must not be on its port.
fn closed(said: &Tailscaled, is_open: bool) -> Option<Hindrance> {
    if said.is_own_user && !said.status.tun {
        return Some(Hindrance::userspace());
    }
    let Serve { plan, may } = said.serve.as_ref()?;
    match plan {
        Err(hindrance) if is_open && !is_dangerous(hindrance) => None,
        Err(hindrance) => Some(hindrance.clone()),
        // The own addresses are the door, and no right of Serve is needed.
        Ok(_) if is_open || said.is_own_user => None,
        Ok(Planned { mount, .. }) => match may {
            Some(Err(TailnetError::Denied { .. })) => Some(Hindrance::needs_root(mount)),
            // An operator may have the certificate, and so the other door, if there are addresses to listen on.
            Some(Err(TailnetError::NeedsAdmin { .. })) if !said.status.tun => Some(Hindrance::needs_root(mount)),
            _ => None,
        },
    }
}

fn is_dangerous(hindrance: &Hindrance) -> bool {
    matches!(hindrance.kind, "funnel" | "foreign-mount")
}

/// What the running gateway has met that was not found here: a certificate that cannot be had, a port.
fn told_by_the_gateway(facts: &Facts, found: &[Finding]) -> Option<Finding> {
    let closed = facts.gateway.as_ref()?.closed.as_ref()?;
    let is_known = found.iter().any(|finding| finding.id == closed.kind || finding.what == closed.sentence);
    let why = why_closed(&closed.kind);
    (!is_known).then(|| Finding::new(&closed.kind, closed.sentence.clone(), why, closed.command.clone()))
}

fn userspace(said: &Tailscaled) -> Option<Finding> {
    (!said.status.tun && !said.is_own_user).then(|| {
        Finding::new(
            "userspace",
            "tailscaled has no interface here (userspace networking): whoever the tailnet lets through reaches every port of \
             this machine's loopback, as if from this machine.",
            "Homie's page asks them for a device key as it asks everybody; other programs may not.",
            "sudo sed -i s/--tun=userspace-networking// /etc/default/tailscaled && sudo systemctl restart tailscaled",
        )
    })
}

fn old(version: &str) -> Option<Finding> {
    let mut numbers = version.split(['.', '-']).map_while(|number| number.parse::<u32>().ok());
    let found = (numbers.next()?, numbers.next()?);
    (found < OLDEST).then(|| {
        Finding::new(
            "tailscale-old",
            format!("Tailscale {version} is older than {}.{}.", OLDEST.0, OLDEST.1),
            "Serve hands a port to Homie's socket from that version on, and older ones have known holes.",
            "sudo tailscale update",
        )
    })
}

fn trusting(facts: &Facts) -> Option<Finding> {
    let fix = if facts.settings.trusts {
        let path = facts.settings.path.display();
        format!("sed -i 's/^trust-tailnet.*/trust-tailnet = false/' '{path}'")
    } else {
        "homie up --trust-tailnet=false".to_owned()
    };
    facts.policy.trust_tailnet.then(|| {
        Finding::new(
            "trust-tailnet",
            doors::TRUSTING,
            "Tailscale names a machine's owner, not who sits at it. With device keys a program on one machine does not reach \
             the others.",
            fix,
        )
    })
}
