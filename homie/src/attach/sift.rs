//! Reads output on its way to the terminal. Questions stay out: several viewers would each answer, and a replay would
//! answer again, which a program takes for typing. Everything else that is whole passes as it came, and `modes` hears
//! of it; the terminal stands between two sequences whenever this does.
//!
//! Titles stay out for whoever says what the terminal is called.
//!
//! The same parser in TypeScript is `terminal/src/sift.ts`; `spec/queries.json` is read by the tests of both.

use super::modes::Modes;

/// Bytes of a sequence that are kept until it is known what it is; a longer one passes.
const HELD: usize = 4096;

/// Ends any sequence without effect.
const CANCEL: u8 = 0x18;

/// Ends a string.
const ENDED: &[u8] = b"\x1b\\";

/// Window operations that ask.
const WINDOW_REPORTS: &[u16] = &[11, 13, 14, 15, 16, 18, 19, 20, 21];

/// Window operations that put the title aside and take it back.
const TITLE_STACK: &[u16] = &[22, 23];

/// Numbers of what names the window.
const TITLES: &[&[u8]] = &[b"0", b"1", b"2"];

/// A question in itself.
const ENQ: u8 = 0x05;

/// The first byte of a C1 control in UTF-8; the second is 0x40 above what follows ESC in its other form.
const C1_LEAD: u8 = 0xc2;

/// Numbers of colours and fonts that can be set or, with a question mark, asked for.
const SETTINGS: &[&[u8]] =
    &[b"4", b"5", b"10", b"11", b"12", b"13", b"14", b"15", b"16", b"17", b"18", b"19", b"21", b"50"];

/// A control sequence.
#[derive(Debug, Clone, Copy)]
pub(super) struct Csi<'a> {
    pub(super) prefix: Option<u8>,
    parameters: &'a [u8],
    pub(super) intermediates: &'a [u8],
    pub(super) last: u8,
}

impl Csi<'_> {
    /// Its parameters; one that is left out is 0.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u16> {
        let pieces = self.parameters.split(|byte| *byte == b';');
        pieces.map(|piece| std::str::from_utf8(piece).ok().and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    /// Whether it is one of these operations on the window.
    fn is_window(&self, operations: &[u16]) -> bool {
        let is_one = || self.numbers().next().is_some_and(|number| operations.contains(&number));
        matches!((self.prefix, self.intermediates, self.last), (None, b"", b't')) && is_one()
    }
}

/// Where in a sequence the output stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum At {
    #[default]
    Text,
    Escape,
    /// ESC and an intermediate: one byte more.
    Selected,
    Csi,
    /// A string of this kind: `]`, `P`, `_`, `^` or `X`.
    String(u8),
    /// In a string, an ESC that may end it.
    Ending(u8),
}

/// Between the session and the terminal.
#[derive(Debug, Default)]
pub(super) struct Sift {
    at: At,
    held: Vec<u8>,
    /// A byte came that may be the first of a C1 control.
    has_lead: bool,
    /// The sequence was too long to be held: the rest of it passes, or is left out with what was left out of it.
    overflow: Option<bool>,
    /// Titles stay out.
    is_untitled: bool,
    pub(super) modes: Modes,
}

impl Sift {
    /// One that leaves titles out too.
    pub(super) fn untitled() -> Self {
        Self { is_untitled: true, ..Self::default() }
    }

    /// Gives what goes to the terminal.
    pub(super) fn pass(&mut self, output: &[u8]) -> Vec<u8> {
        let mut passed = Vec::with_capacity(output.len());
        let mut rest = output;
        while let Some((first, after)) = rest.split_first() {
            if self.at == At::Text && !self.has_lead {
                let text = rest.iter().position(|byte| is_special(*byte)).unwrap_or(rest.len());
                let (text, special) = rest.split_at_checked(text).unwrap_or((rest, &[]));
                passed.extend_from_slice(text);
                rest = special;
                if !text.is_empty() {
                    continue;
                }
            }
            self.decode(*first, &mut passed);
            rest = after;
        }
        passed
    }

