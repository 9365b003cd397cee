//! Small files of the state directory with one value each, as JSON: read, replaced as a whole, and taken away.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::TrustError;
use crate::private_file;
use crate::state_dir::{StateDir, Writing};

/// What stands there; `None` if there is no such file. The remedy is told where it makes no sense.
pub(crate) fn read<T: DeserializeOwned>(path: &Path, remedy: &'static str) -> Result<Option<T>, TrustError> {
    let Some(bytes) = private_file::read(path)? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| TrustError::corrupt(path, &error, remedy))
}

/// Replaces it.
pub(crate) fn write(
    writing: &Writing,
    path: &Path,
    value: &impl Serialize,
    remedy: &'static str,
) -> Result<(), TrustError> {
    let bytes = serde_json::to_vec_pretty(value).map_err(|error| TrustError::corrupt(path, &error, remedy))?;
    private_file::replace(writing, path, &bytes)
}

/// Takes it away.
pub(crate) fn remove(dir: &StateDir, path: &Path) -> Result<(), TrustError> {
    let _writing = dir.writing()?;
    private_file::remove(path).map(drop)
}
