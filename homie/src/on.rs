//! Which machine a command is for: this one, or with `--on MACHINE`, or `MACHINE:` before a session's name, another one.
//!
//! `far` calls it; where it is `homie_gateway::reach` finds out.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;

use crate::completions::machine_names;

mod far;

pub(crate) use far::{Far, FarGateway, connect, gateway, peers};

/// The machine that a command names.
#[derive(Debug, Default, Args)]
pub(crate) struct On {
    /// On another machine of the tailnet: its name, or its address with a port.
    #[arg(long, value_name = "MACHINE", add = ArgValueCandidates::new(machine_names))]
    pub(crate) on: Option<String>,
}

impl On {
    /// The machine, if it is another one.
    pub(crate) fn machine(&self) -> Option<&str> {
        self.on.as_deref()
    }

    /// The machine and the session that somebody means: what stands before the first colon is a machine, and nothing
    /// before it this one. After `--on` all of it is the session's name.
    pub(crate) fn of<'a>(&'a self, session: &'a str) -> (Option<&'a str>, &'a str) {
        match (self.machine(), session.split_once(':')) {
            (Some(machine), _) => (Some(machine), session),
            (None, Some(("", session))) => (None, session),
            (None, Some((machine, session))) => (Some(machine), session),
            (None, None) => (None, session),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_stands_before_the_first_colon_or_after_on() {
        let (here, on) = (On::default(), On { on: Some("gw".to_owned()) });
        assert_eq!(here.of("build"), (None, "build"));
        assert_eq!(here.of("gw:build"), (Some("gw"), "build"));
        assert_eq!(here.of("gw:a:b"), (Some("gw"), "a:b"));
        assert_eq!(here.of(":a:b"), (None, "a:b"));
        assert_eq!(on.of("a:b"), (Some("gw"), "a:b"));
        assert_eq!((here.machine(), on.machine()), (None, Some("gw")));
    }
}