    /// Bytes are missing here: what was begun will not be ended. Gives what ends it for the terminal.
    pub(super) fn forget(&mut self) -> &'static [u8] {
        let is_begun = self.overflow == Some(true);
        (self.at, self.overflow, self.has_lead) = (At::Text, None, false);
        self.held.clear();
        if is_begun { &[CANCEL] } else { &[] }
    }

    /// A C1 control is what an ESC and a letter are, and becomes that. A first byte alone is no text: it is dropped, or
    /// it would make a control of a byte behind a question that is left out.
    fn decode(&mut self, byte: u8, terminal: &mut Vec<u8>) {
        match (std::mem::take(&mut self.has_lead), byte) {
            (true, 0x80..=0x9f) => {
                self.byte(0x1b, terminal);
                self.byte(byte - 0x40, terminal);
                return;
            }
            (true, 0xa0..=0xbf) => self.byte(C1_LEAD, terminal),
            _ => {}
        }
        if byte == C1_LEAD {
            self.has_lead = true;
        } else {
            self.byte(byte, terminal);
        }
    }

    fn byte(&mut self, byte: u8, terminal: &mut Vec<u8>) {
        if self.at == At::Text {
            match byte {
                0x1b => self.begin(),
                ENQ => {}
                _ => terminal.push(byte),
            }
            return;
        }
        if self.is_executed(byte) {
            if byte != ENQ {
                terminal.push(byte);
            }
            return;
        }
        self.keep(byte, terminal);
        match (self.at, byte) {
            (At::Escape, b'[') => self.at = At::Csi,
            (At::Escape, b']' | b'P' | b'_' | b'^' | b'X') => self.at = At::String(byte),
            (At::Escape, 0x20..=0x2f) => self.at = At::Selected,
            (At::Escape | At::Csi | At::Selected, 0x1b) => self.begin_anew(terminal),
            (_, 0x18 | 0x1a)
            | (At::Csi, 0x40..=0x7e)
            | (At::Escape | At::Selected, 0x30..=0x7e)
            | (At::String(b']'), 0x07)
            | (At::Ending(_), b'\\') => self.end(terminal),
            (At::String(kind), 0x1b) => self.at = At::Ending(kind),
            // An ESC in a string ends it, whatever follows.
            (At::Ending(_), _) => self.turn(byte, terminal),
            _ => {}
        }
    }

    /// A control in the middle of a sequence acts at once; the sequence goes on behind it.
    const fn is_executed(&self, byte: u8) -> bool {
        matches!(self.at, At::Escape | At::Selected | At::Csi) && matches!(byte, 0x00..=0x17 | 0x19 | 0x1c..=0x1f)
    }

    fn begin(&mut self) {
        (self.at, self.overflow) = (At::Escape, None);
        self.held.push(0x1b);
    }

    /// An ESC in the middle: what was begun is nothing. It does not go to the terminal, which would take what passes next
    /// for the rest of it.
    fn begin_anew(&mut self, terminal: &mut Vec<u8>) {
        if self.overflow == Some(true) {
            terminal.push(CANCEL);
        }
        self.held.clear();
        self.begin();
    }

    /// The string ended without its backslash, which it gets; what follows the ESC is a sequence of its own.
    fn turn(&mut self, byte: u8, terminal: &mut Vec<u8>) {
        if self.overflow.is_none() {
            self.held.pop();
            self.keep(b'\\', terminal);
        }
        if self.overflow == Some(true) {
            terminal.extend_from_slice(ENDED);
        }
        self.end(terminal);
        self.begin();
        self.byte(byte, terminal);
    }

    fn keep(&mut self, byte: u8, terminal: &mut Vec<u8>) {
        match (self.overflow, self.at, byte) {
            (None, ..) => self.held.push(byte),
            (Some(true), At::Ending(_), b'\\') => terminal.extend_from_slice(ENDED),
            // An ESC passes when it is known what it is.
            (Some(false), ..) | (Some(true), At::Ending(_), _) | (Some(true), _, 0x1b) => {}
            (Some(true), ..) => terminal.push(byte),
        }
        if self.overflow.is_none() && self.held.len() >= HELD {
            self.overflow = Some(!self.stays_out());
            let held = std::mem::take(&mut self.held);
            if self.overflow == Some(true) {
                terminal.extend_from_slice(held.strip_suffix(b"\x1b").unwrap_or(&held));
            }
        }
    }

    /// The sequence is whole.
    fn end(&mut self, terminal: &mut Vec<u8>) {
        if self.overflow.is_none() && !self.stays_out() {
            self.follow();
            terminal.extend_from_slice(&self.held);
        }
        self.held.clear();
        (self.at, self.overflow) = (At::Text, None);
    }

    fn stays_out(&self) -> bool {
        self.is_question() || self.is_untitled && self.is_title()
    }

    fn is_title(&self) -> bool {
        match self.held.get(1..) {
            Some([b'[', rest @ ..]) => csi(rest).is_some_and(|csi| csi.is_window(TITLE_STACK)),
            Some([b']', rest @ ..]) => TITLES.contains(&osc(rest).0),
            _ => false,
        }
    }

    fn is_question(&self) -> bool {
        match self.held.get(1..) {
            Some([b'[', rest @ ..]) => csi(rest).is_some_and(|csi| asks(&csi)),
            Some([b']', rest @ ..]) => {
                let (number, text) = osc(rest);
                number == b"52" || SETTINGS.contains(&number) && text.split(|byte| *byte == b';').any(is_asked)
            }
            Some([b'P', rest @ ..]) => {
                let parameters = rest.iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b';')).count();
                matches!(rest.get(parameters..), Some([b'$' | b'+', b'q', ..]))
            }
            // Whoever takes kitty's pictures answers each.
            Some([b'_', b'G', ..] | b"Z") => true,
            _ => false,
        }
    }

    fn follow(&mut self) {
        match self.held.get(1..) {
            Some([b'[', rest @ ..]) => {
                if let Some(csi) = csi(rest) {
                    self.modes.csi(&csi);
                }
            }
            Some([b']', rest @ ..]) => {
                self.modes.osc(osc(rest).0);
            }
            Some(b"H") => self.modes.tab(),
            Some(b"c") => self.modes.reset(),
            _ => {}
        }
    }
}

