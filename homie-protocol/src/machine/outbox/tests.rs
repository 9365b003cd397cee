//! The outbox by itself, and against a terminal that applies, acknowledges late and loses circuits.

use proptest::prelude::*;

use super::*;

fn outbox() -> Outbox {
    Outbox::new(WriterId::from_bytes([7; 8]))
}

fn at(position: u64) -> Offset {
    Offset::new(position).unwrap()
}

fn state(applied: u64, contested: bool) -> InputState {
    InputState { applied: at(applied), contested }
}

/// Sends all the window allows.
fn fly(outbox: &mut Outbox) -> Vec<(u64, Vec<u8>)> {
    std::iter::from_fn(|| outbox.next_frame().map(|(offset, bytes)| (offset.get(), bytes.to_vec()))).collect()
}

#[test]
fn a_paste_is_cut_and_stops_at_the_window() {
    let mut outbox = outbox();
    assert_eq!(outbox.write(0, &vec![1; 2 * OUTBOX_MAX]), OUTBOX_MAX);
    assert_eq!(outbox.write(0, b"x"), 0);
    let frames = fly(&mut outbox);
    let lens: Vec<usize> = frames.iter().map(|(_, bytes)| bytes.len()).collect();
    assert_eq!(lens, [INPUT_FRAME; 4]);
    outbox.acknowledge(at(10)).unwrap();
    assert_eq!(fly(&mut outbox), [(65_536, vec![1; 10])]);
    assert_eq!(outbox.write(0, b"twelve bytes"), 10);
}

#[test]
fn an_ack_beyond_what_was_sent_is_refused_and_an_old_one_ignored() {
    let mut outbox = outbox();
    outbox.write(0, b"abc");
    assert_eq!(outbox.acknowledge(at(1)).unwrap_err().code, Code::Offset);
    fly(&mut outbox);
    outbox.acknowledge(at(2)).unwrap();
    outbox.acknowledge(at(1)).unwrap();
    assert_eq!(outbox.waiting(), 1);
}

#[test]
fn young_bytes_fly_again_from_what_was_applied() {
    let mut outbox = outbox();
    outbox.write(1_000, b"abcdef");
    fly(&mut outbox);
    assert_eq!(outbox.claim().sent, at(6));
    assert_eq!(outbox.resume(31_000, state(2, false)), Ok(None));
    assert_eq!(fly(&mut outbox), [(2, b"cdef".to_vec())]);
}

#[test]
fn old_or_contested_bytes_are_handed_back() {
    for (now, contested) in [(31_001, false), (1_001, true)] {
        let mut outbox = outbox();
        outbox.write(1_000, b"abcdef");
        fly(&mut outbox);
        assert_eq!(outbox.resume(now, state(2, contested)), Ok(Some(b"cdef".to_vec())));
        assert_eq!(fly(&mut outbox), []);
        outbox.write(now, b"x");
        assert_eq!(fly(&mut outbox), [(2, b"x".to_vec())]);
    }
}

#[test]
fn contested_with_nothing_waiting_is_nothing() {
    let mut outbox = outbox();
    outbox.write(0, b"ab");
    fly(&mut outbox);
    assert_eq!(outbox.resume(99_000, state(2, true)), Ok(None));
}

#[test]
fn the_age_is_that_of_the_oldest_byte_that_waits() {
    let mut outbox = outbox();
    outbox.write(1_000, b"a");
    outbox.write(1_050, b"b");
    outbox.write(20_000, b"c");
    fly(&mut outbox);
    assert_eq!(outbox.waiting_since(), Some(1_000));
    outbox.acknowledge(at(2)).unwrap();
    assert_eq!(outbox.waiting_since(), Some(20_000));
    outbox.acknowledge(at(3)).unwrap();
    assert_eq!(outbox.waiting_since(), None);
}

#[test]
fn a_forgotten_writer_begins_again_and_replays_nothing() {
    let mut outbox = outbox();
    outbox.write(0, b"abc");
    fly(&mut outbox);
    let other = WriterId::from_bytes([8; 8]);
    assert_eq!(outbox.begin_again(other), b"abc");
    assert_eq!(outbox.claim(), WriterClaim { id: other, sent: Offset::ZERO });
    outbox.write(0, b"d");
    assert_eq!(fly(&mut outbox), [(0, b"d".to_vec())]);
}

#[test]
fn a_holder_that_applied_what_was_never_sent_is_refused() {
    let mut outbox = outbox();
    outbox.write(0, b"abc");
    assert_eq!(outbox.resume(0, state(1, false)).unwrap_err().code, Code::Offset);
    fly(&mut outbox);
    outbox.acknowledge(at(2)).unwrap();
    assert_eq!(outbox.resume(0, state(1, false)).unwrap_err().code, Code::Offset);
}

/// What happens to a writer.
#[derive(Debug, Clone)]
enum Event {
    Write(usize),
    Send,
    Apply(usize),
    Ack,
    Cut { wait: u64, contested: bool },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (1_usize..40_000).prop_map(Event::Write),
        Just(Event::Send),
        (1_usize..40_000).prop_map(Event::Apply),
        Just(Event::Ack),
        (0_u64..50_000, any::<bool>()).prop_map(|(wait, contested)| Event::Cut { wait, contested }),
    ]
}

proptest! {
    /// Every byte written is applied once and in order, or handed back, or still waits.
    #[test]
    fn no_byte_is_lost_or_doubled(events in prop::collection::vec(event(), 1..60)) {
        let mut outbox = outbox();
        let (mut now, mut counter) = (0, 0_u32);
        let mut expected: Vec<u8> = Vec::new();
        let mut in_flight: VecDeque<u8> = VecDeque::new();
        let mut terminal: Vec<u8> = Vec::new();
        for event in events {
            match event {
                Event::Write(len) => {
                    let bytes: Vec<u8> = (0..len).map(|_| { counter += 1; counter.to_be_bytes()[3] }).collect();
                    let taken = outbox.write(now, &bytes);
                    expected.extend(&bytes[..taken]);
                }
                Event::Send => while let Some((offset, bytes)) = outbox.next_frame() {
                    prop_assert_eq!(offset.get(), (terminal.len() + in_flight.len()) as u64);
                    in_flight.extend(bytes);
                },
                Event::Apply(len) => {
                    let len = len.min(in_flight.len());
                    terminal.extend(in_flight.drain(..len));
                }
                Event::Ack => outbox.acknowledge(at(terminal.len() as u64)).unwrap(),
                Event::Cut { wait, contested } => {
                    now += wait;
                    in_flight.clear();
                    let since = outbox.waiting_since();
                    if let Some(bytes) = outbox.resume(now, state(terminal.len() as u64, contested)).unwrap() {
                        prop_assert!(contested || now - since.unwrap() > RESEND_MS);
                        prop_assert!(expected.ends_with(&bytes));
                        expected.truncate(expected.len() - bytes.len());
                    }
                }
            }
            prop_assert!(in_flight.len() as u64 <= INPUT_WINDOW);
            prop_assert_eq!(&expected[..terminal.len()], &terminal[..]);
            prop_assert!(terminal.len() + outbox.waiting() >= expected.len());
        }
    }
}
