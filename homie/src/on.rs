//! Which machine a command is for: this one, or with `--on MACHINE`, or `MACHINE:` before a session's name, another one.
//!
//! `far` calls it; where it is `homie_gateway::reach` finds out.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;

use crate::completions::machine_names;

mod far;

pub(crate) use far::{Far, FarGateway, connect, connect_to, gateway, gateway_by_key, peers};

/// The machine that a command names.
#[derive(Debug, Default, Args)]
pub(crate) struct On {
    /// On another machine of the tailnet: its name, or its address with a port.
    #[arg(long, value_name = "MACHINE", add = ArgValueCandidates::new(machine_names))]
    pub(crate) on: Option<String>,
}

/// Where a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Where<'a> {
    /// Nobody said: here, else on another machine of the mesh.
    Anywhere,
    /// On this machine.
    Here,
    /// On this one.
    On(&'a str),
}

impl<'a> Where<'a> {
    /// The machine, if it is another one.
    pub(crate) const fn machine(self) -> Option<&'a str> {
        match self {
            Self::Anywhere | Self::Here => None,
            Self::On(machine) => Some(machine),
        }
    }
}

impl On {
    /// The machine, if it is another one.
    pub(crate) fn machine(&self) -> Option<&str> {
        self.on.as_deref()
    }

    /// The machine and the session that somebody means: what stands before the first colon is a machine, and nothing
    /// before it this one. After `--on` all of it is the session's name.
    pub(crate) fn of<'a>(&'a self, session: &'a str) -> (Where<'a>, &'a str) {
        match (self.machine(), session.split_once(':')) {
            (Some(machine), _) => (Where::On(machine), session),
            (None, Some(("", session))) => (Where::Here, session),
            (None, Some((machine, session))) => (Where::On(machine), session),
            (None, None) => (Where::Anywhere, session),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_stands_before_the_first_colon_or_after_on() {
        let (here, on) = (On::default(), On { on: Some("gw".to_owned()) });
        assert_eq!(here.of("build"), (Where::Anywhere, "build"));
        assert_eq!(here.of("gw:build"), (Where::On("gw"), "build"));
        assert_eq!(here.of("gw:a:b"), (Where::On("gw"), "a:b"));
        assert_eq!(here.of(":a:b"), (Where::Here, "a:b"));
        assert_eq!(on.of("a:b"), (Where::On("gw"), "a:b"));
        assert_eq!((here.machine(), on.machine()), (None, Some("gw")));
    }
}
