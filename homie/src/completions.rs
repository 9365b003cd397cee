//! Completions: the script for a shell, and the answers when that shell asks.

use std::time::Duration;

use clap::CommandFactory;
use clap_complete::CompletionCandidate;
use clap_complete::env::{Bash, CompleteEnv, EnvCompleter, Fish, Shells, Zsh};
use homie_protocol::methods::session::{SessionInfo, SessionState};
use tokio::time::timeout;

use crate::cli::{Cli, CompletedShell, CompletionsOptions};
use crate::here::{connect, runtime};
use crate::mesh::Mesh;
use crate::on;
use crate::outcome::{Outcome, say};

/// By this the script tells that it asks.
const ASKED_BY: &str = "HOMIE_COMPLETE";

/// A person has pressed a key and waits.
const PATIENCE: Duration = Duration::from_millis(250);

/// Bash cuts words at colons, and a session of another machine has one.
const WHOLE_WORDS: &str = include_str!("completions/whole-words.bash");

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
    if options.shell == CompletedShell::Bash {
        say(WHOLE_WORDS.trim_end());
    }
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

/// Such sessions: this machine's by their names, those of others as `MACHINE:NAME`, as the gateway remembers them. No other
/// machine is asked, and who takes its time is left out.
fn names(is_one: impl Fn(&SessionInfo) -> bool) -> Vec<CompletionCandidate> {
    let Ok(runtime) = runtime() else { return Vec::new() };
    let (own, mesh) = runtime.block_on(async {
        let own = timeout(PATIENCE, async { connect().await?.sessions().await });
        tokio::join!(own, timeout(PATIENCE, Mesh::ask()))
    });
    runtime.shutdown_background();
    let own = own.ok().and_then(Result::ok).unwrap_or_default();
    let mesh = mesh.ok().and_then(Result::ok).unwrap_or_default();
    let here = own.iter().map(|session| (session.name.clone(), session));
    let there = mesh.others().flat_map(|machine| {
        mesh.sessions_of(machine.id).map(|session| (format!("{}:{}", machine.name, session.name), session))
    });
    let meant = here.chain(there).filter(|(_, session)| is_one(session));
    meant.map(|(name, session)| CompletionCandidate::new(name).help(Some(session.command.join(" ").into()))).collect()
}
