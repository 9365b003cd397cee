//! `homie nodes --found`: machines that run Homie, can be found from here, and are none of the mesh; and how each becomes one.
//! What they say of themselves is shown and proves nothing.

use std::collections::BTreeMap;

use homie_protocol::control::Empty;
use homie_protocol::methods::machine::{FoundBy, FoundMachine, MachinesFound};
use serde::Serialize;

use crate::attach::terminal;
use crate::front::Front;
use crate::here::on_runtime;
use crate::outcome::{Outcome, remark, say, say_json};
use crate::style::{Style, is_colourful, plain};
use crate::table::{Cell, Table};

/// Letters of an id that tell two machines of one name apart.
const TOLD_APART: usize = 6;

/// What programs are told of one. Its fields only ever become more.
#[derive(Debug, Serialize)]
struct Told<'a> {
    id: String,
    name: &'a str,
    homie: Option<&'a str>,
    places: Vec<Place<'a>>,
    join: Option<String>,
}

#[derive(Debug, Serialize)]
struct Place<'a> {
    by: FoundBy,
    address: &'a str,
}

/// Lists them.
pub(super) fn found(is_json: bool) -> Outcome {
    let found = on_runtime(async { Front::look().await?.ask::<MachinesFound>(&Empty {}).await })?;
    if is_json {
        let told: Vec<_> = found.found.iter().map(told).collect();
        return say_json(&serde_json::json!({ "found": told, "unlisted": found.unlisted }));
    }
    if found.found.is_empty() {
        remark("homie: no other machine was found; `homie status` tells whether this one looks at a tailnet");
        return Ok(());
    }
    let room = terminal::size().map_or(usize::MAX / 2, |size| usize::from(size.cols()));
    say(&table(&found.found).render(is_colourful(), room));
    // A table may cut what is long, and half a command is none.
    let commands: Vec<_> = found.found.iter().filter_map(join).map(|command| format!("  {command}")).collect();
    if !commands.is_empty() {
        say(&format!("This makes this machine and one of them one mesh:\n{}", commands.join("\n")));
    }
    if found.unlisted > 0 {
        remark(&format!("homie: and {} more", found.unlisted));
    }
    Ok(())
}

fn table(found: &[FoundMachine]) -> Table {
    let mut twins: BTreeMap<&str, usize> = BTreeMap::new();
    for machine in found {
        *twins.entry(&machine.name).or_default() += 1;
    }
    let mut table = Table::new(&["NAME", "HOMIE", "FOUND"]);
    for machine in found {
        let is_twin = twins.get(machine.name.as_str()).is_some_and(|count| *count > 1);
        table.add(row(machine, is_twin));
    }
    table
}

fn row(machine: &FoundMachine, is_twin: bool) -> Vec<Cell> {
    let place = machine.places.first().map(|place| format!("{} ({})", plain(&place.address), by(place.by)));
    vec![
        Cell::new(name(machine, is_twin), Style::Strong),
        Cell::plain(machine.homie.as_deref().map(plain).unwrap_or_default()),
        Cell::plain(place.unwrap_or_default()),
    ]
}

/// What it is called; where another has the same name, with the beginning of its id.
fn name(machine: &FoundMachine, is_twin: bool) -> String {
    let id: String = machine.node.to_string().chars().take(TOLD_APART).collect();
    match plain(&machine.name) {
        name if name.is_empty() => id,
        name if is_twin => format!("{name} ({id})"),
        name => name,
    }
}

const fn by(by: FoundBy) -> &'static str {
    match by {
        FoundBy::Tailnet => "tailnet",
        FoundBy::Settings => "settings",
        FoundBy::Lan => "local network",
    }
}

/// The command for this machine.
fn join(machine: &FoundMachine) -> Option<String> {
    let place = machine.places.first()?;
    let address = plain(&place.address);
    // Whoever answers has chosen neither: it is a name of the tailnet's or of the settings.
    Some(format!("homie up --join https://{}", address.strip_suffix(":443").unwrap_or(&address)))
}

fn told(machine: &FoundMachine) -> Told<'_> {
    let places = machine.places.iter().map(|place| Place { by: place.by, address: &place.address });
    Told {
        id: machine.node.to_string(),
        name: &machine.name,
        homie: machine.homie.as_deref(),
        places: places.collect(),
        join: join(machine),
    }
}

#[cfg(test)]
mod tests {
    use homie_protocol::id::NodeId;
    use homie_protocol::methods::machine::FoundAt;

    use super::*;

    fn machine(number: u8, name: &str, by: FoundBy) -> FoundMachine {
        let place = FoundAt { by, address: format!("m{number}.example.org:4663") };
        let (node, homie) = (NodeId::from_bytes([number; 16]), Some("0.1.0".to_owned()));
        FoundMachine { node, name: name.to_owned(), homie, places: vec![place] }
    }

    #[test]
    fn each_is_told_with_the_command_that_joins() {
        let shed = machine(1, "shed", FoundBy::Tailnet);
        assert_eq!(join(&shed).as_deref(), Some("homie up --join https://m1.example.org:4663"));
        let text = table(&[shed]).render(false, 200);
        assert!(text.contains("shed  0.1.0  m1.example.org:4663 (tailnet)"), "{text}");
    }

    #[test]
    fn two_of_one_name_are_told_apart() {
        let twins = [machine(1, "desk", FoundBy::Tailnet), machine(2, "desk", FoundBy::Tailnet)];
        let text = table(&twins).render(false, 200);
        for twin in &twins {
            assert!(text.contains(&format!("desk ({})", &twin.node.to_string()[..TOLD_APART])), "{text}");
        }
        let nameless = table(&[machine(3, "", FoundBy::Settings)]).render(false, 200);
        assert!(nameless.contains(&NodeId::from_bytes([3; 16]).to_string()[..TOLD_APART]), "{nameless}");
    }

    #[test]
    fn a_name_does_nothing_to_the_terminal() {
        let text = table(&[machine(1, "a\u{1b}[2Jb\r\n", FoundBy::Tailnet)]).render(false, 200);
        assert!(!text.contains('\u{1b}') && !text.contains('\r'), "{text:?}");
    }
}
