//! Skips: what brings a viewer up to date that has fallen behind, without all that came between.
//!
//! The viewer shows what the mark says. It is given the lines that scrolled past, at most [`LINES`], then the rows that
//! changed, then all that is no row. Only what a row looks like is remembered of it, as a number.

mod mark;
mod paint;
#[cfg(test)]
mod tests;

pub use mark::SkipMark;

use crate::screen::Screen;
use crate::snapshot::paint::Painter;

/// Lines that scroll past in the viewer; what is older is left out.
const LINES: usize = 1000;

pub(crate) fn mark(screen: &Screen) -> SkipMark {
    SkipMark::new(&screen.terminal)
}

/// At most about so many bytes, if fewer of the lines that scrolled past make it so. Nothing if what the viewer shows is of
/// another size, or its history has been cleared.
pub(crate) fn encode_within(screen: &Screen, since: &SkipMark, most: usize) -> Option<Vec<u8>> {
    let mut lines = LINES;
    loop {
        let bytes = encode(screen, since, lines)?;
        if bytes.len() <= most || lines == 0 {
            return Some(bytes);
        }
        lines = (lines.saturating_mul(most) / bytes.len()).min(lines / 2);
    }
}

fn encode(screen: &Screen, since: &SkipMark, lines: usize) -> Option<Vec<u8>> {
    let terminal = &screen.terminal;
    if !since.is_of(terminal) {
        return None;
    }
    let mut painter = Painter::new(terminal);
    // Whatever is open in the viewer ends here.
    painter.push(b"\x18");
    if since.stays_alternate(terminal) {
        painter.neutral();
        painter.changed_rows(&terminal.alternate, &since.alternate)?;
        painter.plain();
        if since.alternate.tabs != terminal.alternate.tabs {
            painter.all_tabs(&terminal.alternate);
        }
        painter.saved_cursor(&terminal.alternate, true);
    } else {
        if since.on_alternate {
            painter.push(b"\x1b[?47l");
        }
        painter.neutral();
        painter.hidden_alternate(true);
        painter.main_keyboard();
        painter.scrolled(since, lines)?;
        painter.plain();
        if since.main.tabs != terminal.main.tabs {
            painter.all_tabs(&terminal.main);
        }
        painter.saved_cursor(&terminal.main, true);
        painter.show_alternate();
    }
    painter.names_and_colours(since);
    painter.finish();
    Some(painter.into_bytes())
}
