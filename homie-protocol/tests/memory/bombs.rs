//! The worst megabytes: they nest, they repeat, they claim what never comes, or they are just as large as they may be.

use std::iter::{once, repeat_n};

use homie_protocol::code::{Code, Refusal};
use homie_protocol::codec;
use homie_protocol::control::{self, Empty, Outgoing, Reading};
use homie_protocol::id::{Incarnation, SessionId};
use homie_protocol::limits::ANSWER;
use homie_protocol::methods::session::{ListOutput, SessionInfo, StartParams};
use homie_protocol::stream::FrameDecoder;

/// Bytes of an input.
pub(crate) const INPUT: usize = 1 << 20;

/// What a socket brings in one read.
const READ: usize = 64 * 1024;

/// Hostile bytes, who reads them, and what comes of it: a refusal or, for a few, nothing.
pub(crate) struct Bomb {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
    pub(crate) decoder: fn(&[u8]) -> Option<Code>,
    pub(crate) code: Option<Code>,
}

pub(crate) fn all() -> Vec<Bomb> {
    [endless(), claims(), keys(), words(), allowed(), streams()].into_iter().flatten().collect()
}

/// The same again and again.
fn endless() -> Vec<Bomb> {
    let nil = Code::UnsupportedType;
    vec![
        bomb("nil", filled(b"", b"\xc0"), answer, nil),
        bomb("nil in an array", filled(b"\xdc\x3f\xff", b"\xc0"), answer, nil),
        bomb("nil in an array of all the bytes", filled(b"\xdd\x00\x0f\xff\xfb", b"\xc0"), answer, Code::TooMany),
        bomb("arrays in arrays", filled(b"", b"\x91"), answer, Code::TooDeep),
        bomb("arrays in wide arrays", filled(b"", b"\xdc\x03\xff"), answer, Code::TooDeep),
        bomb("maps in maps", filled(b"", b"\x81\xa1a"), answer, Code::TooDeep),
        bomb("maps and arrays", filled(b"", b"\x81\xa1a\x91"), list, Code::TooDeep),
        bomb("integers", filled(b"\x01", b"\x01"), answer, Code::TrailingBytes),
        bomb("a request of a megabyte", filled(b"\x81\xa1t", b"\x01"), request, Code::TooLarge),
        bomb("a greeting of a megabyte", filled(b"\x81\xa1t", b"\x01"), greeting, Code::TooLarge),
    ]
}

/// Lengths without the bytes.
fn claims() -> Vec<Bomb> {
    vec![
        bomb("claim of an array", filled(b"\xdd\xff\xff\xff\xff", b"\x01"), answer, Code::TooMany),
        bomb("claim of a map", filled(b"\xdf\xff\xff\xff\xff", b"\xa1a\x01"), answer, Code::TooMany),
        bomb("claim of text", filled(b"\xdb\xff\xff\xff\xff", b"x"), answer, Code::Malformed),
        bomb("claim of bytes", filled(b"\xc6\xff\xff\xff\xff", b"x"), answer, Code::Malformed),
        bomb("claim of an extension", filled(b"\xc9\xff\xff\xff\xff\x01", b"x"), answer, Code::UnsupportedType),
        bomb("claims in claims", filled(b"\x9f", b"\xdc\x3f\x00"), list, Code::TooDeep),
        bomb(
            "claim of a list of sessions",
            filled(b"\x81\xa8sessions\xdc\x3f\xf0", b"\x80"),
            list,
            Code::TrailingBytes,
        ),
    ]
}

/// Keys, which the walk holds against each other.
fn keys() -> Vec<Bomb> {
    let long = INPUT / 2 - 8;
    let twice = [b"\x82".to_vec(), text(long, b'k'), vec![1], text(long, b'k'), vec![1]].concat();
    let wide = (0..=u8::MAX).flat_map(|key| [text(4_000, key & 0x7f), vec![1]].concat());
    let distinct = (0..256_usize).flat_map(|key| [text(3_700 + key, b'k'), vec![1]].concat());
    let path: Vec<u8> = (0..16).flat_map(|_| [b"\x81".to_vec(), text(65_000, 1)].concat()).chain(once(0xc0)).collect();
    vec![
        bomb("map of too many keys", filled(b"\xde\xff\xff", b"\xa1a\x01"), answer, Code::TooMany),
        bomb("one key", [b"\x81".to_vec(), text(INPUT - 7, 1), vec![1]].concat(), list, Code::UnknownField),
        bomb("one key twice", twice, answer, Code::DuplicateKey),
        bomb("long keys twice", b"\xde\x01\x00".iter().copied().chain(wide).collect(), answer, Code::DuplicateKey),
        bomb("long keys", b"\xde\x01\x00".iter().copied().chain(distinct).collect(), list, Code::UnknownField),
        bomb("a long way to the error", path, answer, Code::UnsupportedType),
    ]
}

