//! The log against acks that are right, late, doubled and wrong.

use proptest::prelude::*;

use super::*;

fn at(position: u64) -> Offset {
    Offset::new(position).unwrap()
}

fn settled(bytes: u64, sent_at: Option<u64>) -> Settled {
    Settled { bytes, sent_at }
}

#[test]
fn an_ack_settles_whole_frames_and_tells_when_the_newest_was_sent() {
    let mut log = SentLog::new(at(100));
    log.output(7, at(110), 10);
    log.output(8, at(130), 20);
    log.output(9, at(160), 30);
    assert_eq!(log.acknowledge(at(115)), Ok(settled(15, Some(7))));
    assert_eq!(log.acknowledge(at(115)), Ok(settled(0, None)));
    assert_eq!(log.acknowledge(at(3)), Ok(settled(0, None)));
    assert_eq!(log.in_flight(), 45);
    assert_eq!(log.acknowledge(at(161)).unwrap_err().message, "ack: 161 is beyond what was sent, 160");
    assert_eq!(log.acknowledge(at(160)), Ok(settled(45, Some(9))));
    assert_eq!(log.in_flight(), 0);
}

#[test]
fn plain_acks_do_not_pass_a_snapshot_and_shown_ones_do() {
    let mut log = SentLog::new(at(0));
    log.output(1, at(50), 50);
    log.snapshot(2, at(20), 700);
    log.output(3, at(90), 70);
    // Said before the snapshot was shown: of the output behind it nothing is known.
    assert_eq!(log.acknowledge(at(60)), Ok(settled(50, Some(1))));
    assert_eq!(log.in_flight(), 770);
    assert_eq!(log.show(at(20)), Ok(settled(700, Some(2))));
    assert_eq!(log.acknowledge(at(60)), Ok(settled(40, None)));
    assert_eq!(log.acknowledge(at(91)).unwrap_err().code, Code::Offset);
    assert_eq!(log.acknowledge(at(90)), Ok(settled(30, Some(3))));
}

#[test]
fn a_snapshot_that_is_shown_settles_all_before_it() {
    let mut log = SentLog::new(at(0));
    log.output(1, at(50), 50);
    log.snapshot(2, at(900), 5);
    log.snapshot(3, at(900), 6);
    log.snapshot(4, at(950), 7);
    assert_eq!(log.snapshots(), 3);
    assert_eq!(log.show(at(900)), Ok(settled(55, Some(2))));
    assert_eq!(log.show(at(900)), Ok(settled(6, Some(3))));
    assert_eq!(log.show(at(900)), Ok(settled(0, None)));
    assert_eq!(log.show(at(20)).unwrap_err().message, "ack: no snapshot of 20 was sent");
    assert_eq!((log.snapshots(), log.in_flight()), (1, 7));
}

#[test]
fn a_viewer_that_acknowledges_nothing_costs_a_bounded_log() {
    let mut log = SentLog::new(at(0));
    for byte in 1..=100_000 {
        log.output(byte, at(byte), 1);
    }
    assert_eq!(log.items.len(), ITEMS);
    assert_eq!(log.in_flight(), 100_000);
    assert_eq!(log.acknowledge(at(500)), Ok(settled(500, Some(500))));
    assert_eq!(log.acknowledge(at(100_000)), Ok(settled(99_500, Some(100_000))));
}

#[derive(Debug, Clone)]
enum Act {
    Output(u64),
    Gap(u64),
    Snapshot(u64, u64),
    Parsed(u64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (1u64..5_000).prop_map(Act::Output),
        (1u64..5_000).prop_map(Act::Gap),
        (0u64..50_000, 0u64..3_000).prop_map(|(at, bytes)| Act::Snapshot(at, bytes)),
        (1u64..9_000).prop_map(Act::Parsed),
    ]
}

proptest! {
    /// A viewer that parses what it was sent, in pieces of any size: what is in flight is what it has not parsed.
    #[test]
    fn in_flight_is_what_was_not_parsed(acts in proptest::collection::vec(act(), 1..200)) {
        let (mut log, mut next, mut wire) = (SentLog::new(at(0)), 0, VecDeque::new());
        for (now, act) in (0u64..).zip(acts) {
            match act {
                Act::Output(len) => {
                    wire.push_back((false, next, len));
                    next += len;
                    log.output(now, at(next), len);
                }
                Act::Gap(len) => {
                    next += len;
                    log.output(now, at(next), 0);
                }
                Act::Snapshot(to, bytes) => {
                    wire.push_back((true, to, bytes));
                    next = to;
                    log.snapshot(now, at(to), bytes);
                }
                Act::Parsed(mut len) => while let Some((is_snapshot, offset, bytes)) = wire.pop_front() {
                    if is_snapshot {
                        log.show(at(offset)).unwrap();
                    } else {
                        let parsed = bytes.min(len);
                        log.acknowledge(at(offset + parsed)).unwrap();
                        len -= parsed;
                        if parsed < bytes {
                            wire.push_front((false, offset + parsed, bytes - parsed));
                        }
                    }
                    if len == 0 { break; }
                },
            }
            prop_assert_eq!(log.in_flight(), wire.iter().map(|(_, _, bytes)| bytes).sum::<u64>());
        }
    }
}
