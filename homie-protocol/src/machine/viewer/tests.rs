//! A viewer's arithmetic against random output, acknowledgements and losses.

use proptest::prelude::*;

use super::*;
use crate::limits::WINDOW_MAX;
use crate::machine::window::PROBE_BYTES;

const RING: u64 = 100_000;
const PROBE: u64 = PROBE_BYTES as u64;

fn at(position: u64) -> Offset {
    Offset::new(position).unwrap()
}

fn kept(start: u64, end: u64) -> Kept {
    Kept { start: at(start), end: at(end) }
}

fn gap(from: u64, to: u64) -> Gap {
    Gap { from: at(from), to: at(to) }
}

fn try_open(from: Option<u64>, kept: Kept) -> Result<(Viewer, Option<Gap>), Refusal> {
    Viewer::open(0, Class::Viewer, from.map(at), kept)
}

fn open(from: Option<u64>, kept: Kept) -> Viewer {
    try_open(from, kept).unwrap().0
}

/// Sends all there is room for; gives how many bytes that was.
fn pump(viewer: &mut Viewer, now: u64, kept: Kept) -> u64 {
    let before = viewer.next();
    while let Step::Send { from, len } = viewer.step(kept, None) {
        assert_eq!(from, viewer.next());
        viewer.sent(now, len);
    }
    viewer.next().since(before)
}

#[test]
fn opening_is_exact_or_declares_what_is_lost() {
    let ring = kept(100, 200);
    assert_eq!(try_open(Some(150), ring).unwrap().1, None);
    assert_eq!(try_open(Some(200), ring).unwrap().1, None);
    assert_eq!(try_open(Some(40), ring).unwrap().1, Some(gap(40, 100)));
    assert_eq!(try_open(None, ring).unwrap().1, Some(gap(0, 100)));
    assert_eq!(try_open(None, kept(0, 200)).unwrap().1, None);
    assert_eq!(try_open(Some(201), ring).unwrap_err().code, Code::Offset);
}

#[test]
fn a_full_window_rests_until_an_ack() {
    let ring = kept(0, 1_000_000);
    let mut viewer = open(None, ring);
    assert_eq!(pump(&mut viewer, 0, ring), PROBE);
    viewer.acknowledge(20_000, at(PROBE)).unwrap();
    assert_eq!(pump(&mut viewer, 20_000, ring), viewer.window());
    let sent = viewer.next().get();
    viewer.acknowledge(20_000, at(sent - 10)).unwrap();
    viewer.acknowledge(20_000, at(3)).unwrap();
    assert_eq!(viewer.in_flight(), 10);
    assert_eq!(viewer.acknowledge(20_000, at(sent + 1)).unwrap_err().code, Code::Offset);
}

#[test]
fn nothing_passes_what_has_its_place_before_it() {
    let ring = kept(0, 100);
    let mut viewer = open(None, ring);
    assert_eq!(viewer.step(ring, Some(at(7))), Step::Send { from: at(0), len: 7 });
    viewer.sent(0, 7);
    viewer.acknowledge(9, at(7)).unwrap();
    assert_eq!(viewer.step(ring, Some(at(7))), Step::Rest);
    assert_eq!(viewer.step(ring, None), Step::Send { from: at(7), len: 93 });
}

#[test]
fn the_bytes_of_a_gap_do_not_fill_the_window() {
    let mut viewer = open(None, kept(0, 20));
    viewer.sent(0, 20);
    let later = kept(5_000_000, 6_000_000);
    assert_eq!(viewer.step(later, None), Step::Rest);
    viewer.acknowledge(9, at(20)).unwrap();
    assert_eq!(viewer.step(later, None), Step::Gap(gap(20, 5_000_000)));
    viewer.skipped(9, gap(20, 5_000_000));
    assert_eq!(viewer.in_flight(), 0);
    viewer.acknowledge(9, at(5_000_000)).unwrap();
    assert!(matches!(viewer.step(later, None), Step::Send { from, .. } if from == at(5_000_000)));
}

