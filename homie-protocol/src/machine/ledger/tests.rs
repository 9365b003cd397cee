//! The ledger against random writers: nothing is applied twice, out of order or unasked.

use proptest::prelude::*;

use super::*;

fn id(number: u64) -> WriterId {
    WriterId::from_bytes(number.to_be_bytes())
}

fn at(position: u64) -> Offset {
    Offset::new(position).unwrap()
}

fn claim(ledger: &mut Ledger, writer: u64, sent: u64) -> Result<InputState, Refusal> {
    ledger.claim(WriterClaim { id: id(writer), sent: at(sent) })
}

/// A frame for which there is room.
fn frame<'a>(ledger: &mut Ledger, id: WriterId, offset: Offset, bytes: &'a [u8]) -> Result<Fresh<'a>, Refusal> {
    let fresh = ledger.fresh(id, offset, bytes)?;
    if let Fresh::Apply(bytes) = fresh {
        ledger.accept(id, bytes.len());
    }
    Ok(fresh)
}

fn code<T: std::fmt::Debug>(result: Result<T, Refusal>) -> Code {
    result.unwrap_err().code
}

#[test]
fn duplicates_are_trimmed_gaps_and_overruns_refused() {
    let mut ledger = Ledger::default();
    assert_eq!(claim(&mut ledger, 1, 0).unwrap(), InputState { applied: at(0), contested: false });
    assert_eq!(frame(&mut ledger, id(1), at(0), b"abc").unwrap(), Fresh::Apply(b"abc"));
    assert_eq!(frame(&mut ledger, id(1), at(1), b"bcd").unwrap(), Fresh::Apply(b"d"));
    assert_eq!(frame(&mut ledger, id(1), at(0), b"abcd").unwrap(), Fresh::Duplicate);
    assert_eq!(code(frame(&mut ledger, id(1), at(5), b"f")), Code::InputGap);
    assert_eq!(code(frame(&mut ledger, id(2), at(0), b"a")), Code::WriterUnknown);

    let most = vec![b'x'; usize::try_from(INPUT_WINDOW).unwrap() - 4];
    assert_eq!(frame(&mut ledger, id(1), at(4), &most).unwrap(), Fresh::Apply(&most));
    assert_eq!(code(frame(&mut ledger, id(1), at(INPUT_WINDOW), b"y")), Code::InputOverrun);
    assert_eq!(ledger.applied(id(1), 1), Some(at(1)));
    assert_eq!(frame(&mut ledger, id(1), at(INPUT_WINDOW), b"y").unwrap(), Fresh::Apply(b"y"));
}

#[test]
fn a_stranger_contests_everybody_and_is_not_remembered() {
    let mut ledger = Ledger::default();
    claim(&mut ledger, 1, 0).unwrap();
    frame(&mut ledger, id(1), at(0), b"a").unwrap();
    ledger.applied(id(1), 1);
    for _ in 0..2 * WRITERS {
        ledger.stranger();
    }
    assert_eq!(claim(&mut ledger, 1, 1).unwrap(), InputState { applied: at(1), contested: true });
    frame(&mut ledger, id(1), at(1), b"b").unwrap();
    ledger.applied(id(1), 1);
    assert!(!claim(&mut ledger, 1, 2).unwrap().contested);
}

#[test]
fn somebody_elses_typing_contests_what_came_before_it() {
    let mut ledger = Ledger::default();
    claim(&mut ledger, 1, 0).unwrap();
    claim(&mut ledger, 2, 0).unwrap();
    frame(&mut ledger, id(1), at(0), b"a").unwrap();
    ledger.applied(id(1), 1);
    assert!(!claim(&mut ledger, 1, 1).unwrap().contested);
    frame(&mut ledger, id(2), at(0), b"b").unwrap();
    assert_eq!(claim(&mut ledger, 1, 3).unwrap(), InputState { applied: at(1), contested: true });
    assert!(!claim(&mut ledger, 2, 1).unwrap().contested);
    frame(&mut ledger, id(1), at(1), b"c").unwrap();
    assert!(!claim(&mut ledger, 1, 3).unwrap().contested);
}

#[test]
fn a_claim_must_know_what_it_has_sent() {
    let mut ledger = Ledger::default();
    assert_eq!(code(claim(&mut ledger, 1, 4)), Code::WriterUnknown);
    claim(&mut ledger, 1, 0).unwrap();
    frame(&mut ledger, id(1), at(0), b"abc").unwrap();
    ledger.applied(id(1), 3);
    assert_eq!(code(claim(&mut ledger, 1, 2)), Code::Offset);
    assert_eq!(claim(&mut ledger, 1, 3).unwrap().applied, at(3));
}

