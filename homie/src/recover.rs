//! The recovery words: shown once, and typed by whoever has lost every owner's device.

use std::io::{BufRead, IsTerminal, stdin, stdout};

use anyhow::anyhow;
use homie_trust::{Roster, StateDir, Words};

use crate::outcome::{Failure, Outcome, remark, say};
use crate::settings::Settings;
use crate::{home, keys};

/// What the words are, before them.
const WHAT_THEY_ARE: &str =
    "Recovery words. Write them down and keep them away from your machines; they are shown this once:";

/// What they are for, after them.
const WHAT_FOR: &str =
    "With them `homie recover` makes this machine's key an owner's again. Whoever has them owns all your machines.";

/// `homie words`: shows the words that nobody has seen yet.
pub(crate) fn words() -> Outcome {
    let state = home::state()?;
    keys::choose(&state, None, false)?;
    Roster::open(&state, &Settings::read()?.name())?;
    if show(&state)? {
        return Ok(());
    }
    Err(Failure::NotFound(anyhow!(
        "the recovery words have been shown already, and no machine knows them any more; they are on your paper"
    )))
}

/// Shows the words in a terminal, if they still wait. Elsewhere a log might keep them.
pub(crate) fn show_in_terminal(state: &StateDir) -> anyhow::Result<()> {
    if stdout().is_terminal() {
        show(state)?;
    }
    Ok(())
}

fn show(state: &StateDir) -> anyhow::Result<bool> {
    let Some(words) = Words::waiting(state)? else { return Ok(false) };
    say(WHAT_THEY_ARE);
    say(&format!("\n    {words}\n"));
    say(WHAT_FOR);
    Words::shown(state)?;
    Ok(true)
}

/// `homie recover`: a new owner's key for this machine, by the words.
pub(crate) fn recover() -> Outcome {
    if stdin().is_terminal() {
        remark("Type the twelve recovery words, then Enter:");
    }
    let words = Words::parse(&typed()?).map_err(|error| Failure::Usage(error.into()))?;
    let state = home::state()?;
    keys::choose(&state, None, false)?;
    Roster::recover(&state, &words, &Settings::read()?.name()).map_err(|error| Failure::Refused(error.into()))?;
    say("This machine has a new owner's key, and its old one is revoked. Look at the others: `homie devices`.");
    Ok(())
}

/// Lines until there are twelve words, or no more lines.
fn typed() -> anyhow::Result<String> {
    let mut typed = String::new();
    for line in stdin().lock().lines() {
        typed.push_str(&line?);
        typed.push(' ');
        if typed.split_whitespace().count() >= 12 {
            break;
        }
    }
    Ok(typed)
}
