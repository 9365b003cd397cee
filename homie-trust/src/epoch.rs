//! How often the node has started here. A holder obeys the node with the higher number.

use homie_protocol::limits::OFFSET_END;

use crate::error::TrustError;
use crate::private_file;
use crate::state_dir::StateDir;

const REMEDY: &str = "write a number into it that is higher than any before, 1000000 for instance";

/// Counts this start, on disk before it is used. A disk that takes nothing does not keep running shells from their node:
/// the number then counts for this start alone, and the next start, with the same one, still displaces this.
pub fn next_epoch(dir: &StateDir) -> Result<u64, TrustError> {
    let path = dir.path().join("epoch");
    let writing = dir.writing()?;
    let last = match private_file::read(&path)? {
        None => 0,
        Some(bytes) => number(&bytes).ok_or_else(|| TrustError::corrupt(&path, "it is not a number", REMEDY))?,
    };
    let next = last + 1;
    if let Err(error) = private_file::replace(&writing, &path, format!("{next}\n").as_bytes()) {
        tracing::warn!("this start is not counted on disk: {error}");
    }
    Ok(next)
}

fn number(bytes: &[u8]) -> Option<u64> {
    let number = std::str::from_utf8(bytes).ok()?.trim().parse().ok()?;
    (number < OFFSET_END - 1).then_some(number)
}
