//! What the gateway and its ear say to each other: a line of JSON each, private to both. Pure.

use std::collections::BTreeMap;

use homie_protocol::id::NodeId;
use serde::{Deserialize, Serialize};

/// Bytes of a line; a record of ours has three hundred.
pub(crate) const LINE: usize = 4 * 1024;

/// To the ear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Told {
    /// These are announced from now on, and nothing else.
    Announce(Vec<Announced>),
    /// Somebody does not answer: is what was heard under this name still so?
    Verify(String),
}

/// What is announced of a machine, once for each door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Announced {
    /// Its name, for people.
    pub(crate) name: String,
    /// Which it is.
    pub(crate) node: NodeId,
    /// Where.
    pub(crate) port: u16,
    /// What answers there.
    pub(crate) door: Door,
    /// What those of its tailnet know it by.
    pub(crate) tag: Option<String>,
}

/// What answers at a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Door {
    /// The door to the tailnet, at the machine's name there.
    Tailnet,
    /// The key door, at the machine's addresses here.
    Key,
}

impl Door {
    /// As a record says it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Tailnet => "tailnet",
            Self::Key => "key",
        }
    }

    /// The door of this word, if there is one.
    pub(crate) fn of(word: &str) -> Option<Self> {
        [Self::Tailnet, Self::Key].into_iter().find(|door| door.word() == word)
    }
}

/// From the ear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Heard {
    /// Somebody is there.
    There(Record),
    /// The one of this name has said that it goes, or its time is over.
    Gone(String),
    /// Nothing more comes, and why.
    Deaf(String),
}

/// A record, as it was heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// Its full name.
    pub(crate) name: String,
    /// The port that it names.
    pub(crate) port: u16,
    /// The addresses of its host, those of one link with the interface. There a key door is; whoever has another one is called nowhere
    /// here, and they only show on which link it was heard.
    pub(crate) addresses: Vec<String>,
    /// What its text says.
    pub(crate) text: BTreeMap<String, String>,
}
