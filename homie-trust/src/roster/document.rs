//! The roster's file: the root's key and every entry. Whatever in it cannot be checked makes all of it useless.

use std::path::Path;

use homie_protocol::codec;
use homie_protocol::hello::MachineKey;
use homie_protocol::limits::ROSTER;
use homie_protocol::roster::SignedEntry;
use serde::{Deserialize, Serialize};

use super::members::Members;
use crate::error::TrustError;
use crate::private_file;

const REMEDY: &str = "put back a copy that works; or move it away and start again: a new mesh is founded, and every device \
                      is paired anew";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    root: MachineKey,
    entries: Vec<SignedEntry>,
}

pub(super) fn read(path: &Path) -> Result<Members, TrustError> {
    let bytes = private_file::read(path)?.ok_or_else(|| gone(path))?;
    let Document { root, entries } =
        codec::decode(&bytes, ROSTER).map_err(|error| TrustError::corrupt(path, &error, REMEDY))?;
    let said = entries.len();
    let members = Members::none(root).with(entries)?;
    if members.entries().count() != said {
        return Err(TrustError::corrupt(path, "an entry is not what was signed, or stands twice", REMEDY));
    }
    Ok(members)
}

pub(super) fn bytes(members: &Members) -> Result<Vec<u8>, TrustError> {
    let document = Document { root: members.root(), entries: members.entries().cloned().collect() };
    let bytes = codec::encode(&document).map_err(|_| TrustError::Roster("the roster cannot be written"))?;
    if bytes.len() > ROSTER.bytes {
        return Err(TrustError::Full("the roster has a mebibyte, and takes no more: make a new mesh"));
    }
    Ok(bytes)
}

/// It was there when this program started.
pub(super) fn gone(path: &Path) -> TrustError {
    TrustError::corrupt(path, "it is gone", REMEDY)
}
