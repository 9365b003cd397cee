//! Puts the built page into the program: writes a table with one line for each file below `web/dist`.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let web = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../web");
    let dist = web.join("dist");
    let mut files = Vec::new();
    if dist.is_dir() {
        println!("cargo:rerun-if-changed={}", dist.display());
        collect(&dist, &mut files)?;
    } else if web.is_dir() {
        // Cargo runs this again and again for a path that is not there; the folder above tells when it comes.
        println!("cargo:rerun-if-changed={}", web.display());
    }
    println!("cargo:rerun-if-changed=build.rs");
    let table = table(&dist, &files)?;
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("page.rs"), table)?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}

fn table(dist: &Path, files: &[PathBuf]) -> Result<String, Box<dyn Error>> {
    let mut text = String::from("pub(super) const FILES: &[Asset] = &[\n");
    for file in files {
        let file = file.to_str().ok_or("the name of a file in web/dist is not text")?;
        let path = Path::new(file).strip_prefix(dist)?.to_string_lossy();
        let content_type = content_type(&path)?;
        writeln!(
            text,
            "    Asset {{ path: {:?}, content_type: {content_type:?}, bytes: include_bytes!({file:?}) }},",
            format!("/{path}"),
        )?;
    }
    text.push_str("];\n");
    Ok(text)
}

/// A kind of file that is not here does not get in by accident.
fn content_type(path: &str) -> Result<&'static str, String> {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    Ok(match ending {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => return Err(format!("web/dist/{path}: name its content type in homie-gateway/build.rs")),
    })
}
