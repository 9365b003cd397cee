//! The last screen, on disk: for those who come when nothing of the session runs any more.
//!
//! The file `screen` is one line of JSON, then a bare snapshot. It is there within half a minute of what it shows, so that a
//! power cut leaves one too.

use std::io;
use std::path::Path;

use homie_protocol::id::{Incarnation, Offset};
use homie_protocol::methods::session::{Match, Size};
use homie_screen::{Capture, Effects, Limits, Part, Screen};
use serde::{Deserialize, Serialize};

use crate::folder::put;
use crate::record::SCREEN;
use crate::screen::matches;

/// Bytes of a snapshot that is kept: a large screen that is full of colours. Of a larger one the last smaller one stays.
pub(crate) const KEPT: usize = 256 * 1024;

/// Bytes of the first line.
const HEAD: usize = 1024;

/// What a session showed last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastScreen {
    /// Of which birth, where in its output, and in which size.
    pub head: LastHead,
    /// Escape bytes that put a fresh terminal into that state.
    pub snapshot: Vec<u8>,
}

/// The first line of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastHead {
    /// The birth that showed it.
    pub incarnation: Incarnation,
    /// All output before this has been seen by it.
    pub offset: Offset,
    /// The terminal's size.
    pub size: Size,
    /// When it was written, milliseconds since 1970.
    pub at: u64,
}

impl LastScreen {
    /// What the holder of this folder has left. `None` if it has left nothing, or nothing whole.
    pub fn read(folder: &Path) -> Option<Self> {
        let path = folder.join(SCREEN);
        let is_small = std::fs::metadata(&path).is_ok_and(|file| file.len() <= (KEPT + HEAD) as u64);
        let bytes = is_small.then(|| std::fs::read(&path).ok()).flatten()?;
        let line = bytes.iter().position(|byte| *byte == b'\n')?;
        let (head, snapshot) = bytes.split_at_checked(line + 1)?;
        Some(Self { head: serde_json::from_slice(head).ok()?, snapshot: snapshot.to_vec() })
    }

    /// It as text, with colours if wanted: lines from a number on, as many as fit into so many bytes.
    pub fn capture(&self, ansi: bool, from: u64, most: usize) -> Part {
        self.screen().capture(Capture { scrollback: false, ansi }, from, most)
    }

    /// The lines of it that have a text, newest first, as a holder would give them; the first line is 0.
    pub fn search(&self, text: &str, ignore_case: bool, limit: u32) -> Vec<Match> {
        matches(&self.screen(), text, ignore_case, limit)
    }

    fn screen(&self) -> Screen {
        let mut screen = Screen::new(self.head.size, Limits::default());
        screen.feed(&self.snapshot, &mut Effects::default());
        screen
    }
}

/// Writes it, whole or not at all.
pub(crate) fn write(folder: &Path, head: LastHead, snapshot: &[u8]) -> io::Result<()> {
    let mut bytes = serde_json::to_vec(&head)?;
    bytes.push(b'\n');
    bytes.extend_from_slice(snapshot);
    put(folder, SCREEN, &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> LastHead {
        let size = Size::new(20, 3).unwrap();
        LastHead { incarnation: Incarnation::from_bytes([7; 16]), offset: Offset::new(99).unwrap(), size, at: 5 }
    }

    #[test]
    fn what_is_written_is_read_and_what_is_not_whole_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        assert_eq!(LastScreen::read(&path), None);
        let snapshot = b"\x1bcone\r\n\x1b[31mtwo".to_vec();
        write(&path, head(), &snapshot).unwrap();
        let last = LastScreen::read(&path).unwrap();
        assert_eq!(last, LastScreen { head: head(), snapshot });
        assert_eq!(last.capture(false, 0, 1000), Part { text: "one\ntwo\n".to_owned(), next: None });
        let found = Match { line: 1, column: 1, text: "two".to_owned() };
        assert_eq!(last.search("WO", true, 9), [found]);
        let too_long = vec![b' '; KEPT + HEAD + 1];
        for bytes in [&b""[..], b"{}", b"{}\nx", b"no json\nx", &too_long] {
            std::fs::write(path.join(SCREEN), bytes).unwrap();
            assert_eq!(LastScreen::read(&path), None);
        }
    }
}
