//! Dialling out, as the settings want it and as `homie up` says it: for a machine that nobody can dial, off until somebody
//! switches it on.

use homie_gateway::Hindrance;
use homie_trust::{KeptAt, KeyPair, Machine, Roster, StateDir, node_id};

use crate::doors::say_hindrance;
use crate::outcome::say;

/// Before the machines that lead to this one.
pub(crate) const DIAL_OUT: &str = "Dials out: ";

/// The kind of hindrance that root is, for programs.
pub(crate) const ROOT: &str = "dial-out-root";

/// The kind of hindrance that a mesh without a key door is.
pub(crate) const NOBODY: &str = "dial-out-nobody";

/// Says which machines lead to this one, or why none does.
pub(crate) fn say_open(state: &StateDir) {
    match takers(state).as_slice() {
        [] => say_hindrance(&nobody()),
        names => say(&format!("{DIAL_OUT}other machines reach this one through {}", names.join(", "))),
    }
}

/// The machines of the mesh with which connections can be left: those that have a key door.
pub(crate) fn takers(state: &StateDir) -> Vec<String> {
    let own = KeyPair::known(state).map(|key| node_id(&key));
    let members = Roster::find(state).and_then(|roster| roster.members().ok());
    let takes =
        |machine: &&Machine| !machine.is_retired && Some(machine.id()) != own && machine.key_doors().next().is_some();
    members.iter().flat_map(|members| members.machines()).filter(takes).map(|machine| machine.name.clone()).collect()
}

/// Where connections lie, and where they do not.
pub(crate) fn in_words(kept: &[KeptAt]) -> String {
    if kept.is_empty() {
        return "no other machine of the mesh has a key door".to_owned();
    }
    let words = |kept: &KeptAt| match (&kept.why, kept.lies) {
        (_, true) => kept.name.clone(),
        (Some(why), false) => format!("not {} ({why})", kept.name),
        (None, false) => format!("not {} yet", kept.name),
    };
    kept.iter().map(words).collect::<Vec<_>>().join(", ")
}

/// Nobody takes connections.
pub(crate) fn nobody() -> Hindrance {
    Hindrance {
        kind: NOBODY,
        sentence: "This machine is to dial out, but no other machine of the mesh has a key door to dial (setting key-door there)."
            .to_owned(),
        command: "homie doctor".to_owned(),
    }
}

/// Root lets nobody in whom nobody has asked root to let in.
pub(crate) fn root() -> Hindrance {
    Hindrance {
        kind: ROOT,
        sentence: "Homie runs as root, so it does not dial out: whoever came in so would be root.".to_owned(),
        command: "homie up --allow-root".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_connections_lie_is_told_in_one_line() {
        let at =
            |name: &str, lies, why: Option<&str>| KeptAt { name: name.to_owned(), lies, why: why.map(str::to_owned) };
        let all = [at("gw", true, None), at("nas", false, Some("it is off")), at("shed", false, None)];
        assert_eq!(in_words(&all), "gw, not nas (it is off), not shed yet");
        assert_eq!(in_words(&[]), "no other machine of the mesh has a key door");
    }
}
