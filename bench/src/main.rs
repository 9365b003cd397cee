//! Gives Homie, the terminals people use today and the machine's own limits the same work, in turns, and says how long each
//! took. `scripts/bench` builds and runs it; docs/benchmarks.md says what each row means.
//!
//! In reading order: `options` (what can be asked), `row` (what is measured), `guard` (leaves nothing behind), `run` (who is
//! measured when), `scene` (the work: one file each), `subject` (who does it: one file each), `report` (table and JSON).
//! Beside them `view` (a person's terminal, seen from here), `pty`, `process` (what /proc says), `stage` (scripts and files
//! that all subjects share), `peer` (the other end of the plain sockets), `tailnet` (two hosts, where there are such), `link` (cables
//! that carry little).

mod guard;
mod homie;
mod link;
mod options;
mod peer;
mod process;
mod pty;
mod report;
mod row;
mod run;
mod scene;
mod stage;
mod subject;
mod tailnet;
mod view;

use std::process::ExitCode;

use clap::Parser;

use crate::options::{Command, Options};

fn main() -> ExitCode {
    let options = Options::parse();
    let done = match &options.command {
        Some(Command::Peer { kind, at }) => peer::serve(*kind, *at),
        Some(Command::Sweeps { folder }) => run::sweeps(&options, folder),
        None => guard::guard(options.mesh),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}
