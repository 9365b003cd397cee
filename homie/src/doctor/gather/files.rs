//! Who else may read or write what is ours: the state directory with all in it, and the file of the settings.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use homie_trust::{StateDir, own_uid};

use crate::doctor::facts::{Files, OpenFile};

/// Files and directories that are looked at.
const MOST: usize = 10_000;

/// What others have no part in.
const OTHERS: u32 = 0o077;

/// Looks at all of it. Symbolic links are not followed: Homie opens none.
pub(super) fn look(state: &Path, settings: &Path) -> Files {
    let mut files =
        Files { state: state.to_owned(), problem: None, open: Vec::new(), seen: 0, is_cut: false, newest: None };
    let mut waiting: Vec<PathBuf> = vec![state.to_owned()];
    while let Some(path) = waiting.pop() {
        if files.seen == MOST {
            files.is_cut = true;
            break;
        }
        let Ok(found) = fs::symlink_metadata(&path) else { continue };
        if path == settings || (found.is_symlink() && path != *state) {
            continue;
        }
        files.seen += 1;
        waiting.extend(below(&path, &found));
        files.open.extend(open(&path, &found, wanted(&found)));
        remember(&mut files, path, &found);
    }
    files.open.extend(open_settings(settings));
    if files.open.iter().all(|file| file.path != state) && state.exists() {
        files.problem = StateDir::open(state).err().map(|error| error.to_string());
    }
    files
}

fn below(path: &Path, found: &Metadata) -> Vec<PathBuf> {
    if !found.is_dir() {
        return Vec::new();
    }
    let entries = fs::read_dir(path).into_iter().flatten().filter_map(Result::ok);
    entries.map(|entry| entry.path()).take(MOST).collect()
}

fn wanted(found: &Metadata) -> u32 {
    if found.is_dir() { 0o700 } else { 0o600 }
}

fn open(path: &Path, found: &Metadata, wanted: u32) -> Option<OpenFile> {
    let (mode, is_ours) = (found.mode() & 0o7777, found.uid() == own_uid());
    let is_private = mode & OTHERS == 0 || found.is_symlink();
    (!is_private || !is_ours).then(|| OpenFile { path: path.to_owned(), mode, wanted, is_ours })
}

/// The settings hold no secret: in a directory that others cannot enter their own mode says nothing.
fn open_settings(path: &Path) -> Option<OpenFile> {
    let directory = fs::metadata(path.parent()?).ok()?;
    let found = fs::symlink_metadata(path).ok()?;
    let is_hidden = directory.mode() & OTHERS == 0 && found.uid() == own_uid();
    if is_hidden { None } else { open(path, &found, 0o600) }
}

fn remember(files: &mut Files, path: PathBuf, found: &Metadata) {
    let Ok(written) = found.modified() else { return };
    if files.newest.as_ref().is_none_or(|(_, newest)| written > *newest) {
        files.newest = Some((path, written));
    }
}
