//! Headers and frames, in all their forms and however they are cut on their way.

use homie_protocol::code::Code;
use homie_protocol::frame::{Flags, HEADER_LEN, Header, Kind};
use homie_protocol::stream::{FrameDecoder, preamble};
use proptest::collection::vec;
use proptest::prelude::*;

use super::strategies::{channel, offset};

type Frames = (Vec<(Header, Vec<u8>)>, Option<Code>);

proptest! {
    #[test]
    fn a_header_is_read_as_it_was_written(header in header()) {
        prop_assert_eq!(Header::from_bytes(header.to_bytes()), Ok(header));
    }

    #[test]
    fn a_header_that_is_accepted_is_written_as_it_was_read(bytes in nearly_a_header()) {
        if let Ok(header) = Header::from_bytes(bytes) {
            prop_assert_eq!(header.to_bytes(), bytes);
        }
    }

    #[test]
    fn the_payload_stays_where_it_is(header in header(), payload in vec(any::<u8>(), 0..100)) {
        let frame = [&header.to_bytes(), &payload[..]].concat();
        match Header::parse(&frame) {
            Ok((parsed, rest)) => {
                prop_assert_eq!(parsed, header);
                prop_assert!(std::ptr::eq(rest, &raw const frame[HEADER_LEN..]));
            }
            Err(refusal) => prop_assert_eq!(refusal.code, Code::FramePayload),
        }
    }

    #[test]
    fn frames_arrive_however_they_are_cut(
        frames in vec((header(), vec(any::<u8>(), 0..70)), 0..6),
        tail in vec(any::<u8>(), 0..24),
        cuts in vec(1_usize..40, 1..30),
    ) {
        let whole = frames.iter().map(|(header, payload)| [&preamble(*header, payload.len()), &payload[..]].concat());
        let bytes: Vec<u8> = whole.flatten().chain(tail).collect();
        prop_assert_eq!(read(pieces(&bytes, &cuts)), read(vec![&bytes]));
    }
}

/// What comes out of a decoder that is fed these pieces, up to its first error.
fn read(pieces: Vec<&[u8]>) -> Frames {
    let mut decoder = FrameDecoder::default();
    let mut frames = Vec::new();
    for piece in pieces {
        decoder.feed(piece);
        loop {
            match decoder.next_frame() {
                Ok(Some((header, payload))) => frames.push((header, payload.to_vec())),
                Ok(None) => break,
                Err(refusal) => return (frames, Some(refusal.code)),
            }
        }
    }
    (frames, None)
}

fn pieces<'a>(mut bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for cut in cuts.iter().cycle() {
        if bytes.is_empty() {
            break;
        }
        let (piece, rest) = bytes.split_at((*cut).min(bytes.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

/// Every header the table allows.
fn header() -> impl Strategy<Value = Header> {
    let sets = [Flags::LAST, Flags::SKIP, Flags::ECHO, Flags::ICANON];
    let flags = prop::sample::subsequence(sets.to_vec(), 0..=2);
    let flags = flags.prop_map(|flags| flags.into_iter().fold(Flags::NONE, Flags::with));
    let placed = (prop::sample::select(Kind::ALL.to_vec()), flags, channel(), offset());
    let placed = placed.prop_filter_map("not in the table", |(kind, flags, channel, offset)| {
        Header::with_flags(kind, flags, channel, offset).or_else(|_| Header::new(kind, channel, offset)).ok()
    });
    prop_oneof![4 => placed, 1 => prop::sample::select(vec![Header::CIRCUIT, Header::PING, Header::PONG])]
}

/// Bytes that are a header more often than chance would have it.
fn nearly_a_header() -> impl Strategy<Value = [u8; HEADER_LEN]> {
    let byte = || prop_oneof![3 => Just(0_u8), 1 => any::<u8>()];
    let head = (0_u8..10, prop_oneof![Just(0_u8), 0_u8..16], byte(), byte());
    (head, vec(byte(), 12)).prop_map(|((kind, flags, high, low), rest)| {
        let mut bytes = [0; HEADER_LEN];
        bytes[..4].copy_from_slice(&[kind, flags, high, low]);
        bytes[4..].copy_from_slice(&rest);
        bytes
    })
}
