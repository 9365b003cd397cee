//! What can be asked to be run on several machines.

use std::time::Duration;

use clap::{ArgGroup, Args};
use clap_complete::engine::ArgValueCandidates;

use super::reading::limit;
use crate::completions::machine_names;
use crate::home;

#[derive(Debug, Args)]
#[group(skip)]
#[command(group = ArgGroup::new("where").required(true).args(["on", "all"]))]
pub(crate) struct RunOptions {
    /// On these machines of the mesh: names, or tag:NAME for all with a tag, with commas between them.
    #[arg(long, value_name = "MACHINES", value_delimiter = ',', add = ArgValueCandidates::new(machine_names))]
    pub(crate) on: Vec<String>,
    /// On all machines that are up.
    #[arg(long, short)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) told: ToldOptions,
    /// How long each machine may take; then its command is ended [default: as long as it takes].
    #[arg(long, short, value_name = "SECONDS", value_parser = limit)]
    pub(crate) timeout: Option<Duration>,
    /// Machines at once.
    #[arg(long, value_name = "MACHINES", default_value_t = 32, value_parser = at_once)]
    pub(crate) at_once: usize,
    /// What to call the sessions [default: the program's name].
    #[arg(long, short, value_parser = home::name)]
    pub(crate) name: Option<String>,
    /// The folder it starts in, a whole path [default: the home folder].
    #[arg(long)]
    pub(crate) cwd: Option<String>,
    /// Program and arguments.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
}

/// How the output is told; if nothing is said, each line as it comes.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct ToldOptions {
    /// Tell the output when all are done, equal ones once.
    #[arg(long, short)]
    pub(crate) group: bool,
    /// The same, and of all but the most frequent output only what differs from that.
    #[arg(long)]
    pub(crate) diff: bool,
    /// Answer as JSON, when all are done.
    #[arg(long, conflicts_with_all = ["group", "diff"])]
    pub(crate) json: bool,
}

fn at_once(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=256).contains(number));
    number.ok_or_else(|| "machines at once are a number from 1 to 256".to_owned())
}
