//! What is wrong with dialling out, where somebody wants it.

use homie_trust::KeptAt;

use crate::dial_out;
use crate::doctor::facts::{DialOut, Facts};
use crate::doctor::finding::{Finding, Look};

/// Everything about it.
pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    let Some(DialOut { takers, kept }) = &facts.dial_out else { return Vec::new() };
    if takers.is_empty() {
        let why = "It leaves connections at such doors; without one nobody reaches it who cannot dial it.";
        let what = dial_out::nobody().sentence;
        return vec![Finding::new(dial_out::NOBODY, what, why, "homie config  # on a machine that others can dial")];
    }
    match kept {
        // Who has started a gateway as root without a word on doors has one that does not dial out.
        None if facts.is_root && facts.gateway.is_some() => vec![Finding::of(&dial_out::root())],
        None => Vec::new(),
        Some(kept) => kept.iter().filter(|kept| !kept.lies).filter_map(absent).collect(),
    }
}

/// One that has not been dialled yet is none.
fn absent(kept: &KeptAt) -> Option<Finding> {
    let what = format!("This machine dials out, and {} takes no connection: {}", kept.name, kept.why.as_ref()?);
    Some(Finding::new("dial-out-away", what, "Nobody reaches this machine through that one.", "homie nodes"))
}

/// What was looked at, where there is anything.
pub(super) fn look(facts: &Facts) -> Option<Look> {
    let DialOut { kept, .. } = facts.dial_out.as_ref()?;
    let found = kept.as_ref().map_or_else(|| "does not dial".to_owned(), |kept| dial_out::in_words(kept));
    Some(Look { about: "dials out to", found })
}
