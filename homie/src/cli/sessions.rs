//! What can be asked about sessions.

use std::path::PathBuf;

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use homie_protocol::methods::session::Size;

use super::nodes::tag;
use crate::completions::session_names;
use crate::detach_key::DetachKey;
use crate::home;
use crate::key_names;
use crate::on::On;

#[derive(Debug, Args)]
pub(crate) struct NewOptions {
    /// What to call it [default: the program's name].
    #[arg(long, short, value_parser = home::name)]
    pub(crate) name: Option<String>,
    /// The folder it starts in [default: this one, on another machine the home folder].
    #[arg(long)]
    pub(crate) cwd: Option<PathBuf>,
    /// The size of its terminal, columns and rows [default: this terminal's, or 80x24].
    #[arg(long, value_name = "COLSxROWS", value_parser = size)]
    pub(crate) size: Option<Size>,
    /// Do not attach, print its name.
    #[arg(long, short)]
    pub(crate) detach: bool,
    /// Answer as JSON, which does not attach either.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) on: On,
    /// Program and arguments [default: your login shell].
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct LsOptions {
    /// Those that are over as well.
    #[arg(long, short)]
    pub(crate) all: bool,
    /// Only those of machines with this tag.
    #[arg(long, value_parser = tag, conflicts_with = "on")]
    pub(crate) tag: Option<String>,
    #[command(flatten)]
    pub(crate) besides: LsBesides,
    /// Answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) on: On,
}

/// What is told besides a line for each session.
#[derive(Debug, Args)]
pub(crate) struct LsBesides {
    /// The last lines of each as well.
    #[arg(long, short, conflicts_with = "json")]
    pub(crate) preview: bool,
    /// How each of the other machines is reached as well.
    #[arg(long, short, conflicts_with_all = ["json", "on"])]
    pub(crate) verbose: bool,
}

#[derive(Debug, Args)]
pub(crate) struct AttachOptions {
    /// Which session.
    #[arg(add = ArgValueCandidates::new(session_names))]
    pub(crate) session: String,
    /// The key that leaves the session [default: C-\].
    #[arg(long, value_name = "KEY")]
    pub(crate) detach_key: Option<DetachKey>,
    /// Leave the session its size; a larger one is shown cropped.
    #[arg(long)]
    pub(crate) keep_size: bool,
    #[command(flatten)]
    pub(crate) on: On,
}

#[derive(Debug, Args)]
pub(crate) struct WatchOptions {
    /// Which session.
    #[arg(add = ArgValueCandidates::new(session_names))]
    pub(crate) session: String,
    /// One more key that leaves it [default: C-\].
    #[arg(long, value_name = "KEY")]
    pub(crate) detach_key: Option<DetachKey>,
    #[command(flatten)]
    pub(crate) on: On,
}

#[derive(Debug, Args)]
pub(crate) struct SendOptions {
    /// Which session.
    #[arg(add = ArgValueCandidates::new(session_names))]
    pub(crate) session: String,
    /// What to type.
    #[arg(required_unless_present_any = ["key", "enter", "stdin"], allow_hyphen_values = true)]
    pub(crate) text: Option<String>,
    /// Type what comes on standard input, after the text.
    #[arg(long)]
    pub(crate) stdin: bool,
    /// Keys to press, named as in tmux, after the text.
    #[arg(long, short, value_parser = key_names::parse)]
    pub(crate) key: Vec<Vec<u8>>,
    /// Press Enter at the end.
    #[arg(long, short)]
    pub(crate) enter: bool,
    #[command(flatten)]
    pub(crate) on: On,
}

#[derive(Debug, Args)]
pub(crate) struct KillOptions {
    /// Which session.
    #[arg(add = ArgValueCandidates::new(session_names))]
    pub(crate) session: String,
    #[command(flatten)]
    pub(crate) on: On,
}

#[derive(Debug, Args)]
pub(crate) struct RenameOptions {
    /// Which session.
    #[arg(add = ArgValueCandidates::new(session_names))]
    pub(crate) session: String,
    /// Its new name.
    #[arg(value_parser = home::name)]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) on: On,
}

fn size(text: &str) -> Result<Size, String> {
    let sides = text.split_once('x').and_then(|(cols, rows)| Some((cols.parse().ok()?, rows.parse().ok()?)));
    sides
        .and_then(|(cols, rows)| Size::new(cols, rows))
        .ok_or_else(|| "a size is like 120x40, up to 2000x2000".to_owned())
}
