//! One MessagePack token at a time, from a slice, copying nothing.

use rmp::Marker;

use super::CodecError;
use crate::code::Code;
use crate::limits::OFFSET_END;

/// What stands next in the bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Token<'a> {
    Uint(u64),
    Negative(i64),
    Float(f64),
    Bool(bool),
    Text(&'a str),
    Bytes(&'a [u8]),
    Array(u32),
    Map(u32),
}

/// The bytes not read yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn token(&mut self) -> Result<Token<'a>, CodecError> {
        let [marker] = self.array()?;
        Ok(match Marker::from_u8(marker) {
            Marker::FixPos(value) => Token::Uint(u64::from(value)),
            Marker::FixNeg(value) => Token::Negative(i64::from(value)),
            Marker::U8 => self.uint::<1>()?,
            Marker::U16 => self.uint::<2>()?,
            Marker::U32 => self.uint::<4>()?,
            Marker::U64 => self.uint::<8>()?,
            Marker::I8 => int(i64::from(i8::from_be_bytes(self.array()?)))?,
            Marker::I16 => int(i64::from(i16::from_be_bytes(self.array()?)))?,
            Marker::I32 => int(i64::from(i32::from_be_bytes(self.array()?)))?,
            Marker::I64 => int(i64::from_be_bytes(self.array()?))?,
            Marker::F32 => float(f64::from(f32::from_be_bytes(self.array()?)))?,
            Marker::F64 => float(f64::from_be_bytes(self.array()?))?,
            Marker::True => Token::Bool(true),
            Marker::False => Token::Bool(false),
            Marker::FixStr(len) => self.text(u32::from(len))?,
            Marker::Str8 | Marker::Str16 | Marker::Str32 => {
                let len = self.len(marker - 0xd9)?;
                self.text(len)?
            }
            Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => {
                let len = self.len(marker - 0xc4)?;
                Token::Bytes(self.take(len)?)
            }
            Marker::FixArray(len) => Token::Array(u32::from(len)),
            Marker::Array16 | Marker::Array32 => Token::Array(self.len(marker - 0xdc + 1)?),
            Marker::FixMap(len) => Token::Map(u32::from(len)),
            Marker::Map16 | Marker::Map32 => Token::Map(self.len(marker - 0xde + 1)?),
            Marker::Null => return Err(unsupported("nil is never sent; leave the field out")),
            Marker::Reserved => return Err(CodecError::new(Code::Malformed, "0xc1 is not MessagePack")),
            _ => return Err(unsupported("extension types are not used")),
        })
    }

    /// A length of 1, 2 or 4 bytes, for widths 0, 1 and 2.
    fn len(&mut self, width: u8) -> Result<u32, CodecError> {
        Ok(match width {
            0 => u32::from(u8::from_be_bytes(self.array()?)),
            1 => u32::from(u16::from_be_bytes(self.array()?)),
            _ => u32::from_be_bytes(self.array()?),
        })
    }

    fn uint<const N: usize>(&mut self) -> Result<Token<'a>, CodecError> {
        let bytes = self.array::<N>()?;
        let value = bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
        if value < OFFSET_END { Ok(Token::Uint(value)) } else { Err(out_of_range()) }
    }

    fn text(&mut self, len: u32) -> Result<Token<'a>, CodecError> {
        let text = std::str::from_utf8(self.take(len)?);
        text.map(Token::Text).map_err(|_| CodecError::new(Code::Malformed, "text is not UTF-8"))
    }

    fn take(&mut self, len: u32) -> Result<&'a [u8], CodecError> {
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        let (taken, rest) = self.rest.split_at_checked(len).ok_or_else(ends_early)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or_else(ends_early)?;
        self.rest = rest;
        Ok(*taken)
    }
}

fn int(value: i64) -> Result<Token<'static>, CodecError> {
    if value.unsigned_abs() >= OFFSET_END {
        return Err(out_of_range());
    }
    Ok(u64::try_from(value).map_or(Token::Negative(value), Token::Uint))
}

fn float(value: f64) -> Result<Token<'static>, CodecError> {
    if !value.is_finite() {
        return Err(unsupported("NaN and infinity are not used"));
    }
    // JavaScript could not tell it from the integer, nor write it as it came.
    if value.fract() == 0.0 {
        return Err(unsupported("a whole number is sent as an integer"));
    }
    Ok(Token::Float(value))
}

fn ends_early() -> CodecError {
    CodecError::new(Code::Malformed, "the bytes end too early")
}

fn unsupported(detail: &str) -> CodecError {
    CodecError::new(Code::UnsupportedType, detail)
}

fn out_of_range() -> CodecError {
    CodecError::new(Code::OutOfRange, "integers are below 2^53")
}
