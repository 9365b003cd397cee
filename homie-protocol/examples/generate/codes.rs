//! `codes.ts`: every error and close code with its number and its meaning.

use homie_protocol::code::Code;

use super::HEAD;

/// The whole file.
pub(super) fn file() -> String {
    let rows: String = Code::ALL.iter().copied().map(row).collect();
    let passing: String =
        Code::ALL.iter().filter(|code| code.passes()).map(|code| format!("  {:?},\n", code.name())).collect();
    format!(
        "{HEAD}
/** Why something was refused or ended: the name travels, the number closes a WebSocket. */
export const CODES = {{
{rows}}} as const;

/** The name of a code. */
export type Code = keyof typeof CODES;

/** These pass by themselves: an attachment that ended with one attaches again. */
export const PASSING: readonly Code[] = [
{passing}];
"
    )
}

fn row(code: Code) -> String {
    format!("  {}: {{ number: {}, meaning: {:?} }},\n", code.name(), code.number(), code.meaning().trim())
}
