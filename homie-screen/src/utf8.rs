//! UTF-8 as xterm.js reads it: what is wrong is dropped without a trace, and so is the byte order mark.

/// What the first bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A code point and its length.
    Char(u32, usize),
    /// So many bytes mean nothing.
    Invalid(usize),
    /// The beginning of a code point.
    Incomplete,
}

/// Reads one code point.
pub(crate) fn step(bytes: &[u8]) -> Step {
    let Some(&first) = bytes.first() else { return Step::Incomplete };
    let (length, bits) = match first {
        0x00..=0x7F => return Step::Char(u32::from(first), 1),
        0xC0..=0xDF => (2, first & 0x1F),
        0xE0..=0xEF => (3, first & 0x0F),
        0xF0..=0xF7 => (4, first & 0x07),
        _ => return Step::Invalid(1),
    };
    let mut code = u32::from(bits);
    for place in 1..length {
        match bytes.get(place) {
            None => return Step::Incomplete,
            Some(&byte) if byte & 0xC0 == 0x80 => code = code << 6 | u32::from(byte & 0x3F),
            Some(_) => return Step::Invalid(place),
        }
    }
    if is_legal(code, length) { Step::Char(code, length) } else { Step::Invalid(length) }
}

/// How many bytes at the end are the beginning of a code point.
pub(crate) fn open_tail(bytes: &[u8]) -> usize {
    for length in 1..=bytes.len().min(3) {
        let Some(tail) = bytes.get(bytes.len() - length..) else { return 0 };
        match tail.first() {
            Some(byte) if byte & 0xC0 == 0x80 => {}
            Some(byte) if *byte >= 0xC0 && step(tail) == Step::Incomplete => return length,
            _ => return 0,
        }
    }
    0
}

/// The code points of a text; what is wrong is left out.
pub(crate) fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while !rest.is_empty() {
        let length = match step(rest) {
            Step::Char(code, length) => {
                text.extend(char::from_u32(code).filter(|read| *read >= ' '));
                length
            }
            Step::Invalid(length) => length,
            Step::Incomplete => break,
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    text
}

fn is_legal(code: u32, length: usize) -> bool {
    let shortest = match length {
        2 => 0x80,
        3 => 0x800,
        _ => 0x1_0000,
    };
    code >= shortest && code != 0xFEFF && char::from_u32(code).is_some()
}
