//! Completions: the script for a shell, and the answers when that shell asks.

use std::time::Duration;

use clap::CommandFactory;
use clap_complete::CompletionCandidate;
use clap_complete::env::{Bash, CompleteEnv, EnvCompleter, Fish, Shells, Zsh};
use homie_protocol::methods::session::{SessionInfo, SessionState};
use tokio::time::timeout;

use crate::cli::{Cli, CompletedShell, CompletionsOptions};
use crate::here::{connect, runtime};
use crate::on;
use crate::outcome::{Outcome, say};

/// By this the script tells that it asks.
const ASKED_BY: &str = "HOMIE_COMPLETE";

/// A person has pressed a key and waits.
const PATIENCE: Duration = Duration::from_millis(250);

/// Answers a shell that asks, and does not come back then.
pub(crate) fn answer() {
    CompleteEnv::with_factory(Cli::command).var(ASKED_BY).shells(Shells(&[&Bash, &Zsh, &Fish])).complete();
}

/// Prints the script.
pub(crate) fn completions(options: &CompletionsOptions) -> Outcome {
    let shell: &dyn EnvCompleter = match options.shell {
        CompletedShell::Bash => &Bash,
        CompletedShell::Zsh => &Zsh,
        CompletedShell::Fish => &Fish,
    };
    let mut script = Vec::new();
    shell.write_registration(ASKED_BY, "homie", "homie", "homie", &mut script)?;
    say(String::from_utf8_lossy(&script).trim_end());
    Ok(())
}

/// The sessions that run.
pub(crate) fn session_names() -> Vec<CompletionCandidate> {
    names(|session| session.state == SessionState::Running)
}

/// The sessions that are over.
pub(crate) fn names_that_are_over() -> Vec<CompletionCandidate> {
    names(|session| session.state != SessionState::Running)
}

/// The other machines.
pub(crate) fn machine_names() -> Vec<CompletionCandidate> {
    let Ok(runtime) = runtime() else { return Vec::new() };
    let names = runtime.block_on(async { timeout(PATIENCE, on::peers()).await });
    runtime.shutdown_background();
    names.ok().and_then(Result::ok).unwrap_or_default().into_iter().map(CompletionCandidate::new).collect()
}

/// Such sessions, or none if the node takes its time.
fn names(is_one: impl Fn(&SessionInfo) -> bool) -> Vec<CompletionCandidate> {
    let Ok(runtime) = runtime() else { return Vec::new() };
    let asking = async { connect().await?.sessions().await };
    let sessions = runtime.block_on(async { timeout(PATIENCE, asking).await });
    runtime.shutdown_background();
    let sessions = sessions.ok().and_then(Result::ok).unwrap_or_default().into_iter();
    sessions
        .filter(is_one)
        .map(|session| CompletionCandidate::new(session.name).help(Some(session.command.join(" ").into())))
        .collect()
}
