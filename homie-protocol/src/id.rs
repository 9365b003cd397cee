//! Identifiers are types: a session is not a number.
//!
//! 128-bit ids travel as 26 characters of lower-case base32, writer ids as 16 hexadecimal digits, so that JavaScript
//! never sees an integer it cannot hold.

use std::fmt;
use std::str::FromStr;

use data_encoding::{Encoding, HEXLOWER};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::limits::OFFSET_END;

mod base32;

pub use base32::{base32, from_base32};

/// Text that is not the id it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub struct BadId(&'static str);

macro_rules! text_id {
    ($(#[doc = $doc:literal])+ $name:ident, $len:literal, $encoding:expr, $expected:literal) => {
        text_id! { $(#[doc = $doc])+ secret $name, $len, $encoding, $expected }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{}({self})", stringify!($name))
            }
        }
    };
    // Without `Debug`: a secret has its own, that does not tell it.
    ($(#[doc = $doc:literal])+ secret $name:ident, $len:literal, $encoding:expr, $expected:literal) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// The id made of these bytes.
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// Its bytes.
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&encoding(&$encoding).encode(&self.0))
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                let bytes = encoding(&$encoding).decode(text.as_bytes()).map_err(|_| BadId($expected))?;
                bytes.try_into().map(Self).map_err(|_| BadId($expected))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        #[cfg(feature = "ts")]
        string_in_typescript!($name);
    };
}

#[cfg(feature = "ts")]
macro_rules! string_in_typescript {
    ($name:ident) => {
        impl ts_rs::TS for $name {
            type WithoutGenerics = Self;
            type OptionInnerType = Self;
            fn name(_: &ts_rs::Config) -> String {
                "string".to_owned()
            }
            fn inline(config: &ts_rs::Config) -> String {
                Self::name(config)
            }
        }
    };
}

fn encoding(encoding: &Encoding) -> &Encoding {
    encoding
}

text_id! {
    /// A terminal session, for as long as its holder lives and, later, in history.
    SessionId, 16, *base32::ENCODING, "26 characters of base32"
}
text_id! {
    /// One birth of a session: offsets count from it, a re-run has another.
    Incarnation, 16, *base32::ENCODING, "26 characters of base32"
}
text_id! {
    /// A recording of a session.
    RecordingId, 16, *base32::ENCODING, "26 characters of base32"
}
text_id! {
    /// One start of a machine's gateway: random, and another each time.
    StartId, 16, *base32::ENCODING, "26 characters of base32"
}
text_id! {
    /// A machine's node: the first 16 bytes of SHA-256 of its key.
    NodeId, 16, *base32::ENCODING, "26 characters of base32"
}
text_id! {
    /// A device: the first 16 bytes of SHA-256 of its key.
    DeviceId, 16, *base32::ENCODING, "26 characters of base32"
}
text_id! {
    /// A circuit, for the logs of both sides.
    CircuitId, 16, *base32::ENCODING, "26 characters of base32"
}
text_id! {
    /// Names one wish: a request sent twice with the same key acts once.
    RequestKey, 16, *base32::ENCODING, "26 characters of base32"
}
text_id! {
    /// The secret of a one-use link.
    secret LinkSecret, 16, *base32::ENCODING, "26 characters of base32"
}

impl fmt::Debug for LinkSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("LinkSecret(…)")
    }
}

text_id! {
    /// One try to let a device in; its name is no secret.
    PairingId, 16, *base32::ENCODING, "26 characters of base32"
}
text_id! {
    /// What stands in a pairing's QR code, and proves that a device has seen it.
    secret PairingSecret, 16, *base32::ENCODING, "26 characters of base32"
}

impl fmt::Debug for PairingSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PairingSecret(…)")
    }
}

text_id! {
    /// A tab or a program that types; kept over reconnects.
    WriterId, 8, HEXLOWER, "16 hexadecimal digits"
}

/// A channel of a circuit; 0 is the circuit itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(transparent)]
pub struct Channel(u32);

impl Channel {
    /// The circuit itself.
    pub const CIRCUIT: Self = Self(0);

    /// The channel of this number.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// Whether it is the circuit itself.
    pub const fn is_circuit(self) -> bool {
        self.0 == 0
    }
}

/// An absolute position in a stream, below 2^53.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "number"))]
#[serde(try_from = "u64", into = "u64")]
pub struct Offset(u64);

impl Offset {
    /// The beginning.
    pub const ZERO: Self = Self(0);

    /// The position, if it is below 2^53.
    pub const fn new(position: u64) -> Option<Self> {
        if position < OFFSET_END { Some(Self(position)) } else { None }
    }

    /// The position.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The position `bytes` further on. It stops at the end of the range: 2^53 bytes take 3 years at 100 MB/s.
    #[must_use]
    pub const fn plus(self, bytes: u64) -> Self {
        let sum = self.0.saturating_add(bytes);
        Self(if sum < OFFSET_END { sum } else { OFFSET_END - 1 })
    }

    /// How many bytes lie between `earlier` and this one; 0 if it is not earlier.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl TryFrom<u64> for Offset {
    type Error = BadId;

    fn try_from(position: u64) -> Result<Self, BadId> {
        Self::new(position).ok_or(BadId("an offset below 2^53"))
    }
}

impl From<Offset> for u64 {
    fn from(offset: Offset) -> Self {
        offset.0
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
