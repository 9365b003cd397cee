//! The differences in generated streams that nobody can remove; `docs/screen-differences.md` tells why.
//!
//! None is between the model and xterm.js that saw the same bytes: all come from states that no escape sequence can set.

use serde_json::Value;

use crate::check::Failure;
use crate::compare::Difference;

/// The most that the usual sample may hold of each cause. More of them is a change that somebody must look at.
pub(crate) const MOST: &[(Cause, usize)] =
    &[(Cause::HalfLook, 0), (Cause::ShorterList, 0), (Cause::SavedRow, 0), (Cause::LostCharacter, 0)];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cause {
    /// DECRC brought colours and the bits of an underline or a link back, but not the underline or the link.
    HalfLook,
    /// A list of character sets that is shorter than one that was saved.
    ShorterList,
    /// The saved row counts from the beginning of a scrollback that the viewer has less of.
    SavedRow,
    /// A wide character did not fit and was dropped, but the next one would join it.
    LostCharacter,
}

/// Why all of it differs, if that is known: the first of the causes.
pub(crate) fn cause(failure: &Failure) -> Option<Cause> {
    if failure.is_of_the_model() {
        return None;
    }
    let causes: Option<Vec<Cause>> = failure.differences.iter().map(cause_of_one).collect();
    causes?.into_iter().min()
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
