//! What is wrong with what was seen. Pure: no file, no clock, no question.

mod cloned;
mod dial_out;
mod key_door;
mod machine;
mod public_door;
mod tailnet;
#[cfg(test)]
mod tests;

use super::facts::{Facts, PagePort, TailnetFacts};
use super::finding::{Finding, Look};

/// Everything that is wrong, the doors first.
pub(crate) fn check(facts: &Facts) -> Vec<Finding> {
    // What else there is about doors helps nobody before that.
    let doors = match cloned::check(facts) {
        Some(cloned) => vec![cloned],
        None => {
            [tailnet::check(facts), public_door::check(facts), key_door::check(facts), dial_out::check(facts)].concat()
        }
    };
    [doors, machine::check(facts)].concat()
}

/// What was looked at, so that nobody takes silence for more than it is.
pub(crate) fn looks(facts: &Facts) -> Vec<Look> {
    let doors =
        vec![Look { about: "gateway", found: gateway(facts) }, Look { about: "tailnet", found: tailscale(facts) }];
    let rest = [
        Look { about: "keys", found: machine::keys_in_words(facts) },
        Look { about: "files", found: machine::files_in_words(facts) },
        Look { about: "service", found: service(facts) },
        Look { about: "clock", found: machine::clock_in_words(facts) },
    ];
    doors
        .into_iter()
        .chain(public_door::look(facts))
        .chain(key_door::look(facts))
        .chain(dial_out::look(facts))
        .chain(rest)
        .collect()
}

fn gateway(facts: &Facts) -> String {
    match (&facts.gateway, facts.page) {
        (Some(running), _) => {
            let door = running.door.as_ref().map_or("no door to the tailnet", |door| door.origin.as_str());
            format!("runs at http://localhost:{}/, {door}", running.addr.port())
        }
        (None, PagePort::Taken { port, .. }) => format!("does not run; port {port} is taken"),
        (None, PagePort::Free(port)) => format!("does not run; port {port} is free"),
        (None, PagePort::Ours | PagePort::Moved { .. }) => "does not run".to_owned(),
    }
}

fn tailscale(facts: &Facts) -> String {
    match &facts.tailnet {
        TailnetFacts::Silent(error) => error.to_string(),
        TailnetFacts::Answers(said) => {
            let name = said.status.dns_name().unwrap_or("no name");
            format!("tailscaled {}, {}, {name}", said.status.version, said.status.backend_state)
        }
    }
}

fn service(facts: &Facts) -> String {
    match facts.stays {
        None => "is not installed, or no systemd user manager answers",
        Some(true) => "is installed, and stays without a login",
        Some(false) => "is installed, and ends with the last login",
    }
    .to_owned()
}
