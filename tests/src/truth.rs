//! What a program really printed, written down by the program itself, small even when it floods.
//!
//! Numbered lines are noted as runs (`# FIRST COUNT`), everything else byte by byte (`= TEXT`, without its newline).

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;

/// Bytes of a numbered line.
pub const LINE_LEN: usize = 64;

/// The numbered line of this number: always [`LINE_LEN`] bytes.
pub fn line(number: u64) -> [u8; LINE_LEN] {
    let mut line = [b'.'; LINE_LEN];
    let text = format!("out {number:010} ");
    for (place, byte) in line.iter_mut().zip(text.bytes()) {
        *place = byte;
    }
    if let Some(last) = line.last_mut() {
        *last = b'\n';
    }
    line
}

/// Everything a program printed, by offset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Truth {
    pieces: Vec<(u64, Piece)>,
    len: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Lines { first: u64, count: u64 },
}

impl Truth {
    /// What the program at the other end of `log` has noted so far.
    pub fn read(log: &Path) -> anyhow::Result<Self> {
        let mut truth = Self::default();
        for note in std::fs::read_to_string(log)?.lines() {
            match note.split_once(' ').context("a torn note")? {
                ("=", text) => truth.text(&format!("{text}\n")),
                ("#", run) => {
                    let (first, count) = run.split_once(' ').context("a torn run")?;
                    truth.lines(first.parse()?, count.parse()?);
                }
                _ => anyhow::bail!("an unknown note: {note}"),
            }
        }
        Ok(truth)
    }

    /// It printed text.
    pub fn text(&mut self, text: &str) {
        self.push(Piece::Text(text.to_owned()), text.len() as u64);
    }

    /// It printed numbered lines.
    pub fn lines(&mut self, first: u64, count: u64) {
        self.push(Piece::Lines { first, count }, count * LINE_LEN as u64);
    }

    fn push(&mut self, piece: Piece, len: u64) {
        self.pieces.push((self.len, piece));
        self.len += len;
    }

    /// How much it printed.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether it printed nothing.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Everything besides numbered lines, in its order.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.pieces
            .iter()
            .filter_map(|(_, piece)| if let Piece::Text(text) = piece { Some(text.as_str()) } else { None })
    }

    /// The bytes from `offset` on, as long as there are any.
    pub fn bytes_from(&self, offset: u64) -> impl Iterator<Item = u8> {
        let first = self.pieces.partition_point(|(start, _)| *start <= offset).saturating_sub(1);
        let skipped = self.pieces.get(first).map_or(0, |(start, _)| offset - start);
        let pieces = self.pieces.iter().skip(first);
        pieces.enumerate().flat_map(move |(index, (_, piece))| piece.bytes(if index == 0 { skipped } else { 0 }))
    }
}

impl Piece {
    fn bytes(&self, skipped: u64) -> Box<dyn Iterator<Item = u8> + '_> {
        match self {
            Self::Text(text) => Box::new(text.bytes().skip(usize::try_from(skipped).unwrap_or(usize::MAX))),
            Self::Lines { first, count } => {
                let whole = skipped / LINE_LEN as u64;
                let rest = usize::try_from(skipped % LINE_LEN as u64).unwrap_or(0);
                Box::new((first + whole..first + count).flat_map(line).skip(rest))
            }
        }
    }
}

/// Writes the truth down, for the program that prints it.
#[derive(Debug)]
pub struct TruthLog {
    file: File,
    first: u64,
    count: u64,
}

impl TruthLog {
    /// A new log in this place.
    pub fn create(path: &Path) -> io::Result<Self> {
        Ok(Self { file: File::create(path)?, first: 1, count: 0 })
    }

    /// Notes the next numbered lines. They reach the file with the next text.
    pub fn lines(&mut self, count: u64) {
        self.count += count;
    }

    /// The number after the last one noted.
    pub fn next_number(&self) -> u64 {
        self.first + self.count
    }

    /// Notes one line of text, without its newline.
    pub fn text(&mut self, text: &str) -> io::Result<()> {
        if self.count > 0 {
            writeln!(self.file, "# {} {}", self.first, self.count)?;
        }
        self.first += self.count;
        self.count = 0;
        writeln!(self.file, "= {text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_reads_back_as_what_was_printed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("truth");
        let mut log = TruthLog::create(&path).unwrap();
        log.text("ready").unwrap();
        log.lines(2);
        log.lines(1);
        log.text("echo in 000001").unwrap();
        log.lines(1);
        log.text("stopped").unwrap();
        let printed =
            [b"ready\n".as_slice(), &line(1), &line(2), &line(3), b"echo in 000001\n", &line(4), b"stopped\n"].concat();
        let truth = Truth::read(&path).unwrap();
        assert_eq!(truth.len(), printed.len() as u64);
        for offset in 0..=printed.len() {
            assert!(truth.bytes_from(offset as u64).eq(printed[offset..].iter().copied()), "from {offset}");
        }
        assert_eq!(truth.texts().collect::<Vec<_>>(), ["ready\n", "echo in 000001\n", "stopped\n"]);
    }
}
