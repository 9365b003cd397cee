//! What can be asked about the service.

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct ServiceOptions {
    /// What to do with it.
    #[command(subcommand)]
    pub(crate) act: ServiceAct,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ServiceAct {
    /// Install this program as the service and start it; over an older one, start it again. The shells go on.
    #[command(after_help = "Example:\n  homie service install")]
    Install(AnswerOptions),
    /// Stop the service and take it away; the shells go on.
    #[command(after_help = "Example:\n  homie service uninstall")]
    Uninstall(AnswerOptions),
    /// Tell whether it is installed, runs, and starts by itself.
    #[command(after_help = "Example:\n  homie service status --json")]
    Status(AnswerOptions),
}

#[derive(Debug, Args)]
pub(crate) struct AnswerOptions {
    /// Answer as JSON.
    #[arg(long)]
    json: bool,
}

impl ServiceAct {
    /// Whether a program has asked.
    pub(crate) fn is_for_programs(&self) -> bool {
        match self {
            Self::Install(options) | Self::Uninstall(options) | Self::Status(options) => options.json,
        }
    }
}
