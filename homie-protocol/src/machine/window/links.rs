//! Windows over simulated links, where time is a number: how late a key is in a flood, and what the flood gets.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::*;
use crate::machine::window::Window;

const MS: u64 = 1_000;
const SECOND: u64 = 1_000_000;
const FAST: u64 = 100_000_000;

/// What happens next, by time and then in the order it was planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A frame of a flow has arrived: its bytes, when it was sent.
    Arrived { flow: usize, bytes: u64, sent: u64, is_key: bool },
    /// Its ack has.
    Acked { flow: usize, bytes: u64, sent: u64 },
    /// A person's key has reached the machine; its echo goes out past the window.
    Key,
    /// The link is another one from now on.
    Becomes { rate: u64, trip: u64 },
}

/// A link whose slowest place drains `rate` bytes a second out of a queue without end, and a flood for each flow.
struct Link {
    now: u64,
    rate: u64,
    trip: u64,
    free_at: u64,
    events: BinaryHeap<Reverse<(u64, usize, Event)>>,
    planned: usize,
    flows: Vec<Window>,
    /// Nobody prints in this time.
    silence: (u64, u64),
    keys: Vec<(u64, u64)>,
    arrived: Vec<(u64, u64)>,
    most_in_flight: u64,
}

impl Link {
    fn new(rate: u64, trip: u64) -> Self {
        Self {
            now: 0,
            rate,
            trip,
            free_at: 0,
            events: BinaryHeap::new(),
            planned: 0,
            flows: vec![Window::new(Class::Viewer, 0)],
            silence: (0, 0),
            keys: Vec::new(),
            arrived: Vec::new(),
            most_in_flight: 0,
        }
    }

    fn plan(&mut self, at: u64, event: Event) {
        self.planned += 1;
        self.events.push(Reverse((at, self.planned, event)));
    }

    fn send(&mut self, flow: usize, bytes: u64, is_key: bool) {
        self.flows[flow].sent(self.now, bytes);
        let begins = self.free_at.max(self.now);
        self.free_at = begins + bytes * SECOND / self.rate;
        let at = self.free_at + self.trip / 2;
        self.plan(at, Event::Arrived { flow, bytes, sent: self.now, is_key });
    }

    /// Everybody sends what there is room for.
    fn flood(&mut self) {
        if (self.silence.0..self.silence.1).contains(&self.now) {
            return;
        }
        // A frame of each in turn, as the holder and the circuit's writer do it.
        let mut sends = true;
        while sends {
            sends = false;
            for flow in 0..self.flows.len() {
                let len = self.flows[flow].room(1 << 20) as u64;
                if len > 0 {
                    self.send(flow, len, false);
                    sends = true;
                }
            }
        }
        self.most_in_flight = self.most_in_flight.max(self.flows.iter().map(Window::in_flight).sum());
    }

    /// Runs until then, with a key every 50 ms.
    fn run(&mut self, until: u64) {
        (self.now / 50_000 + 1..until.div_ceil(50_000)).for_each(|key| self.plan(key * 50_000, Event::Key));
        self.flood();
        while let Some(Reverse((at, _, event))) = self.events.peek().copied() {
            if at > until {
                break;
            }
            self.events.pop();
            self.now = at;
            self.happens(event);
            self.flood();
        }
        self.now = until;
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Arrived { flow, bytes, sent, is_key } => {
                self.arrived.push((self.now, bytes));
                if is_key {
                    // The key itself took half a round trip to come.
                    self.keys.push((sent, self.now - sent + self.trip / 2));
                }
                self.plan(self.now + self.trip / 2, Event::Acked { flow, bytes, sent });
            }
            Event::Acked { flow, bytes, sent } => self.flows[flow].acknowledged(self.now, bytes, Some(sent)),
            Event::Key => self.send(0, 1, true),
            Event::Becomes { rate, trip } => (self.rate, self.trip) = (rate, trip),
        }
    }

    /// The 99th percentile of keys typed between the two, in ms.
    fn late(&self, from: u64, to: u64) -> u64 {
        let mut late: Vec<u64> =
            self.keys.iter().filter(|(at, _)| (from..to).contains(at)).map(|(_, late)| *late).collect();
        late.sort_unstable();
        late[late.len() * 99 / 100] / MS
    }

    /// Bytes a second between the two.
    fn gets(&self, from: u64, to: u64) -> u64 {
        let bytes: u64 = self.arrived.iter().filter(|(at, _)| (from..to).contains(at)).map(|(_, bytes)| bytes).sum();
        bytes * SECOND / (to - from)
    }
}

