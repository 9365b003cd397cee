//! What a machine is for, in a word that can be typed: by such words several machines are named at once.

use crate::limits::{TAG_MAX, TAGS};

/// Whether this is a tag: 1 to 32 small letters, digits, `-`, `_` and `.`.
pub fn is_tag(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    (1..=TAG_MAX).contains(&text.len()) && text.bytes().all(is_plain)
}

/// Whether these are the tags of a machine as they are written: at most 16, in order, each once.
pub fn are_tags(tags: &[String]) -> bool {
    tags.len() <= TAGS && tags.iter().all(|tag| is_tag(tag)) && tags.is_sorted_by(|one, next| one < next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_plain_and_short() {
        for good in ["gpu", "eu-west.1", "a_b", &"x".repeat(TAG_MAX)] {
            assert!(is_tag(good), "{good}");
        }
        for bad in ["", "GPU", "a b", "a:b", "a,b", "\u{e9}", "a\n", &"x".repeat(TAG_MAX + 1)] {
            assert!(!is_tag(bad), "{bad}");
        }
    }

    #[test]
    fn tags_are_written_one_way() {
        let tags = |tags: &[&str]| are_tags(&tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>());
        assert!(tags(&[]) && tags(&["a", "b"]));
        assert!(!tags(&["b", "a"]) && !tags(&["a", "a"]) && !tags(&["A"]));
        let many: Vec<_> = (0..=TAGS).map(|number| format!("t{number:02}")).collect();
        assert!(!are_tags(&many) && are_tags(&many[1..]));
    }
}
