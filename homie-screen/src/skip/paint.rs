//! Painting over what a viewer already shows.

use super::LINES;
use super::mark::{Shown, SkipMark, look};
use crate::page::{Page, signed};
use crate::snapshot::paint::Painter;

impl Painter<'_> {
    /// A viewer without any mode, pen, region or saved charset, on the screen it shows.
    pub(super) fn neutral(&mut self) {
        self.push(b"\x1b[!p\x1b[20l\x1b[?1000l\x1b[?1006l");
    }

    pub(super) fn names_and_colours(&mut self, since: &SkipMark) {
        let terminal = self.terminal;
        if since.titles != terminal.titles {
            for _ in 0..since.titles.window.stack.len().max(since.titles.icon.stack.len()) {
                self.push(b"\x1b[23;0t");
            }
            self.titles();
        }
        if since.colours != terminal.palette.changed().collect::<Vec<_>>() {
            self.push(b"\x1b]104\x1b\\\x1b]110\x1b\\\x1b]111\x1b\\\x1b]112\x1b\\");
            self.colours();
        }
    }

    /// The main screen: rows that changed before they scrolled away, then at most `lines` that scrolled past, then the rest.
    pub(super) fn scrolled(&mut self, since: &SkipMark, lines: usize) -> Option<()> {
        let page = &self.terminal.main;
        let count = usize::try_from(page.pushed.checked_sub(since.main.top)?).ok()?;
        if count == 0 {
            return self.changed_rows(page, &since.main);
        }
        let rows = signed(page.rows());
        let above = signed(page.above());
        let shift = signed(count.min(LINES + page.rows() + page.above()));
        // The first row that the viewer has not, and before it those of its own rows that it goes on from.
        let mut start = (rows - shift).max(-signed(lines)).max(-above);
        let first_shown = -shift;
        while start > first_shown.max(-above) && page.is_wrapped_at(start) {
            start -= 1;
        }
        if first_shown >= -above {
            for y in first_shown..start {
                self.change_row(page, y, y - first_shown, &since.main)?;
            }
        }
        let place = start - first_shown;
        if place < rows {
            self.plain();
            self.sequence(format_args!("\x1b[{};1H\x1b[J", place + 1));
        } else {
            self.sequence(format_args!("\x1b[{rows};1H"));
            self.next_row();
        }
        self.rows(page, start, false);
        Some(())
    }

    /// The rows of a screen that has not scrolled, where they differ.
    pub(super) fn changed_rows(&mut self, page: &Page, shown: &Shown) -> Option<()> {
        for y in 0..signed(page.rows()) {
            self.change_row(page, y, y, shown)?;
        }
        Some(())
    }

    /// A row that stands at `place` in the viewer, with those that go on from it, if any of them differs.
    fn change_row(&mut self, page: &Page, y: i32, place: i32, shown: &Shown) -> Option<()> {
        let rows = signed(page.rows());
        let is_head = !page.is_wrapped_at(y) || place == 0;
        if !is_head {
            // It was painted with the row that it goes on from.
            return Some(());
        }
        let end = (y + 1..y + rows - place).find(|next| !page.is_wrapped_at(*next)).unwrap_or(y + rows - place);
        let before = |y: i32| shown.rows.get(usize::try_from(y).ok()?);
        let differs = (0..end - y).any(|down| before(place + down) != Some(&look(self.terminal, page, y + down)));
        if !differs {
            return Some(());
        }
        let first_goes_on = page.is_wrapped_at(y);
        if before(place)?.goes_on != first_goes_on && place == 0 {
            // Whether the topmost row goes on can only be changed by wrapping onto it.
            return None;
        }
        self.plain();
        for down in 0..end - y {
            // Erasing to the left leaves the row what it is: the only way to keep it going on from one out of reach.
            let erase =
                if first_goes_on && down == 0 { format!("\x1b[{}G\x1b[1K", page.cols()) } else { "\x1b[2K".into() };
            self.sequence(format_args!("\x1b[{}H{erase}", place + down + 1));
        }
        self.sequence(format_args!("\x1b[{}H", place + 1));
        self.rows_until(page, y, end, false);
        Some(())
    }
}
