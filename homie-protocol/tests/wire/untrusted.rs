//! Bytes of a peer that errs or lies.

use homie_protocol::codec;
use homie_protocol::limits::{ANSWER, GREETING, REQUEST};
use proptest::collection::vec;
use proptest::prelude::*;

use super::support::index::{Entry, vectors};
use super::support::layers::decode;
use super::support::tree::Tree;

/// What begins a value, a length that lies, a value that is not allowed.
const PIECES: &[&[u8]] = &[
    b"\x80",
    b"\x81\xa1a",
    b"\x82\xa1a\x01\xa1b",
    b"\x90",
    b"\x91",
    b"\x93",
    b"\xa0",
    b"\xa1t",
    b"\xc2",
    b"\x01",
    b"\xff",
    b"\xcc\xff",
    b"\xcd\x01\x00",
    b"\xcf\x00\x1f\xff\xff\xff\xff\xff\xff",
    b"\xcb\x3f\xe0\0\0\0\0\0\0",
    b"\xc4\x01\x00",
    b"\xd9\x01a",
    b"\xdc\x00\x02",
    b"\xde\x00\x01\xa1k",
    b"\xc0",
    b"\xc1",
    b"\xdd\xff\xff\xff\xff",
    b"\xdb\xff\xff\xff\xff",
    b"\xd4\x00\x00",
    b"\xcb\x7f\xf8\0\0\0\0\0\0",
    b"\xa2\xc3\x28",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_passes_the_scan_is_a_value_and_comes_back(bytes in nearly_a_value()) {
        let budgets = [GREETING, REQUEST, ANSWER];
        let scanned = budgets.map(|budget| codec::scan(&bytes, budget).map(|_| ()));
        let decoded = budgets.map(|budget| codec::decode::<Tree>(&bytes, budget));
        for (scanned, decoded) in scanned.into_iter().zip(&decoded) {
            prop_assert_eq!(scanned.err(), decoded.as_ref().err().cloned());
        }
        let [.., Ok(tree)] = decoded else { return Ok(()) };
        let written = codec::encode(&tree).unwrap();
        // But for floats: one that came in four bytes (after 0xca) is written in eight.
        let widened = bytes.iter().filter(|byte| **byte == 0xca).map(|_| 4).sum::<usize>();
        prop_assert!(written.len() <= bytes.len() + widened, "the shortest form is the one we write");
        prop_assert_eq!(codec::decode::<Tree>(&written, ANSWER).unwrap(), tree);
    }

    #[test]
    fn a_mutated_vector_is_refused_or_comes_back(
        entry in prop::sample::select(vectors()),
        mutation in mutation(),
    ) {
        let mutated = mutation.apply(&entry.bytes);
        comes_back(&entry, &mutated)?;
    }

    #[test]
    fn a_vector_of_another_layer_is_refused_or_comes_back(
        entry in prop::sample::select(vectors()),
        other in prop::sample::select(vectors()),
    ) {
        comes_back(&entry, &other.bytes)?;
    }
}

/// If the bytes mean anything, what we write of it means the same.
fn comes_back(entry: &Entry, bytes: &[u8]) -> Result<(), TestCaseError> {
    let Some(Ok(decoded)) = decode(entry, bytes) else { return Ok(()) };
    let again = decode(entry, &decoded.bytes).expect("the same layer").expect("what we write can be read");
    prop_assert_eq!(again.value, decoded.value);
    prop_assert_eq!(again.bytes, decoded.bytes);
    Ok(())
}

/// One change to some bytes; places are parts of their length.
#[derive(Debug, Clone)]
enum Mutation {
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Insert(prop::sample::Index, Vec<u8>),
    Remove(prop::sample::Index),
}

impl Mutation {
    fn apply(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        if bytes.is_empty() {
            return bytes;
        }
        match self {
            Self::Flip(at, bits) => {
                let at = at.index(bytes.len());
                bytes[at] ^= bits;
            }
            Self::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Self::Insert(at, piece) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, piece.iter().copied());
            }
            Self::Remove(at) => {
                bytes.remove(at.index(bytes.len()));
            }
        }
        bytes
    }
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let place = any::<prop::sample::Index>;
    prop_oneof![
        3 => (place(), 1_u8..).prop_map(|(at, bits)| Mutation::Flip(at, bits)),
        1 => place().prop_map(Mutation::Cut),
        2 => (place(), prop::sample::select(PIECES)).prop_map(|(at, piece)| Mutation::Insert(at, piece.to_vec())),
        1 => place().prop_map(Mutation::Remove),
    ]
}

/// Chance alone would hardly ever write MessagePack: mostly it is put together from pieces.
fn nearly_a_value() -> impl Strategy<Value = Vec<u8>> {
    let pieces = vec(prop::sample::select(PIECES), 0..12).prop_map(|pieces| pieces.concat());
    prop_oneof![4 => pieces, 1 => vec(any::<u8>(), 0..40)]
}
