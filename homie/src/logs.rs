//! The log of a Homie that runs in the background: `homie up --detach` writes it, `homie logs` prints it.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use anyhow::{Context, anyhow};
use homie_trust::StateDir;
use serde_json::json;

use crate::cli::LogsOptions;
use crate::home;
use crate::outcome::{Failure, Outcome, say_json};

/// Bytes of a log that is put aside at the next start.
const LONG: u64 = 1024 * 1024;

/// Opens the log to write at its end. A long one is put aside first; the one before it goes.
pub(crate) fn open(state: &StateDir) -> anyhow::Result<File> {
    let path = path(state);
    if std::fs::metadata(&path).is_ok_and(|found| found.len() > LONG) {
        std::fs::rename(&path, path.with_extension("log.1")).context("cannot put the old log aside")?;
    }
    let log = OpenOptions::new().create(true).append(true).mode(0o600).open(&path);
    log.with_context(|| format!("cannot write {}", path.display()))
}

/// What was logged from this byte on.
pub(crate) fn since(state: &StateDir, start: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path(state))?.read_to_end(&mut bytes)?;
    let from = usize::try_from(start).unwrap_or(usize::MAX);
    Ok(String::from_utf8_lossy(bytes.get(from..).unwrap_or_default()).into_owned())
}

/// Prints the log.
pub(crate) fn logs(options: &LogsOptions) -> Outcome {
    let text = match since(&home::state()?, 0) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(no_log()),
        Err(error) => return Err(error.into()),
    };
    if options.json {
        let lines: Vec<_> = last(&text, options.lines).collect();
        return say_json(&json!({ "lines": lines }));
    }
    let mut out = io::stdout().lock();
    for line in last(&text, options.lines) {
        // Whoever reads the first page of it alone has had enough.
        if writeln!(out, "{line}").is_err() {
            break;
        }
    }
    Ok(())
}

fn last(text: &str, lines: Option<usize>) -> impl Iterator<Item = &str> {
    let skipped = text.lines().count().saturating_sub(lines.unwrap_or(usize::MAX));
    text.lines().skip(skipped)
}

fn no_log() -> Failure {
    Failure::NotFound(anyhow!("there is no log: `homie up --detach` writes one, `homie up` logs to its terminal"))
}

fn path(state: &StateDir) -> PathBuf {
    state.path().join("homie.log")
}
