//! `limits.ts`: the bounds that both languages keep, with the sentences of the Rust table.

use homie_protocol::limits;
use homie_protocol::version::SPOKEN;

use super::{HEAD, Outcome, comment};

/// The table as it was written, for its sentences.
const SOURCE: &str = include_str!("../../src/limits.rs");

macro_rules! numbers {
    ($($name:ident)+) => {
        [$((stringify!($name), limits::$name.to_string()),)+]
    };
}

macro_rules! budgets {
    ($($name:ident)+) => {
        [$((stringify!($name), format!(
            "{{ bytes: {}, values: {} }} as const satisfies Budget",
            limits::$name.bytes,
            limits::$name.values
        )),)+]
    };
}

/// The whole file.
pub(super) fn file() -> Outcome<String> {
    let numbers = numbers! {
        OFFSET_END PAYLOAD_MAX FRAME_MAX PING_MAX WINDOW_MAX INPUT_WINDOW CHANNELS REQUESTS PAGE GRID_MAX NAME_MAX
        HELLO_MS ROSTER_MS PING_AFTER_MS DEAD_AFTER_MS TYPED_PING_MS TYPED_DEAD_MS WAKE_PING_MS LOOK_MS AWAY_MS RESEND_MS PAIRING_MS ENTRIES ENTRIES_READ
        ENTRIES_TOLD DEPTH MAP_KEYS
    };
    let budgets = budgets! { GREETING REQUEST ANSWER ENTRY };
    let constants: Vec<String> = numbers.into_iter().chain(budgets).map(constant).collect::<Outcome<_>>()?;
    Ok(format!("{HEAD}\n{BUDGET}\n{}\n{}", constants.join("\n"), spoken()))
}

const BUDGET: &str = "/** What a control envelope may cost before anything is decoded. */
export interface Budget {
  /** Bytes of the envelope. */
  readonly bytes: number;
  /** Values in it, maps and arrays counted. */
  readonly values: number;
}
";

fn constant((name, value): (&str, String)) -> Outcome<String> {
    Ok(format!("{}export const {name} = {value};\n", comment(&sentences(name)?, "")))
}

fn spoken() -> String {
    let doc = comment("The versions of the wire that this build speaks, both ends included.", "");
    format!("{doc}export const SPOKEN = {{ min: {}, max: {} }} as const;\n", SPOKEN.min, SPOKEN.max)
}

/// The doc comment above a constant.
fn sentences(name: &str) -> Outcome<String> {
    let mut doc = Vec::new();
    for line in SOURCE.lines() {
        if let Some(sentence) = line.strip_prefix("/// ") {
            doc.push(sentence);
        } else if line.starts_with(&format!("pub const {name}:")) {
            return Ok(doc.join("\n"));
        } else {
            doc.clear();
        }
    }
    Err(format!("limits.rs does not say what {name} is").into())
}
