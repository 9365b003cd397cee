//! A viewer's arithmetic against random output, acknowledgements and losses.

use proptest::prelude::*;

use super::*;

const RING: u64 = 100_000;

fn at(position: u64) -> Offset {
    Offset::new(position).unwrap()
}

fn kept(start: u64, end: u64) -> Kept {
    Kept { start: at(start), end: at(end) }
}

fn gap(from: u64, to: u64) -> Gap {
    Gap { from: at(from), to: at(to) }
}

fn open(from: Option<u64>, kept: Kept) -> Viewer {
    Viewer::open(from.map(at), kept).unwrap().0
}

#[test]
fn opening_is_exact_or_declares_what_is_lost() {
    let ring = kept(100, 200);
    assert_eq!(Viewer::open(Some(at(150)), ring).unwrap().1, None);
    assert_eq!(Viewer::open(Some(at(200)), ring).unwrap().1, None);
    assert_eq!(Viewer::open(Some(at(40)), ring).unwrap().1, Some(gap(40, 100)));
    assert_eq!(Viewer::open(None, ring).unwrap().1, Some(gap(0, 100)));
    assert_eq!(Viewer::open(None, kept(0, 200)).unwrap().1, None);
    assert_eq!(Viewer::open(Some(at(201)), ring).unwrap_err().code, Code::Offset);
}

#[test]
fn a_full_window_rests_until_an_ack() {
    let ring = kept(0, 1_000_000);
    let mut viewer = open(None, ring);
    let mut sent = 0;
    while let Step::Send { len, .. } = viewer.step(ring, None) {
        viewer.sent(len);
        sent += len as u64;
    }
    assert_eq!(sent, OUTPUT_WINDOW);
    viewer.acknowledge(at(10)).unwrap();
    assert_eq!(viewer.step(ring, None), Step::Send { from: at(OUTPUT_WINDOW), len: 10 });
    viewer.acknowledge(at(3)).unwrap();
    assert_eq!(viewer.in_flight(), OUTPUT_WINDOW - 10);
    assert_eq!(viewer.acknowledge(at(OUTPUT_WINDOW + 1)).unwrap_err().code, Code::Offset);
}

#[test]
fn a_viewer_that_was_moved_has_its_whole_window_and_owes_nothing() {
    let ring = kept(0, 1_000_000);
    for to in [0, 5, 900_000] {
        let mut viewer = open(Some(10), ring);
        viewer.sent(1000);
        viewer.moved(at(to));
        assert_eq!((viewer.next(), viewer.in_flight()), (at(to), 0));
        assert!(matches!(viewer.step(ring, None), Step::Send { from, .. } if from == at(to)));
        assert_eq!(viewer.acknowledge(at(to + 1)).unwrap_err().code, Code::Offset);
    }
}

#[test]
fn nothing_passes_what_has_its_place_before_it() {
    let ring = kept(0, 100);
    let mut viewer = open(None, ring);
    assert_eq!(viewer.step(ring, Some(at(7))), Step::Send { from: at(0), len: 7 });
    viewer.sent(7);
    assert_eq!(viewer.step(ring, Some(at(7))), Step::Rest);
}

#[test]
fn the_bytes_of_a_gap_do_not_fill_the_window() {
    let mut viewer = open(None, kept(0, 20));
    viewer.sent(20);
    let later = kept(5_000_000, 6_000_000);
    assert_eq!(viewer.step(later, None), Step::Gap(gap(20, 5_000_000)));
    viewer.skipped(gap(20, 5_000_000));
    assert_eq!(viewer.in_flight(), 20);
    viewer.acknowledge(at(20)).unwrap();
    assert_eq!(viewer.in_flight(), 0);
    assert_eq!(viewer.step(later, None), Step::Send { from: at(5_000_000), len: OUTPUT_FRAME });
}

#[derive(Debug, Clone)]
enum Act {
    Print(u64),
    Pump,
    Ack(u64),
    OldAck,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (1u64..2 * RING).prop_map(Act::Print),
        Just(Act::Pump),
        (0u64..80_000).prop_map(Act::Ack),
        Just(Act::OldAck),
    ]
}

proptest! {
    /// Whatever the program prints and the viewer acknowledges: what arrives is the next byte, or a gap that starts there.
    #[test]
    fn output_is_exact_or_its_loss_is_declared(acts in proptest::collection::vec(act(), 1..200)) {
        let (mut end, mut seen, mut gaps) = (0u64, 0u64, 0usize);
        let mut viewer = open(None, kept(0, 0));
        for act in acts {
            let ring = kept(end.saturating_sub(RING), end);
            match act {
                Act::Print(bytes) => end += bytes,
                Act::Pump => match viewer.step(ring, None) {
                    Step::Rest => {}
                    Step::Gap(gap) => {
                        prop_assert_eq!(gap.from, at(seen));
                        prop_assert!(gap.to > gap.from);
                        viewer.skipped(gap);
                        seen = gap.to.get();
                        gaps += 1;
                    }
                    Step::Send { from, len } => {
                        prop_assert_eq!(from, at(seen));
                        prop_assert!(from >= ring.start && from.plus(len as u64) <= ring.end);
                        viewer.sent(len);
                        seen += len as u64;
                    }
                },
                Act::Ack(behind) => viewer.acknowledge(at(seen.saturating_sub(behind))).unwrap(),
                Act::OldAck => viewer.acknowledge(Offset::ZERO).unwrap(),
            }
            prop_assert!(viewer.in_flight() <= OUTPUT_WINDOW);
            prop_assert!(viewer.gaps.len() <= 5, "{} gaps of {gaps} are remembered", viewer.gaps.len());
            prop_assert_eq!(viewer.next(), at(seen));
        }
        // A viewer that acknowledges all gets all that is kept.
        loop {
            viewer.acknowledge(at(seen)).unwrap();
            match viewer.step(kept(end.saturating_sub(RING), end), None) {
                Step::Rest => break,
                Step::Gap(gap) => { viewer.skipped(gap); seen = gap.to.get(); }
                Step::Send { len, .. } => { viewer.sent(len); seen += len as u64; }
            }
        }
        prop_assert_eq!(seen, end);
    }
}
