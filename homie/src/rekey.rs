//! `homie rekey`: a copy of a machine becomes one of its own. Of the original it says, with `--keep`, that it keeps its key.

use std::io::{self, BufRead, IsTerminal, Write};

use anyhow::anyhow;
use homie_trust::{Actor, ClonedFile, KeyPair, StateDir, node_id, rekey as new_keys};
use serde_json::json;

use crate::cli::RekeyOptions;
use crate::outcome::{Failure, Outcome, say, say_json};
use crate::{down, home};

/// What it means, before the question.
const WHAT_IT_MEANS: &str = "This machine gets new keys and leaves its mesh: every device has to be paired with it anew. Its shells and their \
     history stay. Run this on the copy, not on the original.";

/// Does it.
pub(crate) fn rekey(options: &RekeyOptions) -> Outcome {
    let state = home::state_behind("machine.key")?.or(home::state_behind("key-store")?);
    let state = state.ok_or_else(|| Failure::NotFound(anyhow!("there are no keys here yet; `homie up` makes them")))?;
    if options.keep { keep(&state, options) } else { renew(&state, options) }
}

fn renew(state: &StateDir, options: &RekeyOptions) -> Outcome {
    if !options.yes {
        agreed()?;
    }
    let was_up = down::halt()?;
    let (was, is) = new_keys(state, &Actor::local("homie rekey")).map_err(|error| Failure::Refused(error.into()))?;
    if options.json {
        return say_json(&json!({ "was": was, "node": is, "stopped": was_up }));
    }
    say(&format!("This machine is {is} now, and {was} no more."));
    if was_up {
        say("Homie has stopped here; the shells go on.");
    }
    say("It is in no mesh. To bring it back into one:\n  homie up --join MACHINE");
    Ok(())
}

/// Asks the person. Where there is none, nobody has agreed.
fn agreed() -> Outcome {
    if !io::stdin().is_terminal() {
        return Err(Failure::Refused(anyhow!("say --yes to give this machine new keys; it leaves its mesh by it")));
    }
    let mut answer = String::new();
    write!(io::stderr(), "{WHAT_IT_MEANS}\nNew keys? [y/N] ")?;
    io::stdin().lock().read_line(&mut answer)?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::Refused(anyhow!("nothing was changed"))),
    }
}

/// The gateway sees that a person has said so, and opens its doors.
fn keep(state: &StateDir, options: &RekeyOptions) -> Outcome {
    let machine = node_id(&KeyPair::machine_public(state)?);
    let was_closed = ClonedFile::lies(state);
    if was_closed {
        let actor = Actor::local("homie rekey --keep");
        ClonedFile::keep(state, machine, &actor).map_err(|error| Failure::Refused(error.into()))?;
    }
    if options.json {
        return say_json(&json!({ "node": machine, "was_closed": was_closed }));
    }
    say(if was_closed {
        "This machine keeps its key, and its doors open again."
    } else {
        "No other machine is known to have this one's key; nothing was to be done."
    });
    Ok(())
}
