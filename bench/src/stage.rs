//! What all subjects share: a folder, the programs that run in their sessions, and what these print.
//!
//! Programs print small letters and digits; the words that are waited for are in capitals, so that no screen has their letters
//! already, in whatever way it is brought up to date.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Bytes of the file that is printed over and over.
const BLOCK: usize = 20_000_000;

/// Bytes that a bulk prints.
pub(crate) const BULK: usize = 10 * BLOCK;

/// Bytes that each of many viewers gets.
pub(crate) const FANOUT: usize = BLOCK / 2;

/// Said by a program that is ready.
pub(crate) const READY: &str = "READY";

/// Said behind the last byte of a bulk.
pub(crate) const BULK_END: &str = "BULKEND";

/// Said behind the last line.
pub(crate) const LAST_LINE: &str = "LASTLINE";

/// What the shell's first and second prompt say.
pub(crate) const PROMPTS: [&str; 2] = ["PROMPT1:", "PROMPT2:"];

/// The folder everything lies in.
pub(crate) struct Stage {
    pub(crate) folder: PathBuf,
}

impl Stage {
    pub(crate) fn build(folder: &Path) -> anyhow::Result<Self> {
        let stage = Self { folder: folder.to_path_buf() };
        let text = lines(0, BLOCK);
        fs::write(stage.path("block"), &text)?;
        fs::write(stage.path("small-block"), text.get(..FANOUT).unwrap_or_default())?;
        for (name, count) in [("lines-10k", 10_000), ("lines-100k", 100_000)] {
            fs::write(stage.path(name), first_lines(&text, count))?;
        }
        fs::create_dir(stage.path("started"))?;
        let block = stage.path("block").display().to_string();
        let at = folder.display();
        let blocks = format!("{block} ").repeat(BULK / BLOCK);
        stage.script("echo", &format!("stty raw -echo; printf {READY}; exec cat"))?;
        stage.script("bulk", &print_on_demand(&blocks))?;
        stage.script("fanout", &print_on_demand(&format!("{at}/small-block")))?;
        // Not BASH_ENV and the like: the prompt is all that is asked for.
        stage.script("shell", "exec env PS1='PROMPT\\#:' HISTFILE= INPUTRC=/dev/null bash --norc --noprofile -i")?;
        for count in ["10k", "100k"] {
            stage.script(
                &format!("print-{count}"),
                &format!("stty -echo; cat {at}/lines-{count}; printf {LAST_LINE}; : > {at}/started/$$; exec cat"),
            )?;
        }
        stage.script("idle", &format!("stty -echo; : > {at}/started/$$; exec cat"))?;
        Ok(stage)
    }

    /// A file of the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What is typed into the shell to make it print for ever.
    pub(crate) fn flood(&self) -> String {
        format!("while cat {}; do :; done\r", self.path("block").display())
    }

    /// What is typed into the shell to fill a history.
    pub(crate) fn print_much(&self) -> String {
        format!("cat {}\r", self.path("lines-100k").display())
    }

    /// Programs that have said in the folder that they run, since this was asked last.
    pub(crate) fn started(&self) -> anyhow::Result<usize> {
        Ok(fs::read_dir(self.path("started"))?.count())
    }

    pub(crate) fn forget_started(&self) -> anyhow::Result<()> {
        fs::remove_dir_all(self.path("started"))?;
        Ok(fs::create_dir(self.path("started"))?)
    }

    fn script(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let path = self.path(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n"))?;
        Ok(fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?)
    }
}

/// Prints these files when a line is typed, then says that it has.
fn print_on_demand(files: &str) -> String {
    format!("stty -echo; printf {READY}; read -r _; cat {files}; printf {BULK_END}; exec cat")
}

/// What a build or a server might log: lines of 30 to 78 letters, each numbered.
fn lines(first: usize, bytes: usize) -> String {
    let words = ["compiled", "crate", "with", "no", "errors", "request", "served", "in", "time", "from", "cache"];
    let mut text = String::with_capacity(bytes + 100);
    let mut number = first;
    let mut seed = 1_u64;
    while text.len() < bytes {
        // A String takes everything.
        let _ = write!(text, "{number:08}");
        number += 1;
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut left = 3 + (seed >> 33) % 6;
        while left > 0 {
            let chosen = usize::try_from((seed >> (left * 7)) % 11).unwrap_or_default();
            text.push(' ');
            text.push_str(words.get(chosen).copied().unwrap_or_default());
            left -= 1;
        }
        text.push('\n');
    }
    text.truncate(bytes);
    text
}

fn first_lines(text: &str, count: usize) -> String {
    let mut lines: Vec<&str> = text.lines().take(count).collect();
    lines.push("");
    lines.join("\n")
}
