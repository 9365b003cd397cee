//! systemd as an ordinary user reaches it: `systemctl --user` and `loginctl`, and what they answer.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::anyhow;
use rustix::process::geteuid;

use crate::outcome::{Failure, Outcome};

/// The service as the manager sees it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// `active`, `activating`, `failed`, `inactive` …
    pub(super) state: String,
    pub(super) is_enabled: bool,
    pub(super) pid: Option<u32>,
}

/// Asks the user manager for something.
pub(super) fn systemctl(words: &[&str]) -> Outcome<String> {
    let mut command = Command::new("systemctl");
    command.arg("--user").args(words);
    run(&mut command)
}

/// Where the manager keeps a user's units: it is its own environment that counts, not ours.
pub(super) fn units() -> Outcome<PathBuf> {
    let environment = systemctl(&["show-environment"]).map_err(|failure| match failure {
        Failure::Failed(error) => Failure::Unreachable(
            error.context("your systemd user manager does not answer; `homie up --detach` needs none"),
        ),
        failure => failure,
    })?;
    let of = |name: &str| environment.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    let (theirs, ours) = (of("HOME").unwrap_or_default(), std::env::var("HOME").unwrap_or_default());
    if theirs != ours {
        return Err(Failure::Refused(anyhow!(
            "HOME is {ours} here and {theirs} for your user manager, so it would look elsewhere; say HOME={theirs} before this"
        )));
    }
    let config = of("XDG_CONFIG_HOME").map_or_else(|| Path::new(theirs).join(".config"), PathBuf::from);
    Ok(config.join("systemd/user"))
}

/// What the manager knows of a unit.
pub(super) fn look_at(unit: &str) -> Outcome<Seen> {
    let properties = ["ActiveState", "UnitFileState", "MainPID"].join(",");
    Ok(seen(&systemctl(&["show", unit, "--property", &properties])?))
}

/// Whether this user's manager runs without a login.
pub(super) fn lingers() -> bool {
    loginctl(&["show-user", &uid(), "--property", "Linger"]).is_ok_and(|answer| answer.trim() == "Linger=yes")
}

/// Makes it so, if this user may. Without a name it would be the user of a login, which a script may not have.
pub(super) fn linger() -> Outcome {
    loginctl(&["enable-linger", &uid()]).map(drop)
}

/// The one command that makes it so for certain.
pub(crate) fn how_to_linger() -> String {
    let user = std::env::var("USER").ok().filter(|user| !user.is_empty()).unwrap_or_else(uid);
    format!("sudo loginctl enable-linger {user}")
}

fn loginctl(words: &[&str]) -> Outcome<String> {
    run(Command::new("loginctl").arg("--no-ask-password").args(words))
}

fn run(command: &mut Command) -> Outcome<String> {
    // In a login without PAM, and in a system unit, nobody has said where the manager is.
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        command.env("XDG_RUNTIME_DIR", format!("/run/user/{}", uid()));
    }
    let output = match command.env("LC_ALL", "C").stdin(Stdio::null()).output() {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(Failure::Refused(anyhow!("this machine has no systemd; `homie up --detach` needs none")));
        }
        Err(error) => return Err(anyhow!(error).context(format!("cannot run {}", name(command))).into()),
    };
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    Err(anyhow!("{} says: {}", name(command), words.trim().replace('\n', " ")).into())
}

fn name(command: &Command) -> String {
    command.get_program().display().to_string()
}

fn uid() -> String {
    geteuid().as_raw().to_string()
}

fn seen(answer: &str) -> Seen {
    let of =
        |name: &str| answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default();
    Seen {
        state: of("ActiveState").to_owned(),
        is_enabled: of("UnitFileState") == "enabled",
        pid: of("MainPID").parse().ok().filter(|pid| *pid > 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read() {
        let running = seen("ActiveState=active\nUnitFileState=enabled\nMainPID=12\n");
        assert_eq!(running, Seen { state: "active".to_owned(), is_enabled: true, pid: Some(12) });
        let gone = seen("MainPID=0\nActiveState=inactive\nUnitFileState=\n");
        assert_eq!(gone, Seen { state: "inactive".to_owned(), is_enabled: false, pid: None });
    }
}
