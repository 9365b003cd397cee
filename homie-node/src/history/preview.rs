//! A last screen as people see it: its text, its title and its last lines.

use homie_protocol::methods::session::Face;
use homie_screen::{Effects, Limits, Screen};

use super::past::LastScreen;

/// Lines of a preview, and characters of each.
const LINES: usize = 4;
const CHARACTERS: usize = 120;

/// Characters of a title.
const TITLE: usize = 256;

/// Paints a last screen. A snapshot is made of what `feed` understands, so nothing is lost.
pub(crate) fn shown(last: &LastScreen) -> Screen {
    let mut screen = Screen::new(last.size, Limits::default());
    screen.feed(&last.bytes, &mut Effects::default());
    screen
}

/// What lists show of it.
pub(crate) fn face_of(last: &LastScreen, folder: Option<String>) -> Face {
    let screen = shown(last);
    let title: String = screen.title().chars().take(TITLE).collect();
    Face { title: Some(title).filter(|title| !title.is_empty()), folder, attention: None, preview: tail(&screen.text()) }
}

fn tail(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines.iter().skip(lines.len().saturating_sub(LINES));
    last.map(|line| line.chars().take(CHARACTERS).collect()).collect()
}

#[cfg(test)]
mod tests {
    use homie_protocol::id::Offset;
    use homie_protocol::methods::session::Size;

    use super::*;

    #[test]
    fn a_face_is_read_off_the_last_screen() {
        let bytes = b"\x1b]2;editing\x07one\r\n\r\ntwo\r\nthree\r\nfour\r\nfive".to_vec();
        let last = LastScreen { size: Size::default(), at: Offset::ZERO, bytes };
        let face = face_of(&last, Some("/tmp".to_owned()));
        assert_eq!(face.title.as_deref(), Some("editing"));
        assert_eq!(face.preview, ["two", "three", "four", "five"]);
    }
}
