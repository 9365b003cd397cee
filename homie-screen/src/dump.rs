//! The whole state as JSON, field by field as `tests/painter` writes it of xterm.js: the two are compared as they are.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cell::{Cell, EXTENDED, UNDERLINE_STYLE};
use crate::charset::{Charsets, US};
use crate::page::{Page, Saved};
use crate::row;
use crate::style::Extra;
use crate::term::mode::{Mode, Modes};
use crate::term::{Encoding, Mouse, Terminal};

/// Style and colour of an underline.
const EXTRA: u32 = UNDERLINE_STYLE | crate::cell::COLOUR;

/// All that a screen is. Only ever written as JSON.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Dump(State);

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct State {
    cols: usize,
    rows: usize,
    active: &'static str,
    main: Buffer,
    alternate: Option<Buffer>,
    saved: BTreeMap<&'static str, SavedCursor>,
    pen: PenLook,
    modes: Switches,
    mouse: MouseModes,
    cursor_style: u16,
    charsets: Vec<Option<char>>,
    glevel: usize,
    title: String,
    icon: String,
    title_stack: Vec<String>,
    icon_stack: Vec<String>,
    palette: BTreeMap<String, String>,
    kitty: Kitty,
    join: u32,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Buffer {
    x: usize,
    y: usize,
    top: usize,
    bottom: usize,
    tabs: Vec<usize>,
    lines: Vec<Row>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Row {
    wrapped: bool,
    cells: Vec<CellLook>,
}

/// Text, width, colours with flags, underline, address of the link.
type CellLook = (String, u32, u32, u32, u32, Option<String>);

#[derive(Debug, PartialEq, Eq, Serialize)]
struct SavedCursor {
    x: usize,
    y: usize,
    fg: u32,
    bg: u32,
    origin: bool,
    wraparound: bool,
    charsets: Vec<Option<char>>,
    glevel: usize,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct PenLook {
    fg: u32,
    bg: u32,
    ext: u32,
    link: Option<String>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is a mode of its own, in the JSON too")]
struct Switches {
    insert: bool,
    app_cursor: bool,
    app_keypad: bool,
    bracketed_paste: bool,
    send_focus: bool,
    origin: bool,
    reverse_wrap: bool,
    wraparound: bool,
    cursor_hidden: bool,
    newline: bool,
    synchronized: bool,
    color_scheme: bool,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct MouseModes {
    protocol: &'static str,
    encoding: &'static str,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Kitty {
    flags: u16,
    main_flags: u16,
    alt_flags: u16,
    main_stack: Vec<u16>,
    alt_stack: Vec<u16>,
}

impl Dump {
    pub(crate) fn of(terminal: &Terminal) -> Self {
        let keyboard = &terminal.keyboard;
        Self(State {
            cols: terminal.main.cols(),
            rows: terminal.main.rows(),
            active: if terminal.on_alternate { "alternate" } else { "main" },
            main: buffer(terminal, &terminal.main, !terminal.on_alternate),
            alternate: terminal.on_alternate.then(|| buffer(terminal, &terminal.alternate, true)),
            saved: BTreeMap::from([("main", saved(&terminal.main)), ("alternate", saved(&terminal.alternate))]),
            pen: pen(terminal),
            modes: switches(terminal.modes),
            mouse: mouse(terminal),
            cursor_style: terminal.cursor_style,
            charsets: names(&terminal.charsets),
            glevel: terminal.charsets.level(),
            title: terminal.titles.window.text.clone(),
            icon: terminal.titles.icon.text.clone(),
            title_stack: terminal.titles.window.stack.clone(),
            icon_stack: terminal.titles.icon.stack.clone(),
            palette: palette(terminal),
            kitty: Kitty {
                flags: keyboard.flags,
                main_flags: keyboard.main_flags,
                alt_flags: keyboard.alternate_flags,
                main_stack: keyboard.main_stack.clone(),
                alt_stack: keyboard.alternate_stack.clone(),
            },
            join: terminal.join,
        })
    }
}

/// The cursor of a screen that does not show means nothing: it is taken from the other when that is left.
fn buffer(terminal: &Terminal, page: &Page, shows: bool) -> Buffer {
    Buffer {
        x: if shows { page.x } else { 0 },
        y: if shows { page.y } else { 0 },
        top: page.top,
        bottom: page.bottom,
        tabs: page.tabs.iter().enumerate().filter(|(_, is_set)| **is_set).map(|(column, _)| column).collect(),
        lines: (0..page.rows()).map(|y| line(terminal, page, y)).collect(),
    }
}

fn line(terminal: &Terminal, page: &Page, y: usize) -> Row {
    let cells = page.row(y);
    let mut looks: Vec<CellLook> = (0..page.cols()).map(|x| look(terminal, row::at(cells, x))).collect();
    while looks.last().is_some_and(|cell| *cell == (String::new(), 1, 0, 0, 0, None)) {
        looks.pop();
    }
    Row { wrapped: page.is_wrapped(y), cells: looks }
}

/// A space that was written and a cell that was never written look the same, and count as the same.
fn look(terminal: &Terminal, cell: Cell) -> CellLook {
    let text = if cell.has_content() { terminal.text_of(cell) } else { String::new() };
    let text = if text == " " { String::new() } else { text };
    let (extra, link) =
        terminal.extras.get(cell.extra()).map_or((0, None), |extra| (extra.bits & EXTRA, address(extra)));
    (text, cell.width(), cell.fg, cell.bg & !EXTENDED, extra, link)
}

fn address(extra: &Extra) -> Option<String> {
    extra.link.as_ref().map(|link| link.uri.to_string())
}

fn saved(page: &Page) -> SavedCursor {
    let saved: &Saved = &page.saved;
    SavedCursor {
        x: saved.x.min(page.cols() - 1),
        y: saved.y.saturating_sub(page.base).min(page.rows() - 1),
        fg: saved.fg,
        bg: saved.bg & !EXTENDED,
        origin: saved.origin,
        wraparound: !saved.no_wrap,
        charsets: names(&saved.charsets),
        glevel: saved.charsets.level(),
    }
}

fn pen(terminal: &Terminal) -> PenLook {
    let pen = &terminal.pen;
    PenLook { fg: pen.fg, bg: pen.bg & !EXTENDED, ext: pen.extra.bits & EXTRA, link: address(&pen.extra) }
}

fn names(charsets: &Charsets) -> Vec<Option<char>> {
    charsets.named().iter().map(|set| (*set != US).then_some(char::from(*set))).collect()
}

fn switches(modes: Modes) -> Switches {
    Switches {
        insert: modes.has(Mode::Insert),
        app_cursor: modes.has(Mode::AppCursor),
        app_keypad: modes.has(Mode::AppKeypad),
        bracketed_paste: modes.has(Mode::Paste),
        send_focus: modes.has(Mode::SendFocus),
        origin: modes.has(Mode::Origin),
        reverse_wrap: modes.has(Mode::ReverseWrap),
        wraparound: !modes.has(Mode::NoWrap),
        cursor_hidden: modes.has(Mode::HiddenCursor),
        newline: modes.has(Mode::Newline),
        synchronized: modes.has(Mode::Synchronized),
        color_scheme: modes.has(Mode::ColourScheme),
    }
}

fn mouse(terminal: &Terminal) -> MouseModes {
    MouseModes {
        protocol: match terminal.mouse {
            Mouse::None => "NONE",
            Mouse::X10 => "X10",
            Mouse::Vt200 => "VT200",
            Mouse::Drag => "DRAG",
            Mouse::Any => "ANY",
        },
        encoding: match terminal.encoding {
            Encoding::Default => "DEFAULT",
            Encoding::Sgr => "SGR",
            Encoding::SgrPixels => "SGR_PIXELS",
        },
    }
}

/// By the OSC that changes it.
fn palette(terminal: &Terminal) -> BTreeMap<String, String> {
    let named = terminal.palette.changed().map(|(place, [red, green, blue])| {
        let name = place.checked_sub(256).map_or_else(|| format!("4;{place}"), |special| (10 + special).to_string());
        (name, format!("{red:02x}{green:02x}{blue:02x}"))
    });
    named.collect()
}
