//! The brush: knows what the viewer's pen is, and changes it only where cells differ.

use std::io::Write;

use crate::cell::{
    BLINK, BOLD, COLOUR_16, COLOUR_256, COLOUR_KIND, COLOUR_RGB, COLOUR_VALUE, Cell, DIM, EXTENDED, INVERSE, INVISIBLE,
    ITALIC, OVERLINE, PROTECTED, STRIKE, UNDERLINE, UNDERLINE_SHIFT, UNDERLINE_STYLE,
};
use crate::limits::COLOURFUL;
use crate::page::Page;
use crate::style::{Extra, Link, Pen};
use crate::term::Terminal;
use crate::width::{joins, properties, width};

/// A pen without anything.
pub(crate) static NO_EXTRA: Extra = Extra { bits: 0, link: None };

/// Flags that SGR sets, with their codes.
const FG_CODES: &[(u32, &str)] = &[(BOLD, "1"), (BLINK, "5"), (INVERSE, "7"), (INVISIBLE, "8"), (STRIKE, "9")];
const BG_CODES: &[(u32, &str)] = &[(DIM, "2"), (ITALIC, "3"), (OVERLINE, "53")];

/// Writes bytes for a viewer whose pen it remembers.
pub(crate) struct Painter<'a> {
    pub(crate) terminal: &'a Terminal,
    bytes: Vec<u8>,
    fg: u32,
    bg: u32,
    extra: Extra,
    /// What the viewer would join the next character to.
    join: u32,
    /// Bytes from which on cells lose their looks; twice as many, and they lose what stands in them.
    colourful: usize,
}

impl<'a> Painter<'a> {
    pub(crate) fn new(terminal: &'a Terminal) -> Self {
        Self::within(terminal, COLOURFUL)
    }

    /// One that paints in colours until there are so many bytes.
    pub(crate) fn within(terminal: &'a Terminal, colourful: usize) -> Self {
        Self { terminal, bytes: Vec::new(), fg: 0, bg: 0, extra: NO_EXTRA.clone(), join: 0, colourful }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Bytes that draw nothing.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.join = 0;
    }

    /// A sequence of text and numbers that draws nothing.
    pub(crate) fn sequence(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing into memory does not fail.
        let _ = self.bytes.write_fmt(text);
        self.join = 0;
    }

    /// Moves to a cell, counted from the screen's corner.
    pub(crate) fn cup(&mut self, page: &Page, x: usize, y: usize, origin: bool) {
        let y = if origin { y.saturating_sub(page.top) } else { y };
        self.sequence(format_args!("\x1b[{};{}H", y + 1, x.min(page.cols() - 1) + 1));
    }

    /// The pen without colours, attributes and link.
    pub(crate) fn plain(&mut self) {
        self.style(0, 0, &NO_EXTRA);
    }

    /// The text of a cell in its own look.
    pub(crate) fn cell(&mut self, cell: Cell) {
        let terminal = self.terminal;
        let cell = if self.is_colourful() { cell } else { cell.plain() };
        if self.bytes.len() >= self.colourful.saturating_mul(2) {
            self.plain();
            return self.text(if cell.width() == 2 { "  " } else { " " });
        }
        let extra = terminal.extras.get(cell.extra()).unwrap_or(&NO_EXTRA);
        self.style(cell.fg, cell.bg, extra);
        let cluster = cell.cluster().and_then(|number| terminal.clusters.get(number));
        if let Some(text) = cluster.filter(|text| columns_of(text) == Some(cell.width())) {
            self.text(text);
        } else if cluster.is_some() {
            // Only dropped characters make a cluster that would not join again: left empty, it moves nothing.
            self.text(if cell.width() == 2 { "  " } else { " " });
        } else {
            let character = char::from_u32(cell.content & crate::cell::CODE).filter(|_| cell.has_content());
            self.text(character.unwrap_or(' ').encode_utf8(&mut [0; 4]));
        }
    }

    /// Whether there is room for colours.
    pub(super) fn is_colourful(&self) -> bool {
        self.bytes.len() < self.colourful
    }

