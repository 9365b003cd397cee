//! The differences in generated streams that nobody can remove; `docs/screen-differences.md` tells why.
//!
//! None is between the model and xterm.js that saw the same whole sequences: all but the last come from states that no
//! sequence can set.

use serde_json::Value;

use crate::check::Failure;
use crate::compare::Difference;

/// The most that the usual sample may hold of each cause. More of them is a change that somebody must look at.
pub(crate) const MOST: [(Cause, usize); 6] = [
    (Cause::HalfLook, 120),
    (Cause::ShorterList, 40),
    (Cause::HalfCharacter, 12),
    (Cause::LostCharacter, 2),
    (Cause::SavedRow, 12),
    (Cause::HeldControl, 0),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cause {
    /// DECRC brought colours and the bits of an underline or a link back, but not the underline or the link.
    HalfLook,
    /// A list of character sets that is shorter than one that was saved.
    ShorterList,
    /// xterm.js has half of a wide character without the other half.
    HalfCharacter,
    /// A wide character did not fit and was dropped, but the next one would join it.
    LostCharacter,
    /// The saved row counts from the beginning of a scrollback that the viewer has less of.
    SavedRow,
    /// A control inside an open sequence: xterm.js obeyed it already, the model holds the whole sequence.
    HeldControl,
}

/// What is known of the cut that a failure is about.
#[derive(Clone, Copy)]
pub(crate) struct Situation<'a> {
    /// What xterm.js was there, and what the model was.
    pub(crate) truth: &'a str,
    pub(crate) model: &'a str,
    /// What came before it, and after it.
    pub(crate) before: &'a [u8],
    pub(crate) rest: &'a [u8],
}

/// Finds the causes of the failures of one cut. What differs at the cut may make anything differ at the end.
pub(crate) fn explain(failures: &mut [Failure], situation: Situation) {
    if failures.is_empty() {
        return;
    }
    let halves = has_half_character(situation.truth) || has_half_character(situation.model);
    let clears = situation.rest.windows(4).any(|bytes| bytes == b"\x1b[3J");
    for failure in failures.iter_mut() {
        failure.cause = match failure.is_of_the_model() {
            true if holds_a_control(situation.before) => Some(Cause::HeldControl),
            true => at_the_edge(failure).then_some(Cause::LostCharacter),
            false => cause(failure, halves),
        };
    }
    let at_the_cut = failures.iter().filter(|failure| !failure.is_of_the_end()).find_map(|failure| failure.cause);
    for failure in failures.iter_mut().filter(|failure| failure.is_of_the_end() && failure.cause.is_none()) {
        failure.cause = at_the_cut.or(clears.then_some(Cause::SavedRow));
    }
}

/// Why all of it differs, if that is known: the first of the causes.
fn cause(failure: &Failure, halves: bool) -> Option<Cause> {
    let half =
        |difference: &Difference| (halves && difference.path.contains(".cells[")).then_some(Cause::HalfCharacter);
    let causes = failure.differences.iter().map(|difference| cause_of_one(difference).or(half(difference)));
    causes.collect::<Option<Vec<Cause>>>()?.into_iter().min()
}

/// Whether the last cells of a line are all that differs. What xterm.js does with a wide character that did not fit there
/// depends on the pieces in which its bytes come.
fn at_the_edge(failure: &Failure) -> bool {
    let edges = [".cells[18]", ".cells[19]", ".cells[78]", ".cells[79]"];
    failure.differences.iter().all(|difference| edges.iter().any(|edge| difference.path.ends_with(edge)))
}

/// Whether the bytes end in a CSI that is open and has a control in it.
fn holds_a_control(bytes: &[u8]) -> bool {
    let start = bytes.iter().rposition(|byte| *byte == 0x1b).unwrap_or(bytes.len());
    let open = bytes[start..].strip_prefix(b"\x1b[").unwrap_or_default();
    open.iter().all(|byte| *byte < 0x40) && open.iter().any(|byte| *byte < 0x20)
}

fn has_half_character(dump: &str) -> bool {
    let dump: Value = serde_json::from_str(dump).expect("a dump is JSON");
    let lines = ["main", "alternate"].into_iter().filter_map(|screen| dump[screen]["lines"].as_array());
    lines.flatten().any(|line| {
        let cells = line["cells"].as_array().map(Vec::as_slice).unwrap_or_default();
        let width = |at: usize| cells.get(at).map_or(1, |cell| cell[1].as_u64().unwrap_or(1));
        (0..cells.len()).any(|at| (width(at) == 2) != (width(at + 1) == 0)) || width(0) == 0
    })
}

fn cause_of_one(difference: &Difference) -> Option<Cause> {
    let Difference { path, wanted, got } = difference;
    match path.as_str() {
        ".pen.ext" | ".pen.link" | ".pen.fg" => only_underline(path, wanted, got).then_some(Cause::HalfLook),
        ".charsets" | ".saved.main.charsets" | ".saved.alternate.charsets" => {
            is_longer(wanted, got).then_some(Cause::ShorterList)
        }
        ".saved.main.y" => Some(Cause::SavedRow),
        ".join" => (*got == 0).then_some(Cause::LostCharacter),
        cell if cell.contains(".cells[") => same_but_underline(wanted, got).then_some(Cause::HalfLook),
        _ => None,
    }
}

/// The flag that a cell is underlined, among those of its text colour.
const UNDERLINE: u64 = 0x1000_0000;

fn only_underline(path: &str, wanted: &Value, got: &Value) -> bool {
    path != ".pen.fg" || is_same_colour(wanted, got)
}

fn is_same_colour(wanted: &Value, got: &Value) -> bool {
    wanted.as_u64().zip(got.as_u64()).is_some_and(|(one, other)| (one ^ other) & !UNDERLINE == 0)
}

/// Text, width and background are the same, and so is the colour of the text.
fn same_but_underline(wanted: &Value, got: &Value) -> bool {
    let same = |place: usize| wanted[place] == got[place];
    same(0) && same(1) && same(3) && is_same_colour(&wanted[2], &got[2])
}

/// The same sets, with more that mean nothing behind them.
fn is_longer(wanted: &Value, got: &Value) -> bool {
    let sets = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (wanted, got) = (sets(wanted), sets(got));
    got.strip_prefix(wanted.as_slice()).is_some_and(|more| more.iter().all(Value::is_null))
}
