//! The screen for a person's own terminal, which is not xterm.js: nothing is set that ordinary terminals misread, and no
//! row depends on how wide another terminal takes a character to be.
//!
//! What programs have switched on is switched off by whoever writes there, before; titles are its business too.

use super::paint::Painter;
use super::rows::{fitting, painted_end};
use crate::cell::{CODE, Cell};
use crate::page::{Page, signed};
use crate::row;
use crate::term::Terminal;

/// Code points from here on are wider in some terminals than in others, or join.
const UNSURE: u32 = 0x300;

/// Ends whatever is open, and makes the terminal one that paints as it should. Nothing is seen before all is there.
const CLEAN: &[u8] =
    b"\x18\x1b[?2026h\x1b[r\x1b[?6l\x1b[4l\x1b[20l\x1b[m\x1b]8;;\x1b\\\x1b(B\x1b)B\x1b*B\x1b+B\x0f\x1b[H\x1b[J";

/// Paints the screen, after so many rows that scrolled away just before it, which scroll away there too.
pub(crate) fn encode(terminal: &Terminal, above: usize) -> Vec<u8> {
    let mut painter = Painter::new(terminal);
    let main = &terminal.main;
    painter.push(CLEAN);
    painter.colours();
    painter.main_keyboard();
    painter.page(main, -signed(above.min(main.above())));
    painter.tabs(main);
    painter.saved_cursor(main, false);
    if terminal.on_alternate {
        painter.region(main);
        painter.cup(main, main.x, main.y, false);
        painter.push(b"\x1b[?1049h\x1b[r\x1b[H\x1b[2J");
        painter.alternate_keyboard();
        painter.page(&terminal.alternate, 0);
        painter.tabs(&terminal.alternate);
        painter.saved_cursor(&terminal.alternate, false);
    }
    painter.push(b"\x1b[?2026l");
    painter.finish();
    painter.into_bytes()
}

impl Painter<'_> {
    /// Rows one below the other, from the top. A row that is wider there than here is cut, and moves no other.
    fn page(&mut self, page: &Page, first: i32) {
        self.push(b"\x1b[?7l");
        for y in first..signed(page.rows()) {
            if y > first {
                self.next_row();
            }
            self.cells(page.row_at(y), false);
        }
        self.plain();
        self.push(b"\x1b[?7h");
    }

    /// Cells from the first column of a row on; over what is there, or on an empty row. Gives the column after the last one
    /// that was painted.
    pub(crate) fn cells(&mut self, cells: &[Cell], is_over: bool) -> usize {
        let end = painted_end(cells);
        let (mut x, mut cursor) = (0, Some(0));
        while x < end {
            let cell = row::at(cells, x);
            // A second half was painted with its first.
            if cell.width() == 0 || cell.is_untouched() && !is_over {
                x += 1;
                continue;
            }
            if cursor != Some(x) {
                self.sequence(format_args!("\x1b[{}G", x + 1));
            }
            self.cell(fitting(cell, x, cells.len()));
            x += cell.width().max(1) as usize;
            cursor = Some(x).filter(|_| is_sure(cell));
        }
        end
    }
}

/// Whether every terminal agrees on how wide it is.
fn is_sure(cell: Cell) -> bool {
    cell.cluster().is_none() && cell.content & CODE < UNSURE
}

#[cfg(test)]
mod tests {
    use crate::{Effects, Limits, Screen, Size};

    fn fed(cols: u16, rows: u16, bytes: &[u8]) -> Screen {
        let mut screen = Screen::new(Size::new(cols, rows).unwrap(), Limits::default());
        screen.feed(bytes, &mut Effects::default());
        screen
    }

    /// What a terminal that has seen other things before shows after it.
    fn redrawn(screen: &Screen) -> Screen {
        let mut other = Screen::new(screen.size(), Limits::default());
        other.feed(b"old\r\nlines\x1b[31;2H\x1b[3;4rabc\x1b[?6h", &mut Effects::default());
        other.feed(&screen.redraw(0), &mut Effects::default());
        other
    }

