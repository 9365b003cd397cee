//! SGR: colours and attributes of the pen, packed as xterm.js packs them.

use vte::Params;

use super::Terminal;
use crate::cell::{
    BLINK, BOLD, COLOUR, COLOUR_16, COLOUR_256, COLOUR_KIND, COLOUR_RGB, COLOUR_VALUE, DIM, INVERSE, INVISIBLE, ITALIC,
    OVERLINE, STRIKE, UNDERLINE, UNDERLINE_SHIFT, UNDERLINE_STYLE,
};
use crate::style::Pen;

/// Of an underline that is doubled.
const DOUBLE: u16 = 2;

impl Terminal {
    pub(super) fn select_graphics(&mut self, params: &Params) {
        let values: Vec<&[u16]> = params.iter().collect();
        let before = self.pen.extra.clone();
        let mut place = 0;
        while let Some(value) = values.get(place) {
            let code = value.first().copied().unwrap_or_default();
            if matches!(code, 38 | 48 | 58) {
                place += self.pen.extended_colour(values.get(place..).unwrap_or_default());
            } else {
                self.pen.select(code, value.get(1).copied());
            }
            place += 1;
        }
        if self.pen.extra != before {
            let flags = self.pen.bg;
            self.pen_changed();
            // Which of the codes set the bit is decided above; giving the attributes a number must not change it.
            self.pen.bg = flags;
        }
    }
}

impl Pen {
    fn select(&mut self, code: u16, style: Option<u16>) {
        let number = u32::from(code);
        match code {
            0 => self.reset(),
            1 => self.fg |= BOLD,
            2 => self.bg |= DIM,
            3 => self.bg |= ITALIC,
            4 => self.underline(style.unwrap_or(1)),
            5 => self.fg |= BLINK,
            7 => self.fg |= INVERSE,
            8 => self.fg |= INVISIBLE,
            9 => self.fg |= STRIKE,
            21 => self.underline(DOUBLE),
            22 => {
                self.fg &= !BOLD;
                self.bg &= !DIM;
            }
            23 => self.bg &= !ITALIC,
            24 => self.underline(0),
            25 => self.fg &= !BLINK,
            27 => self.fg &= !INVERSE,
            28 => self.fg &= !INVISIBLE,
            29 => self.fg &= !STRIKE,
            30..=37 => self.fg = self.fg & !COLOUR | COLOUR_16 | (number - 30),
            39 => self.fg &= !COLOUR,
            40..=47 => self.bg = self.bg & !COLOUR | COLOUR_16 | (number - 40),
            49 => self.bg &= !COLOUR,
            53 => self.bg |= OVERLINE,
            55 => self.bg &= !OVERLINE,
            59 => {
                // "No colour" is all bits set, as in xterm.js.
                self.extra.bits |= COLOUR;
                self.extra_changed();
            }
            90..=97 => self.fg = self.fg & !COLOUR | COLOUR_16 | (number - 90) | 8,
            100..=107 => self.bg = self.bg & !COLOUR | COLOUR_16 | (number - 100) | 8,
            221 => self.fg &= !BOLD,
            222 => self.bg &= !DIM,
            _ => {}
        }
    }

    fn reset(&mut self) {
        self.fg = 0;
        self.bg = 0;
        self.extra.bits = 0;
        self.extra_changed();
    }

    fn underline(&mut self, style: u16) {
        let style = if style > 5 { 1 } else { u32::from(style) };
        self.extra.bits = self.extra.bits & !UNDERLINE_STYLE | style << UNDERLINE_SHIFT;
        self.fg = if style == 0 { self.fg & !UNDERLINE } else { self.fg | UNDERLINE };
        self.extra_changed();
    }

    /// 38, 48 and 58 with what follows, in all spellings; gives how many parameters followed.
    fn extended_colour(&mut self, values: &[&[u16]]) -> usize {
        let (parts, taken) = colour_parts(values);
        let [target, kind, _, red, green, blue] = parts;
        let mut colour = match target {
            38 => self.fg,
            48 => self.bg,
            _ => self.extra.bits,
        };
        let byte = |part: u16| u32::from(part & 0xFF);
        match kind {
            2 => colour = colour & !COLOUR_VALUE | COLOUR_RGB | byte(red) << 16 | byte(green) << 8 | byte(blue),
            5 => colour = colour & !(COLOUR_KIND | COLOUR_VALUE) | COLOUR_256 | byte(red),
            _ => {}
        }
        match target {
            38 => self.fg = colour,
            48 => self.bg = colour,
            _ => self.extra.bits = colour,
        }
        taken
    }
}

/// What to set, RGB or number, colour space, and up to three parts; and how many parameters that took.
fn colour_parts(values: &[&[u16]]) -> ([u16; 6], usize) {
    let mut parts = [0; 6];
    let mut space = 0;
    let mut taken = 0;
    let put = |parts: &mut [u16; 6], place: usize, value: u16| {
        if let Some(part) = parts.get_mut(place) {
            *part = value;
        }
    };
    while let Some((value, subs)) = values.get(taken).and_then(|value| value.split_first()) {
        put(&mut parts, taken + space, *value);
        if !subs.is_empty() {
            for (index, sub) in subs.iter().enumerate() {
                if parts[1] == 5 {
                    space = 1;
                }
                put(&mut parts, taken + index + 1 + space, *sub);
                if index + 1 + taken + 1 + space >= parts.len() {
                    break;
                }
            }
            break;
        }
        if parts[1] == 5 && taken + space >= 2 || parts[1] == 2 && taken + space >= 5 {
            break;
        }
        if parts[1] != 0 {
            space = 1;
        }
        taken += 1;
        if taken >= values.len() || taken + space >= parts.len() {
            break;
        }
    }
    (parts, taken)
}
