//! What the database looks like, and the steps by which an older one becomes it.

use rusqlite::{Connection, TransactionBehavior};

use super::error::StoreError;

/// One step each; a database says in `user_version` how many it has behind it. Steps are only ever added.
const STEPS: &[&str] = &["
    CREATE TABLE sessions (
        id TEXT PRIMARY KEY,
        incarnation TEXT NOT NULL,
        name TEXT NOT NULL,
        command TEXT NOT NULL,
        login INTEGER NOT NULL,
        cwd TEXT NOT NULL,
        env TEXT,
        cols INTEGER NOT NULL,
        rows INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        last_activity_at INTEGER NOT NULL,
        ended_at INTEGER NOT NULL,
        state TEXT NOT NULL,
        exit_code INTEGER,
        exit_signal INTEGER,
        title TEXT,
        folder TEXT,
        preview TEXT NOT NULL,
        screen BLOB,
        screen_cols INTEGER,
        screen_rows INTEGER,
        screen_offset INTEGER,
        screen_at INTEGER
    ) STRICT;
    CREATE INDEX sessions_by_end ON sessions (ended_at);
"];

/// Brings a database up to this version, whole or not at all.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let ours = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > ours {
        return Err(StoreError::Newer { found, ours });
    }
    let behind = usize::try_from(found).unwrap_or_default();
    for step in STEPS.iter().skip(behind) {
        transaction.execute_batch(step)?;
    }
    transaction.execute_batch(&format!("PRAGMA user_version = {ours}"))?;
    Ok(transaction.commit()?)
}
