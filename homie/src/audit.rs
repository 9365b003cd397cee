//! `homie audit`: what was done to who may come in, and whether that is still what was written down.

use anyhow::anyhow;
use homie_trust::{Audit, Verified};

use crate::cli::{AuditAct, AuditOptions};
use crate::home;
use crate::listing::{ago, now};
use crate::outcome::{Failure, Outcome, say, say_json};
use crate::style::{Style, is_colourful};
use crate::table::{Cell, Table};

/// Characters of a line where nobody knows the terminal's.
const ROOM: usize = 200;

/// Tells it.
pub(crate) fn audit(options: &AuditOptions) -> Outcome {
    let audit = Audit::of(&home::state()?);
    match options.act {
        None => list(&audit, options.json),
        Some(AuditAct::Verify) => verify(&audit, options.json),
    }
}

fn list(audit: &Audit, as_json: bool) -> Outcome {
    let entries = audit.entries()?;
    if as_json {
        return say_json(&serde_json::json!({ "entries": entries }));
    }
    let now = now();
    let mut table = Table::new(&["LINE", "WHEN", "ACT", "TO WHOM", "BY", "VIA", "WHAT"]);
    for entry in entries {
        table.add(vec![
            Cell::plain(entry.seq.to_string()),
            Cell::plain(ago(now, entry.at)),
            Cell::new(entry.act, Style::Strong),
            Cell::plain(entry.object),
            Cell::plain(entry.by),
            Cell::plain(entry.via),
            Cell::plain(entry.detail),
        ]);
    }
    say(&table.render(is_colourful(), ROOM));
    Ok(())
}

fn verify(audit: &Audit, as_json: bool) -> Outcome {
    match audit.verify()? {
        Verified::Good { first, last } if as_json => {
            say_json(&serde_json::json!({ "good": true, "first": first, "last": last }))
        }
        Verified::Good { first, last } => {
            say(&format!("Lines {first} to {last} are what was written."));
            Ok(())
        }
        Verified::Bad { seq, why } => {
            if as_json {
                say_json(&serde_json::json!({ "good": false, "seq": seq, "why": why }))?;
            }
            Err(Failure::Refused(anyhow!("line {seq} {why}; from there on nothing is proved")))
        }
    }
}
