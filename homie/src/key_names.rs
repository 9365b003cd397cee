//! Names of keys, as in tmux, and the bytes that a terminal sends for them.

/// This names no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no key; keys are named like a, C-c, M-x, Enter, Tab, Escape, Up, F5, C-Left")]
pub(crate) struct NoSuchKey(String);

/// What is held while the key is pressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Held {
    control: bool,
    meta: bool,
    shift: bool,
}

/// The bytes of a key.
pub(crate) fn parse(name: &str) -> Result<Vec<u8>, NoSuchKey> {
    let (held, key) = held(name);
    bytes(held, key).ok_or_else(|| NoSuchKey(name.to_owned()))
}

/// What stands before the key; the key itself is never empty, so that `C--` is Ctrl and a minus.
fn held(name: &str) -> (Held, &str) {
    let (mut held, mut rest) = (Held::default(), name);
    loop {
        let (flag, after) = match rest.split_once('-') {
            Some(("C" | "c", after)) => (&mut held.control, after),
            Some(("M" | "m", after)) => (&mut held.meta, after),
            Some(("S" | "s", after)) => (&mut held.shift, after),
            _ => match rest.strip_prefix('^') {
                Some(after) => (&mut held.control, after),
                None => return (held, rest),
            },
        };
        if after.is_empty() {
            return (held, rest);
        }
        *flag = true;
        rest = after;
    }
}

fn bytes(held: Held, key: &str) -> Option<Vec<u8>> {
    if let Some(moving) = cursor_key(held, key) {
        return Some(moving);
    }
    let mut bytes = if held.meta { vec![0x1b] } else { Vec::new() };
    let plain = Held { meta: false, ..held };
    match named(plain, key) {
        Some(named) => bytes.extend(named),
        None => bytes.extend(character(plain, key)?),
    }
    Some(bytes)
}

/// Keys that have a byte of their own.
fn named(held: Held, key: &str) -> Option<Vec<u8>> {
    let bytes: &[u8] = match (key.to_ascii_lowercase().as_str(), held.control, held.shift) {
        ("tab", false, true) | ("btab", false, _) => b"\x1b[Z",
        ("enter" | "return", ..) => b"\r",
        ("tab", ..) => b"\t",
        ("escape" | "esc", ..) => b"\x1b",
        ("space", true, _) => b"\0",
        ("space", ..) => b" ",
        ("bspace" | "backspace", true, _) => b"\x08",
        ("bspace" | "backspace", ..) => b"\x7f",
        _ => return None,
    };
    Some(bytes.to_vec())
}

/// A character, with Ctrl the control character of its column.
fn character(held: Held, key: &str) -> Option<Vec<u8>> {
    let mut characters = key.chars();
    let (character, None) = (characters.next()?, characters.next()) else { return None };
    if !held.control {
        let shifted = if held.shift { character.to_ascii_uppercase() } else { character };
        return Some(shifted.to_string().into_bytes());
    }
    match character {
        '@'..='_' | 'a'..='z' => Some(vec![u8::try_from(character).ok()? & 0x1f]),
        ' ' | '2' => Some(vec![0]),
        '?' => Some(vec![0x7f]),
        '/' | '-' => Some(vec![0x1f]),
        _ => None,
    }
}

/// Keys that move or have a number; what is held is one more parameter.
fn cursor_key(held: Held, key: &str) -> Option<Vec<u8>> {
    let (number, last) = match key.to_ascii_lowercase().as_str() {
        "up" => (1, 'A'),
        "down" => (1, 'B'),
        "right" => (1, 'C'),
        "left" => (1, 'D'),
        "home" => (1, 'H'),
        "end" => (1, 'F'),
        "insert" | "ic" => (2, '~'),
        "delete" | "dc" => (3, '~'),
        "pageup" | "pgup" | "ppage" => (5, '~'),
        "pagedown" | "pgdn" | "npage" => (6, '~'),
        other => function_key(other)?,
    };
    let with = 1 + u8::from(held.shift) + 2 * u8::from(held.meta) + 4 * u8::from(held.control);
    let sequence = match (with, number, last) {
        (1, 1, 'P'..='S') => format!("\x1bO{last}"),
        (1, 1, _) => format!("\x1b[{last}"),
        (1, ..) => format!("\x1b[{number}{last}"),
        _ => format!("\x1b[{number};{with}{last}"),
    };
    Some(sequence.into_bytes())
}

fn function_key(name: &str) -> Option<(u8, char)> {
    Some(match name {
        "f1" => (1, 'P'),
        "f2" => (1, 'Q'),
        "f3" => (1, 'R'),
        "f4" => (1, 'S'),
        "f5" => (15, '~'),
        "f6" => (17, '~'),
        "f7" => (18, '~'),
        "f8" => (19, '~'),
        "f9" => (20, '~'),
        "f10" => (21, '~'),
        "f11" => (23, '~'),
        "f12" => (24, '~'),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_bytes_that_terminals_send() {
        let keys: &[(&str, &[u8])] = &[
            ("a", b"a"),
            ("S-a", b"A"),
            ("é", "é".as_bytes()),
            ("C-c", b"\x03"),
            ("^C", b"\x03"),
            ("C-C", b"\x03"),
            ("C-\\", b"\x1c"),
            ("C-[", b"\x1b"),
            ("C-Space", b"\0"),
            ("C-?", b"\x7f"),
            ("C--", b"\x1f"),
            ("-", b"-"),
            ("^", b"^"),
            ("M-x", b"\x1bx"),
            ("C-M-x", b"\x1b\x18"),
            ("Enter", b"\r"),
            ("M-Enter", b"\x1b\r"),
            ("BTab", b"\x1b[Z"),
            ("S-Tab", b"\x1b[Z"),
            ("Escape", b"\x1b"),
            ("BSpace", b"\x7f"),
            ("Up", b"\x1b[A"),
            ("C-Left", b"\x1b[1;5D"),
            ("M-S-Right", b"\x1b[1;4C"),
            ("PPage", b"\x1b[5~"),
            ("C-PageDown", b"\x1b[6;5~"),
            ("F1", b"\x1bOP"),
            ("S-F1", b"\x1b[1;2P"),
            ("F12", b"\x1b[24~"),
        ];
        for (name, bytes) in keys {
            assert_eq!(parse(name).as_deref(), Ok(*bytes), "{name}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for name in ["", "Entre", "C-", "C-é", "M-", "ab", "F13", "F0", "C-M-"] {
            assert!(parse(name).is_err(), "{name}");
        }
    }
}