    /// Text in the pen's look; a NUL before it if it would join what stands before it.
    pub(crate) fn text(&mut self, text: &str) {
        let first = text.chars().next().map_or(0, u32::from);
        if joins(properties(first, self.join)) {
            self.push(b"\0");
        }
        self.bytes.extend_from_slice(text.as_bytes());
        self.join = text.chars().fold(self.join, |join, code| properties(u32::from(code), join));
    }

    /// Changes the viewer's pen where it differs.
    pub(crate) fn style(&mut self, fg: u32, bg: u32, extra: &Extra) {
        let bg = bg & !EXTENDED;
        let is_same = self.fg == fg && self.bg & !PROTECTED == bg & !PROTECTED && self.extra.bits == extra.bits;
        if !is_same {
            let codes = codes(fg, bg, extra.bits);
            self.sequence(format_args!("\x1b[{codes}m"));
            self.bg &= !PROTECTED;
        }
        if self.extra.link != extra.link {
            match &extra.link {
                Some(link) => self.open_link(link),
                None => self.push(b"\x1b]8;;\x1b\\"),
            }
        }
        if (self.bg ^ bg) & PROTECTED != 0 {
            self.sequence(format_args!("\x1b[{}\"q", u8::from(bg & PROTECTED != 0)));
        }
        self.fg = fg;
        self.bg = bg;
        if self.extra != *extra {
            self.extra = extra.clone();
        }
    }

    /// The viewer's pen is this by other means.
    pub(super) fn assume(&mut self, pen: &Pen) {
        self.fg = pen.fg;
        self.bg = pen.bg & !EXTENDED;
        self.extra = pen.extra.clone();
    }

    /// Links without an id get one made up, so that their pieces stay one link.
    fn open_link(&mut self, link: &Link) {
        match &link.id {
            Some(id) => self.sequence(format_args!("\x1b]8;id={id};{}\x1b\\", link.uri)),
            None => self.sequence(format_args!("\x1b]8;id=homie-{};{}\x1b\\", link.serial, link.uri)),
        }
    }
}

/// How wide a text is that makes one cell; nothing if it makes more.
fn columns_of(text: &str) -> Option<u32> {
    let mut codes = text.chars().map(u32::from);
    let first = properties(codes.next()?, 0);
    let last = codes.try_fold(first, |join, code| Some(properties(code, join)).filter(|join| joins(*join)))?;
    Some(width(last))
}

/// The parameters of one SGR that sets everything anew.
fn codes(fg: u32, bg: u32, extra: u32) -> String {
    let mut codes = Vec::new();
    codes.extend(FG_CODES.iter().filter(|(flag, _)| fg & flag != 0).map(|(_, code)| (*code).to_owned()));
    codes.extend(BG_CODES.iter().filter(|(flag, _)| bg & flag != 0).map(|(_, code)| (*code).to_owned()));
    match (extra & UNDERLINE_STYLE) >> UNDERLINE_SHIFT {
        _ if fg & UNDERLINE == 0 => {}
        0 | 1 => codes.push("4".to_owned()),
        style => codes.push(format!("4:{style}")),
    }
    codes.extend(colour(fg, 30, "38"));
    codes.extend(colour(bg, 40, "48"));
    match extra & COLOUR_KIND {
        0 => {}
        COLOUR_RGB => codes.push(format!("58:2::{}", rgb(extra, ':'))),
        _ => codes.push(format!("58:5:{}", extra & 0xFF)),
    }
    if codes.is_empty() {
        return String::new();
    }
    format!("0;{}", codes.join(";"))
}

fn colour(colour: u32, base: u32, extended: &str) -> Option<String> {
    let value = colour & COLOUR_VALUE;
    match colour & COLOUR_KIND {
        COLOUR_16 if value < 8 => Some(format!("{}", base + value)),
        COLOUR_16 => Some(format!("{}", base + 60 + (value & 7))),
        COLOUR_256 => Some(format!("{extended};5;{}", value & 0xFF)),
        COLOUR_RGB => Some(format!("{extended};2;{}", rgb(colour, ';'))),
        _ => None,
    }
}

fn rgb(colour: u32, between: char) -> String {
    let [_, red, green, blue] = colour.to_be_bytes();
    format!("{red}{between}{green}{between}{blue}")
}
