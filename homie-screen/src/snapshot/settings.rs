//! What is no row: titles, colours, tabs, regions, modes.

use super::paint::Painter;
use crate::page::{Page, default_tabs};
use crate::palette::{FOREGROUND, spelled};
use crate::term::mode::{MICE, SWITCHES};
use crate::term::{Encoding, mode::Mode};

impl Painter<'_> {
    pub(crate) fn colours(&mut self) {
        for (place, colour) in self.terminal.palette.changed() {
            let colour = spelled(colour);
            if place < FOREGROUND {
                self.sequence(format_args!("\x1b]4;{place};{colour}\x1b\\"));
            } else {
                self.sequence(format_args!("\x1b]{};{colour}\x1b\\", place - FOREGROUND + 10));
            }
        }
    }

    pub(crate) fn titles(&mut self) {
        let titles = &self.terminal.titles;
        for (name, number) in [(&titles.window, 2), (&titles.icon, 1)] {
            for below in &name.stack {
                self.sequence(format_args!("\x1b]{number};{below}\x1b\\\x1b[22;{number}t"));
            }
            self.sequence(format_args!("\x1b]{number};{}\x1b\\", name.text));
        }
    }

    /// Tab stops, if they are not where a new terminal has them.
    pub(super) fn tabs(&mut self, page: &Page) {
        if page.tabs != default_tabs(page.cols()) {
            self.all_tabs(page);
        }
    }

    pub(crate) fn all_tabs(&mut self, page: &Page) {
        self.push(b"\x1b[3g");
        for (column, _) in page.tabs.iter().enumerate().filter(|(_, is_set)| **is_set) {
            self.sequence(format_args!("\x1b[{}G\x1bH", column + 1));
        }
    }

    pub(super) fn region(&mut self, page: &Page) {
        if page.top > 0 || page.bottom + 1 < page.rows() {
            self.sequence(format_args!("\x1b[{};{}r", page.top + 1, page.bottom + 1));
        }
    }

    /// Modes that change nothing of what is still to be painted.
    pub(super) fn modes(&mut self) {
        let terminal = self.terminal;
        let on = |mode: &Mode| terminal.modes.has(*mode) && *mode != Mode::Synchronized;
        for (number, _) in SWITCHES.iter().filter(|(_, mode)| on(mode)) {
            self.sequence(format_args!("\x1b[?{number}h"));
        }
        if on(&Mode::Newline) {
            self.push(b"\x1b[20h");
        }
        if let Some((number, _)) = MICE.iter().find(|(_, mouse)| *mouse == terminal.mouse) {
            self.sequence(format_args!("\x1b[?{number}h"));
        }
        match terminal.encoding {
            Encoding::Default => {}
            Encoding::Sgr => self.push(b"\x1b[?1006h"),
            Encoding::SgrPixels => self.push(b"\x1b[?1016h"),
        }
        if terminal.cursor_style != 0 {
            self.sequence(format_args!("\x1b[{} q", terminal.cursor_style));
        }
        if on(&Mode::HiddenCursor) {
            self.push(b"\x1b[?25l");
        }
    }
}
