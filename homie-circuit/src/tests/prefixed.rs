//! Unix sockets: whole frames, order, bounds, ends.

use std::sync::Arc;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::frame::Kind;
use homie_protocol::limits::{FRAME_MAX, PAYLOAD_MAX, WRITE_QUEUE};
use homie_protocol::stream::preamble;
use proptest::prelude::*;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::{LARGEST, PATIENCE, bye, frame, input, output};
use crate::{Closed, FrameReader, FrameWriter, unix};

fn pair() -> ((FrameReader, FrameWriter), (FrameReader, FrameWriter)) {
    let (one, other) = UnixStream::pair().unwrap();
    (unix(one), unix(other))
}

#[tokio::test]
async fn frames_cross_in_both_directions() {
    let ((mut near, near_writer), (mut far, far_writer)) = pair();
    near_writer.send(output(5), b"hello").unwrap();
    far_writer.send(input(9), b"world").unwrap();
    let (there, back) = (frame(&mut far).await, frame(&mut near).await);
    assert_eq!((there.header, &there.payload[..]), (output(5), &b"hello"[..]));
    assert_eq!((back.header, &back.payload[..]), (input(9), &b"world"[..]));
}

#[tokio::test]
async fn dropping_the_last_writer_sends_what_waits_and_ends() {
    let ((near, near_writer), (mut far, _far_writer)) = pair();
    for number in 0..50 {
        near_writer.send(output(number), LARGEST).unwrap();
    }
    drop((near, near_writer));
    for number in 0..50 {
        assert_eq!(frame(&mut far).await.header, output(number));
    }
    assert_eq!(timeout(PATIENCE, far.next()).await.unwrap(), Ok(None));
}

#[tokio::test]
async fn a_peer_that_does_not_read_is_cut_off_and_told_why() {
    let ((_near, near_writer), (mut far, _far_writer)) = pair();
    let most = WRITE_QUEUE / PAYLOAD_MAX + 16;
    let sent = (0..most).take_while(|_| near_writer.send(output(0), LARGEST).is_ok()).count();
    assert!(sent < most, "the queue has no bound");
    assert_eq!(near_writer.send(output(0), LARGEST), Err(Closed));
    let mut last = frame(&mut far).await;
    while let Some(next) = timeout(PATIENCE, far.next()).await.unwrap().unwrap() {
        last = next;
    }
    assert_eq!(bye(&last).code, Code::SlowReader);
    timeout(PATIENCE, near_writer.closed()).await.unwrap();
}

#[tokio::test]
async fn a_peer_that_never_reads_does_not_keep_the_writer() {
    let ((_near, near_writer), _far) = pair();
    while near_writer.send(output(0), LARGEST).is_ok() {}
    timeout(PATIENCE, near_writer.closed()).await.expect("the last words have a limit");
}

#[tokio::test]
async fn control_overtakes_the_output_that_waits() {
    let ((_near, near_writer), (mut far, _far_writer)) = pair();
    for number in 0..64 {
        near_writer.send(output(number), LARGEST).unwrap();
    }
    near_writer.send(input(1), b"key").unwrap();
    let mut before = 0;
    while frame(&mut far).await.header != input(1) {
        before += 1;
    }
    assert!(before < 32, "{before} of 64 frames of output came first");
}

#[tokio::test]
async fn goodbye_gives_up_output_and_keeps_answers() {
    let ((_near, near_writer), (mut far, _far_writer)) = pair();
    for number in 0..64 {
        near_writer.send(output(number), LARGEST).unwrap();
    }
    near_writer.send(input(1), b"key").unwrap();
    near_writer.bye(&Refusal::new(Code::GoingAway, "back soon"));
    assert!(!near_writer.is_open());
    let mut frames = Vec::new();
    while let Some(next) = timeout(PATIENCE, far.next()).await.unwrap().unwrap() {
        frames.push(next);
    }
    let last = frames.pop().unwrap();
    assert_eq!(bye(&last), Refusal::new(Code::GoingAway, "back soon"));
    assert_eq!(frames.last().unwrap().header, input(1));
    assert!(frames.iter().filter(|frame| frame.header.kind() == Kind::Output).count() < 32);
}

