//! Writes the width table for both languages and the vectors of both: `cargo run -p homie-screen --example widths -- DIR`.
//!
//! The facts about characters are those of the crate `icu_properties` (its version is pinned by Cargo.lock).

mod classes;
mod stages;
mod vectors;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use stages::Stages;

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".to_owned()));
    let values: Vec<u8> = (0..=0x0010_ffff).map(classes::value).collect();
    let stages = Stages::new(&values)?;
    write(&root, "homie-screen/src/width/table.rs", &stages.rust())?;
    write(&root, "terminal/src/generated/width-table.ts", &stages.typescript())?;
    write(&root, "spec/widths.json", &vectors::json(&values))
}

fn write(root: &Path, path: &str, text: &str) -> Result<(), Box<dyn Error>> {
    let path = root.join(path);
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    Ok(fs::write(path, text)?)
}
