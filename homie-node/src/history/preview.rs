//! What lists show of a session whose holder is gone: read off its last screen.

use homie_holder::LastScreen;
use homie_protocol::methods::session::Face;
use homie_screen::{Effects, Limits, Screen};

/// Lines of a preview, and characters of each.
const LINES: usize = 4;
const CHARACTERS: usize = 120;

/// Characters of a title.
const TITLE: usize = 256;

/// Title and last lines; the folder is on no screen.
pub(crate) fn face_of(last: &LastScreen) -> Face {
    let mut screen = Screen::new(last.head.size, Limits::default());
    screen.feed(&last.snapshot, &mut Effects::default());
    let title: String = screen.title().chars().take(TITLE).collect();
    let preview = screen.last_lines(LINES, CHARACTERS);
    Face { title: Some(title).filter(|title| !title.is_empty()), folder: None, attention: None, preview }
}

#[cfg(test)]
mod tests {
    use homie_holder::LastHead;
    use homie_protocol::id::{Incarnation, Offset};
    use homie_protocol::methods::session::Size;

    use super::*;

    #[test]
    fn a_face_is_read_off_the_last_screen() {
        let snapshot = b"\x1b]2;editing\x07one\r\n\r\ntwo\r\nthree\r\nfour\r\nfive".to_vec();
        let incarnation = Incarnation::from_bytes([1; 16]);
        let head = LastHead { incarnation, offset: Offset::ZERO, size: Size::default(), at: 0 };
        let face = face_of(&LastScreen { head, snapshot });
        assert_eq!(face.title.as_deref(), Some("editing"));
        assert_eq!(face.preview, ["two", "three", "four", "five"]);
    }
}
