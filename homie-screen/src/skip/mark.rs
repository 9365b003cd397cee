//! What a viewer shows, remembered small.

use crate::cell::Cell;
use crate::page::{Page, Saved, signed};
use crate::palette::Rgb;
use crate::term::{Terminal, Titles};

/// What a viewer shows that has seen everything up to one offset.
#[derive(Debug, Clone)]
pub struct SkipMark {
    cols: usize,
    rows: usize,
    upheavals: u64,
    pub(super) on_alternate: bool,
    pub(super) main: Shown,
    pub(super) alternate: Shown,
    pub(super) titles: Titles,
    pub(super) colours: Vec<(u16, Rgb)>,
}

/// One screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    /// The number of its first row, counted from the first there ever was.
    pub(super) top: u64,
    pub(super) rows: Vec<Look>,
    pub(super) tabs: Vec<bool>,
    saved: Saved,
    region: (usize, usize),
}

/// What a row looks like: equal looks mean equal rows, but for chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    hash: u64,
    pub(super) goes_on: bool,
}

impl SkipMark {
    pub(super) fn new(terminal: &Terminal) -> Self {
        Self {
            cols: terminal.main.cols(),
            rows: terminal.main.rows(),
            upheavals: terminal.upheavals,
            on_alternate: terminal.on_alternate,
            main: Shown::new(terminal, &terminal.main),
            alternate: Shown::new(terminal, &terminal.alternate),
            titles: terminal.titles.clone(),
            colours: terminal.palette.changed().collect(),
        }
    }

    /// Whether the viewer's rows and ours are still of one count.
    pub(super) fn is_of(&self, terminal: &Terminal) -> bool {
        (self.cols, self.rows, self.upheavals) == (terminal.main.cols(), terminal.main.rows(), terminal.upheavals)
    }

    /// Whether the viewer may stay on the alternate screen: nothing hidden below it has changed.
    pub(super) fn stays_alternate(&self, terminal: &Terminal) -> bool {
        let has_keyboard = terminal.keyboard != crate::term::Keyboard::default();
        let stays = self.on_alternate && terminal.on_alternate && !has_keyboard;
        stays && self.main == Shown::new(terminal, &terminal.main)
    }
}

impl Shown {
    fn new(terminal: &Terminal, page: &Page) -> Self {
        Self {
            top: page.pushed,
            rows: (0..signed(page.rows())).map(|y| look(terminal, page, y)).collect(),
            tabs: page.tabs.clone(),
            saved: page.saved.clone(),
            region: (page.top, page.bottom),
        }
    }
}

pub(super) fn look(terminal: &Terminal, page: &Page, y: i32) -> Look {
    let hash = page.row_at(y).iter().fold(0, |hash, cell| cell_hash(terminal, *cell, hash));
    Look { hash, goes_on: page.is_wrapped_at(y) }
}

fn cell_hash(terminal: &Terminal, cell: Cell, hash: u64) -> u64 {
    let mut hash = mixed(hash, u64::from(cell.fg) << 32 | u64::from(cell.bg));
    // Numbers of interned values are given again: what they stand for counts.
    match cell.cluster().and_then(|number| terminal.clusters.get(number)) {
        Some(text) => hash = text.bytes().fold(hash, |hash, byte| mixed(hash, u64::from(byte))),
        None => hash = mixed(hash, u64::from(cell.content)),
    }
    if let Some(extra) = terminal.extras.get(cell.extra()) {
        hash = mixed(hash, u64::from(extra.bits));
        let uri = extra.link.as_ref().map(|link| link.uri.as_bytes());
        hash = uri.unwrap_or_default().iter().fold(hash, |hash, byte| mixed(hash, u64::from(*byte)));
    }
    hash
}

const fn mixed(hash: u64, value: u64) -> u64 {
    (hash.rotate_left(5) ^ value).wrapping_mul(0x517C_C1B7_2722_0A95)
}
