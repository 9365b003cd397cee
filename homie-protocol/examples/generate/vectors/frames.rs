//! Headers of every kind, at their ends, and everything the table of kinds refuses.

use homie_protocol::code::Code;
use homie_protocol::frame::{Flags, Header, Kind};
use homie_protocol::id::{Channel, Offset};
use homie_protocol::limits::{FRAME_MAX, OFFSET_END, PAYLOAD_MAX, PING_MAX};
use homie_protocol::stream::preamble;
use serde_json::Value;

use super::header_view::header_view;
use super::samples::last_offset;
use super::{Outcome, Vector};

const LAYER: &str = "frame";
const STREAM: &str = "stream";

/// Each kind at an ordinary place and at the last one, with all its flags, and a stream of three.
pub(super) fn good() -> Outcome<Vec<Vector>> {
    let mut vectors = vec![
        frame("frame-control-on-the-circuit", Header::CIRCUIT, b"\x80"),
        frame("frame-ping-empty", Header::PING, b""),
        frame("frame-ping-full", Header::PING, &[7; PING_MAX]),
        frame("frame-pong", Header::PONG, b"12345678"),
    ];
    for (kind, flags, payload) in on_channels() {
        let name = kind_name(kind);
        let plain = Header::new(kind, Channel::new(1), Offset::ZERO)?;
        vectors.push(frame(format!("frame-{name}"), plain, payload));
        let last = Header::with_flags(kind, flags, Channel::new(u32::MAX), last_offset()?)?;
        vectors.push(frame(format!("frame-{name}-at-the-end"), last, payload));
    }
    vectors.push(frame("frame-ack-of-output", Header::new(Kind::Ack, Channel::new(2), Offset::ZERO)?, b""));
    let shown = Header::with_flags(Kind::Ack, Flags::LAST, Channel::new(2), Offset::ZERO)?;
    vectors.push(frame("frame-ack-of-a-snapshot", shown, b""));
    vectors.push(stream()?);
    Ok(vectors)
}

/// One wrong thing in each.
pub(super) fn bad() -> Vec<Vector> {
    let short =
        [0, 1, 15].map(|len| refused(format!("frame-of-{len}-bytes"), vec![1; len], Code::FrameShort, "header"));
    let kinds =
        [0, 9, 255].map(|kind| refused(format!("frame-kind-{kind}"), header(kind, 0, 1, 0), Code::FrameKind, "kind"));
    let flags = [(1, 1), (2, 1), (3, 8), (4, 4), (4, 0x10), (5, 2), (6, 2), (7, 1), (8, 0x80)].map(|(kind, bits)| {
        let channel = u32::from(kind < 7);
        let bytes = [header(kind, bits, channel, 0), vec![0; 8]].concat();
        refused(format!("frame-flags-{bits:02x}-on-kind-{kind}"), bytes, Code::FrameFlags, "flags")
    });
    let channels = [(2, 0), (3, 0), (4, 0), (5, 0), (6, 0), (7, 1), (8, 2)].map(|(kind, channel)| {
        let bytes = [header(kind, 0, channel, 0), vec![0; 8]].concat();
        refused(format!("frame-channel-{channel}-on-kind-{kind}"), bytes, Code::Channel, "channel")
    });
    let payloads =
        [(1, 0), (2, 0), (2, PAYLOAD_MAX + 1), (3, 0), (5, 1), (5, 7), (5, 9), (7, PING_MAX + 1), (8, PING_MAX + 1)]
            .map(|(kind, len)| {
                let bytes = [header(kind, 0, u32::from(kind < 7), 0), vec![0; len]].concat();
                refused(format!("frame-payload-{len}-on-kind-{kind}"), bytes, Code::FramePayload, "payload")
            });
    short
        .into_iter()
        .chain(kinds)
        .chain(flags)
        .chain(channels)
        .chain(payloads)
        .chain(zeros_and_offsets())
        .chain(streams())
        .collect()
}

fn zeros_and_offsets() -> Vec<Vector> {
    let mut high = header(2, 0, 1, 0);
    let mut low = high.clone();
    high.splice(2..3, [1]);
    low.splice(3..4, [1]);
    vec![
        refused("frame-zero-high".to_owned(), high, Code::FrameZero, "zero"),
        refused("frame-zero-low".to_owned(), low, Code::FrameZero, "zero"),
        refused("frame-offset-2-53".to_owned(), header(2, 0, 1, OFFSET_END), Code::Offset, "offset"),
        refused("frame-offset-max".to_owned(), header(5, 0, 1, u64::MAX), Code::Offset, "offset"),
        refused("frame-offset-on-the-circuit".to_owned(), header(1, 0, 0, 1), Code::Offset, "offset"),
        refused("frame-offset-on-a-ping".to_owned(), header(7, 0, 0, 1), Code::Offset, "offset"),
    ]
}

fn streams() -> Vec<Vector> {
    let prefixed = |len: usize, rest: Vec<u8>| {
        let [.., a, b, c, d] = len.to_be_bytes();
        [vec![a, b, c, d], rest].concat()
    };
    let bad = |name: &str, bytes, code, field| Vector::bad(STREAM, name, bytes, code, field);
    vec![
        bad("stream-length-0", prefixed(0, vec![]), Code::FrameShort, "length"),
        bad("stream-length-15", prefixed(15, vec![0; 15]), Code::FrameShort, "length"),
        bad("stream-length-over-the-most", prefixed(FRAME_MAX + 1, vec![]), Code::TooLarge, "length"),
        bad("stream-length-2-32", prefixed(0xffff_ffff, vec![]), Code::TooLarge, "length"),
        bad("stream-of-a-bad-frame", prefixed(16, header(9, 0, 0, 0)), Code::FrameKind, "kind"),
    ]
}

fn on_channels() -> [(Kind, Flags, &'static [u8]); 6] {
    [
        (Kind::Control, Flags::NONE, b"\x80"),
        (Kind::Output, Flags::NONE, b"\x1b[1mhello\r\n"),
        (Kind::Input, Flags::NONE, b"\x03"),
        (Kind::Snapshot, Flags::LAST.with(Flags::SKIP), b""),
        (Kind::Ack, Flags::ECHO.with(Flags::ICANON), &[0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        (Kind::Chunk, Flags::LAST, b"bytes of a file"),
    ]
}

fn stream() -> Outcome<Vector> {
    let output = Header::new(Kind::Output, Channel::new(1), Offset::ZERO)?;
    let frames: [(Header, &[u8]); 3] = [(Header::CIRCUIT, b"\x80"), (output, b"one"), (Header::PING, b"")];
    let pieces = frames.map(|(header, payload)| [&preamble(header, payload.len())[..], payload].concat());
    let seen: Vec<Value> = frames.iter().map(|(header, payload)| header_view(*header, payload)).collect();
    Ok(Vector::good(STREAM, "stream-of-three", pieces.concat(), seen.into()))
}

fn frame(name: impl Into<String>, header: Header, payload: &[u8]) -> Vector {
    Vector::good(LAYER, name, [&header.to_bytes(), payload].concat(), header_view(header, payload))
}

fn kind_name(kind: Kind) -> String {
    format!("{kind:?}").to_lowercase()
}

fn header(kind: u8, flags: u8, channel: u32, offset: u64) -> Vec<u8> {
    [&[kind, flags, 0, 0][..], &channel.to_be_bytes(), &offset.to_be_bytes()].concat()
}

fn refused(name: String, bytes: Vec<u8>, code: Code, field: &'static str) -> Vector {
    Vector::bad(LAYER, name, bytes, code, field)
}
