//! The golden vectors as they are committed.

use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

/// A line of the index, and its file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) layer: String,
    pub(crate) version: u16,
    pub(crate) reading: Option<String>,
    pub(crate) from: Option<String>,
    pub(crate) over: Option<Value>,
    pub(crate) ok: Option<Value>,
    pub(crate) error: Option<String>,
    #[serde(default)]
    pub(crate) field: String,
    #[serde(skip)]
    pub(crate) bytes: Vec<u8>,
}

/// Every vector of every version.
pub(crate) fn vectors() -> Vec<Entry> {
    let versions = fs::read_dir(root()).unwrap().map(|folder| folder.unwrap().path());
    versions
        .flat_map(|folder| {
            let index = fs::read(folder.join("index.json")).unwrap();
            let entries: Vec<Entry> = serde_json::from_slice(&index).unwrap();
            entries.into_iter().map(move |entry| Entry { bytes: fs::read(folder.join(&entry.file)).unwrap(), ..entry })
        })
        .collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../spec/vectors")
}
