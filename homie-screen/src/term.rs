//! The emulator: whole units go in, the state of both screens changes as xterm.js would change it.
//!
//! `print` writes text, `control` and `csi` take controls and sequences apart, `motion`, `erase`, `sgr`, `mode` and `osc`
//! do what they ask, `answer` replies.

mod answer;
mod control;
mod csi;
mod erase;
mod keyboard;
mod link;
pub(crate) mod mode;
mod motion;
mod osc;
mod print;
mod sgr;
#[cfg(test)]
mod tests;
mod title;

pub(crate) use keyboard::Keyboard;
pub(crate) use mode::{Encoding, Mouse};
use mode::{Mode, Modes};
pub(crate) use title::Titles;

use crate::cell::Cell;
use crate::charset::Charsets;
use crate::history::Store;
use crate::intern::Interned;
use crate::limits::{self, Limits};
use crate::page::{Page, default_tabs};
use crate::palette::Palette;
use crate::signal::Effects;
use crate::split::Unit;
use crate::style::{Extra, Pen};

/// The whole state of a terminal.
#[derive(Clone)]
pub(crate) struct Terminal {
    pub(crate) main: Page,
    pub(crate) alternate: Page,
    pub(crate) on_alternate: bool,
    pub(crate) pen: Pen,
    /// The number of the pen's extra attributes.
    pen_extra: u32,
    pub(crate) modes: Modes,
    pub(crate) mouse: Mouse,
    pub(crate) encoding: Encoding,
    /// The parameter of DECSCUSR, 0 if it was never given.
    pub(crate) cursor_style: u16,
    pub(crate) charsets: Charsets,
    pub(crate) keyboard: Keyboard,
    pub(crate) titles: Titles,
    pub(crate) palette: Palette,
    /// What the last character was, for those that join it; 0 after any control.
    pub(crate) join: u32,
    pub(crate) clusters: Interned<Box<str>>,
    pub(crate) extras: Interned<Extra>,
    link_bytes: usize,
    link_serial: u64,
    pub(crate) history: Store,
    /// How often all that scrolled away was forgotten, or got another width.
    pub(crate) upheavals: u64,
    /// Where in the stream the unit that is being applied ends.
    at: u64,
    effects: Effects,
}

impl Terminal {
    pub(crate) fn new(cols: usize, rows: usize, limits: Limits) -> Self {
        Self {
            main: Page::new(cols, rows, true),
            alternate: Page::new(cols, rows, false),
            on_alternate: false,
            pen: Pen::default(),
            pen_extra: 0,
            modes: Modes::default(),
            mouse: Mouse::None,
            encoding: Encoding::Default,
            cursor_style: 0,
            charsets: Charsets::default(),
            keyboard: Keyboard::default(),
            titles: Titles::default(),
            palette: Palette::default(),
            join: 0,
            clusters: Interned::new(),
            extras: Interned::new(),
            link_bytes: 0,
            link_serial: 0,
            history: Store::new(limits),
            upheavals: 0,
            at: 0,
            effects: Effects::default(),
        }
    }

    /// Applies one unit that ends at the offset `at`.
    pub(crate) fn apply(&mut self, unit: Unit<'_>, at: u64) {
        self.at = at;
        match unit {
            Unit::Text(text) => return self.print(text),
            Unit::Aborted(body) => return self.controls_of(body),
            Unit::Control(code) => self.control(code),
            Unit::Escape(body) => self.sequence(b"\x1b", body),
            Unit::Csi(body) => self.sequence(b"\x1b[", body),
            Unit::Osc(body) => self.osc(body),
            Unit::Dcs(body) => self.dcs(body),
            Unit::Ignored => {}
        }
        self.join = 0;
    }

    /// Hands over what has come out since the last time.
    pub(crate) fn take_effects(&mut self, effects: &mut Effects) {
        effects.answer(&self.effects.answers);
        self.effects.answers.clear();
        for (at, signal) in self.effects.signals.drain(..) {
            effects.signal(at, signal);
        }
    }

    /// The screen that shows.
    pub(crate) fn page(&self) -> &Page {
        if self.on_alternate { &self.alternate } else { &self.main }
    }

