//! `homie nodes`: the machines of the mesh. What an owner says of them is in `decide`.

mod found;

use homie_protocol::methods::machine::{MachineInfo, MachineState};
use serde::Serialize;

use crate::attach::terminal;
use crate::cli::NodesOptions;
use crate::here::on_runtime;
use crate::listing::{ago, now};
use crate::mesh::{Mesh, has_tag};
use crate::outcome::{Outcome, say, say_json};
use crate::style::{Style, is_colourful, plain};
use crate::table::{Cell, Table};

mod decide;

/// What programs are told of a machine. Its fields only ever become more.
#[derive(Debug, Serialize)]
struct Told<'a> {
    id: String,
    name: &'a str,
    this_machine: bool,
    state: MachineState,
    why: Option<&'a str>,
    seen_at: Option<u64>,
    origins: &'a [String],
    host: Option<&'a str>,
    os: Option<&'a str>,
    os_version: Option<&'a str>,
    arch: Option<&'a str>,
    homie: Option<&'a str>,
    sessions: usize,
    tags: &'a [String],
    addresses: &'a [String],
    through: Option<&'a str>,
}

/// Lists them, or does something to one.
pub(crate) fn nodes(options: &NodesOptions) -> Outcome {
    if options.found {
        return found::found(options.json);
    }
    if let Some(act) = &options.act {
        return decide::decide(act);
    }
    let mesh = on_runtime(Mesh::ask())?;
    let shown = || mesh.machines.iter().filter(|machine| options.tag.as_ref().is_none_or(|tag| has_tag(machine, tag)));
    if options.json {
        let told: Vec<_> = shown().map(|machine| told(machine, mesh.running(machine.id))).collect();
        return say_json(&serde_json::json!({ "machines": told }));
    }
    let mut table = Table::new(&["NAME", "STATE", "SESSIONS", "SYSTEM", "HOMIE", "ADDRESS", "TAGS", ""]);
    for machine in shown() {
        table.add(row(machine, mesh.running(machine.id)));
    }
    let room = terminal::size().map_or(usize::MAX / 2, |size| usize::from(size.cols()));
    say(&table.render(is_colourful(), room));
    Ok(())
}

fn row(machine: &MachineInfo, sessions: usize) -> Vec<Cell> {
    let said = machine.presence.as_ref();
    let note = match (machine.is_own, &machine.why) {
        (true, None) => "this machine".to_owned(),
        (false, None) if machine.through.is_some() => way(machine),
        (_, why) => why.clone().unwrap_or_default(),
    };
    vec![
        Cell::new(plain(&machine.name), Style::Strong),
        state(machine),
        Cell::plain(sessions.to_string()),
        Cell::plain(said.map(|said| plain(&said.platform.version)).unwrap_or_default()),
        Cell::plain(said.map(|said| plain(&said.homie)).unwrap_or_default()),
        Cell::plain(machine.origins.first().map(|origin| plain(origin)).unwrap_or_default()),
        Cell::plain(plain(&machine.tags.join(" "))),
        Cell::new(plain(&note), Style::Faint),
    ]
}

fn state(machine: &MachineInfo) -> Cell {
    match machine.state {
        MachineState::Up => Cell::new("up".to_owned(), Style::Good),
        MachineState::Calling => Cell::new("calling".to_owned(), Style::Faint),
        MachineState::Away => Cell::new(away(machine), Style::Bad),
    }
}

/// That a machine is away, and since when if anybody knows.
pub(crate) fn away(machine: &MachineInfo) -> String {
    machine.seen_at.map_or_else(|| "away".to_owned(), |seen| format!("away, seen {}", ago(now(), seen)))
}

/// On which way a machine that is there is reached from here.
pub(crate) fn way(machine: &MachineInfo) -> String {
    machine.through.as_ref().map_or_else(|| "direct".to_owned(), |gateway| format!("through {}", plain(gateway)))
}

/// What has to be said of a machine that is not there.
pub(crate) fn absence(machine: &MachineInfo) -> Option<String> {
    let name = plain(&machine.name);
    let why = machine.why.as_deref().map(plain).unwrap_or_default();
    match machine.state {
        MachineState::Away => Some(format!("{name} is {}: {why}", away(machine))),
        MachineState::Calling => Some(format!("{name} is being called.")),
        MachineState::Up => None,
    }
}

fn told(machine: &MachineInfo, sessions: usize) -> Told<'_> {
    let said = machine.presence.as_ref();
    Told {
        id: machine.id.to_string(),
        name: &machine.name,
        this_machine: machine.is_own,
        state: machine.state,
        why: machine.why.as_deref(),
        seen_at: machine.seen_at,
        origins: &machine.origins,
        host: said.map(|said| said.host.as_str()),
        os: said.map(|said| said.platform.os.as_str()),
        os_version: said.map(|said| said.platform.version.as_str()),
        arch: said.map(|said| said.platform.arch.as_str()),
        homie: said.map(|said| said.homie.as_str()),
        sessions,
        tags: &machine.tags,
        addresses: said.map(|said| said.addresses.as_slice()).unwrap_or_default(),
        through: machine.through.as_deref(),
    }
}
