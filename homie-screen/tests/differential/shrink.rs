//! Makes a failing stream small: drops whole sequences, before and after the cut, as long as it still fails.

use homie_screen::Size;

use crate::check::{Failure, check};
use crate::known::Cause;
use crate::painter::Painter;
use crate::stream::Stream;

pub(crate) fn shrink(stream: &Stream, cut: usize) -> String {
    let mut painter = Painter::start();
    let (size, from) = size_at(stream, cut);
    assert_eq!(from, 0, "only the bytes before a first resize can be made small");
    let to = stream.resizes.first().map_or(stream.bytes.len(), |(at, _)| *at);
    let mut case =
        Case { size, before: units(&stream.bytes[..cut]), after: units(&stream.bytes[cut..to]), wanted: None };
    let failures = case.failures(&mut painter);
    let unknown = failures.iter().find(|failure| failure.cause.is_none());
    case.wanted = unknown.or(failures.first()).map(|failure| (failure.at, failure.cause));
    assert!(case.wanted.is_some(), "this case does not fail");
    while case.smaller(&mut painter) {}
    let told: Vec<String> = case.failures(&mut painter).iter().map(Failure::to_string).collect();
    let text = |units: &[Vec<u8>]| units.concat().escape_ascii().to_string();
    format!(
        "{}x{} \"{}\" | \"{}\"\n{}",
        size.cols(),
        size.rows(),
        text(&case.before),
        text(&case.after),
        told.join("\n")
    )
}

fn size_at(stream: &Stream, cut: usize) -> (Size, usize) {
    let mut sizes = stream.resizes.iter().rev().filter(|(at, _)| *at <= cut);
    sizes.next().map_or((stream.size, 0), |(at, size)| (*size, *at))
}

struct Case {
    size: Size,
    before: Vec<Vec<u8>>,
    after: Vec<Vec<u8>>,
    /// Which comparison failed, and why: another failure is another case. One that nobody knows comes first.
    wanted: Option<(&'static str, Option<Cause>)>,
}

impl Case {
    fn failures(&self, painter: &mut Painter) -> Vec<Failure> {
        let before = self.before.concat();
        let bytes = [before.clone(), self.after.concat()].concat();
        let stream = Stream { name: "case".to_owned(), size: self.size, bytes, resizes: Vec::new() };
        let failures = check(painter, &stream, vec![before.len()]);
        let is_wanted = |failure: &Failure| self.wanted.is_none_or(|wanted| wanted == (failure.at, failure.cause));
        failures.into_iter().filter(is_wanted).collect()
    }

    /// Drops what can be dropped, the largest pieces first; false if nothing could.
    fn smaller(&mut self, painter: &mut Painter) -> bool {
        let was = self.before.len() + self.after.len();
        for side in [Side::After, Side::Before] {
            let mut piece = self.units(side).len().next_power_of_two();
            while piece > 0 {
                self.drop_pieces(side, piece, painter);
                piece /= 2;
            }
        }
        self.before.len() + self.after.len() < was
    }

    fn drop_pieces(&mut self, side: Side, piece: usize, painter: &mut Painter) {
        let mut at = 0;
        while at < self.units(side).len() {
            let whole = self.units(side).clone();
            let end = (at + piece).min(whole.len());
            self.units(side).drain(at..end);
            if self.failures(painter).is_empty() {
                *self.units(side) = whole;
                at += piece;
            }
        }
    }

    fn units(&mut self, side: Side) -> &mut Vec<Vec<u8>> {
        match side {
            Side::Before => &mut self.before,
            Side::After => &mut self.after,
        }
    }
}

#[derive(Clone, Copy)]
enum Side {
    Before,
    After,
}

/// Escape sequences, and characters; roughly is enough, for what is cut wrong fails another way and is kept.
fn units(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut units: Vec<Vec<u8>> = Vec::new();
    let mut open = false;
    for &byte in bytes {
        let follows = byte & 0xc0 == 0x80;
        match units.last_mut() {
            Some(unit) if byte != 0x1b && (open || follows) => unit.push(byte),
            _ => units.push(vec![byte]),
        }
        open = match units.last().map_or(&[][..], Vec::as_slice) {
            [0x1b] => true,
            [0x1b, b'[', rest @ ..] => !rest.last().is_some_and(|last| (0x40..=0x7e).contains(last)),
            [0x1b, b']' | b'P' | b'^' | b'_' | b'X', rest @ ..] => rest.last() != Some(&7),
            [0x1b, rest @ ..] => rest.last().is_some_and(|last| (0x20..=0x2f).contains(last)),
            _ => false,
        };
    }
    units
}
