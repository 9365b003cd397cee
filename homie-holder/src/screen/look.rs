//! Answers of the screen that are text: what was found, what shows. Each fits into one message.

use homie_protocol::holder::{AskCapture, AskSearch, Captured, Found};
use homie_protocol::methods::session::Match;
use homie_screen::{Capture, Screen};

/// Bytes of text in one answer.
const TEXT: usize = 128 * 1024;

/// Bytes that a hit costs beside its text.
const HIT: usize = 32;

pub(super) fn search(screen: &Screen, asked: &AskSearch) -> Found {
    Found { ask: asked.ask, matches: matches(screen, &asked.text, asked.ignore_case, asked.limit) }
}

/// The lines that have a text, newest first, as many as fit into an answer.
pub(crate) fn matches(screen: &Screen, text: &str, ignore_case: bool, limit: u32) -> Vec<Match> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut left = TEXT;
    let found = screen.search(text, ignore_case, limit).into_iter().map_while(|found| {
        left = left.checked_sub(found.text.len() + HIT)?;
        let column = u32::try_from(found.column).unwrap_or(u32::MAX);
        Some(Match { line: found.line, column, text: found.text })
    });
    found.collect()
}

pub(super) fn capture(screen: &Screen, asked: AskCapture) -> Captured {
    let wanted = Capture { scrollback: asked.scrollback, ansi: asked.ansi };
    let part = screen.capture(wanted, asked.from.unwrap_or(0), TEXT);
    Captured { ask: asked.ask, text: part.text, next: part.next }
}
