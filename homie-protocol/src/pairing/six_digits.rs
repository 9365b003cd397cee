//! Six decimal digits, as people read and type them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Six digits. They are compared in constant time by whoever keeps them as a secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SixDigits([u8; 6]);

/// This is not six digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected six digits")]
pub struct NotSixDigits;

impl SixDigits {
    /// How many there are.
    pub const COUNT: u32 = 1_000_000;

    /// The last six digits of a number.
    pub fn last_of(number: u32) -> Self {
        let mut rest = number;
        let mut digits = [b'0'; 6];
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
        }
        Self(digits)
    }

    /// As ASCII.
    pub const fn as_bytes(&self) -> &[u8; 6] {
        &self.0
    }

    /// In two groups, which people read with fewer mistakes.
    pub fn grouped(&self) -> String {
        let text = self.to_string();
        let (first, last) = text.split_at(3);
        format!("{first} {last}")
    }
}

impl FromStr for SixDigits {
    type Err = NotSixDigits;

    fn from_str(text: &str) -> Result<Self, NotSixDigits> {
        let digits: [u8; 6] = text.as_bytes().try_into().map_err(|_| NotSixDigits)?;
        if digits.iter().all(u8::is_ascii_digit) { Ok(Self(digits)) } else { Err(NotSixDigits) }
    }
}

impl fmt::Display for SixDigits {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|digit| write!(formatter, "{}", char::from(*digit)))
    }
}

/// They are a secret for as long as they count.
impl fmt::Debug for SixDigits {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SixDigits(…)")
    }
}

impl Serialize for SixDigits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SixDigits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "ts")]
impl ts_rs::TS for SixDigits {
    type WithoutGenerics = Self;
    type OptionInnerType = Self;
    fn name(_: &ts_rs::Config) -> String {
        "string".to_owned()
    }
    fn inline(config: &ts_rs::Config) -> String {
        Self::name(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_are_six_ascii_digits() {
        for (number, text) in [(0, "000000"), (42, "000042"), (999_999, "999999"), (1_234_567, "234567")] {
            assert_eq!(SixDigits::last_of(number).to_string(), text);
            assert_eq!(text.parse(), Ok(SixDigits::last_of(number)));
        }
        for text in ["", "12345", "1234567", "12 345", "12345a", "１２３４５６", "-12345", "+12345"] {
            assert_eq!(text.parse::<SixDigits>(), Err(NotSixDigits), "{text}");
        }
        assert_eq!(SixDigits::last_of(42).grouped(), "000 042");
        assert_eq!(format!("{:?}", SixDigits::last_of(42)), "SixDigits(…)");
    }
}