/// What is not text: the beginning of a sequence, and ENQ.
const fn is_special(byte: u8) -> bool {
    matches!(byte, 0x1b | ENQ | C1_LEAD)
}

/// A part of a setting that asks for it: `?`, or `name=?`.
fn is_asked(part: &[u8]) -> bool {
    part == b"?" || part.ends_with(b"=?")
}

fn asks(csi: &Csi<'_>) -> bool {
    match (csi.prefix, csi.intermediates, csi.last) {
        (None | Some(b'>' | b'='), b"", b'c')
        | (None | Some(b'?'), b"", b'n')
        | (None | Some(b'?'), b"$", b'p')
        | (Some(b'>'), b"", b'q')
        | (Some(b'?'), b"", b'u' | b'm' | b'S')
        | (None, b"", b'x')
        | (None, b"$", b'w' | b'u')
        | (None, b"*", b'y') => true,
        _ => csi.is_window(WINDOW_REPORTS),
    }
}

/// Takes a control sequence apart; `None` if it was broken off.
fn csi(sequence: &[u8]) -> Option<Csi<'_>> {
    let (last, rest) = sequence.split_last()?;
    if !(0x40..=0x7e).contains(last) {
        return None;
    }
    let (prefix, rest) = match rest {
        [prefix @ 0x3c..=0x3f, rest @ ..] => (Some(*prefix), rest),
        rest => (None, rest),
    };
    let end = rest.iter().position(|byte| (0x20..=0x2f).contains(byte)).unwrap_or(rest.len());
    let (parameters, intermediates) = rest.split_at_checked(end)?;
    Some(Csi { prefix, parameters, intermediates, last: *last })
}

/// Number and text of a command, without what ends it.
fn osc(sequence: &[u8]) -> (&[u8], &[u8]) {
    let whole = sequence.strip_suffix(b"\x07").or_else(|| sequence.strip_suffix(b"\x1b\\")).unwrap_or(sequence);
    let at = whole.iter().position(|byte| *byte == b';').unwrap_or(whole.len());
    (whole.get(..at).unwrap_or_default(), whole.get(at + 1..).unwrap_or_default())
}

#[cfg(test)]
mod tests;
