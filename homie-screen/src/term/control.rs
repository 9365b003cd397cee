//! Controls of one byte, and escape sequences.

use vte::{Params, Parser, Perform};

use super::{Mode, Terminal};
use crate::charset::{US, designated};
use crate::signal::Signal;

impl Terminal {
    /// Takes a whole sequence apart.
    pub(super) fn sequence(&mut self, introducer: &[u8], body: &[u8]) {
        let mut parser: Parser = Parser::new();
        parser.advance(self, introducer);
        if body.is_ascii() {
            parser.advance(self, body);
        } else {
            let ascii: Vec<u8> = body.iter().copied().filter(u8::is_ascii).collect();
            parser.advance(self, &ascii);
        }
    }

    /// Of a sequence that was cut off the controls have acted all the same.
    pub(super) fn controls_of(&mut self, body: &[u8]) {
        for byte in body.iter().filter(|byte| **byte < 0x20) {
            self.control(*byte);
            self.join = 0;
        }
    }

    /// A C0 or C1 control.
    pub(super) fn control(&mut self, code: u8) {
        match code {
            0x07 => self.signal(Signal::Bell),
            0x08 => self.backspace(),
            0x09 => {
                let page = self.page_mut();
                if page.x < page.cols() {
                    page.x = page.next_tab(page.x);
                }
            }
            0x0A..=0x0C => self.line_feed(),
            0x0D => self.page_mut().x = 0,
            0x0E => self.charsets.shift(1),
            0x0F => self.charsets.shift(0),
            0x84 => self.index(),
            0x85 => self.next_line(),
            0x88 => self.set_tab(),
            _ => {}
        }
    }

    fn line_feed(&mut self) {
        let to_first_column = self.modes.has(Mode::Newline);
        let page = self.page_mut();
        if to_first_column {
            page.x = 0;
        }
        if page.y == page.bottom {
            self.scroll();
        } else if page.y + 1 < page.rows() {
            page.y += 1;
            let y = page.y;
            page.set_wrapped(y, false);
        }
        let page = self.page_mut();
        if page.x >= page.cols() {
            page.x -= 1;
        }
    }

    fn backspace(&mut self) {
        if !self.modes.has(Mode::ReverseWrap) {
            self.restrict_cursor();
            let page = self.page_mut();
            page.x = page.x.saturating_sub(1);
            return;
        }
        self.restrict_row();
        let page = self.page_mut();
        page.x = page.x.min(page.cols());
        let (x, y) = (page.x, page.y);
        if x > 0 {
            page.x -= 1;
        } else if y > page.top && y <= page.bottom && page.is_wrapped(y) {
            page.set_wrapped(y, false);
            page.y -= 1;
            page.x = page.cols() - 1;
            let cell = crate::row::at(page.row(page.y), page.x);
            if cell.width() > 0 && !cell.has_content() {
                page.x = page.x.saturating_sub(1);
            }
        }
        self.restrict_cursor();
    }

    fn index(&mut self) {
        self.restrict_cursor();
        let page = self.page_mut();
        if page.y == page.bottom {
            self.scroll();
        } else {
            page.y = (page.y + 1).min(page.rows() - 1);
        }
        self.restrict_cursor();
    }

    fn reverse_index(&mut self) {
        self.restrict_cursor();
        let blank = self.pen.erased();
        let page = self.page_mut();
        if page.y == page.top {
            page.rotate_down(page.top, page.bottom, 1, blank);
        } else {
            page.y = page.y.saturating_sub(1);
            self.restrict_cursor();
        }
    }

    fn next_line(&mut self) {
        self.page_mut().x = 0;
        self.index();
    }

    fn set_tab(&mut self) {
        let page = self.page_mut();
        let x = page.x;
        page.set_tab(x, true);
    }

    fn designate(&mut self, place: u8, name: u8) {
        let Some(set) = designated(name) else { return };
        match place {
            b'(' => self.charsets.set(0, set),
            b')' | b'-' => self.charsets.set(1, set),
            b'*' | b'.' => self.charsets.set(2, set),
            b'+' => self.charsets.set(3, set),
            _ => {}
        }
    }

    fn escape(&mut self, last: u8) {
        match last {
            b'7' => self.save_cursor(),
            b'8' => self.restore_cursor(),
            b'D' => self.index(),
            b'E' => self.next_line(),
            b'H' => self.set_tab(),
            b'M' => self.reverse_index(),
            b'=' => self.modes.set(Mode::AppKeypad, true),
            b'>' => self.modes.set(Mode::AppKeypad, false),
            b'c' => self.reset(),
            b'n' | b'}' => self.charsets.shift(2),
            b'o' | b'|' => self.charsets.shift(3),
            b'~' => self.charsets.shift(1),
            _ => {}
        }
    }
}

impl Perform for Terminal {
    fn execute(&mut self, byte: u8) {
        self.control(byte);
        self.join = 0;
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], _: bool, last: char) {
        self.csi(params, intermediates, last);
    }

    fn esc_dispatch(&mut self, intermediates: &[u8], _: bool, last: u8) {
        match intermediates {
            [] => self.escape(last),
            [b'%'] if matches!(last, b'@' | b'G') => {
                self.charsets.shift(0);
                self.charsets.set(0, US);
            }
            [b'#'] if last == b'8' => self.alignment_pattern(),
            [place] => self.designate(*place, last),
            _ => {}
        }
    }
}
