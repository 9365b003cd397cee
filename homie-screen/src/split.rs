//! Cuts the stream into whole units: a run of text, one control, or a whole sequence.
//!
//! Only whole units reach the emulator. What has begun and not ended is held here, byte by byte, so a snapshot is the
//! state at the last boundary and then the held bytes. Where a unit ends is what xterm.js's parser would say.

use crate::utf8::{self, Step};

/// What the emulator gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit<'a> {
    /// Text without controls; may hold bytes that are no UTF-8.
    Text(&'a [u8]),
    /// C0 or C1.
    Control(u8),
    /// What stands after ESC, whole.
    Escape(&'a [u8]),
    /// What stands after `ESC [`, whole.
    Csi(&'a [u8]),
    /// The body of an OSC that ended well.
    Osc(&'a [u8]),
    /// The body of a DCS that ended well.
    Dcs(&'a [u8]),
    /// A string nobody reads, or one that was cut off: it only ends what could be joined.
    Ignored,
    /// An escape or CSI sequence that was cut off: its controls count, nothing else.
    Aborted(&'a [u8]),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Ground,
    Escape,
    Intermediate,
    CsiEntry,
    CsiParameter,
    CsiIntermediate,
    CsiIgnore,
    Osc,
    /// A DCS before its final byte, then its body.
    DcsHeader,
    Dcs,
    /// APC: ends as a DCS does.
    ApcHeader,
    Apc,
    /// SOS and PM: an ESC ends them without a word, and so does anything beyond ASCII.
    Silent,
}

/// The splitter.
#[derive(Debug, Default, Clone)]
pub(crate) struct Splitter {
    state: State,
    /// The open unit, from its first byte. Empty in its middle if it grew too long.
    held: Vec<u8>,
    /// Bytes at the end of the open unit that begin a code point.
    partial: Vec<u8>,
    /// The open unit grew over the limit: its body is gone.
    dropped: bool,
    limit: usize,
}

/// What one byte means for the open sequence.
enum Turn {
    Goes(State),
    /// It ends with this byte.
    Ends,
    /// It was cut off before this byte, which is read again from the ground.
    Cut,
}

impl Splitter {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Feeds bytes; `take` gets each whole unit and how many of these bytes were read by then.
    pub(crate) fn feed(&mut self, bytes: &[u8], mut take: impl FnMut(Unit<'_>, usize)) {
        let mut read = 0;
        while let Some(rest) = bytes.get(read..).filter(|rest| !rest.is_empty()) {
            read += match self.state {
                State::Ground if self.held.is_empty() => self.ground(rest, read, &mut take),
                State::Ground => self.open_character(rest, read, &mut take),
                _ => self.sequence(rest, read, &mut take),
            };
        }
    }

    /// What a fresh terminal must be given to stand where this one stands: the open unit, or if its body was dropped
    /// a beginning that ends where the real one will, and does nothing.
    pub(crate) fn held(&self) -> Vec<u8> {
        if !self.dropped {
            return self.held.clone();
        }
        let opening: &[u8] = match self.state {
            State::Ground => b"",
            State::Escape | State::Intermediate => b"\x1b!!",
            State::CsiEntry | State::CsiParameter | State::CsiIntermediate | State::CsiIgnore => b"\x1b[0?",
            State::Osc => b"\x1b]7777;",
            State::DcsHeader => b"\x1bP",
            State::Dcs => b"\x1bPz",
            State::ApcHeader => b"\x1b_",
            State::Apc => b"\x1b_z",
            State::Silent => b"\x1b^",
        };
        [opening, &self.partial].concat()
    }

    /// A run of text, or the control or introducer that stands first.
    fn ground(&mut self, rest: &[u8], before: usize, take: &mut impl FnMut(Unit<'_>, usize)) -> usize {
        let run = text_run(rest);
        if run > 0 {
            let (text, after) = rest.split_at(run);
            let open = if after.is_empty() { utf8::open_tail(text) } else { 0 };
            let (whole, tail) = text.split_at(run - open);
            if !whole.is_empty() {
                take(Unit::Text(whole), before + whole.len());
            }
            self.held.extend_from_slice(tail);
            return run;
        }
        let Some(&first) = rest.first() else { return 0 };
        if first != 0xC2 {
            self.introduce(first, &[first], before + 1, take);
            return 1;
        }
        let Some(&second) = rest.get(1) else { return 1 };
        self.introduce(second, &[first, second], before + 2, take);
        2
    }

    /// A code point whose beginning came with an earlier feed.
    fn open_character(&mut self, rest: &[u8], before: usize, take: &mut impl FnMut(Unit<'_>, usize)) -> usize {
        let Some(&byte) = rest.first().filter(|byte| **byte & 0xC0 == 0x80) else {
            self.held.clear();
            return 0;
        };
        self.held.push(byte);
        match utf8::step(&self.held) {
            Step::Incomplete => {}
            Step::Invalid(_) => self.held.clear(),
            Step::Char(0x80..=0x9F, _) => {
                let whole = std::mem::take(&mut self.held);
                self.introduce(byte, &whole, before + 1, take);
            }
            Step::Char(..) => {
                take(Unit::Text(&self.held), before + 1);
                self.held.clear();
            }
        }
        1
    }

    /// A control acts at once; an introducer opens a sequence.
    fn introduce(&mut self, code: u8, bytes: &[u8], read: usize, take: &mut impl FnMut(Unit<'_>, usize)) {
        self.state = match code {
            0x1B => State::Escape,
            0x90 => State::DcsHeader,
            0x98 | 0x9E => State::Silent,
            0x9B => State::CsiEntry,
            0x9D => State::Osc,
            0x9F => State::ApcHeader,
            0x9C => return,
            _ => return take(Unit::Control(code), read),
        };
        self.held.extend_from_slice(bytes);
    }

    /// Goes on with the open sequence up to its end.
    fn sequence(&mut self, rest: &[u8], before: usize, take: &mut impl FnMut(Unit<'_>, usize)) -> usize {
        let mut index = 0;
        while let Some(&byte) = rest.get(index) {
            let run = self.body_run(rest.get(index..).unwrap_or_default());
            if run > 0 {
                index += run;
                continue;
            }
            let read = before + index;
            index += 1;
            if byte >= 0x80 {
                if self.high_byte(byte, read, take) {
                    return index;
                }
                continue;
            }
            self.partial.clear();
            match self.turn(byte) {
                Turn::Goes(state) => {
                    self.state = state;
                    self.hold(&[byte]);
                }
                Turn::Ends => {
                    self.hold(&[byte]);
                    self.finish(read + 1, take);
                    return index;
                }
                Turn::Cut => {
                    let ends_well = byte == 0x1B && matches!(self.state, State::Osc | State::Dcs | State::Apc);
                    if ends_well {
                        self.finish(read, take);
                    } else {
                        self.abort(read, take);
                    }
                    return index - 1;
                }
            }
        }
        rest.len()
    }

    /// Plain characters of a body mean nothing to us: they are held as they are.
    fn body_run(&mut self, rest: &[u8]) -> usize {
        if !matches!(self.state, State::Osc | State::Dcs | State::Apc | State::Silent) || !self.partial.is_empty() {
            return 0;
        }
        let run = rest.iter().position(|byte| !(0x20..0x7F).contains(byte)).unwrap_or(rest.len());
        self.hold(rest.get(..run).unwrap_or_default());
        run
    }

    /// A byte beyond ASCII inside a sequence: alone it is nothing, a whole code point may end the sequence. Says whether
    /// it has.
    fn high_byte(&mut self, byte: u8, read: usize, take: &mut impl FnMut(Unit<'_>, usize)) -> bool {
        if byte & 0xC0 != 0x80 {
            self.partial.clear();
        }
        self.partial.push(byte);
        self.hold(&[byte]);
        match utf8::step(&self.partial) {
            Step::Incomplete => return false,
            Step::Invalid(_) => {
                self.partial.clear();
                return false;
            }
            Step::Char(0x80..=0x9F, _) => {
                self.partial.clear();
                self.held.truncate(self.held.len().saturating_sub(2));
                let ends_well = byte == 0x9C && matches!(self.state, State::Osc | State::Dcs | State::Apc);
                if ends_well {
                    self.finish(read + 1, take);
                } else {
                    self.abort(read + 1, take);
                }
                self.introduce(byte, &[0xC2, byte], read + 1, take);
                return true;
            }
            Step::Char(..) => self.partial.clear(),
        }
        let may_hold = matches!(self.state, State::Osc | State::Dcs | State::Apc | State::CsiIgnore);
        if may_hold {
            return false;
        }
        self.abort(read + 1, take);
        true
    }

    fn turn(&self, byte: u8) -> Turn {
        if matches!(byte, 0x18 | 0x1A | 0x1B) {
            return Turn::Cut;
        }
        match self.state {
            State::Ground => Turn::Cut,
            State::Escape => after_escape(byte),
            State::Intermediate if (0x30..0x7F).contains(&byte) => Turn::Ends,
            State::Intermediate => Turn::Goes(State::Intermediate),
            State::Osc if byte == 0x07 => Turn::Ends,
            State::DcsHeader if (0x40..0x7F).contains(&byte) => Turn::Goes(State::Dcs),
            State::ApcHeader if (0x30..0x7F).contains(&byte) => Turn::Goes(State::Apc),
            state if is_string(state) => Turn::Goes(state),
            _ if (0x40..0x7F).contains(&byte) => Turn::Ends,
            state => Turn::Goes(inside_csi(state, byte)),
        }
    }

    fn hold(&mut self, bytes: &[u8]) {
        if self.dropped || self.held.len() + bytes.len() > self.limit {
            self.dropped = true;
            self.held = Vec::new();
        } else {
            self.held.extend_from_slice(bytes);
        }
    }

    /// Hands the open sequence over, whole.
    fn finish(&mut self, read: usize, take: &mut impl FnMut(Unit<'_>, usize)) {
        let held = std::mem::take(&mut self.held);
        let body = held.get(introducer(&held)..).unwrap_or_default();
        let unit = match self.state {
            _ if self.dropped => Unit::Ignored,
            State::Escape | State::Intermediate => Unit::Escape(held.get(1..).unwrap_or_default()),
            State::CsiEntry | State::CsiParameter | State::CsiIntermediate | State::CsiIgnore => Unit::Csi(body),
            State::Osc => Unit::Osc(body.strip_suffix(b"\x07").unwrap_or(body)),
            State::Dcs => Unit::Dcs(body),
            _ => Unit::Ignored,
        };
        take(unit, read);
        self.rest(held);
    }

    fn abort(&mut self, read: usize, take: &mut impl FnMut(Unit<'_>, usize)) {
        let held = std::mem::take(&mut self.held);
        if !is_string(self.state) {
            take(Unit::Aborted(held.get(introducer(&held).min(held.len())..).unwrap_or_default()), read);
        }
        self.rest(held);
    }

    /// Back to the ground, with the buffer kept for the next sequence unless it grew large.
    fn rest(&mut self, mut held: Vec<u8>) {
        self.state = State::Ground;
        self.dropped = false;
        self.partial.clear();
        if held.capacity() <= 4096 {
            held.clear();
            self.held = held;
        }
    }
}

/// Bytes that stand before the body: ESC alone, ESC and a letter, or two bytes of C1.
fn introducer(held: &[u8]) -> usize {
    match held {
        [0x1B, b'[' | b']' | b'P' | b'_' | b'^' | b'X', ..] | [0xC2, ..] => 2,
        _ => 1,
    }
}

/// How far text goes: up to a C0 control or a C1 in its two bytes.
fn text_run(bytes: &[u8]) -> usize {
    let mut from = 0;
    while let Some(rest) = bytes.get(from..) {
        let Some(place) = rest.iter().position(|byte| *byte < 0x20 || *byte == 0xC2) else { break };
        let at = from + place;
        match bytes.get(at..at + 2) {
            Some([0xC2, second]) if !(0x80..0xA0).contains(second) => from = at + 1,
            None if bytes.get(at) == Some(&0xC2) => return bytes.len(),
            _ => return at,
        }
    }
    bytes.len()
}

/// Whether controls inside are part of a body.
fn is_string(state: State) -> bool {
    use State::{Apc, ApcHeader, Dcs, DcsHeader, Osc, Silent};
    matches!(state, Osc | DcsHeader | Dcs | ApcHeader | Apc | Silent)
}

fn after_escape(byte: u8) -> Turn {
    match byte {
        b'[' => Turn::Goes(State::CsiEntry),
        b']' => Turn::Goes(State::Osc),
        b'P' => Turn::Goes(State::DcsHeader),
        b'_' => Turn::Goes(State::ApcHeader),
        b'X' | b'^' => Turn::Goes(State::Silent),
        0x20..=0x2F => Turn::Goes(State::Intermediate),
        0x30..=0x7E => Turn::Ends,
        _ => Turn::Goes(State::Escape),
    }
}

fn inside_csi(state: State, byte: u8) -> State {
    match (state, byte) {
        (State::CsiIgnore, _) | (State::CsiIntermediate, 0x30..=0x3F) | (State::CsiParameter, 0x3C..=0x3F) => {
            State::CsiIgnore
        }
        (_, 0x20..=0x2F) => State::CsiIntermediate,
        (_, 0x30..=0x3F) => State::CsiParameter,
        _ => state,
    }
}

#[cfg(test)]
mod tests;
