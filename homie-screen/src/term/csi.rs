//! CSI sequences: which of them does what.

use vte::Params;

use super::Terminal;
use crate::cell::PROTECTED;

/// The parameters by number.
#[derive(Clone, Copy)]
pub(super) struct Numbers<'a>(&'a Params);

impl Numbers<'_> {
    /// As it was given; 0 if it was not.
    pub(super) fn get(self, place: usize) -> u16 {
        self.0.iter().nth(place).and_then(|values| values.first().copied()).unwrap_or_default()
    }

    /// A count: 0 and nothing mean 1.
    fn count(self, place: usize) -> usize {
        usize::from(self.get(place).max(1))
    }

    /// A place counted from 1, as one counted from 0.
    fn place(self, place: usize) -> usize {
        self.count(place) - 1
    }
}

impl Terminal {
    pub(super) fn csi(&mut self, params: &Params, intermediates: &[u8], last: char) {
        let numbers = Numbers(params);
        match intermediates {
            [] => self.plain_csi(params, last),
            b"?" => self.private_csi(params, last),
            b" " => match last {
                '@' => self.shift_columns(false, numbers.count(0), true),
                'A' => self.shift_columns(false, numbers.count(0), false),
                'q' => self.set_cursor_style(numbers.get(0)),
                _ => {}
            },
            b"'" => match last {
                '}' => self.shift_columns(true, numbers.count(0), false),
                '~' => self.shift_columns(true, numbers.count(0), true),
                _ => {}
            },
            b"=" | b">" | b"<" if last == 'u' => self.keyboard_csi(intermediates, numbers),
            b"!" if last == 'p' => self.soft_reset(),
            b"\"" if last == 'q' => self.select_protection(numbers.get(0)),
            _ => self.query(numbers, intermediates, last),
        }
    }

    fn plain_csi(&mut self, params: &Params, last: char) {
        let numbers = Numbers(params);
        let count = numbers.count(0);
        match last {
            '@' => self.insert_characters(count),
            'A' => self.up(count),
            'B' => self.down(count),
            'C' | 'a' => self.right(count),
            'D' => self.left(count),
            'E' => {
                self.down(count);
                self.page_mut().x = 0;
            }
            'F' => {
                self.up(count);
                self.page_mut().x = 0;
            }
            'G' | '`' => self.set_column(count - 1),
            'H' | 'f' => self.set_cursor(numbers.place(1), numbers.place(0)),
            'I' => self.tab(count, true),
            'J' => self.erase_display(numbers.get(0), false),
            'K' => self.erase_line(numbers.get(0), false),
            'L' => self.shift_lines(count, false),
            'M' => self.shift_lines(count, true),
            'P' => self.delete_characters(count),
            'S' => self.scroll_up(count),
            'T' | '^' => self.scroll_down(count),
            'X' => self.erase_characters(count),
            'Z' => self.tab(count, false),
            'b' => self.repeat(count),
            'd' => self.set_row(count - 1),
            'e' => self.down_freely(count),
            'g' => self.clear_tabs(numbers.get(0)),
            'h' | 'l' => params.iter().for_each(|mode| self.set_mode(first(mode), last == 'h')),
            'm' => self.select_graphics(params),
            'r' => self.set_region(numbers.get(0), numbers.get(1)),
            's' => self.save_cursor(),
            't' if numbers.get(0) == 22 => self.push_titles(numbers.get(1)),
            't' if numbers.get(0) == 23 => self.pop_titles(numbers.get(1)),
            'u' => self.restore_cursor(),
            _ => self.query(numbers, &[], last),
        }
    }

    fn private_csi(&mut self, params: &Params, last: char) {
        let numbers = Numbers(params);
        match last {
            'J' => self.erase_display(numbers.get(0), true),
            'K' => self.erase_line(numbers.get(0), true),
            'h' | 'l' => params.iter().for_each(|mode| self.set_private_mode(first(mode), last == 'h')),
            _ => self.query(numbers, b"?", last),
        }
    }

    fn keyboard_csi(&mut self, prefix: &[u8], numbers: Numbers<'_>) {
        match prefix {
            b"=" => self.set_keyboard(numbers.get(0), numbers.get(1)),
            b">" => self.push_keyboard(numbers.get(0)),
            _ => self.pop_keyboard(numbers.get(0)),
        }
    }

    /// CHT and CBT; a pending wrap stays.
    fn tab(&mut self, count: usize, forward: bool) {
        let page = self.page_mut();
        if page.x >= page.cols() {
            return;
        }
        for _ in 0..count.min(page.cols()) {
            page.x = if forward { page.next_tab(page.x) } else { page.previous_tab(page.x) };
        }
    }

    fn clear_tabs(&mut self, how: u16) {
        let page = self.page_mut();
        match how {
            0 => page.set_tab(page.x, false),
            3 => page.tabs.fill(false),
            _ => {}
        }
    }

    /// DECSTBM.
    fn set_region(&mut self, top: u16, bottom: u16) {
        let page = self.page_mut();
        let (top, bottom) = (usize::from(top.max(1)), usize::from(bottom));
        let bottom = if bottom == 0 { page.rows() } else { bottom.min(page.rows()) };
        if bottom > top {
            page.top = top - 1;
            page.bottom = bottom - 1;
            self.set_cursor(0, 0);
        }
    }

    /// DECSCUSR: from 7 on it names no shape, and only the parity counts.
    fn set_cursor_style(&mut self, style: u16) {
        self.cursor_style = match style {
            0..=6 => style,
            // The shape stays as it was, or is unset; whether it blinks follows the number.
            _ => style_with_blink(self.cursor_style, style % 2 == 1),
        };
    }

    /// DECSCA.
    fn select_protection(&mut self, how: u16) {
        match how {
            1 => self.pen.bg |= PROTECTED,
            0 | 2 => self.pen.bg &= !PROTECTED,
            _ => {}
        }
    }
}

fn first(values: &[u16]) -> u16 {
    values.first().copied().unwrap_or_default()
}

const fn style_with_blink(style: u16, blinks: bool) -> u16 {
    match (style, blinks) {
        (0, _) => 0,
        (style, true) => style - (style + 1) % 2,
        (style, false) => style + style % 2,
    }
}
