//! The queue against a socket that takes what it likes.

use homie_protocol::id::{Channel, Offset};
use proptest::prelude::*;

use super::*;

fn full(_: &[IoSlice<'_>]) -> io::Result<usize> {
    Err(ErrorKind::WouldBlock.into())
}

fn send(
    queue: &mut WriteQueue,
    rank: Rank,
    head: &[u8],
    payload: &[u8],
    write: impl FnMut(&[IoSlice<'_>]) -> io::Result<usize>,
) -> Result<(), SendError> {
    queue.send([Parts { rank, head, payload }], write)
}

fn header(kind: Kind, channel: u32) -> Header {
    Header::new(kind, Channel::new(channel), Offset::ZERO).unwrap()
}

#[test]
fn the_payload_is_handed_to_the_socket_where_it_lies() {
    let payload = vec![7; 10_000];
    let mut seen = None;
    let mut queue = WriteQueue::default();
    let sent = send(&mut queue, Rank::Bulk, b"head", &payload, |slices| {
        seen = Some((slices[1].as_ptr(), slices[1].len()));
        Ok(slices.iter().map(|slice| slice.len()).sum())
    });
    assert!(sent.is_ok() && queue.is_empty());
    assert_eq!(seen, Some((payload.as_ptr(), 10_000)));
}

#[test]
fn what_overtakes_what() {
    let circuit = Header::CIRCUIT;
    for urgent in [circuit, Header::PING, Header::PONG, header(Kind::Input, 1), header(Kind::Ack, 1)] {
        assert_eq!(Rank::of(urgent), Rank::Urgent, "{urgent:?}");
    }
    for kind in [Kind::Output, Kind::Snapshot, Kind::Chunk, Kind::Control] {
        assert_eq!(Rank::of(header(kind, 1)), Rank::Bulk, "{kind:?}");
    }
}

#[test]
fn a_frame_half_written_is_finished_before_an_urgent_one() {
    let mut queue = WriteQueue::default();
    send(&mut queue, Rank::Bulk, b"ab", b"cd", |_| Ok(3)).unwrap();
    send(&mut queue, Rank::Bulk, b"ef", b"", full).unwrap();
    send(&mut queue, Rank::Urgent, b"!!", b"", full).unwrap();
    let mut written = Vec::new();
    assert_eq!(queue.drain(|slices| write_all(&mut written, slices)).unwrap(), Progress::Empty);
    assert_eq!(written, b"d!!ef");
}

#[test]
fn two_frames_go_with_one_call_and_keep_their_ranks() {
    let ack = Parts { rank: Rank::Urgent, head: b"a", payload: b"ck" };
    let echo = Parts { rank: Rank::Bulk, head: b"e", payload: b"cho" };
    for taken in 1..=7 {
        let mut queue = WriteQueue::default();
        let mut calls = 0;
        let sent = queue.send([ack, echo], |_| {
            calls += 1;
            Ok(taken)
        });
        assert!(sent.is_ok() && calls == 1 && queue.is_empty() == (taken == 7));
        let mut rest = Vec::new();
        while queue.drain(|slices| write_all(&mut rest, slices)).unwrap() != Progress::Empty {}
        assert_eq!(rest, &b"ackecho"[taken..]);
    }
    let mut queue = WriteQueue::default();
    send(&mut queue, Rank::Bulk, b"before", b"", full).unwrap();
    queue.send([ack, echo], full).unwrap();
    let mut written = Vec::new();
    while queue.drain(|slices| write_all(&mut written, slices)).unwrap() != Progress::Empty {}
    assert_eq!(written, b"ackbeforeecho");
}

#[test]
fn interrupted_writes_are_tried_again_and_broken_ones_are_told() {
    let mut queue = WriteQueue::default();
    let mut calls = 0;
    let interrupted = send(&mut queue, Rank::Bulk, b"ab", b"", |_| {
        calls += 1;
        if calls == 1 { Err(ErrorKind::Interrupted.into()) } else { Ok(2) }
    });
    assert!(interrupted.is_ok() && queue.is_empty());
    let broken = send(&mut queue, Rank::Bulk, b"ab", b"", |_| Err(ErrorKind::BrokenPipe.into()));
    assert!(matches!(broken, Err(SendError::Socket(error)) if error.kind() == ErrorKind::BrokenPipe));
}

#[test]
fn the_bound_holds_and_giving_up_makes_room() {
    let mut queue = WriteQueue::default();
    let payload = vec![0; 64 * 1024];
    let mut taken = 0;
    while send(&mut queue, Rank::Bulk, b"head", &payload, full).is_ok() {
        taken += payload.len();
    }
    assert!(taken <= WRITE_QUEUE && taken + 2 * payload.len() > WRITE_QUEUE);
    assert!(matches!(send(&mut queue, Rank::Urgent, b"head", &payload, full), Err(SendError::Full)));
    queue.push_last(b"bye".to_vec());
    queue.drop_waiting();
    assert!(queue.is_empty());
    assert_eq!(queue.cost, 0);
}

#[test]
fn a_million_tiny_frames_are_not_free() {
    let mut queue = WriteQueue::default();
    let taken = (0..1_000_000).take_while(|_| send(&mut queue, Rank::Urgent, b"x", b"", full).is_ok()).count();
    assert!(taken < 200_000);
}

fn write_all(written: &mut Vec<u8>, slices: &[IoSlice<'_>]) -> io::Result<usize> {
    write_some(written, slices, usize::MAX)
}

/// A socket that takes `room` bytes, or is full.
fn write_some(written: &mut Vec<u8>, slices: &[IoSlice<'_>], room: usize) -> io::Result<usize> {
    if room == 0 {
        return Err(ErrorKind::WouldBlock.into());
    }
    let all: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
    let taken = all.len().min(room);
    written.extend_from_slice(&all[..taken]);
    Ok(taken)
}

proptest! {
    /// Frames `[rank, number, length, length bytes of number]`: whatever the socket takes and when, they come out whole,
    /// each rank in order, and the account is settled at the end.
    #[test]
    fn frames_come_out_whole_and_each_rank_in_order(
        steps in prop::collection::vec((any::<bool>(), any::<bool>(), 0_u8..40, 0_usize..50), 1..200),
    ) {
        let mut queue = WriteQueue::default();
        let mut written = Vec::new();
        let mut numbers = [0_u8; 2];
        for (is_send, is_urgent, len, room) in steps {
            let write = |slices: &[IoSlice<'_>]| write_some(&mut written, slices, room);
            if is_send {
                let rank = if is_urgent { Rank::Urgent } else { Rank::Bulk };
                let number = &mut numbers[usize::from(is_urgent)];
                let payload = vec![*number; usize::from(len)];
                send(&mut queue, rank, &[u8::from(is_urgent), *number, len], &payload, write).unwrap();
                *number = number.wrapping_add(1);
            } else {
                queue.drain(write).unwrap();
            }
        }
        while queue.drain(|slices| write_all(&mut written, slices)).unwrap() != Progress::Empty {}
        prop_assert_eq!(queue.cost, 0);

        let mut rest = written.as_slice();
        let mut expected = [0_u8; 2];
        while let [rank, number, len, tail @ ..] = rest {
            prop_assert_eq!(*number, expected[usize::from(*rank)]);
            expected[usize::from(*rank)] = number.wrapping_add(1);
            let (payload, next) = tail.split_at(usize::from(*len));
            prop_assert!(payload.iter().all(|byte| byte == number));
            rest = next;
        }
        prop_assert_eq!(expected, numbers);
    }
}
