//! A viewer on one machine looks at a program on another and types into it, while something breaks; afterwards everything is
//! compared with what the program itself wrote down.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use homie_tailnet_lab::homie::Homie;
use homie_tailnet_lab::host::Host;
use homie_tailnet_lab::viewer::Viewer;
use homie_tests::truth::Truth;
use homie_tests::typed;

/// How long a question about what was typed may take to follow the circuit that it is asked on.
const SETTLED: Duration = Duration::from_millis(500);

/// How often a line is typed.
const KEYS_EVERY: Duration = Duration::from_millis(50);

/// A program that prints and echoes, and its viewer.
pub(crate) struct Story {
    pub(crate) viewer: Viewer,
    log: PathBuf,
    typed: u32,
}

impl Story {
    /// Starts a program that prints 40 KB a second for so long: what it prints meanwhile stays well within the ring.
    pub(crate) fn begin(desk: &Homie, from: &Host, seconds: u32) -> Self {
        Self::begin_at(desk, from, 40_000, seconds)
    }

    /// The same with so many bytes a second.
    pub(crate) fn begin_at(desk: &Homie, from: &Host, rate: u32, seconds: u32) -> Self {
        let log = desk.home().unwrap().join("truth");
        let (mut viewer, _) = Viewer::ready(from, &desk.address().unwrap()).unwrap();
        viewer.start(&["homie-generator", log.to_str().unwrap(), &rate.to_string(), &seconds.to_string()]).unwrap();
        viewer.sees("out ").unwrap();
        Self { viewer, log, typed: 0 }
    }

    /// Looks on and types for so long.
    pub(crate) fn go_on(&mut self, length: Duration) {
        let end = Instant::now() + length;
        let mut key = Instant::now();
        while Instant::now() < end {
            if Instant::now() >= key {
                self.type_line();
                key += KEYS_EVERY;
            }
            self.look(key.min(end));
        }
    }

    /// Looks on without typing.
    pub(crate) fn look_on(&mut self, length: Duration) {
        let end = Instant::now() + length;
        while Instant::now() < end {
            self.look(end);
        }
    }

    /// Waits until its next circuit is up and it looks on again. What was typed too long ago is asked about then; the answer
    /// is yes, before anything else is typed.
    pub(crate) fn comes_back(&mut self, within: Duration) {
        self.viewer.until(within, |told| told.at() == "opened").unwrap();
        self.look_on(SETTLED);
    }

    fn look(&mut self, end: Instant) {
        let Some(told) = self.viewer.next(end).unwrap() else { return };
        match told.at() {
            "output" | "state" | "opened" | "resized" | "drives" => {}
            "unsent" => self.viewer.resends().unwrap(),
            _ => panic!("{told:?}"),
        }
    }

    fn type_line(&mut self) {
        self.typed += 1;
        self.viewer.types(&typed::line(self.typed)).unwrap();
    }

    /// Stops the program. Nothing was lost, nothing came twice, and all that was typed has arrived in its order.
    pub(crate) fn ends_whole(mut self) {
        self.type_line();
        self.viewer.types("stop\n").unwrap();
        self.viewer.sees("stopped\n").unwrap();
        let truth = Truth::read(&self.log).unwrap();
        let exact = self.viewer.history().check(&truth).unwrap();
        assert_eq!((exact.declared, exact.gaps, exact.end), (0, 0, truth.len()));
        typed::check(&truth, self.typed).unwrap();
    }
}
