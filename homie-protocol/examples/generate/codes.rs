//! `codes.ts`: every error and close code with its number and its meaning.

use homie_protocol::code::Code;

use super::HEAD;

/// The whole file.
pub(super) fn file() -> String {
    let rows: String = Code::ALL.iter().copied().map(row).collect();
    format!(
        "{HEAD}
/** Why something was refused or ended: the name travels, the number closes a WebSocket. */
export const CODES = {{
{rows}}} as const;

/** The name of a code. */
export type Code = keyof typeof CODES;
"
    )
}

fn row(code: Code) -> String {
    format!("  {}: {{ number: {}, meaning: {:?} }},\n", code.name(), code.number(), code.meaning().trim())
}
