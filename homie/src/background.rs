//! `homie up --detach`: the same in the background. This process waits until all is ready, says what there is to say, and
//! ends.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, anyhow};
use homie_protocol::limits::LINK_MS;
use serde_json::json;

use crate::cli::UpOptions;
use crate::doors::DOOR;
use crate::key_door::KEY_DOOR;
use crate::outcome::{Outcome, say, say_json};
use crate::public_door::PUBLIC;
use crate::recover::show_in_terminal;
use crate::settings::Settings;
use crate::up::{LINK, LINK_IS_GOOD_FOR, PAGE};
use crate::{first, home, logs};

/// Starts it.
pub(crate) fn detach(options: &UpOptions) -> Outcome {
    let state = home::state()?;
    if !options.json {
        first::ask_whose(&options.gateway.node.tailnet, &Settings::read()?)?;
    }
    let log = logs::open(&state)?;
    let start = log.metadata().context("cannot read the log")?.len();
    let mut child = command(options)?.stderr(log).spawn().context("cannot start in the background")?;
    if let Some(lines) = told(&mut child) {
        repeat(&lines, options.json)?;
        return if options.json { Ok(()) } else { Ok(show_in_terminal(&state)?) };
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
    let tailnet = &options.gateway.node.tailnet;
    if let Some(owner) = &tailnet.owner {
        command.args(["--owner", owner]);
    }
    if let Some(trust) = tailnet.trust_tailnet {
        command.arg(format!("--trust-tailnet={trust}"));
    }
    command.args(tailnet.allow_root.then_some("--allow-root"));
    Ok(command)
}

/// What it says until it is ready; `None` if it ends before.
fn told(child: &mut Child) -> Option<Vec<String>> {
    let mut told = Vec::new();
    for line in BufReader::new(child.stdout.take()?).lines().map_while(Result::ok) {
        let is_last = line == LINK_IS_GOOD_FOR;
        told.push(line);
        if is_last {
            return Some(told);
        }
    }
    None
}

fn repeat(lines: &[String], as_json: bool) -> Outcome {
    let after = |what: &str| lines.iter().find_map(|line| line.strip_prefix(what));
    if as_json {
        return say_json(
            &json!({ "page": after(PAGE), "tailnet": after(DOOR), "key_door": after(KEY_DOOR), "public": after(PUBLIC), "link": after(LINK), "valid_ms": LINK_MS }),
        );
    }
    for line in lines {
        say(line);
    }
    Ok(())
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