#[test]
fn the_longest_silent_is_forgotten_and_none_that_is_attached() {
    let mut ledger = Ledger::default();
    for writer in 0..WRITERS as u64 {
        claim(&mut ledger, writer, 0).unwrap();
    }
    assert_eq!(code(claim(&mut ledger, 1000, 0)), Code::Busy);
    ledger.release(id(7));
    ledger.release(id(5));
    frame(&mut ledger, id(5), at(0), b"a").unwrap();
    claim(&mut ledger, 1000, 0).unwrap();
    assert_eq!(code(claim(&mut ledger, 7, 1)), Code::WriterUnknown);
    claim(&mut ledger, 5, 1).unwrap();
    assert_eq!(ledger.writers.len(), WRITERS);
}

#[derive(Debug, Clone)]
enum Act {
    /// Sends again from so many bytes behind, so many bytes, perhaps skipping one.
    Send { writer: usize, behind: u64, len: usize, skip: bool },
    /// The terminal takes so many of the waiting bytes.
    Write(usize),
    /// The writer's link is lost and it comes back.
    Reconnect(usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0usize..3, 0u64..40, 1usize..30_000, proptest::bool::weighted(0.1))
            .prop_map(|(writer, behind, len, skip)| Act::Send { writer, behind, len, skip }),
        3 => (0usize..40_000).prop_map(Act::Write),
        1 => (0usize..3).prop_map(Act::Reconnect),
    ]
}

/// A writer's byte at a position.
fn byte(writer: usize, position: u64) -> u8 {
    u8::try_from((position * 7 + writer as u64) % 251).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is sent again, skipped, cut or left waiting: what the terminal has taken of a writer is the beginning of
    /// what that writer sent, each byte once.
    #[test]
    fn nothing_is_applied_twice_or_out_of_order(acts in proptest::collection::vec(act(), 1..120)) {
        let mut ledger = Ledger::default();
        let mut next = [0u64; 3];
        let mut waiting: Vec<(usize, u8)> = Vec::new();
        let mut taken: [Vec<u8>; 3] = Default::default();
        for writer in 0..3 {
            claim(&mut ledger, writer, 0).unwrap();
        }
        for act in acts {
            match act {
                Act::Send { writer, behind, len, skip } => {
                    let from = next[writer].saturating_sub(behind) + if skip { behind + 1 } else { 0 };
                    let bytes: Vec<u8> = (from..from + len as u64).map(|position| byte(writer, position)).collect();
                    match frame(&mut ledger, id(writer as u64), at(from), &bytes) {
                        Ok(Fresh::Apply(fresh)) => {
                            prop_assert!(!skip);
                            next[writer] += fresh.len() as u64;
                            waiting.extend(fresh.iter().map(|byte| (writer, *byte)));
                        }
                        Ok(Fresh::Duplicate) => prop_assert!(from + len as u64 <= next[writer]),
                        Err(refusal) if refusal.code == Code::InputGap => prop_assert!(from > next[writer]),
                        Err(refusal) => prop_assert_eq!(refusal.code, Code::InputOverrun),
                    }
                }
                Act::Write(len) => {
                    for (writer, byte) in waiting.drain(..len.min(waiting.len())) {
                        taken[writer].push(byte);
                        ledger.applied(id(writer as u64), 1);
                    }
                }
                Act::Reconnect(writer) => {
                    waiting.retain(|(owner, _)| *owner != writer);
                    ledger.release(id(writer as u64));
                    let state = claim(&mut ledger, writer as u64, next[writer]).unwrap();
                    prop_assert_eq!(state.applied, at(taken[writer].len() as u64));
                    next[writer] = state.applied.get();
                }
            }
            let unacknowledged = next.iter().zip(&taken).map(|(next, taken)| next - taken.len() as u64);
            prop_assert!(unacknowledged.into_iter().all(|bytes| bytes <= INPUT_WINDOW));
        }
        for (writer, taken) in taken.iter().enumerate() {
            let sent: Vec<u8> = (0..taken.len() as u64).map(|position| byte(writer, position)).collect();
            prop_assert_eq!(taken, &sent);
        }
    }
}
