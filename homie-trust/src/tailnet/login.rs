//! The login in Serve's header. It is never the identity; but if it is another than who was looked up, something on the way
//! is not what it seems.

use data_encoding::HEXUPPER_PERMISSIVE;

/// Whether the header names this login. Serve writes a login that is not plain ASCII as words of RFC 2047.
pub(super) fn names(header: &[u8], login: &str) -> bool {
    header == login.as_bytes() || decode(header).is_some_and(|decoded| decoded == login.as_bytes())
}

/// Words as Go writes them: `=?utf-8?q?Al=C3=AFce?=`, one space between two.
fn decode(header: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(header).ok()?;
    let words: Option<Vec<Vec<u8>>> = text.split(' ').map(word).collect();
    words.map(|words| words.concat())
}

fn word(word: &str) -> Option<Vec<u8>> {
    let mut bytes = word.strip_prefix("=?utf-8?q?")?.strip_suffix("?=")?.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'=' => {
                let digits = [bytes.next()?, bytes.next()?];
                *HEXUPPER_PERMISSIVE.decode(&digits).ok()?.first()?
            }
            b'_' => b' ',
            b'?' => return None,
            plain => plain,
        });
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_the_same_byte_for_byte() {
        assert!(names(b"alice@example.com", "alice@example.com"));
        assert!(names(b"=?utf-8?q?al=C3=AFce@example.com?=", "alïce@example.com"));
        assert!(names(b"=?utf-8?q?al=C3?= =?utf-8?q?=AFce?=", "alïce"));
        for forged in [
            &b""[..],
            b"Alice@example.com",
            b" alice@example.com",
            b"alice@example.com,bob@example.com",
            b"alice@example.com\0",
            b"al\xc3\xafce@example.com\xff",
            b"=?utf-8?q?bob?=",
            b"=?utf-8?b?YWxpY2VAZXhhbXBsZS5jb20=?=",
            b"=?utf-8?q?alice@example.co=6?=",
            b"=?utf-8?q?alice@example.com",
        ] {
            assert!(!names(forged, "alice@example.com"), "{}", String::from_utf8_lossy(forged));
        }
    }
}
