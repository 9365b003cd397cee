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
    let _heard = writeln!(std::io::stderr(), "homie: {}", words(&error));
    ExitCode::from(code)
}

/// The error and its causes, without those that it names itself.
fn words(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| match said.as_str() {
        "" => cause,
        _ if said.contains(&cause) => said,
        _ => format!("{said}: {cause}"),
    })
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use anyhow::Context;

    use super::*;

    #[test]
    fn each_cause_is_said_once() {
        let full = || Error::from(ErrorKind::StorageFull);
        let named = anyhow::Error::new(full()).context(format!("cannot write the file: {}", full()));
        assert_eq!(words(&named), format!("cannot write the file: {}", full()));
        let unnamed = Err::<(), _>(full()).context("cannot start threads").unwrap_err();
        assert_eq!(words(&unnamed), format!("cannot start threads: {}", full()));
    }
}
