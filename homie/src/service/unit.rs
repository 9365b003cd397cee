//! The unit that runs this machine's Homie: its text, and what can be read from one.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, ensure};

/// What it is called.
pub(super) const NAME: &str = "homie.service";

/// How every one of ours begins. Another was written by somebody else, and is left alone.
const MARK: &str = "# Written by `homie service install`";

/// What the service's Homie must know that the manager does not: where it keeps everything.
pub(super) const VARIABLES: [&str; 3] = ["HOMIE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"];

/// The text for this program and these variables.
pub(super) fn text(program: &Path, variables: &[(&str, String)]) -> anyhow::Result<String> {
    let program = quoted(program.to_str().context("the path of this program is not UTF-8")?)?;
    let mut environment = String::new();
    for (name, value) in variables {
        writeln!(environment, "Environment={}", quoted(&format!("{name}={value}"))?)?;
    }
    Ok(format!(
        "{MARK}, which writes it again each time.

[Unit]
Description=Homie: the shells of this machine
# Otherwise the sixth start within ten seconds is refused, and it stays down.
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart={program} up --service
{environment}Restart=always
RestartSec=1
# The shells have scopes of their own. This keeps one that has no scope, or has not got it yet.
KillMode=process
OOMPolicy=continue
OOMScoreAdjust=100
WatchdogSec=30
TimeoutStopSec=10
# Nothing here that limits or hides: the shells would inherit it.

[Install]
WantedBy=default.target
"
    ))
}

/// Whether `homie service install` wrote it.
pub(super) fn is_ours(text: &str) -> bool {
    text.starts_with(MARK)
}

/// Whether both keep everything in the same place.
pub(super) fn are_of_one_home(text: &str, other: &str) -> bool {
    environment(text).eq(environment(other))
}

fn environment(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| line.starts_with("Environment="))
}

/// A word as systemd reads it back. `$` means something in arguments alone, which these are not.
fn quoted(word: &str) -> anyhow::Result<String> {
    ensure!(!word.chars().any(char::is_control), "{word:?} cannot stand in a unit");
    Ok(format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_starts_this_program_with_its_home() {
        let text = text(Path::new("/opt/ho mie"), &[("HOMIE_HOME", "/home/100%/\"x\\".to_owned())]).unwrap();
        assert!(text.contains("\nExecStart=\"/opt/ho mie\" up --service\n"), "{text}");
        assert!(text.contains("\nEnvironment=\"HOMIE_HOME=/home/100%%/\\\"x\\\\\"\nRestart=always\n"), "{text}");
        assert!(is_ours(&text) && !is_ours("[Unit]\n"));
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        assert!(text(Path::new("/opt/ho\nmie"), &[]).is_err());
        assert!(text(Path::new("/opt/homie"), &[("HOMIE_HOME", "/a\nExecStart=/bin/sh".to_owned())]).is_err());
    }

    #[test]
    fn homes_are_compared() {
        let unit = |home: &str| text(Path::new("/opt/homie"), &[("HOMIE_HOME", home.to_owned())]).unwrap();
        assert!(are_of_one_home(&unit("/a"), &unit("/a")));
        assert!(!are_of_one_home(&unit("/a"), &unit("/b")));
        assert!(!are_of_one_home(&unit("/a"), &text(Path::new("/opt/homie"), &[]).unwrap()));
    }
}
