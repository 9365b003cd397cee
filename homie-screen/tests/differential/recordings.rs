//! The recordings of real programs, made by `scripts/record`.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

use crate::stream::{Stream, size};

#[derive(serde::Deserialize)]
struct Entry {
    name: String,
    cols: u16,
    rows: u16,
    resizes: Vec<Resize>,
}

#[derive(serde::Deserialize)]
struct Resize {
    at: usize,
    cols: u16,
    rows: u16,
}

pub(crate) fn all() -> Vec<Stream> {
    let index = fs::read(folder().join("index.json")).expect("the recordings have an index");
    let entries: Vec<Entry> = serde_json::from_slice(&index).expect("the index is JSON");
    entries.into_iter().map(load).collect()
}

fn load(entry: Entry) -> Stream {
    let path = folder().join(&entry.name).with_added_extension("gz");
    let mut bytes = Vec::new();
    GzDecoder::new(File::open(path).expect("the recording is there")).read_to_end(&mut bytes).expect("it is gzip");
    let resizes = entry.resizes.iter().map(|resize| (resize.at, size(resize.cols, resize.rows))).collect();
    Stream { name: entry.name, size: size(entry.cols, entry.rows), bytes, resizes }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings")
}
