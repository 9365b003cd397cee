//! The walk before decoding: size, depth, number of values, doubled keys, foreign types, trailing bytes.
//!
//! Nothing is built: it costs a small stack and the keys of the maps that are open.

use super::read::{Reader, Token};
use super::{CodecError, Raw};
use crate::code::Code;
use crate::limits::{Budget, DEPTH, MAP_KEYS};

/// A map or an array whose end is not reached.
struct Open {
    /// How many values it has; a map's keys are not counted.
    len: u32,
    /// Values still to come.
    left: u32,
    /// Where this map's keys begin in the list of keys; `None` for an array.
    keys: Option<usize>,
}

/// Refuses bytes that are not exactly one value within the budget.
pub fn scan(bytes: &[u8], budget: Budget) -> Result<Raw<'_>, CodecError> {
    if bytes.len() > budget.bytes {
        return Err(CodecError::new(Code::TooLarge, format!("more than {} bytes", budget.bytes)));
    }
    let mut walk = Walk { reader: Reader::new(bytes), open: Vec::with_capacity(DEPTH), keys: Vec::new(), values: 0 };
    walk.run(budget.values)?;
    if !walk.reader.rest().is_empty() {
        return Err(CodecError::new(Code::TrailingBytes, "bytes follow the value"));
    }
    Ok(Raw::new(bytes))
}

struct Walk<'a> {
    reader: Reader<'a>,
    open: Vec<Open>,
    keys: Vec<&'a str>,
    values: usize,
}

impl Walk<'_> {
    fn run(&mut self, most: usize) -> Result<(), CodecError> {
        loop {
            self.value(most).map_err(|error| self.locate(error, self.open.len()))?;
            while self.open.last().is_some_and(|open| open.left == 0) {
                let keys = self.open.pop().and_then(|open| open.keys);
                self.keys.truncate(keys.unwrap_or(self.keys.len()));
            }
            let Some(open) = self.open.last_mut() else { return Ok(()) };
            open.left -= 1;
            if let Some(first) = open.keys {
                self.key(first).map_err(|error| self.locate(error, self.open.len() - 1))?;
            }
        }
    }

    fn value(&mut self, most: usize) -> Result<(), CodecError> {
        self.values += 1;
        match self.reader.token()? {
            Token::Array(len) => self.enter(len, false, most),
            Token::Map(len) => self.enter(len, true, most),
            _ => self.count(0, most),
        }
    }

    fn enter(&mut self, len: u32, map: bool, most: usize) -> Result<(), CodecError> {
        self.count(usize::try_from(len).unwrap_or(usize::MAX), most)?;
        if self.open.len() == DEPTH {
            return Err(CodecError::new(Code::TooDeep, format!("more than {DEPTH} levels")));
        }
        if map && usize::try_from(len).is_ok_and(|len| len > MAP_KEYS) {
            return Err(CodecError::new(Code::TooMany, format!("a map of more than {MAP_KEYS} keys")));
        }
        self.open.push(Open { len, left: len, keys: map.then_some(self.keys.len()) });
        Ok(())
    }

    /// Refuses a count that the budget cannot hold before a single one of the values is read.
    fn count(&self, coming: usize, most: usize) -> Result<(), CodecError> {
        let fits = self.values.checked_add(coming).is_some_and(|all| all <= most);
        if fits { Ok(()) } else { Err(CodecError::new(Code::TooMany, format!("more than {most} values"))) }
    }

    fn key(&mut self, first: usize) -> Result<(), CodecError> {
        let Token::Text(key) = self.reader.token()? else {
            return Err(CodecError::new(Code::UnsupportedType, "a key that is not a string"));
        };
        if self.keys.iter().skip(first).any(|seen| *seen == key) {
            return Err(CodecError::new(Code::DuplicateKey, "stands twice").under(key));
        }
        self.keys.push(key);
        Ok(())
    }

    /// Names the way to where the walk stands, through so many of the open maps and arrays.
    fn locate(&self, mut error: CodecError, depth: usize) -> CodecError {
        let mut end = self.keys.len();
        for (level, open) in self.open.iter().enumerate().rev() {
            let Some(first) = open.keys else {
                error = error.under(&(open.len - open.left - 1).to_string());
                continue;
            };
            let key = self.keys.get(first..end).and_then(<[_]>::last);
            error = match key {
                Some(key) if level < depth => error.under(key),
                _ => error,
            };
            end = first;
        }
        error
    }
}
