//! `homie record`: recordings of what sessions print, begun, ended, listed, removed, printed.

use std::io::Write;

use anyhow::anyhow;
use homie_protocol::id::{RecordingId, SessionId};
use homie_protocol::methods::session::recording::{
    RecordOutput, RecordParams, RecordingInfo, RecordingReadParams, RecordingRemoveParams, RecordingsParams,
};
use homie_protocol::methods::session::{
    RecordingList, RecordingRead, RecordingRemove, RecordingStart, RecordingStop, SessionInfo, SessionState,
};
use serde::Serialize;

use crate::attach::terminal;
use crate::cli::RecordOptions;
use crate::here::{Here, with_machine, with_session};
use crate::listing::{ago, now};
use crate::outcome::{Failure, Outcome, remark, say, say_json};
use crate::style::{Style, is_colourful, plain};
use crate::table::{Cell, Table};

/// A recording for programs. Its fields only ever become more.
#[derive(Debug, Serialize)]
struct Listed<'a> {
    id: RecordingId,
    session: SessionId,
    name: &'a str,
    started_at: u64,
    ended_at: Option<u64>,
    bytes: u64,
    is_full: bool,
}

/// Does what the options say.
pub(crate) fn record(options: &RecordOptions) -> Outcome {
    if let Some(session) = &options.session {
        return with_session(options.on.of(session), async |here, session| switch(&here, &session, options).await);
    }
    with_machine(options.on.machine(), async |here| {
        if let Some(wanted) = &options.remove {
            let recording = pick(&here, wanted).await?.id;
            here.ask::<RecordingRemove>(&RecordingRemoveParams { recording }).await?;
            return Ok(());
        }
        if let Some(wanted) = &options.export {
            let recording = pick(&here, wanted).await?;
            let bytes = read(&here, recording.id).await?;
            // One who listens no more is no reason to fail.
            let _heard = std::io::stdout().write_all(&bytes);
            return Ok(());
        }
        list(&here, options.json).await
    })
}

async fn switch(here: &Here, session: &SessionInfo, options: &RecordOptions) -> Outcome {
    let params = RecordParams { session: session.id };
    let RecordOutput { recording } = if options.stop {
        here.ask::<RecordingStop>(&params).await?
    } else {
        here.ask::<RecordingStart>(&params).await?
    };
    if options.json {
        return say_json(&listed(&recording));
    }
    say(&recording.id.to_string());
    if !options.stop && session.state == SessionState::Running {
        remark(&format!(
            "Everyone who looks at {} sees that it is recorded. What is typed is not.",
            plain(&session.name)
        ));
    }
    Ok(())
}

async fn list(here: &Here, as_json: bool) -> Outcome {
    let recordings = all(here).await?;
    if as_json {
        return say_json(&recordings.iter().map(listed).collect::<Vec<_>>());
    }
    if recordings.is_empty() {
        remark("There is no recording. `homie record NAME` begins one.");
        return Ok(());
    }
    let room = terminal::size().map_or(usize::MAX / 2, |size| usize::from(size.cols()));
    say(&table(&recordings, now()).render(is_colourful(), room));
    Ok(())
}

const fn listed(recording: &RecordingInfo) -> Listed<'_> {
    Listed {
        id: recording.id,
        session: recording.session,
        name: recording.name.as_str(),
        started_at: recording.started_at,
        ended_at: recording.ended_at,
        bytes: recording.bytes,
        is_full: recording.is_full,
    }
}

fn table(recordings: &[RecordingInfo], now: u64) -> Table {
    let mut table = Table::new(&["RECORDING", "SESSION", "STARTED", "STATE", "SIZE"]);
    for recording in recordings {
        table.add(vec![
            Cell::new(recording.id.to_string(), Style::Strong),
            Cell::plain(plain(&recording.name)),
            Cell::plain(ago(now, recording.started_at)),
            state(recording),
            Cell::plain(format!("{} KB", recording.bytes.div_ceil(1000))),
        ]);
    }
    table
}

fn state(recording: &RecordingInfo) -> Cell {
    match recording.ended_at {
        None => Cell::new("● REC".to_owned(), Style::Bad),
        Some(_) if recording.is_full => Cell::new("full".to_owned(), Style::Bad),
        Some(_) => Cell::new("done".to_owned(), Style::Faint),
    }
}

/// All recordings, the oldest first.
async fn all(here: &Here) -> Outcome<Vec<RecordingInfo>> {
    let (mut recordings, mut after) = (Vec::new(), None);
    loop {
        let page = here.ask::<RecordingList>(&RecordingsParams { after }).await?;
        recordings.extend(page.recordings);
        after = page.next;
        if after.is_none() {
            recordings.sort_by_key(|recording| recording.started_at);
            return Ok(recordings);
        }
    }
}

/// The recording that somebody means: by its id, else the latest of a session of this name.
pub(crate) async fn pick(here: &Here, wanted: &str) -> Outcome<RecordingInfo> {
    let recordings = all(here).await?;
    let is_it = |recording: &&RecordingInfo| recording.id.to_string() == wanted || recording.name == wanted;
    recordings.iter().rfind(is_it).cloned().ok_or_else(|| {
        Failure::NotFound(anyhow!("no recording is {wanted:?}; `homie record --list` tells which there are"))
    })
}

/// Reads a recording.
pub(crate) async fn read(here: &Here, recording: RecordingId) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let params = RecordingReadParams { recording, from: bytes.len() as u64 };
        let part = here.ask::<RecordingRead>(&params).await?.bytes;
        if part.is_empty() {
            return Ok(bytes);
        }
        bytes.extend_from_slice(&part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_are_listed_with_their_state() {
        let recording = |ended_at, is_full| RecordingInfo {
            id: RecordingId::from_bytes([1; 16]),
            session: SessionId::from_bytes([2; 16]),
            name: "build\x1b".to_owned(),
            started_at: 0,
            ended_at,
            bytes: 1500,
            is_full,
        };
        let all = [recording(None, false), recording(Some(1), false), recording(Some(1), true)];
        let text = table(&all, 60_000).render(false, 200);
        assert!(text.contains("● REC  2 KB") && text.contains("done   2 KB") && text.contains("full   2 KB"), "{text}");
        assert!(text.contains("build\u{fffd}   1m ago"), "{text}");
    }
}