#[test]
fn keys_are_soon_there_and_the_flood_gets_its_rate_on_every_link() {
    let links = [
        (1_000_000, MS),
        (1_000_000, 20 * MS),
        (1_000_000, 80 * MS),
        (125_000, MS),
        (125_000, 20 * MS),
        (125_000, 80 * MS),
        (FAST, MS / 10),
        (FAST, 20 * MS),
        (FAST, 80 * MS),
    ];
    for (rate, trip) in links {
        let mut link = Link::new(rate, trip);
        link.run(20 * SECOND);
        let late = link.late(2 * SECOND, 20 * SECOND);
        assert!(late <= trip / MS + 60, "{rate} B/s, {trip} us: a key takes {late} ms");
        // On a path that nobody shapes the bound of what is in flight decides: 4 MiB in 80 ms.
        let possible = rate.min(WINDOW_MAX * SECOND / trip);
        let gets = link.gets(3 * SECOND, 20 * SECOND);
        assert!(gets >= possible * 90 / 100, "{rate} B/s, {trip} us: the flood gets {gets} B/s");
    }
}

#[test]
fn in_the_first_second_a_key_waits_for_what_was_sent_blindly_and_no_more() {
    for (rate, trip) in [(1_000_000, MS), (1_000_000, 80 * MS), (125_000, MS)] {
        let mut link = Link::new(rate, trip);
        link.run(SECOND);
        let blindly = WINDOW_START * SECOND / rate;
        let late = link.late(0, SECOND) * MS;
        assert!(late <= 2 * trip + 60 * MS + blindly, "{rate} B/s, {trip} us: a key takes {late} us");
    }
}

#[test]
fn a_link_that_becomes_slow_costs_one_gap() {
    let mut link = Link::new(FAST, MS / 2);
    link.plan(5 * SECOND, Event::Becomes { rate: 125_000, trip: MS / 2 });
    link.run(20 * SECOND);
    // What was in flight at that moment, no more than 128 KiB and a round trip's worth, and the way down from there.
    assert!(link.most_in_flight <= 256 * 1024, "{} bytes in flight", link.most_in_flight);
    let worst = link.late(5 * SECOND, 8 * SECOND);
    assert!(worst <= 2_600, "a key takes {worst} ms");
    let late = link.late(9 * SECOND, 20 * SECOND);
    assert!(late <= 61, "then a key takes {late} ms");
    let gets = link.gets(9 * SECOND, 20 * SECOND);
    assert!(gets >= 112_500, "the flood gets {gets} B/s");
}

#[test]
fn a_link_that_becomes_fast_is_used_at_once() {
    let mut link = Link::new(125_000, MS);
    link.plan(5 * SECOND, Event::Becomes { rate: FAST, trip: MS });
    link.run(10 * SECOND);
    let gets = link.gets(5 * SECOND + 500 * MS, 10 * SECOND);
    assert!(gets >= FAST / 2, "the flood gets {gets} B/s");
    let late = link.late(6 * SECOND, 10 * SECOND);
    assert!(late <= 61, "a key takes {late} ms");
}

#[test]
fn a_path_that_becomes_longer_is_believed_within_seconds() {
    let mut link = Link::new(1_000_000, 20 * MS);
    link.plan(5 * SECOND, Event::Becomes { rate: 1_000_000, trip: 80 * MS });
    link.run(25 * SECOND);
    let gets = link.gets(8 * SECOND, 25 * SECOND);
    assert!(gets >= 900_000, "the flood gets {gets} B/s");
    let late = link.late(11 * SECOND, 25 * SECOND);
    assert!(late <= 80 + 60, "a key takes {late} ms");
}

#[test]
fn a_flood_after_a_silence_begins_no_later_and_no_wilder() {
    let mut link = Link::new(1_000_000, MS);
    link.silence = (5 * SECOND, 9 * SECOND);
    link.run(15 * SECOND);
    let (first, then) = (link.late(9 * SECOND, 10 * SECOND), link.late(10 * SECOND, 15 * SECOND));
    assert!(first <= 70 && then <= 61, "a key takes {first} ms, then {then} ms");
    let gets = link.gets(9 * SECOND, 15 * SECOND);
    assert!(gets >= 900_000, "the flood gets {gets} B/s");
}

#[test]
fn channels_that_share_a_connection_queue_no_more_together_than_one_alone() {
    for (rate, trip) in [(1_000_000, MS), (1_000_000, 80 * MS)] {
        let mut link = Link::new(rate, trip);
        link.flows = vec![Window::new(Class::Viewer, 0); 4];
        link.flows.iter_mut().for_each(|window| window.share(4));
        link.run(30 * SECOND);
        let late = link.late(10 * SECOND, 30 * SECOND);
        assert!(late <= trip / MS + 60, "{trip} us: a key takes {late} ms");
        let gets = link.gets(10 * SECOND, 30 * SECOND);
        assert!(gets >= rate * 90 / 100, "{trip} us: the floods get {gets} B/s");
    }
}
