//! A recording on disk: opened, gone on with, written line by line, read in parts.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use homie_protocol::id::RecordingId;
use homie_protocol::methods::session::Size;
use homie_protocol::methods::session::recording::RecordingInfo;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::task::spawn_blocking;

use super::cast::{self, Cast};
use crate::clock::now_ms;

/// Bytes at the end of a file in which its last line begins: twice what a frame of control characters becomes.
const LAST_LINE: u64 = 256 * 1024;

/// What stands where nothing was recorded.
const GAP: &str = "what was printed before this is missing";

/// What a recording begins with.
#[derive(Debug)]
pub(super) struct Begin {
    pub(super) size: Size,
    /// Milliseconds since 1970.
    pub(super) started_at: u64,
    pub(super) title: String,
}

/// A recording that is being written. What is said is kept until [`Tape::write`].
#[derive(Debug)]
pub(super) struct Tape {
    file: File,
    bytes: u64,
    /// What it may have.
    most: u64,
    cast: Cast,
    lines: String,
    began: Instant,
    /// When the clock of `began` stood at 0.
    at: Duration,
}

/// Whether all of it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Whole,
    /// It would be more than a recording may have: nothing was.
    Full,
}

impl Tape {
    /// Opens a recording to write at its end. One that goes on says that something is missing.
    pub(super) async fn open(folder: &Path, info: &RecordingInfo, goes_on: bool, most: u64) -> io::Result<Self> {
        let path = path(folder, info.id);
        let (file, bytes, last) = spawn_blocking(move || end_of(&path)).await.map_err(io::Error::other)??;
        let at = Duration::from_millis(now_ms().saturating_sub(info.started_at)).max(last);
        let (cast, lines, began) = (Cast::after(last), String::new(), Instant::now());
        let mut tape = Self { file: File::from_std(file), bytes, most, cast, lines, began, at };
        if goes_on {
            tape.gap();
        }
        Ok(tape)
    }

    /// What was printed.
    pub(super) fn output(&mut self, bytes: &[u8]) {
        self.cast.output(self.at + self.began.elapsed(), bytes, &mut self.lines);
    }

    /// The terminal has another size.
    pub(super) fn resized(&mut self, size: Size) {
        self.cast.resized(self.at + self.began.elapsed(), size, &mut self.lines);
    }

    /// Something is missing here.
    pub(super) fn gap(&mut self) {
        self.cast.mark(self.at + self.began.elapsed(), GAP, &mut self.lines);
    }

    /// Nothing follows.
    pub(super) fn end(&mut self) {
        self.cast.end(self.at + self.began.elapsed(), &mut self.lines);
    }

    /// Bytes on disk.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Writes what was said. What cannot be written whole is taken back, so that the file has whole lines alone.
    pub(super) async fn write(&mut self) -> io::Result<Written> {
        let lines = std::mem::take(&mut self.lines);
        let after = self.bytes + lines.len() as u64;
        if after > self.most {
            return Ok(Written::Full);
        }
        let written = async {
            self.file.write_all(lines.as_bytes()).await?;
            self.file.flush().await
        };
        if let Err(error) = written.await {
            // If this fails too, the next start cuts off what is left of the line.
            self.file.set_len(self.bytes).await.unwrap_or_default();
            return Err(error);
        }
        self.bytes = after;
        Ok(Written::Whole)
    }
}

/// Makes a recording with its first line.
pub(super) fn create(folder: &Path, id: RecordingId, begin: &Begin) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path(folder, id))?;
    file.write_all(cast::head(begin.size, begin.started_at / 1000, &begin.title).as_bytes())
}

/// A part of a recording.
pub(super) fn read(folder: &Path, id: RecordingId, from: u64, most: u64) -> io::Result<Vec<u8>> {
    let mut file = fs::File::open(path(folder, id))?;
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Where the recording lies.
pub(super) fn path(folder: &Path, id: RecordingId) -> PathBuf {
    folder.join(format!("{id}.cast"))
}

/// Opens a file at its end, behind its last whole line, and tells that line's time.
fn end_of(path: &Path) -> io::Result<(fs::File, u64, Duration)> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let len = file.metadata()?.len();
    let from = len.saturating_sub(LAST_LINE);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let whole = tail.iter().rposition(|byte| *byte == b'\n').map_or(0, |index| index + 1);
    tail.truncate(whole);
    let end = from + whole as u64;
    file.set_len(end)?;
    file.seek(SeekFrom::Start(end))?;
    let text = String::from_utf8_lossy(&tail);
    let last = text.lines().next_back().and_then(cast::time_of).unwrap_or_default();
    Ok((file, end, last))
}

#[cfg(test)]
mod tests {
    use homie_protocol::id::SessionId;

    use super::*;

    const MUCH: u64 = 1 << 20;

    fn info(id: RecordingId) -> RecordingInfo {
        let session = SessionId::from_bytes([1; 16]);
        RecordingInfo {
            id,
            session,
            name: "x".to_owned(),
            started_at: now_ms(),
            ended_at: None,
            bytes: 0,
            is_full: false,
        }
    }

    fn begin() -> Begin {
        Begin { size: Size::default(), started_at: now_ms(), title: "x".to_owned() }
    }

    #[tokio::test]
    async fn a_line_that_was_cut_off_is_taken_away_and_the_time_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let (folder, id) = (folder.path(), RecordingId::from_bytes([2; 16]));
        create(folder, id, &begin()).unwrap();
        let whole = fs::read_to_string(path(folder, id)).unwrap() + "[77.000000, \"o\", \"a\"]\n";
        fs::write(path(folder, id), format!("{whole}[78.5, \"o\", \"b")).unwrap();
        let mut tape = Tape::open(folder, &info(id), true, MUCH).await.unwrap();
        tape.output(b"c");
        assert_eq!(tape.write().await.unwrap(), Written::Whole);
        let found = fs::read_to_string(path(folder, id)).unwrap();
        assert_eq!(tape.bytes(), found.len() as u64);
        let added: Vec<&str> = found.strip_prefix(&whole).unwrap().lines().collect();
        assert_eq!(added.len(), 2);
        assert!(added[0].contains("\"m\"") && added[1].ends_with("\"o\", \"c\"]"), "{added:?}");
        assert!(added.iter().all(|line| cast::time_of(line).unwrap() >= Duration::from_secs(77)));
    }

    #[tokio::test]
    async fn a_recording_ends_before_it_has_too_much() {
        let folder = tempfile::tempdir().unwrap();
        let (folder, id) = (folder.path(), RecordingId::from_bytes([2; 16]));
        create(folder, id, &begin()).unwrap();
        let mut tape = Tape::open(folder, &info(id), false, MUCH).await.unwrap();
        // As if so much were there already.
        tape.bytes = MUCH - 10;
        tape.output(b"more than ten");
        assert_eq!(tape.write().await.unwrap(), Written::Full);
        assert_eq!(fs::read_to_string(path(folder, id)).unwrap().lines().count(), 1);
    }

    #[tokio::test]
    async fn parts_follow_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let (folder, id) = (folder.path(), RecordingId::from_bytes([2; 16]));
        create(folder, id, &begin()).unwrap();
        let whole = fs::read(path(folder, id)).unwrap();
        let mut parts = Vec::new();
        while let part @ [_, ..] = read(folder, id, parts.len() as u64, 10).unwrap().as_slice() {
            parts.extend_from_slice(part);
        }
        assert_eq!(parts, whole);
        assert!(read(folder, id, 1 << 40, 10).unwrap().is_empty());
    }
}
