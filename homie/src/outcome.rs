//! How a command ends: exit codes, and the one sentence on stderr.

use std::io::Write;
use std::process::ExitCode;

use homie_protocol::code::{Code, Refusal};
use homie_trust::TrustError;

/// Done, or not.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Why not. What clap sees of wrong use (2) it tells itself.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It was tried and failed: 1, or what a refusal among its causes says.
    Failed(anyhow::Error),
    /// It was asked wrongly: 2.
    Usage(anyhow::Error),
    /// There is no such thing: 3.
    NotFound(anyhow::Error),
    /// Somebody said no: 4.
    Refused(anyhow::Error),
    /// What it needs does not answer: 5.
    Unreachable(anyhow::Error),
    /// Everything has been said; the program in the session, or a signal, gives the code.
    Code(u8),
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

/// Says a line beside the answer, to the person alone.
pub(crate) fn remark(line: &str) {
    let _heard = writeln!(std::io::stderr(), "{line}");
}

/// Says an answer for programs.
pub(crate) fn say_json(answer: &impl serde::Serialize) -> Outcome {
    say(&serde_json::to_string_pretty(answer)?);
    Ok(())
}

/// Says what went wrong, and gives the exit code.
pub(crate) fn report(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Code(code)) => ExitCode::from(code),
        Err(failure) => {
            let (code, words) = code_and_words(&failure);
            remark(&format!("homie: {words}"));
            ExitCode::from(code)
        }
    }
}

/// The exit code of a failure, and what it is to a person.
pub(crate) fn code_and_words(failure: &Failure) -> (u8, String) {
    let (code, error) = match failure {
        Failure::Failed(error) => (code_of(error), error),
        Failure::Usage(error) => (2, error),
        Failure::NotFound(error) => (3, error),
        Failure::Refused(error) => (4, error),
        Failure::Unreachable(error) => (5, error),
        Failure::Code(code) => return (*code, format!("it ended with {code}")),
    };
    (code, in_words(error))
}

/// A refusal keeps its code over the wire; to a person its sentence is enough.
fn in_words(error: &anyhow::Error) -> String {
    match error.downcast_ref::<Refusal>() {
        Some(refusal) => refusal.message.clone(),
        None => causes(error),
    }
}

fn code_of(error: &anyhow::Error) -> u8 {
    if matches!(error.downcast_ref(), Some(TrustError::KeyStore { .. })) {
        return 4;
    }
    error.downcast_ref::<Refusal>().map_or(1, |refusal| refused(refusal.code))
}

const fn refused(code: Code) -> u8 {
    match code {
        Code::NotFound => 3,
        Code::Unreachable | Code::Timeout | Code::GoingAway => 5,
        Code::Unauthenticated
        | Code::Forbidden
        | Code::Origin
        | Code::DeviceUnknown
        | Code::LinkInvalid
        | Code::PairingInvalid
        | Code::PairingRefused
        | Code::WrongDigits
        | Code::TooOften
        | Code::Busy
        | Code::Ended
        | Code::ReadOnly
        | Code::NameTaken
        | Code::WrongState => 4,
        _ => 1,
    }
}

/// The error in a failure, for whoever only passes it on.
pub(crate) fn error(failure: Failure) -> anyhow::Error {
    match failure {
        Failure::Failed(error)
        | Failure::Usage(error)
        | Failure::NotFound(error)
        | Failure::Refused(error)
        | Failure::Unreachable(error) => error,
        Failure::Code(code) => anyhow::anyhow!("it ended with {code}"),
    }
}

/// The error and its causes, without those that it names itself.
fn causes(error: &anyhow::Error) -> String {
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
    fn a_refusal_is_told_by_its_code() {
        for (code, expected) in [(Code::NotFound, 3), (Code::Ended, 4), (Code::Unreachable, 5), (Code::StartFailed, 1)]
        {
            assert_eq!(code_of(&Refusal::new(code, "no").into()), expected, "{code}");
        }
        assert_eq!(code_of(&anyhow::anyhow!("no")), 1);
    }

    #[test]
    fn each_cause_is_said_once() {
        let full = || Error::from(ErrorKind::StorageFull);
        let named = anyhow::Error::new(full()).context(format!("cannot write the file: {}", full()));
        assert_eq!(causes(&named), format!("cannot write the file: {}", full()));
        let unnamed = Err::<(), _>(full()).context("cannot start threads").unwrap_err();
        assert_eq!(causes(&unnamed), format!("cannot start threads: {}", full()));
    }
}
