//! Bytes the codec refuses before it asks what they mean: each stands as `params.x` of a request that is else good.

use homie_protocol::code::Code;
use homie_protocol::control::Reading;
use homie_protocol::limits::{DEPTH, GREETING, MAP_KEYS, OFFSET_END, REQUEST};

use super::{Vector, raw};

const AT: &str = "params.x";

/// One vector for each way to be no value of the wire.
pub(super) fn bad() -> Vec<Vector> {
    let inside = malformed().into_iter().chain(foreign()).chain(integers()).chain(claims());
    let inside = inside.map(|(name, value, code, field)| refused(name, request("x", value), code, field));
    inside.chain(keys()).chain(bounds()).chain(ends()).collect()
}

type Row = (&'static str, Vec<u8>, Code, &'static str);

fn malformed() -> Vec<Row> {
    vec![
        ("reserved-c1", vec![0xc1], Code::Malformed, AT),
        ("utf8-broken", vec![0xa2, 0xc3, 0x28], Code::Malformed, AT),
        ("utf8-overlong", vec![0xa2, 0xc0, 0x80], Code::Malformed, AT),
        ("utf8-surrogate", vec![0xa3, 0xed, 0xa0, 0x80], Code::Malformed, AT),
        ("utf8-over-10ffff", vec![0xa4, 0xf4, 0x90, 0x80, 0x80], Code::Malformed, AT),
        ("utf8-cut", vec![0xa1, 0xe2], Code::Malformed, AT),
    ]
}

fn foreign() -> Vec<Row> {
    let unsupported = |name, bytes: &[u8]| (name, bytes.to_vec(), Code::UnsupportedType, AT);
    vec![
        unsupported("nil", &[0xc0]),
        unsupported("ext-fix1", &[0xd4, 1, 0]),
        unsupported("ext-fix16", &[[0xd8, 1].as_slice(), &[0; 16]].concat()),
        unsupported("ext-8", &[0xc7, 1, 1, 0]),
        unsupported("ext-timestamp", &[0xd6, 0xff, 0, 0, 0, 0]),
        unsupported("ext-32-of-4-gib", &[0xc9, 0xff, 0xff, 0xff, 0xff, 1]),
        unsupported("nan", &raw::f64(f64::NAN)),
        unsupported("nan-32", &raw::f32(f32::NAN)),
        unsupported("infinity", &raw::f64(f64::INFINITY)),
        unsupported("infinity-below", &raw::f32(f32::NEG_INFINITY)),
        unsupported("whole-float", &raw::f64(1.0)),
        unsupported("whole-float-32", &raw::f32(-0.0)),
        unsupported("whole-float-over-2-53", &raw::f64(1e300)),
        ("nil-in-array", raw::array(&[raw::text("a"), vec![0xc0]]), Code::UnsupportedType, "params.x.1"),
    ]
}

fn integers() -> Vec<Row> {
    vec![
        ("integer-2-53", raw::u64(OFFSET_END), Code::OutOfRange, AT),
        ("integer-2-64", raw::u64(u64::MAX), Code::OutOfRange, AT),
        ("integer-minus-2-53", raw::i64(-OFFSET_END.cast_signed()), Code::OutOfRange, AT),
        ("integer-minus-2-63", raw::i64(i64::MIN), Code::OutOfRange, AT),
        ("integer-2-53-signed", raw::i64(OFFSET_END.cast_signed()), Code::OutOfRange, AT),
    ]
}

/// Lengths nobody has sent the bytes for.
fn claims() -> Vec<Row> {
    let claim = |marker: u8| vec![marker, 0xff, 0xff, 0xff, 0xff];
    vec![
        ("claim-of-text", claim(0xdb), Code::Malformed, AT),
        ("claim-of-bytes", claim(0xc6), Code::Malformed, AT),
        ("claim-of-array", claim(0xdd), Code::TooMany, AT),
        ("claim-of-map", claim(0xdf), Code::TooMany, AT),
        ("claim-of-array-16", vec![0xdc, 0xff, 0xff], Code::TooMany, AT),
        ("claim-of-few", vec![0x93, 1], Code::Malformed, "params.x.1"),
    ]
}

