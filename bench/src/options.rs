//! What can be asked of the bench.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::row::Row;
use crate::subject::SubjectName;
use crate::tailnet::place;

/// Measures Homie, tmux, ssh, mosh and the machine's limits side by side.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// Writes the figures into this file as well.
    #[arg(long, global = true)]
    pub(crate) json: Option<PathBuf>,
    /// Only these rows.
    #[arg(long, global = true, value_delimiter = ',')]
    pub(crate) rows: Vec<Row>,
    /// Only these subjects. Without `raw` there are no ratios.
    #[arg(long, global = true, value_delimiter = ',')]
    pub(crate) subjects: Vec<SubjectName>,
    /// Sweeps over all subjects.
    #[arg(long, global = true, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) reps: u32,
    /// Seconds that a flood lasts. Figures of another length are not comparable.
    #[arg(long, global = true, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) flood: u64,
    /// Keys typed in an idle sweep.
    #[arg(long, global = true, hide = true, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) keys: u32,
    /// In a network of its own, where machines are reached through others. It needs the right to make one.
    #[arg(long, global = true)]
    pub(crate) mesh: bool,
    /// Clients of a gateway at once.
    #[arg(long, global = true, hide = true, default_value_t = 200)]
    pub(crate) clients: usize,
    /// Machines of a large mesh.
    #[arg(long, global = true, hide = true, default_value_t = 150)]
    pub(crate) machines: usize,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

impl Options {
    /// Whether this row was asked for; if none was, whether it belongs here.
    pub(crate) fn wants(&self, row: Row) -> bool {
        match self.rows.as_slice() {
            // No gateway has a part in these.
            [] if self.mesh => !matches!(row, Row::Start64 | Row::Adopt64),
            [] => place().is_none() || row.is_of_tailnet(),
            rows => rows.contains(&row),
        }
    }

    /// The subjects asked for, in the order of the table; if none was, those that belong here.
    pub(crate) fn subjects(&self) -> Vec<SubjectName> {
        let all = SubjectName::value_variants().iter().copied();
        let belongs = |name: SubjectName| match place() {
            Some(_) => name.is_of_tailnet(),
            None => !name.is_far() && (self.mesh || !name.is_of_mesh()),
        };
        let wanted = |name: &SubjectName| match self.subjects.as_slice() {
            [] => belongs(*name),
            names => names.contains(name),
        };
        all.filter(wanted).collect()
    }
}

/// What the bench asks of itself.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The other end of a plain socket.
    #[command(hide = true)]
    Peer {
        kind: Carrier,
        /// Where it listens.
        #[arg(long, default_value = "127.0.0.1:0")]
        at: SocketAddr,
    },
    /// The sweeps themselves, with this folder to work in.
    #[command(hide = true)]
    Sweeps { folder: PathBuf },
}

/// Which plain socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Carrier {
    Tcp,
    Ws,
}
