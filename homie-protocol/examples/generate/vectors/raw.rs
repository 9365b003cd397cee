//! MessagePack by hand, for what our encoder would never write.

/// A map; up to 65,535 entries.
pub(super) fn map(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = head(0x80, 15, 0xde, entries.len());
    for (key, value) in entries {
        bytes.extend(text(key));
        bytes.extend(value);
    }
    bytes
}

/// An array; up to 65,535 values.
pub(super) fn array(values: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = head(0x90, 15, 0xdc, values.len());
    bytes.extend(values.concat());
    bytes
}

/// Text; up to 65,535 bytes.
pub(super) fn text(text: &str) -> Vec<u8> {
    let mut bytes = head(0xa0, 31, 0xda, text.len());
    bytes.extend(text.as_bytes());
    bytes
}

/// Bytes, as many as there are.
pub(super) fn bin(content: &[u8]) -> Vec<u8> {
    let [.., first, second, third, last] = content.len().to_be_bytes();
    let head = if content.len() < 256 { vec![0xc4, last] } else { vec![0xc6, first, second, third, last] };
    [&head, content].concat()
}

/// An integer in eight bytes, whatever it is.
pub(super) fn u64(value: u64) -> Vec<u8> {
    [&[0xcf][..], &value.to_be_bytes()].concat()
}

/// A negative integer in eight bytes.
pub(super) fn i64(value: i64) -> Vec<u8> {
    [&[0xd3][..], &value.to_be_bytes()].concat()
}

/// A number with a fraction.
pub(super) fn f64(value: f64) -> Vec<u8> {
    [&[0xcb][..], &value.to_be_bytes()].concat()
}

/// The same in four bytes.
pub(super) fn f32(value: f32) -> Vec<u8> {
    [&[0xca][..], &value.to_be_bytes()].concat()
}

/// `inner` inside so many arrays.
pub(super) fn arrays_around(levels: usize, inner: Vec<u8>) -> Vec<u8> {
    [vec![0x91; levels], inner].concat()
}

/// `inner` inside so many maps.
pub(super) fn maps_around(levels: usize, inner: Vec<u8>) -> Vec<u8> {
    (0..levels).fold(inner, |inner, _| map(&[("a", inner)]))
}

fn head(short: u8, most: usize, long: u8, len: usize) -> Vec<u8> {
    let [.., high, low] = len.to_be_bytes();
    if len <= most { vec![short | low] } else { vec![long, high, low] }
}
