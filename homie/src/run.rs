//! `homie run`: the same command on several machines of the mesh, each in a session with pipes, and what all of them say.
//!
//! In reading order: `task` (the command on one machine), `lines` (its output in lines), `tell` (all of it, as people or programs
//! want it; `diff`: what differs).

use std::sync::Arc;

use homie_protocol::methods::machine::MachineState;
use homie_protocol::methods::session::{Size, StartParams};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;

use crate::cli::RunOptions;
use crate::each::Target;
use crate::here::on_runtime;
use crate::mesh::Mesh;
use crate::nodes::absence;
use crate::outcome::{Failure, Outcome, remark};
use crate::stop::Stop;

mod diff;
mod lines;
mod task;
mod tell;

use task::{Said, Task};
use tell::{Heard, Manner};

/// Pieces of output that wait to be told, of all machines together. Where there is no room the programs wait.
const PIECES: usize = 64;

/// Runs it, and ends with the worst code.
pub(crate) fn run(options: &RunOptions) -> Outcome {
    on_runtime(async {
        let mesh = Mesh::ask().await?;
        let machines = machines(&mesh, options)?;
        let manner = Manner::of(options.told);
        let heard = everywhere(&machines, options, manner).await?;
        manner.tell_all(&heard)?;
        match heard.iter().map(Heard::code).max() {
            None | Some(0) => Ok(()),
            Some(worst) => Err(Failure::Code(worst)),
        }
    })
}

/// Those that are named, or all that are up. Nothing starts if one of them is not known.
fn machines(mesh: &Mesh, options: &RunOptions) -> Outcome<Vec<Target>> {
    if !options.all {
        return Target::named(mesh, &options.on);
    }
    mesh.machines.iter().filter_map(absence).for_each(|words| remark(&format!("homie: {words}")));
    Ok(mesh.machines.iter().filter(|machine| machine.state == MachineState::Up).map(Target::from).collect())
}

/// Runs it on all of them, so many at once, until all have ended or a signal has come.
async fn everywhere(machines: &[Target], options: &RunOptions, manner: Manner) -> Outcome<Vec<Heard>> {
    let mut heard: Vec<_> = machines.iter().map(|machine| Heard::new(&machine.name)).collect();
    let (say, mut said) = mpsc::channel(PIECES);
    let (stop, stopped) = watch::channel(false);
    let (turns, mut running) = (Arc::new(Semaphore::new(options.at_once)), JoinSet::new());
    for (place, machine) in machines.iter().cloned().enumerate() {
        let task = Task { place, machine, params: params(options), limit: options.timeout, say: say.clone() };
        running.spawn(task.run(Arc::clone(&turns), stopped.clone()));
    }
    drop(say);
    let mut signals = Stop::listen()?;
    loop {
        tokio::select! {
            piece = said.recv() => match piece {
                Some((place, said)) => if let Some(heard) = heard.get_mut(place) {
                    heard.hear(said, manner);
                },
                None => return Ok(heard),
            },
            // A second one ends this command at once, whatever goes on elsewhere.
            () = signals.next() => if stop.send_replace(true) {
                return Err(Failure::Code(128 + 2));
            },
        }
    }
}

fn params(options: &RunOptions) -> StartParams {
    StartParams {
        name: options.name.clone(),
        command: Some(options.command.clone()),
        cwd: options.cwd.clone(),
        env: None,
        size: Size::default(),
        pipes: Some(true),
    }
}

/// What a machine has said, and where it stands among the others.
type Piece = (usize, Said);
