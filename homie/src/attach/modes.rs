//! What a program has switched on in the terminal, so that leaving the session switches exactly that off again.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::sift::Csi;

/// DEC modes that outlive their program, and how a terminal has them by itself. The other screen is the last to go, for
/// what is switched off before it belongs to it.
const USUAL: &[(u16, bool)] = &[
    (1, false),
    (5, false),
    (6, false),
    (7, true),
    (9, false),
    (25, true),
    (1000, false),
    (1002, false),
    (1003, false),
    (1004, false),
    (1005, false),
    (1006, false),
    (1015, false),
    (1016, false),
    (2004, false),
    (2026, false),
    (2031, false),
    (2048, false),
    (47, false),
    (1047, false),
    (1049, false),
];

/// Takes back what needs no memory: pen, character sets, keypad, an open link, a string that never ended.
const ALWAYS: &str = "\x1b\\\x1b]8;;\x1b\\\x1b[m\x1b(B\x0f\x1b>\x1b[4l";

/// Columns from one tab stop to the next, as terminals have them.
const TAB: u16 = 8;

/// What differs from a terminal that nobody has touched.
#[derive(Debug, Default)]
pub(super) struct Modes {
    changed: BTreeMap<u16, bool>,
    /// Sequences that take something back and are harmless twice.
    owed: Vec<&'static str>,
    /// Tab stops are not where they were.
    has_tabs: bool,
}

impl Modes {
    /// A control sequence goes to the terminal.
    pub(super) fn csi(&mut self, csi: &Csi<'_>) {
        match (csi.prefix, csi.intermediates, csi.last) {
            (Some(b'?'), b"", b'h') => self.switch(csi, true),
            (Some(b'?'), b"", b'l') => self.switch(csi, false),
            (None, b"", b'g') => self.has_tabs = true,
            (None, b"", b'r') => self.owe("\x1b7\x1b[r\x1b8"),
            (None, b" ", b'q') => self.owe("\x1b[0 q"),
            (Some(b'>' | b'='), b"", b'u') => self.owe("\x1b[<99u\x1b[=0u"),
            (Some(b'>'), b"", b'm') => self.owe("\x1b[>4m"),
            _ => {}
        }
    }

    /// A tab stop is set.
    pub(super) const fn tab(&mut self) {
        self.has_tabs = true;
    }

    /// An operating system command goes to the terminal.
    pub(super) fn osc(&mut self, number: &[u8]) {
        match number {
            b"4" => self.owe("\x1b]104\x1b\\"),
            b"10" => self.owe("\x1b]110\x1b\\"),
            b"11" => self.owe("\x1b]111\x1b\\"),
            b"12" => self.owe("\x1b]112\x1b\\"),
            _ => {}
        }
    }

    /// The terminal starts over.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// What brings a terminal of so many columns back.
    pub(super) fn undo(&self, cols: u16) -> String {
        let mut undo = ALWAYS.to_owned();
        undo.extend(self.owed.iter().copied());
        if self.has_tabs {
            undo.push_str("\x1b7\x1b[3g");
            for column in (TAB..cols).step_by(usize::from(TAB)) {
                let _ = write!(undo, "\x1b[{}G\x1bH", column + 1);
            }
            undo.push_str("\x1b8");
        }
        for (mode, usual) in USUAL.iter().filter(|(mode, _)| self.changed.contains_key(mode)) {
            let _ = write!(undo, "\x1b[?{mode}{}", if *usual { 'h' } else { 'l' });
        }
        undo
    }

    fn switch(&mut self, csi: &Csi<'_>, on: bool) {
        for mode in csi.numbers() {
            match USUAL.iter().find(|(known, _)| *known == mode) {
                Some((_, usual)) if *usual != on => drop(self.changed.insert(mode, on)),
                Some(_) => drop(self.changed.remove(&mode)),
                None => {}
            }
        }
    }

    fn owe(&mut self, sequence: &'static str) {
        if !self.owed.contains(&sequence) {
            self.owed.push(sequence);
        }
    }
}