/// Words that come back in an error: each of these characters is five in it.
fn words() -> Vec<Bomb> {
    let words = |before: &[u8]| [before, &text(INPUT - 5 - before.len(), 1)].concat();
    vec![
        bomb("a tag", words(b"\x81\xa1t"), answer, Code::UnknownVariant),
        bomb("a code", words(b"\x83\xa1t\xa3bye\xa7message\xa0\xa4code"), answer, Code::UnknownVariant),
        bomb(
            "text for a number",
            words(b"\x84\xa1t\xa5event\xa4data\x80\xa5topic\xa0\xa3seq"),
            answer,
            Code::WrongType,
        ),
        bomb("text for a list", words(b"\x81\xa8sessions"), list, Code::WrongType),
        bomb("text for an id", words(b"\x82\xa8sessions\x90\xa4next"), list, Code::OutOfRange),
    ]
}

/// As much as is allowed.
fn allowed() -> Vec<Bomb> {
    let bye = Outgoing::<Empty>::Bye(&Refusal::new(Code::Busy, "\u{1}".repeat(INPUT - 40))).encode().unwrap();
    let sessions = ListOutput { sessions: vec![session("x".repeat(800)); 1_000], next: None };
    let words = StartParams { command: Some(vec![String::new(); 16_000]), ..StartParams::default() };
    let env = (0..256).map(|key| (format!("{key}"), "x".repeat(4_000))).collect();
    let env = StartParams { env: Some(env), ..StartParams::default() };
    vec![
        harmless("a farewell", bye, answer),
        harmless("sessions", codec::encode(&sessions).unwrap(), list),
        harmless("words of a command", codec::encode(&words).unwrap(), start),
        harmless("an environment", codec::encode(&env).unwrap(), start),
    ]
}

/// What comes out of a socket.
fn streams() -> Vec<Bomb> {
    vec![
        bomb("a frame of 4 GiB", filled(b"\xff\xff\xff\xff", b"\0"), frames, Code::TooLarge),
        harmless("a frame whose end is missing", filled(b"\x00\x10\x00\x10\x01", b"\0"), frames),
        harmless("pings", filled(b"", b"\x00\x00\x00\x10\x07\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), frames),
    ]
}

fn bomb(name: &'static str, bytes: Vec<u8>, decoder: fn(&[u8]) -> Option<Code>, code: Code) -> Bomb {
    Bomb { name, bytes, decoder, code: Some(code) }
}

fn harmless(name: &'static str, bytes: Vec<u8>, decoder: fn(&[u8]) -> Option<Code>) -> Bomb {
    Bomb { name, bytes, decoder, code: None }
}

fn greeting(bytes: &[u8]) -> Option<Code> {
    control::decode(bytes, Reading::Greeting).err().map(|error| error.code)
}

fn request(bytes: &[u8]) -> Option<Code> {
    control::decode(bytes, Reading::Requests).err().map(|error| error.code)
}

fn answer(bytes: &[u8]) -> Option<Code> {
    control::decode(bytes, Reading::Answers).err().map(|error| Refusal::from(error).code)
}

fn list(bytes: &[u8]) -> Option<Code> {
    codec::decode::<ListOutput>(bytes, ANSWER).err().map(|error| Refusal::from(error).code)
}

/// With the larger budget of an answer: a request's own is a quarter of it.
fn start(bytes: &[u8]) -> Option<Code> {
    codec::decode::<StartParams>(bytes, ANSWER).err().map(|error| Refusal::from(error).code)
}

fn frames(bytes: &[u8]) -> Option<Code> {
    let mut decoder = FrameDecoder::default();
    for read in bytes.chunks(READ) {
        decoder.feed(read);
        while match decoder.next_frame() {
            Ok(frame) => frame.is_some(),
            Err(refusal) => return Some(refusal.code),
        } {}
    }
    None
}

fn filled(before: &[u8], again: &[u8]) -> Vec<u8> {
    before.iter().chain(again.iter().cycle()).copied().take(INPUT).collect()
}

fn text(len: usize, character: u8) -> Vec<u8> {
    let head = [&[0xdb][..], &u32::try_from(len).unwrap().to_be_bytes()].concat();
    head.into_iter().chain(repeat_n(character, len)).collect()
}

fn session(name: String) -> SessionInfo {
    SessionInfo::begun(SessionId::from_bytes([1; 16]), Incarnation::from_bytes([2; 16]), name, 0)
}
