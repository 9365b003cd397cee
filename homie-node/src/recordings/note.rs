//! The note beside a recording: whose it is, and whether it goes on. Written whole or not at all.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use homie_protocol::id::{RecordingId, SessionId};
use homie_protocol::methods::session::recording::RecordingInfo;
use serde::{Deserialize, Serialize};

use super::tape;

/// Bytes of a note. A longer file is none of ours.
const NOTE_MOST: u64 = 64 * 1024;

/// What stands in it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Note {
    session: SessionId,
    name: String,
    started_at: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended_at: Option<u64>,
    is_full: bool,
}

impl From<&RecordingInfo> for Note {
    fn from(info: &RecordingInfo) -> Self {
        let RecordingInfo { session, started_at, ended_at, is_full, .. } = *info;
        Self { session, name: info.name.clone(), started_at, ended_at, is_full }
    }
}

/// All recordings of a folder. What makes no sense is left where it is, with a word.
pub(super) fn all(folder: &Path) -> Vec<RecordingInfo> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let ids: Vec<RecordingId> = names.filter_map(|name| name.strip_suffix(".json")?.parse().ok()).collect();
    ids.into_iter().filter_map(|id| read(folder, id)).collect()
}

fn read(folder: &Path, id: RecordingId) -> Option<RecordingInfo> {
    let complain =
        |error: &dyn std::fmt::Display| tracing::warn!(recording = %id, %error, "a recording makes no sense");
    let path = path(folder, id);
    if fs::metadata(&path).ok()?.len() > NOTE_MOST {
        return None;
    }
    let bytes = fs::read(&path).inspect_err(|error| complain(error)).ok()?;
    let note: Note = serde_json::from_slice(&bytes).inspect_err(|error| complain(error)).ok()?;
    let bytes = fs::metadata(tape::path(folder, id)).inspect_err(|error| complain(error)).ok()?.len();
    let Note { session, name, started_at, ended_at, is_full } = note;
    Some(RecordingInfo { id, session, name, started_at, ended_at, bytes, is_full })
}

pub(super) fn write(folder: &Path, id: RecordingId, note: &Note) -> io::Result<()> {
    let new = path(folder, id).with_extension("new");
    remove_file(&new)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    file.write_all(&serde_json::to_vec(note)?)?;
    file.sync_all()?;
    fs::rename(&new, path(folder, id))
}

/// Removes a recording. The note goes last: without it nobody would find the rest.
pub(super) fn remove(folder: &Path, id: RecordingId) -> io::Result<()> {
    remove_file(&tape::path(folder, id))?;
    remove_file(&path(folder, id))
}

fn path(folder: &Path, id: RecordingId) -> PathBuf {
    folder.join(format!("{id}.json"))
}

fn remove_file(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}
