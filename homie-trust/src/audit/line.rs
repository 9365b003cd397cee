//! A line of the audit log, and the chain that lines make: each names the hash of the one before, so that none can be
//! changed, left out, put in or moved without all that follow telling so. Pure.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use crate::sha256::sha256;

/// Before the first line there is nothing.
const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Something that bears on who may do what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditEntry {
    /// Counts from 1.
    pub seq: u64,
    /// Milliseconds since 1970, for people.
    pub at: u64,
    /// Who: a device's id, or `local` for a program of this machine's user.
    pub by: String,
    /// On which way.
    pub via: String,
    /// What.
    pub act: String,
    /// To whom: an id, or nothing.
    pub object: String,
    /// The rest, in words.
    pub detail: String,
    /// The hash of the line before.
    prev: String,
}

/// What somebody did, before it has its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deed {
    pub(crate) by: String,
    pub(crate) via: &'static str,
    pub(crate) act: &'static str,
    pub(crate) object: String,
    pub(crate) detail: String,
}

/// Where a chain stands: its last number and hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct End {
    pub(crate) seq: u64,
    pub(crate) hash: String,
}

impl Default for End {
    fn default() -> Self {
        Self { seq: 0, hash: NOTHING.to_owned() }
    }
}

impl End {
    /// The next line, without its newline, and where the chain then stands.
    pub(crate) fn then(&self, deed: Deed, at: u64) -> Option<(String, Self)> {
        let Deed { by, via, act, object, detail } = deed;
        let (via, act) = (via.to_owned(), act.to_owned());
        let entry = AuditEntry { seq: self.seq + 1, at, by, via, act, object, detail, prev: self.hash.clone() };
        let json = serde_json::to_string(&entry).ok()?;
        let hash = hash(&json);
        Some((format!("{hash} {json}"), Self { seq: entry.seq, hash }))
    }

    /// Reads the line that must come next; `None` if this is not it. A log whose beginning was rotated away may begin
    /// anywhere, which `self` being `None` says.
    pub(crate) fn read(before: Option<&Self>, line: &str) -> Option<(AuditEntry, Self)> {
        let (said, json) = line.split_once(' ')?;
        let entry: AuditEntry = serde_json::from_str(json).ok()?;
        let first = Self::default();
        let before = before.or((entry.seq == 1).then_some(&first));
        let follows = before.is_none_or(|before| entry.seq == before.seq + 1 && entry.prev == before.hash);
        let end = Self { seq: entry.seq, hash: hash(json) };
        (follows && end.hash == said).then_some((entry, end))
    }
}

fn hash(json: &str) -> String {
    HEXLOWER.encode(&sha256(json.as_bytes()))
}
