//! Answers to queries. Each is from this list, made of our own text and numbers of our own state: a byte that came with
//! the question never goes back, so that nobody can type into a shell by printing.

use super::csi::Numbers;
use super::mode::{MICE, SWITCHES};
use super::{Encoding, Mode, Mouse, Terminal};
use crate::palette::spelled;
use crate::signal::Signal;

/// What DECRQM says of a mode.
const UNKNOWN: u16 = 0;
const SET: u16 = 1;
const RESET: u16 = 2;
const ALWAYS_SET: u16 = 3;
const ALWAYS_RESET: u16 = 4;

impl Terminal {
    pub(super) fn signal(&mut self, signal: Signal) {
        self.effects.signal(self.at, signal);
    }

    pub(super) fn answer(&mut self, text: &str) {
        self.effects.answer(text.as_bytes());
    }

    /// A CSI sequence that asks.
    pub(super) fn query(&mut self, numbers: Numbers<'_>, intermediates: &[u8], last: char) {
        let first = numbers.get(0);
        let (x, y) = (self.page().x + 1, self.page().y + 1);
        match (intermediates, last, first) {
            ([], 'c', 0) => self.answer("\x1b[?1;2c"),
            (b">", 'c', 0) => self.answer("\x1b[>0;276;0c"),
            (b"=", 'c', 0) => self.answer("\x1bP!|00000000\x1b\\"),
            (b">", 'q', 0) => self.answer("\x1bP>|homie\x1b\\"),
            ([], 'n', 5) => self.answer("\x1b[0n"),
            ([], 'n', 6) => self.answer(&format!("\x1b[{y};{x}R")),
            (b"?", 'n', 6) => self.answer(&format!("\x1b[?{y};{x}R")),
            (b"?", 'n', 996) => {
                let scheme = if self.palette.is_dark() { 1 } else { 2 };
                self.answer(&format!("\x1b[?997;{scheme}n"));
            }
            ([], 't', 18) => {
                let (rows, cols) = (self.page().rows(), self.page().cols());
                self.answer(&format!("\x1b[8;{rows};{cols}t"));
            }
            (b"?", 'u', _) => self.answer(&format!("\x1b[?{}u", self.keyboard.flags)),
            (b"$", 'p', mode) => self.answer(&format!("\x1b[{mode};{}$y", self.mode_state(mode))),
            (b"?$", 'p', mode) => self.answer(&format!("\x1b[?{mode};{}$y", self.private_mode_state(mode))),
            _ => {}
        }
    }

    /// DECRQSS: a few settings, everything else is refused.
    pub(super) fn dcs(&mut self, body: &[u8]) {
        let header = body.iter().take_while(|byte| matches!(byte, b'0'..=b';')).count();
        let Some(asked) = body.get(header..).and_then(|rest| rest.strip_prefix(b"$q")) else { return };
        let page = self.page();
        let answer = match asked {
            b"\"q" => format!("\x1bP1$r{}\"q\x1b\\", u8::from(self.pen.bg & crate::cell::PROTECTED != 0)),
            b"\"p" => "\x1bP1$r61;1\"p\x1b\\".to_owned(),
            b"r" => format!("\x1bP1$r{};{}r\x1b\\", page.top + 1, page.bottom + 1),
            b"m" => "\x1bP1$r0m\x1b\\".to_owned(),
            b" q" => format!("\x1bP1$r{} q\x1b\\", if self.cursor_style == 0 { 2 } else { self.cursor_style }),
            _ => "\x1bP0$r\x1b\\".to_owned(),
        };
        self.answer(&answer);
    }

    /// A colour, as `OSC number ; colour`, or `OSC 4 ; place ; colour`.
    pub(super) fn answer_colour(&mut self, number: u16, place: u16) {
        let colour = spelled(self.palette.colour(place));
        if number == 4 {
            self.answer(&format!("\x1b]4;{place};{colour}\x1b\\"));
        } else {
            self.answer(&format!("\x1b]{number};{colour}\x1b\\"));
        }
    }

    fn mode_state(&self, mode: u16) -> u16 {
        match mode {
            2 => ALWAYS_RESET,
            4 => state(self.modes.has(Mode::Insert)),
            12 => ALWAYS_SET,
            20 => state(self.modes.has(Mode::Newline)),
            _ => UNKNOWN,
        }
    }

    fn private_mode_state(&self, number: u16) -> u16 {
        if let Some((_, mode)) = SWITCHES.iter().find(|(of, _)| *of == number) {
            return state(self.modes.has(*mode));
        }
        if let Some((_, mouse)) = MICE.iter().find(|(of, _)| *of == number) {
            return state(self.mouse == *mouse && *mouse != Mouse::None);
        }
        match number {
            6 => state(self.modes.has(Mode::Origin)),
            7 => state(!self.modes.has(Mode::NoWrap)),
            8 => ALWAYS_SET,
            12 => state(self.cursor_style % 2 == 1),
            25 => state(!self.modes.has(Mode::HiddenCursor)),
            67 | 1005 | 1015 => ALWAYS_RESET,
            1006 => state(self.encoding == Encoding::Sgr),
            1016 => state(self.encoding == Encoding::SgrPixels),
            1048 => SET,
            47 | 1047 | 1049 => state(self.on_alternate),
            _ => UNKNOWN,
        }
    }
}

const fn state(is_set: bool) -> u16 {
    if is_set { SET } else { RESET }
}
