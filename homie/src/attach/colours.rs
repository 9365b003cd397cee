//! Asks the person's terminal for its colours, so that programs in a session that ask are told them.

use std::time::Duration;

use homie_protocol::methods::session::{Rgb, Theme};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::typist::Keys;

/// Text, background, cursor; and last what every terminal answers, so that it is known when no more answers come.
const QUESTIONS: &[u8] = b"\x1b]10;?\x1b\\\x1b]11;?\x1b\\\x1b]12;?\x1b\\\x1b[c";

/// How long the answers may take. They come as fast as an echo does; a terminal that answers nothing is a rare one.
const WITHIN: Duration = Duration::from_secs(2);

/// Bytes that may come before the last answer: keys, then four short answers.
const MOST: usize = 4096;

/// The terminal's colours, if it tells them. Raw mode is on. What was typed meanwhile comes again.
pub(super) async fn of_terminal(keys: &mut Keys) -> Option<Theme> {
    let (theme, typed) = taken_apart(&ask(keys).await);
    keys.put_back(typed);
    theme
}

async fn ask(keys: &mut Keys) -> Vec<u8> {
    let mut come = Vec::new();
    let asking = async {
        let mut terminal = tokio::io::stdout();
        terminal.write_all(QUESTIONS).await.ok()?;
        terminal.flush().await.ok()?;
        while !has_last_answer(&come) && come.len() < MOST {
            come.extend_from_slice(keys.next().await?);
        }
        Some(())
    };
    // Without an answer nothing is known, which is an answer.
    let _answered = timeout(WITHIN, asking).await;
    come
}

/// Whether the answer to the last question is in it.
fn has_last_answer(come: &[u8]) -> bool {
    pieces(come).any(|piece| matches!(piece, Piece::Features))
}

/// Colours and keys. Without a background there is no theme: the other two follow it.
fn taken_apart(come: &[u8]) -> (Option<Theme>, Vec<u8>) {
    let (mut colours, mut typed) = ([None; 3], Vec::new());
    for piece in pieces(come) {
        match piece {
            Piece::Colour(number, colour) => {
                if let Some(place) = colours.get_mut(number) {
                    *place = Some(colour);
                }
            }
            Piece::Features => {}
            Piece::Key(key) => typed.push(key),
        }
    }
    let [foreground, background, cursor] = colours;
    let theme = background.zip(foreground).map(|(background, foreground)| Theme {
        foreground,
        background,
        cursor: cursor.unwrap_or(foreground),
    });
    (theme, typed)
}

enum Piece {
    /// The colour of text (0), background (1) or cursor (2).
    Colour(usize, Rgb),
    /// What the terminal can do.
    Features,
    Key(u8),
}

fn pieces(come: &[u8]) -> impl Iterator<Item = Piece> {
    let mut rest = come;
    std::iter::from_fn(move || {
        let (piece, after) = colour(rest).or_else(|| features(rest)).or_else(|| {
            let (key, after) = rest.split_first()?;
            Some((Piece::Key(*key), after))
        })?;
        rest = after;
        Some(piece)
    })
}

/// `ESC ] 1n ; rgb:r/g/b`, ended by BEL or `ESC \`.
fn colour(come: &[u8]) -> Option<(Piece, &[u8])> {
    let (number, value) = come.strip_prefix(b"\x1b]1")?.split_first()?;
    let value = value.strip_prefix(b";rgb:")?;
    let end = value.iter().position(|byte| matches!(byte, 0x07 | 0x1b))?;
    let (value, after) = value.split_at_checked(end)?;
    let after = after.strip_prefix(b"\x07").or_else(|| after.strip_prefix(b"\x1b\\"))?;
    let mut parts = std::str::from_utf8(value).ok()?.split('/').map(part);
    let colour = Rgb::new(parts.next()??, parts.next()??, parts.next()??);
    Some((Piece::Colour(usize::from(number.checked_sub(b'0')?), colour), after))
}

/// One to four hexadecimal digits, of which all are F for the brightest.
fn part(digits: &str) -> Option<u8> {
    let number = u32::from_str_radix(digits, 16).ok()?;
    let most = 16_u32.checked_pow(u32::try_from(digits.len()).ok()?)?.checked_sub(1)?;
    u8::try_from((number * 255).checked_div(most)?).ok()
}

/// `ESC [ ? numbers c`.
fn features(come: &[u8]) -> Option<(Piece, &[u8])> {
    let rest = come.strip_prefix(b"\x1b[?")?;
    let end = rest.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b';'))?;
    let after = rest.get(end..)?.strip_prefix(b"c")?;
    Some((Piece::Features, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_from_keys() {
        let come = b"l\x1b]10;rgb:ffff/eeee/0000\x1b\\s\x1b]11;rgb:12/34/56\x07\x1b[A\x1b[?65;1c\r";
        let (theme, typed) = taken_apart(come);
        let theme = theme.unwrap();
        assert_eq!(theme.foreground, Rgb::new(0xff, 0xee, 0));
        assert_eq!((theme.background, theme.cursor), (Rgb::new(0x12, 0x34, 0x56), theme.foreground));
        assert_eq!(typed, b"ls\x1b[A\r");
        assert!(has_last_answer(come));
    }

    #[test]
    fn a_terminal_that_tells_no_colours_has_none() {
        assert_eq!(taken_apart(b"\x1b[?1;2c"), (None, Vec::new()));
        assert_eq!(taken_apart(b"\x1b]10;rgb:ff/ff/ff\x07\x1b[?6c").0, None);
        assert!(!has_last_answer(b"\x1b[?1;2"));
        assert!(!has_last_answer(b"typed\x1b[c"));
    }

    #[test]
    fn what_is_no_answer_was_typed() {
        for typed in [&b"\x1b]11;rgb:zz/00/00\x07"[..], b"\x1b]11;#000000\x07", b"\x1b[?", b"\x1b]1"] {
            assert_eq!(taken_apart(typed), (None, typed.to_vec()));
        }
    }
}
