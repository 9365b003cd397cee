//! The model against xterm.js: whatever a program prints and wherever a viewer comes in, both show the same.
//!
//! For each stream (recordings of real programs, and generated ones with fixed seeds) and random cuts in it: the model is
//! what xterm.js is; a fresh xterm.js that takes the snapshot is that too, and still is at the end of the stream; and so
//! is a fresh model that takes the snapshot. Every field counts. `HOMIE_SCREEN_CUTS` is the number of cuts in a stream;
//! `HOMIE_SCREEN_SEED` chooses others. `scripts/shrink` makes a failure small.

mod check;
mod compare;
mod dice;
mod generate;
mod known;
mod painter;
mod recordings;
mod shrink;
mod stream;

use std::collections::BTreeMap;

use check::{Failure, check};
use dice::Dice;
use painter::Painter;
use stream::Stream;

/// In a stream, unless the environment says another number.
const CUTS: usize = 8;
const GENERATED: u64 = 40;

#[test]
fn recordings_are_painted_without_a_difference() {
    let failures = failures(&recordings::all(), CUTS);
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

/// Of the case that the environment names, the shortest stream that still fails: what `scripts/shrink` runs.
#[test]
fn a_named_case_is_made_small() {
    let Ok(case) = std::env::var("HOMIE_SCREEN_CASE") else { return };
    let (name, cut) = case.split_once('@').expect("HOMIE_SCREEN_CASE is STREAM@CUT");
    let cut = cut.parse().expect("the cut is a number");
    let all = recordings::all().into_iter().chain(generated(generate::tame)).chain(generated(generate::wild));
    let stream = all.into_iter().find(|stream| stream.name == name).expect("a stream has this name");
    println!("{}", shrink::shrink(&stream, cut));
}

fn generated(make: fn(u64) -> Stream) -> Vec<Stream> {
    (0..GENERATED).map(make).collect()
}

/// Nothing but known causes; and of those, in the usual sample, no more than there were.
fn expect_only_known(streams: &[Stream]) {
    let (known, surprises): (Vec<Failure>, Vec<Failure>) =
        failures(streams, CUTS).into_iter().partition(|failure| failure.cause.is_some());
    assert!(surprises.is_empty(), "{}", told(&surprises));
    if environment("HOMIE_SCREEN_CUTS").is_some() || environment("HOMIE_SCREEN_SEED").is_some() {
        return;
    }
    let counts = known::MOST
        .map(|(cause, most)| (cause, known.iter().filter(|failure| failure.cause == Some(cause)).count(), most));
    let more: Vec<_> = counts.iter().filter(|(_, there, most)| there > most).collect();
    assert!(more.is_empty(), "more than were known (cause, now, then): {more:?}\n{}", told(&known));
}

fn failures(streams: &[Stream], cuts: usize) -> Vec<Failure> {
    let cuts = environment("HOMIE_SCREEN_CUTS").unwrap_or(cuts as u64);
    let seed = environment("HOMIE_SCREEN_SEED").unwrap_or(0);
    let mut painter = Painter::start();
    let mut failures = Vec::new();
    for stream in streams {
        let mut dice = Dice::new(&stream.name, seed);
        let cuts = (0..cuts).map(|_| dice.below(stream.bytes.len() + 1)).collect();
        failures.extend(check(&mut painter, stream, cuts));
    }
    failures
}

fn environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect("a number"))
}

/// Of each kind how many there are, and the first.
fn told(failures: &[Failure]) -> String {
    let mut kinds: BTreeMap<String, Vec<&Failure>> = BTreeMap::new();
    for failure in failures {
        kinds.entry(failure.kind()).or_default().push(failure);
    }
    let kinds = kinds.into_values().map(|failures| format!("{} like {}", failures.len(), failures[0]));
    format!("{} differences:\n{}", failures.len(), kinds.collect::<Vec<_>>().join("\n"))
}
