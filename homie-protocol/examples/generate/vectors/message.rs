//! A map under construction: a good one, of which one thing is then made wrong.

use homie_protocol::code::Code;
use homie_protocol::codec;
use serde::Serialize;

use super::{Outcome, Vector, raw};

/// Entries in their order, each value encoded.
#[derive(Clone, Default)]
pub(super) struct Message(Vec<(&'static str, Vec<u8>)>);

/// One wrong thing: the field `at` is set to `to`, and the message is refused for `field`.
pub(super) struct Wrong {
    name: &'static str,
    at: &'static str,
    to: Vec<u8>,
    code: Code,
    field: &'static str,
}

/// A line of a table of wrong messages.
pub(super) fn set(name: &'static str, at: &'static str, to: Vec<u8>, code: Code, field: &'static str) -> Wrong {
    Wrong { name, at, to, code, field }
}

impl Message {
    pub(super) fn with(self, name: &'static str, value: &impl Serialize) -> Outcome<Self> {
        let value = codec::encode(value)?;
        Ok(self.set(name, value))
    }

    pub(super) fn set(mut self, name: &'static str, value: Vec<u8>) -> Self {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| *known != name);
        self
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        raw::map(&self.0)
    }

    /// One vector for each line of the table.
    pub(super) fn wrong(&self, layer: &str, prefix: &str, table: Vec<Wrong>) -> Vec<Vector> {
        let one = |wrong: Wrong| {
            let message = self.clone().set(wrong.at, wrong.to);
            Vector::bad(layer, format!("{prefix}-{}", wrong.name), message.bytes(), wrong.code, wrong.field)
        };
        table.into_iter().map(one).collect()
    }

    /// A vector for each of these fields: the message without it.
    pub(super) fn missing(&self, layer: &str, prefix: &str, fields: &[&'static str]) -> Vec<Vector> {
        let one = |field: &&'static str| {
            let bytes = self.clone().without(field).bytes();
            Vector::bad(layer, format!("{prefix}-without-{field}"), bytes, Code::MissingField, field)
        };
        fields.iter().map(one).collect()
    }
}
