//! `homie ls`: the sessions of all machines of the mesh, or of one.

use homie_protocol::methods::machine::{MachineInfo, MachineState};
use homie_protocol::methods::session::{SessionInfo, SessionState};

use crate::attach::terminal;
use crate::cli::LsOptions;
use crate::here::{Here, with_machine};
use crate::listing::{Row, now, previews, table};
use crate::mesh::{Mesh, has_tag};
use crate::nodes::{absence, way};
use crate::outcome::{Failure, Outcome, remark, say, say_json};
use crate::style::{is_colourful, plain};

/// Lists them.
pub(crate) fn ls(options: &LsOptions) -> Outcome {
    with_machine(options.on.machine(), async |here| {
        let sessions = here.sessions().await?;
        let mesh = match options.on.machine() {
            None if options.tag.is_some() => Mesh::ask().await?,
            None => around().await,
            Some(_) => Mesh::default(),
        };
        let all = rows(&here, &sessions, &mesh, options.tag.as_deref());
        let shown: Vec<_> = all.iter().copied().filter(|row| options.all || is_running(row)).collect();
        if options.json {
            let told: Vec<_> = shown.iter().map(|row| row.listed(&here.machine)).collect();
            return say_json(&told);
        }
        if shown.is_empty() {
            remark(&nothing(all.len()));
        } else {
            // Where it goes to a file or a pipe there is all the room it wants.
            let room = terminal::size().map_or(usize::MAX / 2, |size| usize::from(size.cols()));
            say(&table(&shown, now()).render(is_colourful(), room));
        }
        if options.besides.preview && !shown.is_empty() {
            say(&previews(&shown));
        }
        if options.besides.verbose {
            let there = mesh.others().filter(|machine| machine.state == MachineState::Up);
            there.for_each(|machine| say(&format!("{}: {}", plain(&machine.name), way(machine))));
        }
        mesh.others().filter_map(note).for_each(|note| remark(&note));
        Ok(())
    })
}

/// The mesh, as far as it is known: what runs here is listed without it.
async fn around() -> Mesh {
    match Mesh::ask().await {
        Ok(mesh) => mesh,
        // No gateway runs here: this machine is all there is to see.
        Err(Failure::Unreachable(_)) => Mesh::default(),
        Err(_) => {
            remark("homie: the other machines are not told; `homie nodes` says why");
            Mesh::default()
        }
    }
}

/// Those of this machine first. Machines are named where there are several.
fn rows<'a>(here: &'a Here, sessions: &'a [SessionInfo], mesh: &'a Mesh, tag: Option<&str>) -> Vec<Row<'a>> {
    let is_meant = |machine: &MachineInfo| tag.is_none_or(|tag| has_tag(machine, tag));
    let name = mesh.own().map_or(here.machine.as_str(), |machine| &machine.name);
    let own = if mesh.others().next().is_some() { name } else { "" };
    let sessions = if mesh.own().is_none_or(is_meant) { sessions } else { &[] };
    let own = sessions.iter().map(move |session| Row { session, machine: own, is_away: false });
    let of = |machine: &'a MachineInfo| {
        let is_away = machine.state != MachineState::Up;
        mesh.sessions_of(machine.id).map(move |session| Row { session, machine: &machine.name, is_away })
    };
    own.chain(mesh.others().filter(|machine| is_meant(machine)).flat_map(of)).collect()
}

fn is_running(row: &Row<'_>) -> bool {
    row.session.state == SessionState::Running
}

/// What has to be said of a machine besides its sessions.
fn note(machine: &MachineInfo) -> Option<String> {
    let name = plain(&machine.name);
    absence(machine).or(match machine.unlisted {
        0 => None,
        more => Some(format!("{name} has {more} more; `homie ls --on {name}` lists them.")),
    })
}

fn nothing(over: usize) -> String {
    match over {
        0 => "No session runs. `homie new` starts one.".to_owned(),
        over => format!("No session runs, {over} are over (`homie ls --all`). `homie new` starts one."),
    }
}
