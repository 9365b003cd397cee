//! Output in whole lines: what has no end yet waits, up to a limit. Pure.

/// The longest line that waits for its end; what is longer is told in pieces.
const LONGEST: usize = 64 * 1024;

/// A line that has not ended yet.
#[derive(Debug, Default)]
pub(super) struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    /// Takes more output, and gives each line that is whole, without its end.
    pub(super) fn take(&mut self, mut bytes: &[u8], mut line: impl FnMut(&[u8])) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let (last, rest) = bytes.split_at(end);
            self.begun.extend_from_slice(last);
            line(&self.begun);
            self.begun.clear();
            bytes = rest.get(1..).unwrap_or_default();
        }
        self.begun.extend_from_slice(bytes);
        if self.begun.len() > LONGEST {
            line(&self.begun);
            self.begun.clear();
        }
    }

    /// No more comes: a last line without an end is one too.
    pub(super) fn end(&mut self, mut line: impl FnMut(&[u8])) {
        if !self.begun.is_empty() {
            line(&self.begun);
            self.begun.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&str]) -> Vec<String> {
        let (mut lines, mut told) = (Lines::default(), Vec::new());
        let mut tell = |line: &[u8]| told.push(String::from_utf8_lossy(line).into_owned());
        for piece in pieces {
            lines.take(piece.as_bytes(), &mut tell);
        }
        lines.end(&mut tell);
        told
    }

    #[test]
    fn lines_are_whole_wherever_output_is_cut() {
        assert_eq!(lines(&["one\ntw", "o\n", "\nthr", "ee"]), ["one", "two", "", "three"]);
        assert_eq!(lines(&[]), [""; 0]);
        assert_eq!(lines(&["\n"]), [""]);
    }

    #[test]
    fn a_line_without_end_is_told_in_pieces() {
        let piece = "x".repeat(40_000);
        let told: Vec<_> = lines(&[&*piece; 5]).iter().map(String::len).collect();
        assert_eq!(told, [80_000, 80_000, 40_000]);
    }
}