#[tokio::test]
async fn a_frame_that_the_wire_does_not_allow_ends_the_circuit() {
    let ((_near, near_writer), (mut far, _far_writer)) = pair();
    assert_eq!(near_writer.send(output(0), b""), Err(Closed));
    assert_eq!(bye(&frame(&mut far).await).code, Code::Internal);
}

#[tokio::test]
async fn lies_about_the_length_are_refused_before_room_is_made() {
    let too_long = u32::try_from(FRAME_MAX + 1).unwrap().to_be_bytes();
    for (bytes, code) in [(too_long, Code::TooLarge), ([0xff; 4], Code::TooLarge), ([0, 0, 0, 15], Code::FrameShort)] {
        let (mut peer, stream) = UnixStream::pair().unwrap();
        peer.write_all(&bytes).await.unwrap();
        let (mut reader, _writer) = unix(stream);
        assert_eq!(timeout(PATIENCE, reader.next()).await.unwrap().unwrap_err().code, code);
    }
}

#[tokio::test]
async fn a_link_that_breaks_in_the_middle_of_a_frame_is_an_end() {
    let (mut peer, stream) = UnixStream::pair().unwrap();
    let (mut reader, _writer) = unix(stream);
    peer.write_all(&preamble(output(0), 100)).await.unwrap();
    peer.write_all(b"only some").await.unwrap();
    drop(peer);
    assert_eq!(timeout(PATIENCE, reader.next()).await.unwrap(), Ok(None));
}

#[tokio::test]
async fn small_frames_that_are_kept_share_their_room() {
    let ((_near, near_writer), (mut far, _far_writer)) = pair();
    let mut kept = Vec::new();
    for number in 0..2_000 {
        near_writer.send(output(number), b"x").unwrap();
        kept.push(frame(&mut far).await);
    }
    let mut places: Vec<usize> = kept.iter().map(|frame| frame.payload.as_ptr() as usize).collect();
    places.sort_unstable();
    let rooms = 1 + places.windows(2).filter(|pair| pair[1] - pair[0] > 64).count();
    assert!(rooms < 20, "{rooms} rooms for 2,000 frames of 21 bytes");
}

#[tokio::test]
async fn bytes_that_trickle_in_become_frames() {
    let (mut peer, stream) = UnixStream::pair().unwrap();
    let (mut reader, _writer) = unix(stream);
    let trickle = tokio::spawn(async move {
        for number in 0..20 {
            for byte in preamble(output(number), 3).into_iter().chain(*b"abc") {
                peer.write_all(&[byte]).await.unwrap();
            }
        }
    });
    for number in 0..20 {
        let next = frame(&mut reader).await;
        assert_eq!((next.header, &next.payload[..]), (output(number), &b"abc"[..]));
    }
    trickle.await.unwrap();
}

/// Three threads send at once through a socket of 4 KiB; the frames of each arrive whole and in order.
async fn crowd(lens: Vec<usize>) {
    let (near, far) = UnixStream::pair().unwrap();
    rustix::net::sockopt::set_socket_send_buffer_size(&near, 4096).unwrap();
    let ((_reader, writer), (mut far, _far_writer)) = (unix(near), unix(far));
    let lens = Arc::new(lens);
    let senders = [1_u32, 3, 5].map(|channel| {
        let (writer, lens) = (writer.clone(), Arc::clone(&lens));
        std::thread::spawn(move || {
            for (number, len) in lens.iter().enumerate() {
                let kind = if channel == 5 { Kind::Input } else { Kind::Output };
                let offset = homie_protocol::id::Offset::new(number as u64).unwrap();
                let channel = homie_protocol::id::Channel::new(channel);
                let header = homie_protocol::frame::Header::new(kind, channel, offset).unwrap();
                writer.send(header, &vec![u8::try_from(number % 251).unwrap(); *len]).unwrap();
            }
        })
    });
    let mut next = [0_usize; 6];
    for _ in 0..3 * lens.len() {
        let frame = frame(&mut far).await;
        let next = &mut next[frame.header.channel().get() as usize];
        assert_eq!(frame.header.offset().get(), *next as u64);
        assert_eq!(frame.payload.len(), lens[*next]);
        assert!(frame.payload.iter().all(|byte| usize::from(*byte) == *next % 251));
        *next += 1;
    }
    for sender in senders {
        sender.join().unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn senders_at_once_never_mix_their_frames(lens in prop::collection::vec(1_usize..20_000, 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(crowd(lens));
    }
}
