//! The sample of cuts that is looked at, and what is said of it.

use std::collections::BTreeMap;

use crate::check::{Failure, check};
use crate::dice::Dice;
use crate::painter::Painter;
use crate::stream::Stream;
use crate::{generate, known, recordings};

/// In a stream, unless the environment says another number.
const CUTS: u64 = 8;
/// Streams of each sort.
const GENERATED: u64 = 40;

/// Nothing but known causes; and of those, in the usual sample, no more than there were.
pub(crate) fn expect_only_known(streams: &[Stream]) {
    let (known, surprises): (Vec<Failure>, Vec<Failure>) =
        failures(streams).into_iter().partition(|failure| failure.cause.is_some());
    assert!(surprises.is_empty(), "{}", told(&surprises));
    if environment("HOMIE_SCREEN_CUTS").is_some() || environment("HOMIE_SCREEN_SEED").is_some() {
        return;
    }
    let counts = known::MOST
        .map(|(cause, most)| (cause, known.iter().filter(|failure| failure.cause == Some(cause)).count(), most));
    let more: Vec<_> = counts.iter().filter(|(_, there, most)| there > most).collect();
    assert!(more.is_empty(), "more than were known (cause, now, then): {more:?}\n{}", told(&known));
}

pub(crate) fn failures(streams: &[Stream]) -> Vec<Failure> {
    let cuts = environment("HOMIE_SCREEN_CUTS").unwrap_or(CUTS);
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
pub(crate) fn told(failures: &[Failure]) -> String {
    let mut kinds: BTreeMap<String, Vec<&Failure>> = BTreeMap::new();
    for failure in failures {
        kinds.entry(failure.kind()).or_default().push(failure);
    }
    let kinds = kinds.into_values().map(|failures| format!("{} like {}", failures.len(), failures[0]));
    format!("{} differences:\n{}", failures.len(), kinds.collect::<Vec<_>>().join("\n"))
}

/// The stream and the cut of `STREAM@CUT`.
pub(crate) fn named(case: &str) -> (Stream, usize) {
    let (name, cut) = case.split_once('@').expect("a case is STREAM@CUT");
    let all = recordings::all().into_iter().chain(generated(generate::tame)).chain(generated(generate::wild));
    let stream = all.into_iter().find(|stream| stream.name == name).expect("a stream has this name");
    (stream, cut.parse().expect("the cut is a number"))
}

pub(crate) fn generated(make: fn(u64) -> Stream) -> Vec<Stream> {
    (0..GENERATED).map(make).collect()
}
