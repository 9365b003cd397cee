//! The model against xterm.js: whatever a program prints and wherever a viewer comes in, both show the same.
//!
//! For each stream (recordings of real programs, and generated ones with fixed seeds) and random cuts in it: the model is
//! what xterm.js is; a fresh xterm.js that takes the snapshot is that too, and still is at the end of the stream; and so
//! is a fresh model that takes the snapshot. Every field counts. `HOMIE_SCREEN_CUTS` is the number of cuts in a stream;
//! `HOMIE_SCREEN_SEED` chooses others. `scripts/shrink` makes a failure small.

#[cfg(test)]
mod check;
#[cfg(test)]
mod compare;
#[cfg(test)]
mod dice;
#[cfg(test)]
mod generate;
#[cfg(test)]
mod known;
#[cfg(test)]
mod painter;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod shrink;
#[cfg(test)]
mod stream;

use sample::{expect_only_known, failures, generated, named, told};
use stream::{Stream, size};

#[test]
fn recordings_are_painted_without_a_difference() {
    let failures = failures(&recordings::all());
    assert!(failures.is_empty(), "{}", told(&failures));
}

#[test]
fn tame_streams_are_painted_without_a_difference() {
    expect_only_known(&generated(generate::tame));
}

#[test]
fn wild_streams_are_painted_without_a_difference() {
    expect_only_known(&generated(generate::wild));
}

/// With `HOMIE_SCREEN_CASE` that case instead: what `scripts/shrink` runs.
#[test]
fn a_difference_is_made_small() {
    if let Ok(case) = std::env::var("HOMIE_SCREEN_CASE") {
        let (stream, cut) = named(&case);
        return println!("{}", shrink::shrink(&stream, cut));
    }
    let bytes = b"some text\x1b[1m\x1b*Amore\x1b7 of it\x1b[!p, and so on".to_vec();
    let stream = Stream { name: "an empty list".to_owned(), size: size(80, 24), bytes, resizes: Vec::new() };
    let told = shrink::shrink(&stream, stream.bytes.len());
    assert!(told.starts_with(r#"80x24 "\x1b*A\x1b7\x1b[!p" | """#), "{told}");
}
