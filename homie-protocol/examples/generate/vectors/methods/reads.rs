//! What is read of a session without looking at it, whole and with one thing wrong in each.

use homie_protocol::code::Code;
use homie_protocol::limits::OFFSET_END;
use homie_protocol::methods::session::{
    Capture, CaptureOutput, CaptureParams, Hit, Match, Rerun, RerunOutput, RerunParams, Search, SearchOutput,
    SearchParams,
};

use super::super::message::{Message, set};
use super::super::samples::{OTHER_SESSION, SESSION, running, size};
use super::super::{Outcome, Vector, raw};
use super::{params, result, unknown_field, wrong_params, wrong_results};

/// Each with little and with much.
pub(super) fn good() -> Outcome<Vec<Vector>> {
    let everywhere = SearchParams { session: None, text: "Übersicht".to_owned(), ignore_case: None, limit: None };
    let here = SearchParams { session: Some(SESSION), ignore_case: Some(true), limit: Some(200), ..everywhere.clone() };
    let at = Match { line: OFFSET_END - 1, column: 2, text: "# Übersicht".to_owned() };
    let screen = CaptureParams { session: SESSION, scrollback: None, ansi: None, from: None };
    let all = CaptureParams { scrollback: Some(true), ansi: Some(true), from: Some(10_000), ..screen };
    Ok(vec![
        params::<Search>("everywhere", &everywhere)?,
        params::<Search>("here", &here)?,
        result::<Search>("none", &SearchOutput { hits: Vec::new(), silent: vec![OTHER_SESSION] })?,
        result::<Search>("one", &SearchOutput { hits: vec![Hit { session: SESSION, at }], silent: Vec::new() })?,
        params::<Capture>("screen", &screen)?,
        params::<Capture>("all", &all)?,
        result::<Capture>("last", &CaptureOutput { text: "$ ls\n".to_owned(), next: None })?,
        result::<Capture>("part", &CaptureOutput { text: String::new(), next: Some(10_001) })?,
        params::<Rerun>("session", &RerunParams { session: SESSION, size: size(80, 24)? })?,
        result::<Rerun>("running", &RerunOutput { session: running()? })?,
    ])
}

/// One wrong thing in each.
pub(super) fn bad() -> Outcome<Vec<Vector>> {
    let search = Message::default().set("text", raw::text("a"));
    let found = Message::default().set("hits", raw::array(&[])).set("silent", raw::array(&[]));
    let capture = Message::default().with("session", &SESSION)?;
    let captured = Message::default().set("text", raw::text("a"));
    let rerun = capture.clone().with("size", &size(80, 24)?)?;
    let wrong_searches = vec![
        unknown_field(),
        set("limit-text", "limit", raw::text("1"), Code::WrongType, "limit"),
        set("session-short", "session", raw::text("a"), Code::OutOfRange, "session"),
    ];
    let wrong_hits = vec![
        unknown_field(),
        set("hits-map", "hits", raw::map(&[]), Code::WrongType, "hits"),
        set("silent-of-text", "silent", raw::array(&[raw::text("a")]), Code::OutOfRange, "silent.0"),
    ];
    let wrong_captures = vec![unknown_field(), set("from-below-0", "from", vec![0xff], Code::OutOfRange, "from")];
    let all = [
        wrong_params::<Search>(&search, &["text"], wrong_searches),
        wrong_results::<Search>(&found, &["hits", "silent"], wrong_hits),
        wrong_params::<Capture>(&capture, &["session"], wrong_captures),
        wrong_results::<Capture>(&captured, &["text"], vec![unknown_field()]),
        wrong_params::<Rerun>(&rerun, &["session", "size"], vec![unknown_field()]),
    ];
    Ok(all.into_iter().flatten().collect())
}