    /// Both look the same, and go on the same.
    fn agree(cols: u16, rows: u16, stream: &[u8], later: &[u8]) {
        let mut screen = fed(cols, rows, stream);
        let mut other = redrawn(&screen);
        for more in [&b""[..], later] {
            screen.feed(more, &mut Effects::default());
            other.feed(more, &mut Effects::default());
            // Where a row goes on from the one above, that is not told: a person's terminal never reflows it.
            let joined = |screen: &Screen| screen.text().replace('\n', "");
            assert_eq!(joined(&screen), joined(&other), "{}", stream.escape_ascii());
            assert_eq!(screen.is_alternate(), other.is_alternate());
            let (one, two) = (screen.terminal.page(), other.terminal.page());
            assert_eq!((one.x, one.y, one.top, one.bottom), (two.x, two.y, two.top, two.bottom));
            for y in 0..one.rows() {
                for (one, two) in one.row(y).iter().zip(two.row(y)) {
                    assert_eq!((one.content, one.fg, one.bg), (two.content, two.fg, two.bg), "row {y}");
                }
            }
            assert_eq!(screen.terminal.pen, other.terminal.pen);
            assert!(screen.terminal.modes == other.terminal.modes);
        }
    }

    #[test]
    fn it_shows_the_same_and_goes_on_the_same() {
        agree(20, 4, b"one\r\n\x1b[31mtwo \x1b[44mred", b"more\r\n");
        agree(20, 4, b"a line that is longer than the screen is", b"!\r\nnext");
        agree(20, 4, b"12345678901234567890", b"wraps");
        agree(20, 4, "wide 世界 e\u{301} 👩\u{200d}👩 end".as_bytes(), "\u{301}x".as_bytes());
        agree(20, 4, b"1\r\n2\r\n3\r\n4\r\n5\x1b[2;3r\x1b[?6h\x1b[Hx", b"\r\n\r\ny");
        agree(20, 4, b"\x1b[?25l\x1b[?1h\x1b[?2004h\x1b[?1002;1006hmodes\x1b[4h", b"\x1b[Hins");
        agree(20, 4, b"\x1b(0lqqk\x1b[H", b"x");
    }

    #[test]
    fn the_other_screen_is_there_and_the_first_one_below_it() {
        let stream = b"shell$ vi\r\n\x1b[?1049h\x1b[2J\x1b[Hfile\x1b[7mstatus\x1b[m\x1b[2;2H";
        agree(20, 4, stream, b"typed");
        agree(20, 4, stream, b"\x1b[?1049lback at the shell");
    }

    #[test]
    fn a_sequence_that_has_begun_goes_on() {
        agree(20, 4, b"text\x1b[3", b"1mred");
        agree(20, 4, &"text世".as_bytes()[..6], &"text世".as_bytes()[6..]);
    }

    #[test]
    fn what_scrolled_away_scrolls_away_there() {
        let screen = fed(10, 3, b"1\r\n2\r\n3\r\n4\r\n5\r\n6");
        let mut other = fed(10, 3, b"");
        other.feed(&screen.redraw(2), &mut Effects::default());
        let lines: Vec<_> = other.lines(0..9).into_iter().map(|line| line.text).collect();
        assert_eq!(lines, ["2", "3", "4", "5", "6"]);
    }

    #[test]
    fn a_character_that_is_wider_elsewhere_moves_nothing() {
        let bytes = fed(20, 2, "👩\u{200d}👩 x".as_bytes()).redraw(0);
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("\x1b[4Gx") || text.contains("\x1b[3G x"), "{text:?}");
        assert!(!text.contains("\x1bc") && !text.contains("\x1b[!p") && !text.contains("\x1b[?47h"), "{text:?}");
    }
}
