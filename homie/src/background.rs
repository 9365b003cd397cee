//! `homie up --detach`: the same in the background. This process waits until all is ready, says what there is to say, and
//! ends.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, anyhow};

use crate::cli::UpOptions;
use crate::outcome::{Outcome, say};
use crate::up::LINK_IS_GOOD_FOR;
use crate::{home, logs};

/// Starts it.
pub(crate) fn detach(options: &UpOptions) -> Outcome {
    let state = home::state()?;
    let log = logs::open(&state)?;
    let start = log.metadata().context("cannot read the log")?.len();
    let mut child = command(options)?.stderr(log).spawn().context("cannot start in the background")?;
    if told_all(&mut child) {
        return Ok(());
    }
    child.wait()?;
    let words = logs::since(&state, start).unwrap_or_default();
    Err(anyhow!("{}", last_words(&words)).into())
}

/// Leaves the terminal and whoever started it, which only the process itself can do.
pub(crate) fn leave_the_terminal() -> anyhow::Result<()> {
    rustix::process::setsid().context("cannot leave the terminal")?;
    Ok(())
}

fn command(options: &UpOptions) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe().context("cannot tell where this program lies")?);
    command.args(["up", "--background"]).current_dir("/").stdin(Stdio::null()).stdout(Stdio::piped());
    if let Some(port) = options.gateway.port {
        command.args(["--port", &port.to_string()]);
    }
    if let Some(name) = &options.gateway.node.name {
        command.args(["--name", name]);
    }
    Ok(command)
}

/// Repeats what it says until it is ready; `false` if it ends before.
fn told_all(child: &mut Child) -> bool {
    let Some(output) = child.stdout.take() else { return false };
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        say(&line);
        if line == LINK_IS_GOOD_FOR {
            return true;
        }
    }
    false
}

/// The sentence that a command which fails ends with.
fn last_words(log: &str) -> &str {
    let sentence = log.lines().rev().find_map(|line| line.strip_prefix("homie: "));
    sentence.unwrap_or("it ended before it was ready; `homie logs` may say why")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_sentence_is_told() {
        assert_eq!(last_words("INFO the node\nhomie: the port is taken\n"), "the port is taken");
        assert!(last_words("").contains("homie logs"));
    }
}
