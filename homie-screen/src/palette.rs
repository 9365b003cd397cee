//! The colours a program changed, and those it is told when it asks.

use std::collections::BTreeMap;

/// A colour's three bytes.
pub(crate) type Rgb = [u8; 3];

/// Places behind the 256 colours: text, background, cursor.
pub(crate) const FOREGROUND: u16 = 256;
pub(crate) const BACKGROUND: u16 = 257;
pub(crate) const CURSOR: u16 = 258;

/// The colours of whoever looks at the screen: queries are answered from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// Text.
    pub foreground: [u8; 3],
    /// Behind the text.
    pub background: [u8; 3],
    /// The cursor.
    pub cursor: [u8; 3],
    /// The first 16 colours.
    pub ansi: [[u8; 3]; 16],
}

impl Default for Theme {
    /// Those of xterm.js.
    fn default() -> Self {
        let ansi = [
            0x2E_3436, 0xCC_0000, 0x4E_9A06, 0xC4_A000, 0x34_65A4, 0x75_507B, 0x06_989A, 0xD3_D7CF, 0x55_5753,
            0xEF_2929, 0x8A_E234, 0xFC_E94F, 0x72_9FCF, 0xAD_7FA8, 0x34_E2E2, 0xEE_EEEC,
        ];
        Self { foreground: [255; 3], background: [0; 3], cursor: [255; 3], ansi: ansi.map(bytes) }
    }
}

/// A theme and the changes to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Palette {
    pub(crate) theme: Theme,
    /// Never more than 259.
    changed: BTreeMap<u16, Rgb>,
}

impl Palette {
    pub(crate) fn set(&mut self, place: u16, colour: Rgb) {
        if place <= CURSOR {
            self.changed.insert(place, colour);
        }
    }

    pub(crate) fn restore(&mut self, place: u16) {
        self.changed.remove(&place);
    }

    /// Takes back the 256, not those behind them.
    pub(crate) fn restore_indexed(&mut self) {
        self.changed.retain(|place, _| *place >= FOREGROUND);
    }

    pub(crate) fn changed(&self) -> impl Iterator<Item = (u16, Rgb)> {
        self.changed.iter().map(|(place, colour)| (*place, *colour))
    }

    /// The colour a place has now.
    pub(crate) fn colour(&self, place: u16) -> Rgb {
        self.changed.get(&place).copied().unwrap_or_else(|| self.own(place))
    }

    /// Whether the background is nearer to black than to white.
    pub(crate) fn is_dark(&self) -> bool {
        self.colour(BACKGROUND).iter().map(|byte| u32::from(*byte)).sum::<u32>() < 3 * 128
    }

    fn own(&self, place: u16) -> Rgb {
        match place {
            FOREGROUND => self.theme.foreground,
            BACKGROUND => self.theme.background,
            CURSOR => self.theme.cursor,
            0..16 => self.theme.ansi.get(usize::from(place)).copied().unwrap_or_default(),
            16..232 => {
                let step = |number: u16| [0, 95, 135, 175, 215, 255].get(usize::from(number % 6)).copied().unwrap_or(0);
                let cube = place - 16;
                [step(cube / 36), step(cube / 6), step(cube)]
            }
            _ => [u8::try_from(8 + 10 * (place.min(255) - 232)).unwrap_or(u8::MAX); 3],
        }
    }
}

/// A colour as programs write it: `rgb:r/g/b` with one to four digits, or `#` with three, six, nine or twelve.
pub(crate) fn parse(text: &str) -> Option<Rgb> {
    let low = text.to_ascii_lowercase();
    if let Some(parts) = low.strip_prefix("rgb:") {
        let parts: Vec<&str> = parts.split('/').collect();
        let &[red, green, blue] = parts.as_slice() else { return None };
        let same = red.len() == green.len() && green.len() == blue.len();
        return if same { Some([scaled(red)?, scaled(green)?, scaled(blue)?]) } else { None };
    }
    let digits = low.strip_prefix('#')?;
    let each = digits.len() / 3;
    if digits.len() % 3 != 0 || !(1..=4).contains(&each) {
        return None;
    }
    Some([cut(digits.get(..each)?)?, cut(digits.get(each..2 * each)?)?, cut(digits.get(2 * each..)?)?])
}

/// The answer's spelling of a colour.
pub(crate) fn spelled([red, green, blue]: Rgb) -> String {
    format!("rgb:{red:02x}{red:02x}/{green:02x}{green:02x}/{blue:02x}{blue:02x}")
}

fn bytes(colour: u32) -> Rgb {
    let [_, red, green, blue] = colour.to_be_bytes();
    [red, green, blue]
}

fn hex(digits: &str) -> Option<u32> {
    let only_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if only_digits { u32::from_str_radix(digits, 16).ok() } else { None }
}

/// Of the whole range that so many digits have, rounded.
fn scaled(digits: &str) -> Option<u8> {
    let whole = match digits.len() {
        1 => 15,
        2 => 255,
        3 => 4095,
        4 => 65535,
        _ => return None,
    };
    u8::try_from((hex(digits)? * 255 * 2 + whole) / (2 * whole)).ok()
}

/// The upper eight bits.
fn cut(digits: &str) -> Option<u8> {
    let value = hex(digits)?;
    let byte = match digits.len() {
        1 => value << 4,
        2 => value,
        3 => value >> 4,
        _ => value >> 8,
    };
    u8::try_from(byte).ok()
}

#[cfg(test)]
mod tests {
    use super::{Palette, parse, spelled};

    #[test]
    fn colours_are_read_as_xterm_writes_them() {
        assert_eq!(parse("rgb:ff/00/80"), Some([255, 0, 128]));
        assert_eq!(parse("rgb:f/0/8"), Some([255, 0, 136]));
        assert_eq!(parse("rgb:ffff/0000/8080"), Some([255, 0, 128]));
        assert_eq!(parse("#F08"), Some([0xF0, 0, 0x80]));
        assert_eq!(parse("#102030"), Some([0x10, 0x20, 0x30]));
        assert_eq!(parse("#12"), None);
        assert_eq!(parse("rgb:é/0/0"), None);
        assert_eq!(parse("red"), None);
    }

    #[test]
    fn the_cube_and_the_greys_have_their_colours() {
        let palette = Palette::default();
        assert_eq!(palette.colour(196), [255, 0, 0]);
        assert_eq!(palette.colour(255), [238, 238, 238]);
        assert_eq!(spelled(palette.colour(16)), "rgb:0000/0000/0000");
    }
}
