//! Signatures that must pass, from WebCrypto and RFC 8032, and all that must not.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use data_encoding::HEXLOWER;
use proptest::prelude::*;

use super::*;
use crate::key_pair::KeyPair;

const MESSAGE: &[u8] = b"homie";

const WEB_P256: (&str, &str) = (
    "0472538dba4e47330fb7e273a480967dbd2c66725f3094ef442d04380c813f9fafdca5af2e3e5938f71defca4854eb301f8e04aa4f700410a14846df933357899b",
    "60cf9002caa395f594c6f9da943106361bfe5e273a22fe4cfdb63b0dd1b888049bd10dde2588bd6d2974a94df13826e2263a3ce78f65568b77a3409b90fe97d8",
);

const WEB_ED25519: (&str, &str) = (
    "5414dd151cbacf3abfeff2360712b645b2733cb1068a45608eec0e57659b9c4c",
    "dbe719f3add1368022e44396723dd25d37903e0a4b5dc44d1b848998144f5b3b18083972e4b17eee4752fa222e2f629dd8cbca924a6df2465e5fa333ebfc660c",
);

/// RFC 8032, 7.1, test 1: the empty message.
const RFC_8032: (&str, &str) = (
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
);

/// The order of each curve's group: adding it to half a signature says the same in other bytes.
const ED25519_ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
const P256_ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

fn bytes(hex: &str) -> Vec<u8> {
    HEXLOWER.decode(hex.as_bytes()).expect("hexadecimal")
}

fn signature(bytes: &[u8]) -> Signature {
    Signature(bytes.try_into().expect("64 bytes"))
}

fn passes(alg: Algorithm, (key, sig): (&str, &str), message: &[u8]) -> bool {
    verify(alg, &bytes(key), message, &signature(&bytes(sig))).is_ok()
}

#[test]
fn signatures_of_others_pass() {
    assert!(passes(Algorithm::P256, WEB_P256, MESSAGE));
    assert!(passes(Algorithm::Ed25519, WEB_ED25519, MESSAGE));
    assert!(passes(Algorithm::Ed25519, RFC_8032, b""));
}

#[test]
fn another_message_is_refused() {
    assert!(!passes(Algorithm::P256, WEB_P256, b"homiE"));
    assert!(!passes(Algorithm::Ed25519, WEB_ED25519, b"homie "));
    assert!(!passes(Algorithm::Ed25519, RFC_8032, b"\0"));
}

#[test]
fn another_key_is_refused() {
    assert!(!passes(Algorithm::Ed25519, (RFC_8032.0, WEB_ED25519.1), MESSAGE));
    let rng = SystemRandom::new();
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let signed = pair.sign(&rng, MESSAGE).expect("a signature");
    assert!(verify(Algorithm::P256, pair.public_key().as_ref(), MESSAGE, &signature(signed.as_ref())).is_ok());
    assert!(verify(Algorithm::P256, &bytes(WEB_P256.0), MESSAGE, &signature(signed.as_ref())).is_err());
}

#[test]
fn a_swapped_algorithm_is_refused() {
    assert!(!passes(Algorithm::Ed25519, WEB_P256, MESSAGE));
    assert!(!passes(Algorithm::P256, WEB_ED25519, MESSAGE));
    // The coordinate alone, cut to the other's length.
    assert!(!passes(Algorithm::Ed25519, (&WEB_P256.0[2..66], WEB_P256.1), MESSAGE));
}

/// A point of order 1 with R = 1 and S = 0 fulfils the bare equation for every message.
#[test]
fn points_of_small_order_are_refused() {
    let forged = signature(&[&[1; 1][..], &[0; 63]].concat());
    let points = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];
    for point in points {
        for sign in [0, 0x80] {
            let mut key = bytes(point);
            key[31] |= sign;
            assert!(!could_be_key(Algorithm::Ed25519, &key), "{point}");
            for message in 0..32_u8 {
                assert!(verify(Algorithm::Ed25519, &key, &[message], &forged).is_err(), "{point}");
            }
        }
    }
}

#[test]
fn keys_of_another_form_are_refused() {
    let p256 = bytes(WEB_P256.0);
    let signed = signature(&bytes(WEB_P256.1));
    for mark in (0..=255).filter(|mark| *mark != UNCOMPRESSED) {
        let mut key = p256.clone();
        key[0] = mark;
        assert!(verify(Algorithm::P256, &key, MESSAGE, &signed).is_err(), "mark {mark}");
    }
    let mut compressed = p256[..33].to_vec();
    compressed[0] = 2 + (p256[64] & 1);
    let too_long = [&p256[..], &[0]].concat();
    let mut off_curve = p256.clone();
    off_curve[64] ^= 1;
    let nowhere = [&[4][..], &[0; 64]].concat();
    for key in [&compressed[..], &too_long, &off_curve, &nowhere, &p256[..64], &[]] {
        assert!(verify(Algorithm::P256, key, MESSAGE, &signed).is_err(), "{key:?}");
    }
}

#[test]
fn the_same_signature_in_other_bytes_is_refused() {
    let good = bytes(WEB_ED25519.1);
    let mut s: [u8; 32] = good[32..].try_into().expect("32 bytes");
    add(&mut s, &bytes(ED25519_ORDER));
    let malleable = signature(&[&good[..32], &s].concat());
    assert!(verify(Algorithm::Ed25519, &bytes(WEB_ED25519.0), MESSAGE, &malleable).is_err());
}

#[test]
fn p256_numbers_outside_the_group_are_refused() {
    let (zero, order, good) = (vec![0; 32], bytes(P256_ORDER), bytes(WEB_P256.1));
    let (r, s) = good.split_at(32);
    for halves in [[&zero[..], &zero], [&zero, s], [r, &zero], [&order, s], [r, &order], [&order, &order]] {
        let sig = signature(&halves.concat());
        assert!(verify(Algorithm::P256, &bytes(WEB_P256.0), MESSAGE, &sig).is_err(), "{halves:?}");
    }
}

/// Adds little-endian numbers; the sum fits.
fn add(sum: &mut [u8; 32], other: &[u8]) {
    let mut carry = 0;
    for (byte, other) in sum.iter_mut().zip(other) {
        let added = u16::from(*byte) + u16::from(*other) + carry;
        *byte = added.to_le_bytes()[0];
        carry = added >> 8;
    }
}

proptest! {
    #[test]
    fn one_bit_off_is_refused(message in proptest::collection::vec(any::<u8>(), 1..300), bit in 0..512_usize) {
        let pair = KeyPair::generate().expect("a key");
        let signed = pair.sign(&message).expect("a signature");
        let key = pair.machine_key().0;
        prop_assert!(verify(Algorithm::Ed25519, &key, &message, &signed).is_ok());
        let mut sig = signed;
        sig.0[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(verify(Algorithm::Ed25519, &key, &message, &sig).is_err());
        let mut other = message.clone();
        let at = bit % other.len();
        other[at] ^= 1;
        prop_assert!(verify(Algorithm::Ed25519, &key, &other, &signed).is_err());
    }

    #[test]
    fn garbage_never_passes(key in proptest::collection::vec(any::<u8>(), 0..80), sig in proptest::array::uniform32(any::<u8>())) {
        let sig = signature(&[sig, sig].concat());
        prop_assert!(verify(Algorithm::Ed25519, &key, MESSAGE, &sig).is_err());
        prop_assert!(verify(Algorithm::P256, &key, MESSAGE, &sig).is_err());
    }
}
