//! One stream, cut at some offsets, through all four comparisons.

use std::fmt;

use homie_screen::{Effects, History, Limits, Screen, Size};
use serde_json::Value;

use crate::compare::{Difference, differences};
use crate::known::{self, Cause, Situation};
use crate::painter::{Painter, bytes, dump, piece};
use crate::stream::{Segment, Stream};

pub(crate) struct Failure {
    pub(crate) stream: String,
    pub(crate) cut: usize,
    pub(crate) at: &'static str,
    pub(crate) differences: Vec<Difference>,
    /// If somebody knows why.
    pub(crate) cause: Option<Cause>,
}

/// The first comparison: both saw the same bytes.
const OF_THE_MODEL: &str = "the model is not xterm.js";
const OF_THE_END: &str = "the snapshot and the rest are not the whole";

impl Failure {
    /// Which comparison, and the place of its first difference without its numbers.
    pub(crate) fn kind(&self) -> String {
        let place = self.differences.first().map(|first| first.path.as_str()).unwrap_or_default();
        format!("{} {}", self.at, place.replace(|character: char| character.is_ascii_digit(), ""))
    }

    pub(crate) fn is_of_the_model(&self) -> bool {
        self.at == OF_THE_MODEL
    }

    pub(crate) fn is_of_the_end(&self) -> bool {
        self.at == OF_THE_END
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, to: &mut fmt::Formatter) -> fmt::Result {
        let some: Vec<String> = self.differences.iter().take(4).map(Difference::to_string).collect();
        let some = some.join("\n    ");
        write!(to, "{}@{} {} ({}):\n    {some}", self.stream, self.cut, self.at, self.differences.len())
    }
}

/// What the model knew at a cut.
struct Cut {
    at: usize,
    dump: String,
    snapshot: Vec<u8>,
}

pub(crate) fn check(painter: &mut Painter, stream: &Stream, mut cuts: Vec<usize>) -> Vec<Failure> {
    cuts.sort_unstable();
    cuts.dedup();
    painter.name(&stream.bytes);
    let mut screen = Screen::new(stream.size, Limits::default());
    let mut failures = Vec::new();
    for segment in stream.segments() {
        if segment.from > 0 {
            screen.resize(segment.size);
        }
        let inside =
            cuts.iter().copied().filter(|cut| (segment.from..segment.to).contains(cut) || *cut == stream.bytes.len());
        let inside: Vec<usize> = inside.filter(|cut| *cut <= segment.to).collect();
        failures.extend(check_segment(painter, stream, &segment, &mut screen, &inside));
    }
    failures
}

fn check_segment(
    painter: &mut Painter,
    stream: &Stream,
    segment: &Segment,
    screen: &mut Screen,
    cuts: &[usize],
) -> Vec<Failure> {
    let before = (segment.from > 0).then(|| screen.snapshot(History::None));
    let mut fed = segment.from;
    let mut feed_to = |to: usize, screen: &mut Screen| {
        screen.feed(&stream.bytes[fed..to], &mut Effects::default());
        fed = to;
    };
    let mut seen = Vec::new();
    for &at in cuts {
        feed_to(at, screen);
        seen.push(Cut { at, dump: dumped(screen), snapshot: screen.snapshot(History::None) });
    }
    feed_to(segment.to, screen);
    if seen.is_empty() {
        return Vec::new();
    }
    let truth = paint_whole(painter, segment, before.as_deref(), cuts);
    let (end, at_cuts) = truth.split_last().expect("a dump of the end was asked for");
    let pairs = seen.iter().zip(at_cuts);
    pairs.flat_map(|(cut, truth)| check_cut(painter, stream, segment, cut, truth, end)).collect()
}

/// What xterm.js is at each cut, and at the end of the segment, if it took everything.
fn paint_whole(painter: &mut Painter, segment: &Segment, before: Option<&[u8]>, cuts: &[usize]) -> Vec<String> {
    let mut steps: Vec<Value> = before.into_iter().map(bytes).collect();
    let mut done = segment.from;
    for &cut in cuts.iter().chain([&segment.to]) {
        steps.extend([piece(done, cut), dump()]);
        done = cut;
    }
    painter.paint(segment.size, &steps)
}

fn check_cut(
    painter: &mut Painter,
    stream: &Stream,
    segment: &Segment,
    cut: &Cut,
    truth: &str,
    end: &str,
) -> Vec<Failure> {
    let steps = [bytes(&cut.snapshot), dump(), piece(cut.at, segment.to), dump()];
    let seen = painter.paint(segment.size, &steps);
    let compared = [
        (OF_THE_MODEL, truth, cut.dump.as_str()),
        ("the snapshot is not what was shown", truth, &seen[0]),
        (OF_THE_END, end, &seen[1]),
        ("the model does not understand its own snapshot", &cut.dump, &refed(segment.size, &cut.snapshot)),
    ];
    let failure = |at, differences| Failure { stream: stream.name.clone(), cut: cut.at, at, differences, cause: None };
    let failures = compared.into_iter().map(|(at, wanted, got)| failure(at, differences(wanted, got)));
    let mut failures: Vec<Failure> = failures.filter(|failure| !failure.differences.is_empty()).collect();
    let (before, rest) = stream.bytes[..segment.to].split_at(cut.at);
    known::explain(&mut failures, Situation { truth, model: &cut.dump, before, rest });
    failures
}

fn refed(size: Size, snapshot: &[u8]) -> String {
    let mut screen = Screen::new(size, Limits::default());
    screen.feed(snapshot, &mut Effects::default());
    dumped(&screen)
}

fn dumped(screen: &Screen) -> String {
    serde_json::to_string(&screen.dump()).expect("a dump is JSON")
}
