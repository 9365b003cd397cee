//! Lines that a terminal cuts: one that edits lines takes so many bytes of each and drops the rest without a word.

/// Bytes of a line that a terminal keeps while it edits it; one more is for its end.
pub(crate) const LINE: usize = 4095;

/// How long the line is that is being typed.
#[derive(Debug, Default)]
pub(crate) struct Line {
    len: usize,
}

impl Line {
    /// Takes what is typed; whether it makes a line too long that was not before.
    pub(crate) fn take(&mut self, typed: &[u8]) -> bool {
        let mut becomes_long = false;
        for byte in typed {
            self.len = if ends(*byte) { 0 } else { self.len + 1 };
            becomes_long |= self.len == LINE + 1;
        }
        becomes_long
    }
}

/// Enter, end of line, end of input, or what throws the line away.
const fn ends(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | 0x03 | 0x04 | 0x15)
}

/// What a person is told.
pub(crate) fn words(name: &str) -> String {
    format!("{name} reads lines of at most {LINE} bytes now: the rest of a longer one was cut")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_too_long_once() {
        let mut line = Line::default();
        assert!(!line.take(&[b'x'; LINE]));
        assert!(line.take(b"y"));
        assert!(!line.take(&[b'x'; 2 * LINE]), "it is still the same line");
        assert!(!line.take(b"\rshort"));
        assert!(line.take(&[b'x'; LINE]));
    }

    #[test]
    fn many_short_lines_are_none() {
        assert!(!Line::default().take(&b"a line\n".repeat(10_000)));
        assert!(Line::default().take(&[[b'x'; LINE + 1].as_slice(), b"\n"].concat()));
    }
}
