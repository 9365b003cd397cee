//! A block: some lines that share one text and one table of styles.

use std::collections::HashMap;

use crate::cell::EXTENDED;
use crate::style::Extra;

/// Lines of a block; the oldest block goes as a whole, its lines one by one.
pub(super) const LINES: usize = 128;
/// Bytes of a block's text, whatever the number of its lines.
const BYTES: usize = 256 * 1024;

/// How a run of text looks.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Style {
    pub(crate) fg: u32,
    pub(crate) bg: u32,
    pub(crate) extra: Extra,
}

/// A run of one look.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// Bytes of text.
    length: u16,
    style: u16,
}

/// A run as others see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece<'a> {
    pub(crate) text: &'a str,
    pub(crate) style: &'a Style,
}

/// Where a line ends in the text and in the runs.
#[derive(Debug, Clone, Copy, Default)]
struct End {
    text: u32,
    run: u32,
}

/// Some lines. The last one may still grow.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    text: String,
    runs: Vec<Run>,
    ends: Vec<End>,
    styles: Vec<Style>,
    /// Only while the block grows.
    numbers: HashMap<Style, u16>,
    /// The last style given: most runs go on in it.
    last: Option<(Style, u16)>,
}

impl Block {
    pub(super) fn lines(&self) -> usize {
        self.ends.len()
    }

    /// Whether a new line should go into a new block.
    pub(super) fn is_full(&self) -> bool {
        self.ends.len() >= LINES || self.is_overfull()
    }

    /// Whether even the line that is open must end here.
    pub(super) fn is_overfull(&self) -> bool {
        self.text.len() >= BYTES || self.styles.len() >= usize::from(u16::MAX)
    }

    /// What it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        let links = self.styles.iter().filter_map(|style| style.extra.link.as_ref());
        let links: usize = links.map(|link| link.uri.len() + 64).sum();
        self.text.capacity()
            + self.runs.capacity() * size_of::<Run>()
            + self.ends.capacity() * size_of::<End>()
            + self.styles.capacity() * size_of::<Style>()
            + self.numbers.capacity() * (size_of::<Style>() + 8)
            + links
    }

    pub(super) fn begin_line(&mut self) {
        self.ends.push(self.end());
    }

    /// Adds to the last line.
    pub(super) fn add(&mut self, text: &str, style: &Style) {
        if text.is_empty() {
            return;
        }
        let number = self.number(style);
        self.text.push_str(text);
        let begins = self.ends.len().checked_sub(2).and_then(|line| self.ends.get(line)).map_or(0, |end| end.run);
        let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
        let is_first = self.runs.len() == begins as usize;
        match self.runs.last_mut() {
            Some(run) if !is_first && run.style == number && u16::MAX - run.length >= length => run.length += length,
            _ => self.runs.push(Run { length, style: number }),
        }
        let end = self.end();
        if let Some(last) = self.ends.last_mut() {
            *last = end;
        }
    }

    /// Gives back memory that only growing needs.
    pub(super) fn seal(&mut self) {
        self.numbers = HashMap::new();
        self.last = None;
        self.text.shrink_to_fit();
        self.runs.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.styles.shrink_to_fit();
    }

    pub(super) fn text(&self, line: usize) -> &str {
        let (from, to) = self.bounds(line);
        self.text.get(from.text as usize..to.text as usize).unwrap_or_default()
    }

    pub(super) fn pieces(&self, line: usize) -> impl Iterator<Item = Piece<'_>> {
        let (from, to) = self.bounds(line);
        let runs = self.runs.get(from.run as usize..to.run as usize).unwrap_or_default();
        let mut place = from.text as usize;
        runs.iter().filter_map(move |run| {
            let text = self.text.get(place..place + usize::from(run.length))?;
            place += usize::from(run.length);
            Some(Piece { text, style: self.styles.get(usize::from(run.style))? })
        })
    }

    fn bounds(&self, line: usize) -> (End, End) {
        let from = line.checked_sub(1).and_then(|line| self.ends.get(line)).copied().unwrap_or_default();
        (from, self.ends.get(line).copied().unwrap_or(from))
    }

    fn end(&self) -> End {
        let place = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        End { text: place(self.text.len()), run: place(self.runs.len()) }
    }

    fn number(&mut self, style: &Style) -> u16 {
        if let Some((last, number)) = &self.last
            && last == style
        {
            return *number;
        }
        let next = u16::try_from(self.styles.len()).unwrap_or(u16::MAX);
        let number = *self.numbers.entry(style.clone()).or_insert(next);
        if number == next {
            self.styles.push(Style { bg: style.bg & !EXTENDED, ..style.clone() });
        }
        self.last = Some((style.clone(), number));
        number
    }
}
