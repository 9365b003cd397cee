//! How a command ends: exit codes, and the one sentence on stderr.

use std::io::Write;
use std::process::ExitCode;

/// Done, or not.
pub(crate) type Outcome = Result<(), Failure>;

/// Why not. Wrong use (2) is told by clap.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It was tried and failed: 1.
    Failed(anyhow::Error),
    /// What it needs does not answer: 5.
    Unreachable(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Says a line to whoever asked. One who listens no more is no reason to stop.
pub(crate) fn say(line: &str) {
    let _heard = writeln!(std::io::stdout(), "{line}");
}

/// Says what went wrong, and gives the exit code.
pub(crate) fn report(outcome: Outcome) -> ExitCode {
    let (code, error) = match outcome {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Failed(error)) => (1, error),
        Err(Failure::Unreachable(error)) => (5, error),
    };
    let _heard = writeln!(std::io::stderr(), "homie: {error:#}");
    ExitCode::from(code)
}