fn keys() -> Vec<Vector> {
    let keyed = |key: &[u8]| {
        let map = [&[0x81][..], key, &[1]].concat();
        request("x", map)
    };
    let twice = raw::map(&[("a", vec![1]), ("b", vec![2]), ("a", vec![1])]);
    let envelope = raw::map(&[("t", raw::text("bye")), ("code", raw::text("internal")), ("t", raw::text("bye"))]);
    vec![
        refused("key-integer", keyed(&[1]), Code::UnsupportedType, AT),
        refused("key-bytes", keyed(&raw::bin(b"a")), Code::UnsupportedType, AT),
        refused("key-nil", keyed(&[0xc0]), Code::UnsupportedType, AT),
        refused("key-array", keyed(&[0x90]), Code::UnsupportedType, AT),
        refused("key-utf8-broken", keyed(&[0xa1, 0xff]), Code::Malformed, AT),
        refused("key-cut", request("x", vec![0x81]), Code::Malformed, AT),
        refused("key-twice", request("x", twice), Code::DuplicateKey, "params.x.a"),
        refused("key-twice-in-the-envelope", envelope, Code::DuplicateKey, "t"),
    ]
}

fn bounds() -> Vec<Vector> {
    // The envelope and `params` are two levels of the sixteen.
    let arrays = raw::arrays_around(DEPTH - 1, vec![1]);
    let maps = raw::maps_around(DEPTH - 1, vec![1]);
    let names: Vec<String> = (0..=MAP_KEYS).map(|key| format!("k{key}")).collect();
    let many: Vec<(&str, Vec<u8>)> = names.iter().map(|name| (name.as_str(), vec![1])).collect();
    let hello = |value| raw::map(&[("t", raw::text("hello")), ("x", value)]);
    // The map, `t` and the array itself are values too.
    let over = raw::array(&vec![vec![1]; GREETING.values - 2]);
    vec![
        refused("depth-17-arrays", request("x", arrays), Code::TooDeep, "params.x.0.0.0.0.0.0.0.0.0.0.0.0.0.0"),
        refused("depth-17-maps", request("x", maps), Code::TooDeep, "params.x.a.a.a.a.a.a.a.a.a.a.a.a.a.a"),
        refused("keys-257", request("x", raw::map(&many)), Code::TooMany, AT),
        refused("values-over-a-request", request("x", raw::array(&vec![vec![1]; REQUEST.values])), Code::TooMany, AT),
        refused("values-over-a-greeting", hello(over), Code::TooMany, "x").reading(Reading::Greeting),
        refused("bytes-over-a-greeting", hello(raw::text(&"x".repeat(GREETING.bytes))), Code::TooLarge, "")
            .reading(Reading::Greeting),
    ]
}

fn ends() -> Vec<Vector> {
    let whole = request("x", raw::text("text"));
    let cut = |bytes: usize| whole.iter().copied().take(whole.len() - bytes).collect();
    vec![
        refused("empty", Vec::new(), Code::Malformed, ""),
        refused("cut-in-text", cut(1), Code::Malformed, AT),
        refused("cut-before-a-value", cut(5), Code::Malformed, AT),
        refused("cut-in-a-key", cut(6), Code::Malformed, "params"),
        refused("trailing-byte", [whole.clone(), vec![0xc0]].concat(), Code::TrailingBytes, ""),
        refused("trailing-value", [whole.clone(), whole].concat(), Code::TrailingBytes, ""),
    ]
}

fn request(key: &str, value: Vec<u8>) -> Vec<u8> {
    let params = raw::map(&[(key, value)]);
    let method = raw::text("terminal.session.list");
    raw::map(&[("t", raw::text("request")), ("id", vec![1]), ("method", method), ("params", params)])
}

fn refused(name: &str, bytes: Vec<u8>, code: Code, field: &'static str) -> Vector {
    Vector::bad("control", format!("codec-{name}"), bytes, code, field).reading(Reading::Requests)
}
