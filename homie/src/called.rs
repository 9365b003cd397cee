//! Which machine of the mesh somebody means: by its name, the name of one of its pages, or its id.

use anyhow::anyhow;
use homie_protocol::id::NodeId;
use homie_protocol::methods::machine::MachineInfo;
use homie_trust::Machine;

use crate::outcome::{Failure, Outcome};

/// What a machine answers to.
pub(crate) trait Called {
    fn node(&self) -> NodeId;
    fn name(&self) -> &str;
    fn origins(&self) -> &[String];
}

impl Called for MachineInfo {
    fn node(&self) -> NodeId {
        self.id
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn origins(&self) -> &[String] {
        &self.origins
    }
}

impl Called for Machine {
    fn node(&self) -> NodeId {
        self.id()
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn origins(&self) -> &[String] {
        &self.origins
    }
}

/// The one that is called so. Part of a name is not enough.
pub(crate) fn called<'a, M: Called>(machines: &[&'a M], wanted: &str) -> Outcome<&'a M> {
    let found: Vec<_> = machines.iter().copied().filter(|machine| is_called(*machine, wanted)).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            let names: Vec<_> = machines.iter().map(|machine| machine.name()).collect();
            let there = names.join(", ");
            Err(Failure::NotFound(anyhow!("no machine of the mesh is called {wanted:?}; there is {there}")))
        }
        several => {
            let ids: Vec<_> = several.iter().map(|machine| machine.node().to_string()).collect();
            let ids = ids.join(", ");
            Err(Failure::Usage(anyhow!("several machines are called {wanted:?}; say the id of one: {ids}")))
        }
    }
}

fn is_called(machine: &impl Called, wanted: &str) -> bool {
    let is_page = |origin: &String| {
        let host = origin.strip_prefix("https://").unwrap_or(origin);
        host == wanted || host.rsplit_once(':').is_some_and(|(host, _)| host == wanted)
    };
    machine.name().eq_ignore_ascii_case(wanted)
        || machine.node().to_string() == wanted
        || machine.origins().iter().any(is_page)
}
