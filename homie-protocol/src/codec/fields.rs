//! A scanned map taken apart by name, its values still undecoded.

use serde::de::DeserializeOwned;

use super::read::{Reader, Token};
use super::{CodecError, decode_scanned};
use crate::code::Code;

/// A value that has passed the scan and is not decoded yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raw<'a>(&'a [u8]);

impl<'a> Raw<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The value's bytes.
    pub const fn bytes(self) -> &'a [u8] {
        self.0
    }
}

/// The entries of one map. What nobody takes is refused by name.
#[derive(Debug)]
pub struct Fields<'a> {
    entries: Vec<(&'a str, Raw<'a>)>,
}

impl<'a> Fields<'a> {
    /// The entries of a scanned map.
    pub fn of(raw: Raw<'a>) -> Result<Self, CodecError> {
        let mut reader = Reader::new(raw.bytes());
        let len = match reader.token()? {
            Token::Map(len) => len,
            Token::Array(_) => return Err(CodecError::new(Code::Positional, "a structure is a map with named fields")),
            _ => return Err(CodecError::new(Code::WrongType, "expected a map")),
        };
        let mut entries = Vec::with_capacity(usize::try_from(len).unwrap_or(0).min(8));
        for _ in 0..len {
            let Token::Text(key) = reader.token()? else {
                return Err(CodecError::new(Code::UnsupportedType, "a key that is not a string"));
            };
            entries.push((key, value(&mut reader)?));
        }
        Ok(Self { entries })
    }

    /// Takes an optional field.
    pub fn take(&mut self, name: &str) -> Option<Raw<'a>> {
        let index = self.entries.iter().position(|(key, _)| *key == name)?;
        Some(self.entries.swap_remove(index).1)
    }

    /// Takes a field that must be there.
    pub fn need(&mut self, name: &str) -> Result<Raw<'a>, CodecError> {
        self.take(name).ok_or_else(|| CodecError::new(Code::MissingField, "is missing").under(name))
    }

    /// Takes and decodes a field that must be there.
    pub fn decode<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, CodecError> {
        decode_scanned(self.need(name)?).map_err(|error| error.under(name))
    }

    /// Takes and decodes an optional field.
    pub fn decode_optional<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, CodecError> {
        let Some(raw) = self.take(name) else { return Ok(None) };
        decode_scanned(raw).map(Some).map_err(|error| error.under(name))
    }

    /// Takes a text without copying it.
    pub fn text(&mut self, name: &str) -> Result<&'a str, CodecError> {
        match Reader::new(self.need(name)?.bytes()).token()? {
            Token::Text(text) => Ok(text),
            _ => Err(CodecError::new(Code::WrongType, "expected text").under(name)),
        }
    }

    /// Refuses what is left, by name.
    pub fn finish(self) -> Result<(), CodecError> {
        match self.entries.first() {
            None => Ok(()),
            Some((key, _)) => Err(CodecError::new(Code::UnknownField, "is not known to this version").under(key)),
        }
    }
}

/// Steps over one value and gives its bytes.
fn value<'a>(reader: &mut Reader<'a>) -> Result<Raw<'a>, CodecError> {
    let start = reader.rest();
    let mut left: u64 = 1;
    while left > 0 {
        left -= 1;
        left += match reader.token()? {
            Token::Array(len) => u64::from(len),
            Token::Map(len) => 2 * u64::from(len),
            _ => 0,
        };
    }
    let used = start.len() - reader.rest().len();
    Ok(Raw::new(start.get(..used).unwrap_or_default()))
}
