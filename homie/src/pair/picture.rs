//! A QR code, in a terminal and as a file.

use std::fmt::Write;
use std::io::IsTerminal;
use std::path::Path;

use anyhow::Context;
use qrcode::render::svg;
use qrcode::{Color, EcLevel, QrCode};

use crate::outcome::{Outcome, say};

/// Light modules around the code in a terminal. Four are the rule; two are read as well and leave room for words.
const MARGIN: usize = 2;

/// Black and white of the part of the palette that no theme changes: a dark terminal shows the code as a light one does,
/// and a camera needs it the right way round.
const BLACK: u8 = 16;
const WHITE: u8 = 231;

/// Shows it, where somebody could hold a camera to it.
pub(super) fn show(text: &str) -> Outcome {
    if std::io::stdout().is_terminal() {
        say(&in_terminal(&code(text)?));
    }
    Ok(())
}

/// Writes it into a file.
pub(super) fn write_svg(text: &str, path: &Path) -> Outcome {
    let picture = code(text)?.render::<svg::Color<'_>>().min_dimensions(256, 256).build();
    std::fs::write(path, picture).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(())
}

fn code(text: &str) -> Outcome<QrCode> {
    Ok(QrCode::with_error_correction_level(text, EcLevel::L).context("this address is too long for a QR code")?)
}

/// Two modules in each character: the upper half in its colour, the lower half behind it.
fn in_terminal(code: &QrCode) -> String {
    let side = code.width() + 2 * MARGIN;
    let mut text = String::new();
    for row in (0..side).step_by(2) {
        let mut last = None;
        for column in 0..side {
            let colours = (module(code, column, row), module(code, column, row + 1));
            if last != Some(colours) {
                let _written = write!(text, "\x1b[38;5;{};48;5;{}m", colours.0, colours.1);
                last = Some(colours);
            }
            text.push('▀');
        }
        text.push_str("\x1b[0m\n");
    }
    text.truncate(text.trim_end_matches('\n').len());
    text
}

fn module(code: &QrCode, column: usize, row: usize) -> u8 {
    let inside = |at: usize| at.checked_sub(MARGIN).filter(|at| *at < code.width());
    match (inside(column), inside(row)) {
        (Some(x), Some(y)) if code[(x, y)] == Color::Dark => BLACK,
        _ => WHITE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The longest that we make: a long name in a tailnet.
    const LINK: &str = "https://workstation.tail0123.ts.net:4663/#pair=AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdEfGhIjKlMnOpQrStUvWxYz012";

    #[test]
    fn it_fits_into_a_terminal_of_24_rows_with_two_lines_below_it() {
        let text = in_terminal(&code(LINK).unwrap());
        assert!(text.lines().count() <= 23, "{}", text.lines().count());
        assert!(text.lines().all(|line| line.matches('▀').count() <= 80));
    }

    #[test]
    fn every_module_is_where_it_belongs_in_colours_of_its_own() {
        let code = code(LINK).unwrap();
        let (text, side) = (in_terminal(&code), code.width() + 2 * MARGIN);
        let mut seen = Vec::new();
        for line in text.lines() {
            let (mut upper, mut lower, mut colours) = (Vec::new(), Vec::new(), (0, 0));
            for piece in line.trim_end_matches("\x1b[0m").split('\x1b').skip(1) {
                let (sequence, blocks) = piece.split_once('m').unwrap();
                let numbers: Vec<u8> =
                    sequence.trim_start_matches('[').split(';').map(|n| n.parse().unwrap()).collect();
                colours = (numbers[2], numbers[5]);
                upper.extend(blocks.chars().map(|_| colours.0));
                lower.extend(blocks.chars().map(|_| colours.1));
            }
            assert_ne!(colours, (0, 0));
            seen.push(upper);
            seen.push(lower);
        }
        for (row, line) in seen.iter().enumerate().take(side) {
            for (column, colour) in line.iter().enumerate().take(side) {
                assert_eq!(*colour, module(&code, column, row), "{column} {row}");
            }
        }
        assert!(seen[0].iter().all(|colour| *colour == WHITE), "there is a margin");
    }
}
