//! What can be asked about this machine's daemons.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use clap_complete::engine::ArgValueCandidates;
use homie_trust::KeyStore;

use super::keys::store;
use super::trust::GivenRole;
use crate::completions::machine_names;
use crate::home;

#[derive(Debug, Args)]
pub(crate) struct NodeOptions {
    /// What to call this machine [default: its host name].
    #[arg(long, value_parser = home::name)]
    pub(crate) name: Option<String>,
    /// Where this machine's secret keys are to lie, said before there are any [default: the keyring of this system if somebody
    /// sits at a terminal and it answers, else files].
    #[arg(long, value_name = "STORE", value_parser = store())]
    pub(crate) key_store: Option<KeyStore>,
    #[command(flatten)]
    pub(crate) tailnet: TailnetOptions,
}

/// Who may come from the tailnet.
#[derive(Debug, Default, Args)]
pub(crate) struct TailnetOptions {
    /// Whose machine this is: a login of the tailnet. Said once, it is remembered.
    #[arg(long, value_name = "LOGIN")]
    pub(crate) owner: Option<String>,
    /// Let the owner in from any of their machines without a device key. Said once, it is remembered; `=false` takes it back.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) trust_tailnet: Option<bool>,
    /// Open doors to the tailnet although this is root: whoever comes in is root here.
    #[arg(long)]
    pub(crate) allow_root: bool,
}

#[derive(Debug, Args)]
pub(crate) struct GatewayOptions {
    /// The port of the page on 127.0.0.1, or no start; 0 takes any free one [default: 4663, or the next that is free].
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
    /// First become one of the mesh of this machine, which runs Homie already: shows six digits to be typed there.
    #[arg(long, value_name = "MACHINE", conflicts_with_all = ["background", "service"], add = ArgValueCandidates::new(machine_names))]
    pub(crate) join: Option<String>,
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
pub(crate) struct DoctorOptions {
    /// Mend what concerns nobody else: modes of our own files, and that the service stays without a login.
    #[arg(long)]
    pub(crate) fix: bool,
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
    #[command(flatten)]
    pub(crate) way: PairWay,
    /// Write the QR code into this file as well.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["code", "here"])]
    pub(crate) svg: Option<PathBuf>,
    /// What the device may do; left out, it is asked, or an operator with --public.
    #[arg(long, conflicts_with_all = ["here", "secret"])]
    pub(crate) role: Option<GivenRole>,
    /// Answer as JSON, and do not wait: `homie approve` lets the device in.
    #[arg(long)]
    pub(crate) json: bool,
}

/// By what, if not by a QR code.
#[derive(Debug, Args)]
#[group(multiple = false)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that people type, and clap lets one be there")]
pub(crate) struct PairWay {
    /// For a browser on this machine: print a one-use link, which needs no digits.
    #[arg(long)]
    pub(crate) here: bool,
    /// For a device without a camera: print six digits to type there.
    #[arg(long)]
    pub(crate) code: bool,
    /// For devices that are let in without anybody there: print this machine's shared secret, if the settings have one.
    #[arg(long)]
    pub(crate) secret: bool,
    /// For a browser out on the internet, where the settings have a door to it: print a one-use link, which needs no digits.
    #[arg(long)]
    pub(crate) public: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ApproveOptions {
    /// Which pairing [default: the one that is open], and the six digits that the device shows. Without digits it is told
    /// which device waits.
    #[arg(value_name = "ID DIGITS", num_args = 0..=2)]
    pub(crate) which: Vec<String>,
    /// What the device may do [default: operator]; a machine joins as owner.
    #[arg(long)]
    pub(crate) role: Option<GivenRole>,
    /// Send it away instead.
    #[arg(long)]
    pub(crate) refuse: bool,
    /// Answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsOptions {
    /// Which shell.
    pub(crate) shell: CompletedShell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CompletedShell {
    /// GNU bash.
    Bash,
    /// The Z shell.
    Zsh,
    /// The friendly interactive shell.
    Fish,
}
