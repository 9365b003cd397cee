//! The `homie` command: reads the arguments, wires the parts, runs them, and says how it went with its exit code.
//!
//! In reading order: `cli` (what can be asked), `here` (the node as commands reach it; `on`: another machine's), `pick` (which session is meant), `mesh` (what
//! runs elsewhere), `called` (which machine is meant), `each` (the same asked of several machines).
//! Sessions: `new`, `run` (on several machines), `rerun`, `ls` (`listing`, `table`), `attach` (`watch` too), `act` (send, kill, rename), `read` (capture,
//! search), `record` and `replay`. The machine: `up` (node and gateway,
//! together or apart; `first`, `doors`, `background`, `manager`), `service`, `down`, `status`, `doctor`, `logs`, `config` (`settings`), `completions`. Who may come:
//! `pair` (and approve; over `front`, the gateway as commands reach it), `invite` (and join), `devices`, `audit`, `keys`, `recover`, `rekey`. Beside them
//! `home` (where things lie), `key_names` and `detach_key`, `long_line`, `style`, `stop` (signals), `log`, `outcome` (exit codes). A
//! holder is `homie_holder::run` alone, and who listens to the local network `homie_gateway::hear`: they have neither runtime nor log.

mod act;
mod attach;
mod audit;
mod background;
mod called;
mod cli;
mod completions;
mod config;
mod detach_key;
mod devices;
mod dial_out;
mod doctor;
mod doors;
mod down;
mod each;
mod first;
mod front;
mod here;
mod home;
mod invite;
mod join;
mod key_door;
mod key_names;
mod keys;
mod listing;
mod log;
mod logs;
mod long_line;
mod ls;
mod manager;
mod mesh;
mod new;
mod nodes;
mod on;
mod outcome;
mod pair;
mod pick;
mod public_door;
mod read;
mod record;
mod recover;
mod rekey;
mod replay;
mod rerun;
mod run;
#[cfg(test)]
mod sample;
mod service;
mod settings;
mod status;
mod stop;
mod style;
mod table;
mod up;
mod wanted;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::outcome::report;

fn main() -> ExitCode {
    completions::answer();
    match Cli::parse().command {
        Command::New(options) => report(new::new(&options)),
        Command::Ls(options) => report(ls::ls(&options)),
        Command::Nodes(options) => report(nodes::nodes(&options)),
        Command::Attach(options) => report(attach::attach(&options)),
        Command::Watch(options) => report(attach::watch(&options)),
        Command::Send(options) => report(act::send(&options)),
        Command::Capture(options) => report(read::capture(&options)),
        Command::Search(options) => report(read::search(&options)),
        Command::Run(options) => report(run::run(&options)),
        Command::Rerun(options) => report(rerun::rerun(&options)),
        Command::Record(options) => report(record::record(&options)),
        Command::Replay(options) => report(replay::replay(&options)),
        Command::Kill(options) => report(act::kill(&options)),
        Command::Rename(options) => report(act::rename(&options)),
        Command::Up(options) => report(up::begin(&options)),
        Command::Down(options) => report(down::down(&options)),
        Command::Status(options) => report(status::status(&options)),
        Command::Doctor(options) => report(doctor::doctor(&options)),
        Command::Service(options) => report(service::service(&options)),
        Command::Logs(options) => report(logs::logs(&options)),
        Command::Config(options) => report(config::config(&options)),
        Command::Pair(options) => report(pair::pair(&options)),
        Command::Invite(options) => report(invite::invite(&options)),
        Command::Join(options) => report(invite::join_mesh(&options)),
        Command::Approve(options) => report(pair::approve(&options)),
        Command::Devices(options) => report(devices::devices(options)),
        Command::Audit(options) => report(audit::audit(&options)),
        Command::Keys(options) => report(keys::keys(&options)),
        Command::Words => report(recover::words()),
        Command::Rekey(options) => report(rekey::rekey(&options)),
        Command::Recover => report(recover::recover()),
        Command::Node(options) => report(up::node(&options)),
        Command::Gateway(options) => report(up::gateway(&options)),
        Command::Completions(options) => report(completions::completions(&options)),
        Command::Hold => homie_holder::run(),
        Command::Hear { interfaces } => homie_gateway::hear(&interfaces),
    }
}
