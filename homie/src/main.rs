//! The `homie` command: reads the arguments, wires the parts, runs them, and says how it went with its exit code.
//!
//! In reading order: `cli` (what can be asked), `up` (node and gateway, together or apart), `pair`, `home` (where the
//! state lies and what the machine is called), `stop` (signals), `log`, `outcome` (exit codes). A holder is
//! `homie_holder::run` alone: it has neither runtime nor log.

mod cli;
mod home;
mod log;
mod outcome;
mod pair;
mod stop;
mod up;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::outcome::report;

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Up(options) => report(up::up(&options)),
        Command::Node(options) => report(up::node(&options)),
        Command::Gateway(options) => report(up::gateway(&options)),
        Command::Pair(_) => report(pair::pair_here()),
        Command::Hold => homie_holder::run(),
    }
}
