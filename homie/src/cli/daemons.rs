//! What can be asked about this machine's daemons.

use clap::{Args, ValueEnum};

use crate::home;

#[derive(Debug, Args)]
pub(crate) struct NodeOptions {
    /// What to call this machine [default: its host name].
    #[arg(long, value_parser = home::name)]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) tailnet: TailnetOptions,
}

/// Who may come from the tailnet.
#[derive(Debug, Default, Args)]
pub(crate) struct TailnetOptions {
    /// Whose machine this is: a login of the tailnet. Said once, it is remembered.
    #[arg(long, value_name = "LOGIN")]
    pub(crate) owner: Option<String>,
    /// Let the owner in from any of their machines without a device key. Said once, it is remembered.
    #[arg(long)]
    pub(crate) trust_tailnet: bool,
    /// Open doors to the tailnet although this is root: whoever comes in is root here.
    #[arg(long)]
    pub(crate) allow_root: bool,
}

#[derive(Debug, Args)]
pub(crate) struct GatewayOptions {
    /// The port of the page on 127.0.0.1; 0 takes any free one [default: 4663].
    #[arg(long)]
    pub(crate) port: Option<u16>,
    #[command(flatten)]
    pub(crate) node: NodeOptions,
}

#[derive(Debug, Args)]
pub(crate) struct UpOptions {
    #[command(flatten)]
    pub(crate) gateway: GatewayOptions,
    /// Go on in the background; this returns as soon as all is ready.
    #[arg(long, short)]
    pub(crate) detach: bool,
    /// Answer as JSON.
    #[arg(long, requires = "detach")]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) starter: StarterOptions,
}

/// Who has started it, if no person has.
#[derive(Debug, Args)]
pub(crate) struct StarterOptions {
    /// Said by `--detach` to the process it starts.
    #[arg(long, hide = true, conflicts_with = "detach")]
    pub(crate) background: bool,
    /// Run as a service: tell its manager when all is ready and that it lives, and print no link into its log.
    #[arg(long, conflicts_with_all = ["detach", "background"])]
    pub(crate) service: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DownOptions {
    /// End all sessions as well.
    #[arg(long)]
    pub(crate) all: bool,
    /// Do not ask before sessions are ended.
    #[arg(long, short, requires = "all")]
    pub(crate) yes: bool,
    /// Answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct StatusOptions {
    /// Answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LogsOptions {
    /// Only so many of the last lines.
    #[arg(long, short = 'n')]
    pub(crate) lines: Option<usize>,
    /// Answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ConfigOptions {
    /// Answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PairOptions {
    /// The browser runs on this machine.
    #[arg(long, required = true)]
    here: bool,
    /// Answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsOptions {
    /// Which shell.
    pub(crate) shell: CompletedShell,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum CompletedShell {
    /// GNU bash.
    Bash,
    /// The Z shell.
    Zsh,
    /// The friendly interactive shell.
    Fish,
}
