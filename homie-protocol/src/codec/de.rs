//! From scanned bytes to our types, strictly.
//!
//! `rmp-serde` would take a structure sent as an array, text as bytes and bytes as text, and keep silent about the field
//! that is wrong; this deserializer refuses the first three and names the last.

use std::fmt::Display;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, Expected, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::CodecError;
use super::read::{Reader, Token};
use crate::code::Code;

/// Decodes exactly one value. `tag` names a field of the outermost map to step over.
pub(super) fn from_slice<T: DeserializeOwned>(bytes: &[u8], tag: Option<&'static str>) -> Result<T, CodecError> {
    let mut decoder = Decoder { reader: Reader::new(bytes), tag };
    let value = T::deserialize(&mut decoder)?;
    if decoder.reader.rest().is_empty() { Ok(value) } else { Err(trailing()) }
}

struct Decoder<'de> {
    reader: Reader<'de>,
    tag: Option<&'static str>,
}

impl<'de> Decoder<'de> {
    fn visit<V: Visitor<'de>>(&mut self, token: Token<'de>, visitor: V) -> Result<V::Value, CodecError> {
        match token {
            Token::Uint(value) => visitor.visit_u64(value),
            Token::Negative(value) => visitor.visit_i64(value),
            Token::Float(value) => visitor.visit_f64(value),
            Token::Bool(value) => visitor.visit_bool(value),
            Token::Text(value) => visitor.visit_borrowed_str(value),
            Token::Bytes(value) => visitor.visit_borrowed_bytes(value),
            Token::Array(left) => visitor.visit_seq(Entries { decoder: self, left, index: 0, key: None, tag: None }),
            Token::Map(left) => {
                let tag = self.tag.take();
                visitor.visit_map(Entries { decoder: self, left, index: 0, key: None, tag })
            }
        }
    }
}

impl<'de> Deserializer<'de> for &mut Decoder<'de> {
    type Error = CodecError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        let token = self.reader.token()?;
        self.visit(token, visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, CodecError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CodecError> {
        match self.reader.token()? {
            Token::Array(_) => Err(CodecError::new(Code::Positional, "a structure is a map with named fields")),
            token => self.visit(token, visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CodecError> {
        match self.reader.token()? {
            Token::Text(variant) => visitor.visit_enum(Choice(variant)),
            _ => Err(CodecError::new(Code::WrongType, "expected a name from a list")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        match self.reader.token()? {
            Token::Bytes(bytes) => Err(CodecError::invalid_type(Unexpected::Bytes(bytes), &"text")),
            token => self.visit(token, visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        match self.reader.token()? {
            Token::Text(text) => Err(CodecError::invalid_type(Unexpected::Str(text), &"bytes")),
            Token::Array(_) => Err(CodecError::invalid_type(Unexpected::Seq, &"bytes")),
            token => self.visit(token, visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        self.deserialize_bytes(visitor)
    }

    fn is_human_readable(&self) -> bool {
        true
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char unit unit_struct seq tuple tuple_struct map identifier
        ignored_any
    }
}

/// The rest of a map or an array.
struct Entries<'a, 'de> {
    decoder: &'a mut Decoder<'de>,
    left: u32,
    index: u32,
    key: Option<&'de str>,
    tag: Option<&'static str>,
}

impl<'de> MapAccess<'de> for Entries<'_, 'de> {
    type Error = CodecError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, CodecError> {
        while self.left > 0 {
            self.left -= 1;
            let Token::Text(key) = self.decoder.reader.token()? else {
                return Err(CodecError::new(Code::UnsupportedType, "a key that is not a string"));
            };
            if self.tag == Some(key) {
                self.decoder.reader.token()?;
                continue;
            }
            self.key = Some(key);
            return seed.deserialize(serde::de::value::BorrowedStrDeserializer::new(key)).map(Some);
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, CodecError> {
        let key = self.key.take().unwrap_or_default();
        seed.deserialize(&mut *self.decoder).map_err(|error| error.under(key))
    }
}

impl<'de> SeqAccess<'de> for Entries<'_, 'de> {
    type Error = CodecError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, CodecError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let index = self.index;
        self.index += 1;
        seed.deserialize(&mut *self.decoder).map(Some).map_err(|error| error.under(&index.to_string()))
    }

    fn size_hint(&self) -> Option<usize> {
        // The claim is a peer's: a list grows as its values are read, it is not reserved for.
        Some(usize::try_from(self.left).unwrap_or(0).min(16))
    }
}

/// A choice without content, sent as its name.
struct Choice<'de>(&'de str);

impl<'de> EnumAccess<'de> for Choice<'de> {
    type Error = CodecError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), CodecError> {
        let name: serde::de::value::BorrowedStrDeserializer<'de, CodecError> =
            serde::de::value::BorrowedStrDeserializer::new(self.0);
        Ok((seed.deserialize(name.into_deserializer())?, self))
    }
}

impl<'de> VariantAccess<'de> for Choice<'de> {
    type Error = CodecError;

    fn unit_variant(self) -> Result<(), CodecError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _seed: T) -> Result<T::Value, CodecError> {
        Err(no_content())
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, _visitor: V) -> Result<V::Value, CodecError> {
        Err(no_content())
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, CodecError> {
        Err(no_content())
    }
}

impl serde::de::Error for CodecError {
    fn custom<T: Display>(message: T) -> Self {
        Self::told(Code::OutOfRange, format_args!("{message}"))
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::told(Code::WrongType, format_args!("expected {expected}, got {unexpected}"))
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::told(Code::OutOfRange, format_args!("expected {expected}, got {unexpected}"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::told(Code::UnknownVariant, format_args!("not one of {}: {variant:?}", expected.join(", ")))
    }

    fn unknown_field(field: &str, _expected: &'static [&'static str]) -> Self {
        Self::new(Code::UnknownField, "is not known to this version").under(field)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Code::MissingField, "is missing").under(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(Code::DuplicateKey, "stands twice").under(field)
    }
}

fn no_content() -> CodecError {
    CodecError::invalid_type(Unexpected::UnitVariant, &"a name without content")
}

fn trailing() -> CodecError {
    CodecError::new(Code::TrailingBytes, "bytes follow the value")
}