    pub(crate) fn page_mut(&mut self) -> &mut Page {
        if self.on_alternate { &mut self.alternate } else { &mut self.main }
    }

    /// An empty cell with the pen's whole look.
    fn pen_cell(&self) -> Cell {
        Cell { fg: self.pen.fg, bg: self.pen.bg, extra: self.pen_extra, ..Cell::default() }
    }

    /// Scrolls the region up by one.
    fn scroll(&mut self) {
        let blank = self.pen.erased();
        self.page_mut().scroll(blank);
        if !self.on_alternate && self.main.above() >= limits::RING_FULL {
            self.drain();
        }
    }

    /// Moves the rows that scrolled away longest ago from the grid into the compact history.
    pub(crate) fn drain(&mut self) {
        self.history.take_rows(&mut self.main, limits::RING_KEPT, &self.clusters, &self.extras);
        self.main.grid.forget(limits::RING_KEPT);
    }

    /// Notes that the pen's underline or link is another.
    fn pen_changed(&mut self) {
        self.pen.extra_changed();
        if self.pen.extra == Extra::default() {
            self.pen_extra = 0;
            return;
        }
        if self.extras.is_full() {
            self.sweep_extras();
        }
        self.pen_extra = self.extras.number(self.pen.extra.clone());
    }

    fn sweep_extras(&mut self) {
        let cells = cells_of(&self.main).chain(cells_of(&self.alternate));
        self.extras.sweep(cells.map(Cell::extra).chain([self.pen_extra]));
    }

    fn sweep_clusters(&mut self) {
        let cells = cells_of(&self.main).chain(cells_of(&self.alternate));
        self.clusters.sweep(cells.filter_map(Cell::cluster));
    }

    /// RIS: all but the titles and their stacks, the palette, newline mode and a hidden cursor.
    fn reset(&mut self) {
        let (cols, rows) = (self.main.cols(), self.main.rows());
        self.clear_history();
        self.main = Page::new(cols, rows, true);
        self.alternate = Page::new(cols, rows, false);
        self.on_alternate = false;
        self.pen = Pen::default();
        self.pen_extra = 0;
        self.charsets = Charsets::default();
        self.reset_modes();
        self.mouse = Mouse::None;
        self.encoding = Encoding::Default;
        self.join = 0;
    }

    /// What RIS and DECSTR share.
    fn reset_modes(&mut self) {
        let kept = [Mode::Newline, Mode::HiddenCursor];
        self.modes = self.modes.only(&kept);
        self.keyboard = Keyboard::default();
        self.cursor_style = 0;
    }

    /// DECSTR.
    fn soft_reset(&mut self) {
        self.reset_modes();
        self.modes.set(Mode::HiddenCursor, false);
        self.pen = Pen::default();
        self.pen_extra = 0;
        self.charsets = Charsets::default();
        let page = self.page_mut();
        page.top = 0;
        page.bottom = page.rows() - 1;
        page.saved.x = 0;
        page.saved.y = page.base;
        page.saved.fg = 0;
        page.saved.bg = 0;
    }

    fn show_alternate(&mut self) {
        if self.on_alternate {
            return;
        }
        let blank = self.pen.erased();
        for y in 0..self.alternate.rows() {
            self.alternate.clear_row(y, blank);
        }
        self.alternate.x = self.main.x;
        self.alternate.y = self.main.y;
        self.on_alternate = true;
    }

    fn show_main(&mut self) {
        if !self.on_alternate {
            return;
        }
        self.main.x = self.alternate.x;
        self.main.y = self.alternate.y;
        let page = &mut self.alternate;
        page.x = 0;
        page.y = 0;
        page.top = 0;
        page.bottom = page.rows() - 1;
        page.tabs = default_tabs(page.cols());
        self.on_alternate = false;
    }
}

/// Every cell that a page keeps.
fn cells_of(page: &Page) -> impl Iterator<Item = Cell> {
    let first = -crate::page::signed(page.above());
    (first..crate::page::signed(page.rows())).flat_map(|y| page.row_at(y).iter().copied())
}
