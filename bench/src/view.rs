//! A person's terminal, seen from here: what is shown is searched for words, whatever colours and moves stand between.

use std::time::{Duration, Instant};

use anyhow::bail;

/// How long anything may take that is not itself measured.
pub(crate) const LIMIT: Duration = Duration::from_mins(2);

/// Bytes of a viewer's read where nothing else is said.
pub(crate) const READ: usize = 64 * 1024;

/// Bytes at the end of a read in which a word is looked for: it is always the last thing that is printed.
const TAIL: usize = 4096;

/// One viewer of one session.
pub(crate) trait View: Send {
    /// Begins to look: from here on it is measured.
    fn begin(&mut self) -> anyhow::Result<()>;

    /// Types.
    fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()>;

    /// Appends what is shown, from one read of at most about `most` bytes. 0 if nothing is to be shown yet, after `within`
    /// at the latest.
    fn read(&mut self, within: Duration, shown: &mut Vec<u8>, most: usize) -> anyhow::Result<usize>;

    /// What was read has been seen: says so, where the server wants to know.
    fn seen(&mut self) -> anyhow::Result<()> {
        Ok(())
    }
}

/// Reads until this word is shown. Gives the bytes that it took.
pub(crate) fn until(view: &mut dyn View, word: &str, within: Duration) -> anyhow::Result<u64> {
    let begun = Instant::now();
    let mut text = Text::default();
    let mut shown = Vec::new();
    let mut bytes = 0;
    while !text.has(word.as_bytes()) {
        if begun.elapsed() > within {
            bail!("{word} was not shown, but {:?}", text.end());
        }
        shown.clear();
        bytes += view.read(Duration::from_millis(200), &mut shown, READ)? as u64;
        view.seen()?;
        text.feed(&shown);
    }
    Ok(bytes)
}

/// Reads for as long as this, and shows it to nobody. Gives the bytes.
pub(crate) fn drain(view: &mut dyn View, time: Duration) -> anyhow::Result<u64> {
    let until = Instant::now() + time;
    let mut shown = Vec::new();
    let mut bytes = 0;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(bytes);
        }
        shown.clear();
        bytes += view.read(left, &mut shown, READ)? as u64;
        view.seen()?;
    }
}

/// The last letters that were shown, without the sequences between them.
#[derive(Debug, Default)]
pub(crate) struct Text {
    letters: Vec<u8>,
    place: Place,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    #[default]
    Ground,
    Escape,
    /// In a sequence that ends with a letter.
    Csi,
    /// In a text that ends with BEL or ST.
    Osc,
    /// One more byte belongs to it.
    One,
}

impl Text {
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        let start = bytes.len().saturating_sub(TAIL);
        for byte in bytes.get(start..).unwrap_or_default() {
            self.byte(*byte);
        }
        let surplus = self.letters.len().saturating_sub(TAIL);
        self.letters.drain(..surplus);
    }

    pub(crate) fn has(&self, word: &[u8]) -> bool {
        self.letters.windows(word.len()).any(|window| window == word)
    }

    /// The last of it, for people.
    pub(crate) fn end(&self) -> String {
        let start = self.letters.len().saturating_sub(60);
        String::from_utf8_lossy(self.letters.get(start..).unwrap_or_default()).into_owned()
    }

    fn byte(&mut self, byte: u8) {
        self.place = match (self.place, byte) {
            (Place::Ground | Place::Csi | Place::Escape | Place::Osc, 0x1b) => Place::Escape,
            (Place::Ground, b' '..) => {
                self.letters.push(byte);
                Place::Ground
            }
            (Place::Escape, b'[') => Place::Csi,
            (Place::Escape, b']' | b'P' | b'_') => Place::Osc,
            (Place::Escape, b' '..=b'/') => Place::One,
            (Place::Csi, b'@'..=b'~') | (Place::Osc, 0x07) | (Place::Ground | Place::One | Place::Escape, _) => {
                Place::Ground
            }
            (place @ (Place::Csi | Place::Osc), _) => place,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_through_colours_titles_and_character_sets() {
        let mut text = Text::default();
        text.feed(b"\x1b]0;title PROMPT\x07PRO\x1b[1;32mM\x1b(BPT\x1b[K\x1b]2;x\x1b\\2:");
        assert!(text.has(b"PROMPT2:"));
        assert!(!text.has(b"title"));
    }

    #[test]
    fn a_word_may_come_in_pieces() {
        let mut text = Text::default();
        text.feed(b"BULK\x1b[");
        assert!(!text.has(b"BULKEND"));
        text.feed(b"0mEND");
        assert!(text.has(b"BULKEND"));
    }
}
