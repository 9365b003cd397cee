//! What can be asked about the machines of the mesh.

use clap::{Args, Subcommand};
use clap_complete::engine::ArgValueCandidates;
use homie_protocol::tag::is_tag;

use crate::completions::machine_names;
use crate::home;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct NodesOptions {
    #[command(subcommand)]
    pub(crate) act: Option<NodeAct>,
    /// Only those with this tag.
    #[arg(long, value_parser = tag)]
    pub(crate) tag: Option<String>,
    /// Instead list machines that run Homie, can be found from here, and are none of the mesh.
    #[arg(long, conflicts_with = "tag")]
    pub(crate) found: bool,
    /// Answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NodeAct {
    /// Tag one, for `--on tag:NAME` and `--tag NAME`.
    Tag(TagOptions),
    /// Take tags away from one.
    Untag(TagOptions),
    /// Give one another name, whatever it calls itself.
    Rename(RenameNodeOptions),
    /// Take one out of the mesh, for ever: its keys count no more.
    Forget(ForgetOptions),
}

#[derive(Debug, Args)]
pub(crate) struct TagOptions {
    /// Its name.
    #[arg(add = ArgValueCandidates::new(machine_names))]
    pub(crate) machine: String,
    /// At most 16, of small letters, digits, -, _ and .
    #[arg(required = true, value_name = "TAG", value_parser = tag)]
    pub(crate) tags: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RenameNodeOptions {
    /// Its name.
    #[arg(add = ArgValueCandidates::new(machine_names))]
    pub(crate) machine: String,
    /// Its name from now on.
    #[arg(value_parser = home::name)]
    pub(crate) name: String,
}

#[derive(Debug, Args)]
pub(crate) struct ForgetOptions {
    /// Its name.
    #[arg(add = ArgValueCandidates::new(machine_names))]
    pub(crate) machine: String,
    /// Do not ask.
    #[arg(long, short)]
    pub(crate) yes: bool,
}

/// A tag as it is written.
pub(super) fn tag(text: &str) -> Result<String, String> {
    let is_one = is_tag(text).then(|| text.to_owned());
    is_one.ok_or_else(|| "a tag is 1 to 32 small letters, digits, -, _ and .".to_owned())
}
