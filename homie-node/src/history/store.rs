//! The database itself: how it is opened, and what happens when it cannot be.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use homie_protocol::id::SessionId;
use homie_trust::{StateDir, TrustError};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};

use super::error::StoreError;
use super::past::Past;
use super::rows;
use super::schema::migrate;

/// How long another process may have it: the node before us, on its last words.
const BUSY: Duration = Duration::from_secs(5);

/// The database, open or to be opened with the next job.
#[derive(Debug)]
pub(crate) struct Store {
    dir: StateDir,
    connection: Option<Connection>,
}

impl Store {
    /// Opens it. What keeps it from being opened for now is said in the log.
    pub(super) fn open(dir: StateDir) -> Result<Self, StoreError> {
        let mut store = Self { dir, connection: None };
        match store.connection().map(drop) {
            Err(error @ StoreError::Newer { .. }) => return Err(error),
            Err(error) => tracing::warn!(%error, "no session that ends is kept until this is better"),
            Ok(()) => {}
        }
        Ok(store)
    }

    /// Keeps a session.
    pub(super) fn keep(&mut self, past: &Past) -> Result<(), StoreError> {
        rows::put(self.connection()?, past)
    }

    /// The newest that ended after `since`, without their screens. Older ones are forgotten.
    pub(super) fn newest(&mut self, most: usize, since: u64) -> Result<Vec<Past>, StoreError> {
        let connection = self.connection()?;
        rows::trim(connection, most, since)?;
        rows::all(connection)
    }

    /// One, with its screen.
    pub(super) fn one(&mut self, session: SessionId) -> Result<Option<Past>, StoreError> {
        rows::one(self.connection()?, session)
    }

    /// Forgets sessions.
    pub(super) fn forget(&mut self, sessions: &[SessionId]) -> Result<(), StoreError> {
        rows::remove(self.connection()?, sessions)
    }

    /// Lets go of the database, until the next job.
    pub(super) fn close(&mut self) -> Result<(), StoreError> {
        match self.connection.take().map(Connection::close) {
            Some(Err((_, error))) => Err(error.into()),
            Some(Ok(())) | None => Ok(()),
        }
    }

    fn connection(&mut self) -> Result<&mut Connection, StoreError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => open(&self.dir)?,
        };
        Ok(self.connection.insert(connection))
    }
}

/// Opens the database. A broken one is put aside: what it knew is lost, what runs is not.
fn open(dir: &StateDir) -> Result<Connection, StoreError> {
    let path = dir.node_db()?;
    match open_file(&path) {
        Err(StoreError::Database(error)) if is_broken(&error) => {
            let aside = put_aside(&path).map_err(|source| TrustError::File { doing: "move", path, source })?;
            tracing::warn!(%error, aside = %aside.display(), "the history is damaged and was put aside; a new one begins");
            open_file(&dir.node_db()?)
        }
        opened => opened,
    }
}

fn open_file(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    // After a power cut the last ends may be missing; the file is whole.
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")?;
    let found: Option<String> = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).optional()?;
    if found.as_deref() != Some("ok") {
        let broken = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
        return Err(rusqlite::Error::SqliteFailure(broken, found).into());
    }
    migrate(&mut connection)?;
    Ok(connection)
}

fn is_broken(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// One name for all that were broken: only the last is kept.
fn put_aside(path: &Path) -> io::Result<PathBuf> {
    let aside = path.with_extension("db.broken");
    fs::rename(path, &aside)?;
    for kind in ["db-wal", "db-shm"] {
        match fs::remove_file(path.with_extension(kind)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(aside)
}

#[cfg(test)]
mod tests;
