//! What can be asked of the command.

use clap::{Args, Parser, Subcommand};
use homie_gateway::DEFAULT_PORT;

use crate::home;

/// Your shells on all your machines, from any of them.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "State lies in the folder HOMIE_HOME, or where this system keeps programs' state.\n\
    Exit codes: 0 done, 1 failed, 2 wrong use, 5 not reachable.\n\nExample:\n  homie up"
)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run this machine: its node, and a gateway that serves the page.
    #[command(after_help = "Example:\n  homie up --port 8080 --name desk")]
    Up(GatewayOptions),
    /// Run the node alone.
    #[command(after_help = "Example:\n  homie node --name desk")]
    Node(NodeOptions),
    /// Run the gateway alone.
    #[command(after_help = "Example:\n  homie gateway --port 0")]
    Gateway(GatewayOptions),
    /// Let one more browser in: print a one-use link.
    #[command(after_help = "Example:\n  homie pair --here")]
    Pair(PairOptions),
    /// Hold one session; the node starts this by itself.
    #[command(hide = true)]
    Hold,
}

#[derive(Debug, Args)]
pub(crate) struct NodeOptions {
    /// What to call this machine [default: its host name].
    #[arg(long, value_parser = home::name)]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct GatewayOptions {
    /// The port of the page on 127.0.0.1; 0 takes any free one.
    #[arg(long, default_value_t = DEFAULT_PORT)]
    pub(crate) port: u16,
    #[command(flatten)]
    pub(crate) node: NodeOptions,
}

#[derive(Debug, Args)]
pub(crate) struct PairOptions {
    /// The browser runs on this machine.
    #[arg(long, required = true)]
    here: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_declaration_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_an_example() {
        for command in Cli::command().get_subcommands().filter(|command| !command.is_hide_set()) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains(&format!("homie {}", command.get_name())), "{} has no example", command.get_name());
        }
    }
}
