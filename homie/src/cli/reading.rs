//! What can be asked to be read: of sessions, of recordings.

use std::time::Duration;

use clap::{ArgGroup, Args};
use clap_complete::engine::ArgValueCandidates;

use crate::completions::{names_that_are_over, session_names};
use crate::detach_key::DetachKey;
use crate::on::On;

#[derive(Debug, Args)]
pub(crate) struct CaptureOptions {
    /// Which session.
    #[arg(add = ArgValueCandidates::new(session_names))]
    pub(crate) session: String,
    /// Also what scrolled away.
    #[arg(long, short)]
    pub(crate) scrollback: bool,
    /// With colours and attributes, as escape sequences.
    #[arg(long)]
    pub(crate) ansi: bool,
    /// Answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) on: On,
}

#[derive(Debug, Args)]
pub(crate) struct SearchOptions {
    /// In this session and, if TEXT is left out, what to look for in all.
    #[arg(value_name = "SESSION", add = ArgValueCandidates::new(session_names))]
    pub(crate) first: String,
    /// What to look for, as it stands.
    #[arg(value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) second: Option<String>,
    /// In the sessions of all machines of the mesh.
    #[arg(long, short, conflicts_with_all = ["second", "on"])]
    pub(crate) all: bool,
    /// With --all: how long each machine may take.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = limit, requires = "all")]
    pub(crate) timeout: Duration,
    /// Large and small letters are the same.
    #[arg(long, short)]
    pub(crate) ignore_case: bool,
    /// Lines of each session, the newest, at most 200.
    #[arg(long, short = 'n', value_name = "LINES", value_parser = clap::value_parser!(u32).range(1..=200))]
    pub(crate) limit: Option<u32>,
    /// Answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) on: On,
}

impl SearchOptions {
    /// In which session, if in one, and for what.
    pub(crate) fn wanted(&self) -> (Option<&str>, &str) {
        match &self.second {
            Some(text) => (Some(&self.first), text),
            None => (None, &self.first),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct RerunOptions {
    /// Which session that is over.
    #[arg(add = ArgValueCandidates::new(names_that_are_over))]
    pub(crate) session: String,
    /// Do not attach, print its name.
    #[arg(long, short)]
    pub(crate) detach: bool,
    /// Answer as JSON, which does not attach either.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) on: On,
}

#[derive(Debug, Args)]
#[group(skip)]
#[command(group = ArgGroup::new("what").required(true).args(["session", "list", "remove", "export"]))]
pub(crate) struct RecordOptions {
    /// Which session.
    #[arg(add = ArgValueCandidates::new(session_names))]
    pub(crate) session: Option<String>,
    /// Record it no longer.
    #[arg(long, requires = "session")]
    pub(crate) stop: bool,
    /// List the recordings of this machine.
    #[arg(long)]
    pub(crate) list: bool,
    /// Remove a recording that has ended.
    #[arg(long, value_name = "RECORDING")]
    pub(crate) remove: Option<String>,
    /// Print a recording, an asciicast of version 2.
    #[arg(long, value_name = "RECORDING", conflicts_with = "json")]
    pub(crate) export: Option<String>,
    /// Answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) on: On,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayOptions {
    /// A file, or a recording of this machine: its id, or the name of its session for the latest.
    pub(crate) recording: String,
    /// So many times as fast.
    #[arg(long, short, default_value_t = 1.0, value_parser = speed)]
    pub(crate) speed: f64,
    /// Where nothing happens for longer, wait only so many seconds.
    #[arg(long, short, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) idle_limit: Option<f64>,
    /// One more key that leaves it [default: C-\].
    #[arg(long, value_name = "KEY")]
    pub(crate) detach_key: Option<DetachKey>,
    #[command(flatten)]
    pub(crate) on: On,
}

fn speed(text: &str) -> Result<f64, String> {
    number(text, 0.01).ok_or_else(|| "a speed is a number from 0.01 to 1000".to_owned())
}

fn seconds(text: &str) -> Result<f64, String> {
    number(text, 0.0).ok_or_else(|| "seconds are a number from 0 to 1000".to_owned())
}

/// How long somebody waits, in seconds.
pub(crate) fn limit(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| (1..=86_400).contains(seconds));
    seconds.map(Duration::from_secs).ok_or_else(|| "a limit is a whole number of seconds from 1 to 86400".to_owned())
}

fn number(text: &str, least: f64) -> Option<f64> {
    text.parse().ok().filter(|number| (least..=1000.0).contains(number))
}
