//! The audit log: what was done to who may do what. Each line is on disk before the thing is done; where it cannot be
//! written, the thing is not done.
//!
//! `audit.log` takes 8 MiB, then it becomes `audit.log.1` and what was there goes: at least 20,000 acts can be read back. The chain goes on
//! from one to the next. `audit.head` remembers where it stands, so that a log that was cut short is found out.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use homie_protocol::id::DeviceId;
use serde::{Deserialize, Serialize};

use crate::error::TrustError;
use crate::private_file;
use crate::state_dir::{StateDir, Writing};

mod line;
mod refusals;
#[cfg(test)]
mod tests;

pub use line::AuditEntry;
pub(crate) use line::{Deed, End};
pub use refusals::Refusals;

/// Bytes of a log before it is put aside.
const LONGEST: u64 = 8 * 1024 * 1024;

/// Bytes of the longest line: names have 64 characters, and a detail a few of them.
const LINE: u64 = 8 * 1024;

const REMEDY: &str = "keep it, and find out who changed it; move it away to begin a new one";

/// Who does something, and on which way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    by: String,
    via: &'static str,
}

impl Actor {
    /// A program of this machine's user.
    pub fn local(via: &'static str) -> Self {
        Self { by: "local".to_owned(), via }
    }

    /// A device that has proved its key.
    pub fn device(id: DeviceId, via: &'static str) -> Self {
        Self { by: id.to_string(), via }
    }

    /// Somebody without a key.
    pub(crate) fn unknown(via: &'static str) -> Self {
        Self { by: "unknown".to_owned(), via }
    }

    pub(crate) fn does(&self, act: &'static str, object: &impl ToString, detail: impl Into<String>) -> Deed {
        Deed { by: self.by.clone(), via: self.via, act, object: object.to_string(), detail: detail.into() }
    }
}

/// The log of a state directory.
#[derive(Debug, Clone)]
pub struct Audit {
    dir: StateDir,
    /// Bytes of a log before it is put aside.
    longest: u64,
}

/// What `audit.head` says: which lines there must be.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    first: u64,
    last: End,
}

/// What a look through the whole log has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verified {
    /// Every line is what was written.
    Good {
        /// The first number that is still there.
        first: u64,
        /// The last.
        last: u64,
    },
    /// From this number on nothing is proved.
    Bad {
        /// The first that is not what was written.
        seq: u64,
        /// What is wrong there.
        why: &'static str,
    },
}

impl Audit {
    /// The log of this state directory.
    pub fn of(dir: &StateDir) -> Self {
        Self { dir: dir.clone(), longest: LONGEST }
    }

    /// Writes down what is about to be done, and waits until it is on disk.
    pub(crate) fn write(&self, writing: &Writing, deed: Deed) -> Result<(), TrustError> {
        let path = self.path();
        let mut file = private_file::open_or_create(&path)?;
        let Head { mut first, last } = self.stand(&mut file)?;
        let (line, last) = last.then(deed, now_ms()).ok_or(TrustError::Crypto("writing a line of the audit log"))?;
        if file.metadata().map_err(TrustError::file("examine", &path))?.len() > self.longest {
            first = first_of(file).unwrap_or(first);
            std::fs::rename(&path, self.aside()).map_err(TrustError::file("put aside", &path))?;
            file = private_file::open_or_create(&path)?;
        }
        file.seek(SeekFrom::End(0)).map_err(TrustError::file("write", &path))?;
        file.write_all(format!("{line}\n").as_bytes()).map_err(TrustError::file("write", &path))?;
        file.sync_all().map_err(TrustError::file("write", &path))?;
        let head = serde_json::to_vec(&Head { first: first.max(1), last });
        let head = head.map_err(|error| TrustError::corrupt(&path, &error, REMEDY))?;
        private_file::replace(writing, &self.head(), &head)
    }

    /// What stands in it, the oldest first; lines that cannot be read are left out.
    pub fn entries(&self) -> Result<Vec<AuditEntry>, TrustError> {
        let lines = self.lines()?;
        Ok(lines.iter().filter_map(|line| Some(End::read(None, line)?.0)).collect())
    }

