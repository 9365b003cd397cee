//! A session as a row, and back.

use homie_holder::{LastHead, LastScreen};
use homie_protocol::id::{Incarnation, Offset, SessionId};
use homie_protocol::methods::session::{ExitStatus, Face, SessionInfo, SessionState, Size};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use serde::de::DeserializeOwned;

use super::error::StoreError;
use super::past::Past;

/// Writes a session, in place of what was known of it.
pub(super) fn put(connection: &Connection, past: &Past) -> Result<(), StoreError> {
    let Past { info, ended_at, env, login, screen } = past;
    let head_of = |of: fn(&LastHead) -> i64| screen.as_ref().map(|screen| of(&screen.head));
    let env = env.as_ref().map(serde_json::to_string).transpose()?;
    connection.execute(
        "REPLACE INTO sessions VALUES (:id, :incarnation, :name, :command, :login, :cwd, :env, :cols, :rows, :created_at, \
         :last_activity_at, :ended_at, :state, :exit_code, :exit_signal, :title, :folder, :preview, :screen, \
         :screen_cols, :screen_rows, :screen_offset, :screen_at)",
        named_params! {
            ":id": info.id.to_string(),
            ":incarnation": info.incarnation.to_string(),
            ":name": info.name,
            ":command": serde_json::to_string(&info.command)?,
            ":login": login,
            ":cwd": info.cwd,
            ":env": env,
            ":cols": info.size.cols(),
            ":rows": info.size.rows(),
            ":created_at": signed(info.created_at),
            ":last_activity_at": signed(info.last_activity_at),
            ":ended_at": signed(*ended_at),
            ":state": word(info.state)?,
            ":exit_code": info.exit.and_then(|exit| exit.code),
            ":exit_signal": info.exit.and_then(|exit| exit.signal),
            ":title": info.face.title,
            ":folder": info.face.folder,
            ":preview": serde_json::to_string(&info.face.preview)?,
            ":screen": screen.as_ref().map(|screen| screen.snapshot.as_slice()),
            ":screen_cols": head_of(|head| head.size.cols().into()),
            ":screen_rows": head_of(|head| head.size.rows().into()),
            ":screen_offset": head_of(|head| signed(head.offset.get())),
            ":screen_at": head_of(|head| signed(head.at)),
        },
    )?;
    Ok(())
}

/// Forgets all but the newest that ended after `since`.
pub(super) fn trim(connection: &Connection, most: usize, since: u64) -> Result<(), StoreError> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    connection.execute(
        "DELETE FROM sessions WHERE ended_at < ?1 OR id NOT IN (SELECT id FROM sessions ORDER BY ended_at DESC LIMIT ?2)",
        params![signed(since), most],
    )?;
    Ok(())
}

/// All, the newest first, without their screens. A row that makes no sense is left out, with a word.
pub(super) fn all(connection: &Connection) -> Result<Vec<Past>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT id, incarnation, name, command, login, cwd, env, cols, rows, created_at, last_activity_at, ended_at, \
         state, exit_code, exit_signal, title, folder, preview, NULL AS screen FROM sessions ORDER BY ended_at DESC",
    )?;
    let rows = statement.query_map([], read)?;
    let sound = |row: rusqlite::Result<Past>| {
        row.inspect_err(|error| tracing::warn!(%error, "the history has a row that makes no sense")).ok()
    };
    Ok(rows.filter_map(sound).collect())
}

/// One, with its screen.
pub(super) fn one(connection: &Connection, session: SessionId) -> Result<Option<Past>, StoreError> {
    Ok(connection.query_row("SELECT * FROM sessions WHERE id = ?1", params![session.to_string()], read).optional()?)
}

/// Removes sessions, all or none.
pub(super) fn remove(connection: &mut Connection, sessions: &[SessionId]) -> Result<(), StoreError> {
    let transaction = connection.transaction()?;
    for session in sessions {
        transaction.execute("DELETE FROM sessions WHERE id = ?1", params![session.to_string()])?;
    }
    Ok(transaction.commit()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Past> {
    let exit = ExitStatus { code: row.get("exit_code")?, signal: row.get("exit_signal")? };
    let face = Face {
        title: row.get("title")?,
        folder: row.get("folder")?,
        attention: None,
        preview: json(&row.get::<_, String>("preview")?)?,
    };
    let info = SessionInfo {
        id: json(&quoted(&row.get::<_, String>("id")?))?,
        incarnation: json(&quoted(&row.get::<_, String>("incarnation")?))?,
        name: row.get("name")?,
        command: json(&row.get::<_, String>("command")?)?,
        cwd: row.get("cwd")?,
        size: size(row, "cols", "rows")?,
        state: state(&row.get::<_, String>("state")?)?,
        exit: Some(exit).filter(|exit| exit.code.is_some() || exit.signal.is_some()),
        viewers: 0,
        created_at: unsigned(row.get("created_at")?),
        last_activity_at: unsigned(row.get("last_activity_at")?),
        pid: None,
        holder_pid: None,
        face,
        recording: false,
    };
    let env: Option<String> = row.get("env")?;
    let env = env.map(|env| json(&env)).transpose()?;
    let ended_at = unsigned(row.get("ended_at")?);
    let screen = screen(row, info.incarnation)?;
    Ok(Past { info, ended_at, env, login: row.get("login")?, screen })
}

fn screen(row: &Row<'_>, incarnation: Incarnation) -> rusqlite::Result<Option<LastScreen>> {
    let Some(snapshot) = row.get::<_, Option<Vec<u8>>>("screen")? else { return Ok(None) };
    let offset = Offset::new(unsigned(row.get("screen_offset")?)).unwrap_or(Offset::ZERO);
    let (size, at) = (size(row, "screen_cols", "screen_rows")?, unsigned(row.get("screen_at")?));
    Ok(Some(LastScreen { head: LastHead { incarnation, offset, size, at }, snapshot }))
}

fn size(row: &Row<'_>, cols: &str, rows: &str) -> rusqlite::Result<Size> {
    Ok(Size::new(row.get(cols)?, row.get(rows)?).unwrap_or_default())
}

fn state(word: &str) -> rusqlite::Result<SessionState> {
    json(&quoted(word))
}

fn word(state: SessionState) -> Result<String, StoreError> {
    Ok(serde_json::to_string(&state)?.trim_matches('"').to_owned())
}

fn quoted(word: &str) -> String {
    format!("\"{word}\"")
}

fn json<T: DeserializeOwned>(text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)))
}

/// The database has no numbers of 2^63 and more, and nor have we.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
