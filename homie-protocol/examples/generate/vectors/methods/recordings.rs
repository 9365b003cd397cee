//! Recordings, whole and with one thing wrong in each.

use homie_protocol::code::Code;
use homie_protocol::control::Empty;
use homie_protocol::limits::OFFSET_END;
use homie_protocol::methods::session::recording::{
    RecordOutput, RecordParams, RecordingInfo, RecordingReadOutput, RecordingReadParams, RecordingRemoveParams,
    RecordingsOutput, RecordingsParams,
};
use homie_protocol::methods::session::{RecordingList, RecordingRead, RecordingRemove, RecordingStart, RecordingStop};

use super::super::message::{Message, set};
use super::super::samples::{RECORDING, SESSION, recording};
use super::super::{Outcome, Vector, raw};
use super::{params, result, unknown_field, wrong_params, wrong_results};

/// Each with little and with much.
pub(super) fn good() -> Outcome<Vec<Vector>> {
    let ended = RecordingInfo { ended_at: Some(OFFSET_END - 1), bytes: 64 * 1024 * 1024, is_full: true, ..recording() };
    let some = RecordingsOutput { recordings: vec![recording(), ended.clone()], next: Some(RECORDING) };
    let none = RecordingsOutput { recordings: Vec::new(), next: None };
    let read = RecordingReadOutput { bytes: b"{\"version\":2}\n".to_vec().into() };
    Ok(vec![
        params::<RecordingStart>("session", &RecordParams { session: SESSION })?,
        result::<RecordingStart>("goes-on", &RecordOutput { recording: recording() })?,
        params::<RecordingStop>("session", &RecordParams { session: SESSION })?,
        result::<RecordingStop>("ended", &RecordOutput { recording: ended })?,
        params::<RecordingList>("first-page", &RecordingsParams::default())?,
        params::<RecordingList>("next-page", &RecordingsParams { after: Some(RECORDING) })?,
        result::<RecordingList>("none", &none)?,
        result::<RecordingList>("some", &some)?,
        params::<RecordingRead>("from", &RecordingReadParams { recording: RECORDING, from: 131_072 })?,
        result::<RecordingRead>("part", &read)?,
        params::<RecordingRemove>("recording", &RecordingRemoveParams { recording: RECORDING })?,
        result::<RecordingRemove>("empty", &Empty {})?,
    ])
}

/// One wrong thing in each.
pub(super) fn bad() -> Outcome<Vec<Vector>> {
    let session = Message::default().with("session", &SESSION)?;
    let named = Message::default().with("recording", &RECORDING)?;
    let read = named.clone().set("from", vec![0]);
    let bytes = Message::default().set("bytes", raw::bin(b"a"));
    let wrong_reads = vec![unknown_field(), set("from-text", "from", raw::text(""), Code::WrongType, "from")];
    let wrong_bytes = vec![unknown_field(), set("text", "bytes", raw::text("a"), Code::WrongType, "bytes")];
    let all = [
        wrong_params::<RecordingStart>(&session, &["session"], vec![unknown_field()]),
        wrong_params::<RecordingStop>(&session, &["session"], vec![unknown_field()]),
        wrong_params::<RecordingList>(&Message::default(), &[], vec![unknown_field()]),
        wrong_params::<RecordingRead>(&read, &["recording", "from"], wrong_reads),
        wrong_results::<RecordingRead>(&bytes, &["bytes"], wrong_bytes),
        wrong_params::<RecordingRemove>(&named, &["recording"], vec![unknown_field()]),
    ];
    Ok(all.into_iter().flatten().collect())
}