    /// Looks through all of it.
    pub fn verify(&self) -> Result<Verified, TrustError> {
        let must = self.remembered()?.unwrap_or_default();
        let (mut before, mut first): (Option<End>, _) = (None, None);
        for line in self.lines()? {
            let read = End::read(before.as_ref(), &line);
            let Some((entry, end)) = read.filter(|(entry, _)| before.is_some() || entry.seq <= must.first.max(1))
            else {
                let seq = before.map_or(must.first.max(1), |before| before.seq + 1);
                return Ok(Verified::Bad { seq, why: "is not what was written there" });
            };
            first.get_or_insert(entry.seq);
            before = Some(end);
        }
        let last = before.unwrap_or_default();
        if must.last.seq > last.seq {
            let seq = last.seq.max(must.first.saturating_sub(1)) + 1;
            return Ok(Verified::Bad { seq, why: "is missing, and with it all to the end" });
        }
        if must.last.seq == last.seq && must.last.hash != last.hash {
            return Ok(Verified::Bad { seq: last.seq, why: "is not what was written there" });
        }
        Ok(Verified::Good { first: first.unwrap_or(1), last: last.seq })
    }

    /// Where the chain stands. A last line without an end was never finished: its act was not done, and it is cut off.
    fn stand(&self, file: &mut File) -> Result<Head, TrustError> {
        let path = self.path();
        let head = self.remembered()?.unwrap_or_default();
        let (tail, from) = tail_of(file).map_err(TrustError::file("read", &path))?;
        let damaged = |why| TrustError::corrupt(&path, why, REMEDY);
        let whole = tail.iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1);
        if whole == 0 && from > 0 {
            return Err(damaged("its last line has no end"));
        }
        if whole < tail.len() {
            let kept = from + u64::try_from(whole).unwrap_or_default();
            file.set_len(kept).map_err(TrustError::file("write", &path))?;
        }
        let text = String::from_utf8_lossy(tail.get(..whole).unwrap_or_default()).into_owned();
        // A new log, or one that was put aside a moment ago, has no line yet.
        let Some(line) = text.lines().next_back() else { return Ok(head) };
        let (_, last) = End::read(None, line).ok_or_else(|| damaged("its last line is not what was written"))?;
        if last.seq < head.last.seq {
            return Err(damaged("lines are missing at its end"));
        }
        Ok(Head { first: head.first, last })
    }

    fn remembered(&self) -> Result<Option<Head>, TrustError> {
        let path = self.head();
        let Some(bytes) = private_file::read(&path)? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| TrustError::corrupt(&path, &error, REMEDY))
    }

    /// Every whole line of both files.
    fn lines(&self) -> Result<Vec<String>, TrustError> {
        let mut lines = Vec::new();
        for path in [self.aside(), self.path()] {
            if !path.exists() {
                continue;
            }
            let file = private_file::open_or_create(&path)?;
            let read = whole_lines(file).map_err(TrustError::file("read", &path))?;
            lines.extend(read);
        }
        Ok(lines)
    }

    fn path(&self) -> PathBuf {
        self.below("audit.log")
    }

    fn aside(&self) -> PathBuf {
        self.below("audit.log.1")
    }

    fn head(&self) -> PathBuf {
        self.below("audit.head")
    }

    fn below(&self, name: &str) -> PathBuf {
        Path::new(self.dir.path()).join(name)
    }
}

/// The number of the first line.
fn first_of(mut file: File) -> Option<u64> {
    file.seek(SeekFrom::Start(0)).ok()?;
    let mut line = String::new();
    BufReader::new(file.take(LINE)).read_line(&mut line).ok()?;
    Some(End::read(None, line.trim_end())?.0.seq)
}

/// The last bytes, and where they begin.
fn tail_of(file: &mut File) -> std::io::Result<(Vec<u8>, u64)> {
    let length = file.seek(SeekFrom::End(0))?;
    let from = file.seek(SeekFrom::Start(length.saturating_sub(LINE)))?;
    let mut tail = Vec::new();
    Read::by_ref(file).take(LINE).read_to_end(&mut tail)?;
    Ok((tail, from))
}

fn whole_lines(file: File) -> std::io::Result<Vec<String>> {
    let mut reader = BufReader::new(file.take(2 * LONGEST));
    let mut lines = Vec::new();
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line)? == 0 || line.pop() != Some(b'\n') {
            return Ok(lines);
        }
        lines.push(String::from_utf8_lossy(&line).into_owned());
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
