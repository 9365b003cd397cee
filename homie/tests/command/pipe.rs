//! A pipe with a name, through which a program in a session tells the test something.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use tempfile::TempDir;

use crate::program::PATIENCE;

/// The end that is read.
pub(crate) struct Pipe {
    folder: TempDir,
    lines: Receiver<String>,
}

impl Pipe {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        let (line_tx, lines) = channel();
        thread::spawn(move || {
            // Opened for both, so that it does not end with the first who writes.
            let pipe = File::options().read(true).write(true).open(path).unwrap();
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                if line_tx.send(line).is_err() {
                    return;
                }
            }
        });
        Self { folder, lines }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("pipe")
    }

    /// The next line.
    pub(crate) fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).unwrap()
    }
}