#[test]
fn the_echo_of_a_viewer_passes_its_full_window_and_nothing_else_does() {
    let mut viewer = open(None, kept(0, 100));
    pump(&mut viewer, 0, kept(0, 100));
    viewer.typed(at(101));
    // What was printed before has no such right, and stands in front of it.
    assert_eq!(viewer.step(kept(0, 200), None), Step::Rest);
    viewer.typed(at(100));
    assert_eq!(viewer.step(kept(0, 200), None), Step::Send { from: at(100), len: 100 });
    assert_eq!(pump(&mut viewer, 0, kept(0, 9_000)), ECHO);
}

#[test]
fn a_snapshot_moves_the_viewer_and_its_acks_are_told_apart() {
    let ring = kept(0, 100_000);
    let mut viewer = open(None, ring);
    let sent = pump(&mut viewer, 0, ring);
    viewer.snapshot(5, at(50_000), 3_000);
    assert_eq!((viewer.next(), viewer.in_flight()), (at(50_000), sent + 3_000));
    viewer.acknowledge(7, at(sent)).unwrap();
    assert_eq!(viewer.in_flight(), 3_000);
    assert_eq!(viewer.show(7, at(49_999)).unwrap_err().code, Code::Offset);
    viewer.show(7, at(50_000)).unwrap();
    viewer.show(7, at(50_000)).unwrap();
    assert_eq!((viewer.in_flight(), viewer.snapshots()), (0, 0));
    // Backwards too: output goes on at exactly its offset.
    viewer.snapshot(8, at(10), 1);
    viewer.show(9, at(10)).unwrap();
    assert!(matches!(viewer.step(ring, None), Step::Send { from, .. } if from == at(10)));
}

#[derive(Debug, Clone)]
enum Act {
    Print(u64),
    Pump,
    Ack(u64),
    OldAck,
    Snapshot,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (1u64..2 * RING).prop_map(Act::Print),
        Just(Act::Pump),
        (0u64..80_000).prop_map(Act::Ack),
        Just(Act::OldAck),
        Just(Act::Snapshot),
    ]
}

proptest! {
    /// Whatever the program prints and the viewer acknowledges: what arrives is the next byte, or a gap that starts there.
    #[test]
    fn output_is_exact_or_its_loss_is_declared(acts in proptest::collection::vec(act(), 1..200)) {
        let (mut end, mut seen) = (0u64, 0u64);
        let mut viewer = open(None, kept(0, 0));
        let mut shown = 0;
        for (turn, act) in (0u64..).zip(acts) {
            let now = turn * 3_000;
            let ring = kept(end.saturating_sub(RING), end);
            match act {
                Act::Print(bytes) => end += bytes,
                Act::Pump => match viewer.step(ring, None) {
                    Step::Rest => {}
                    Step::Gap(gap) => {
                        prop_assert_eq!(gap.from, at(seen));
                        prop_assert!(gap.to > gap.from);
                        viewer.skipped(now, gap);
                        seen = gap.to.get();
                    }
                    Step::Send { from, len } => {
                        prop_assert_eq!(from, at(seen));
                        prop_assert!(from >= ring.start && from.plus(len as u64) <= ring.end);
                        viewer.sent(now, len);
                        seen += len as u64;
                        // Later acks may shrink the window below what flies already.
                        prop_assert!(viewer.in_flight() <= viewer.window());
                    }
                },
                Act::Ack(behind) => viewer.acknowledge(now, at(seen.saturating_sub(behind).max(shown))).unwrap(),
                Act::OldAck => viewer.acknowledge(now, Offset::ZERO).unwrap(),
                Act::Snapshot => {
                    viewer.snapshot(now, at(end), 500);
                    viewer.show(now, at(end)).unwrap();
                    (seen, shown) = (end, end);
                }
            }
            prop_assert!(viewer.in_flight() <= WINDOW_MAX);
            prop_assert_eq!(viewer.next(), at(seen));
        }
        // A viewer that acknowledges all gets all that is kept.
        let mut now = 1_000_000;
        loop {
            now += 1_000;
            viewer.acknowledge(now, at(seen)).unwrap();
            match viewer.step(kept(end.saturating_sub(RING), end), None) {
                Step::Rest if viewer.in_flight() == 0 => break,
                Step::Rest => {}
                Step::Gap(gap) => { viewer.skipped(now, gap); seen = gap.to.get(); }
                Step::Send { len, .. } => { viewer.sent(now, len); seen += len as u64; }
            }
        }
        prop_assert_eq!(seen, end);
    }
}
