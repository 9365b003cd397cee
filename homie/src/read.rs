//! `homie capture` and `homie search`: what sessions show and have shown, as text.

use std::collections::HashMap;
use std::io::Write;

use anyhow::anyhow;
use homie_protocol::id::SessionId;
use homie_protocol::methods::session::{
    Capture, CaptureParams, Match, Search, SearchOutput, SearchParams, SessionInfo, SessionState,
};
use serde::Serialize;
use serde_json::json;

use crate::cli::{CaptureOptions, SearchOptions};
use crate::here::{Here, with_machine, with_session};
use crate::outcome::{Failure, Outcome, remark, say, say_json};
use crate::style::{Style, is_colourful, plain};

mod everywhere;

/// Names of sessions as they are printed.
type Names = HashMap<SessionId, String>;

/// Prints what a session shows.
pub(crate) fn capture(options: &CaptureOptions) -> Outcome {
    with_session(options.on.of(&options.session), async |here, session| {
        let mut text = String::new();
        let mut from = None;
        loop {
            let (scrollback, ansi) = (options.scrollback.then_some(true), options.ansi.then_some(true));
            let params = CaptureParams { session: session.id, scrollback, ansi, from };
            let part = here.ask::<Capture>(&params).await?;
            if options.json {
                text.push_str(&part.text);
            } else {
                // One who listens no more is no reason to fail.
                let _heard = std::io::stdout().write_all(part.text.as_bytes());
            }
            from = part.next;
            if from.is_none() {
                break;
            }
        }
        if options.json { say_json(&json!({ "id": session.id, "name": session.name, "text": text })) } else { Ok(()) }
    })
}

/// A line that was found, for programs. Its fields only ever become more.
#[derive(Debug, Serialize)]
struct Found<'a> {
    session: SessionId,
    name: &'a str,
    line: u64,
    column: u32,
    text: &'a str,
}

/// Prints the lines that have a text.
pub(crate) fn search(options: &SearchOptions) -> Outcome {
    let (wanted, text) = options.wanted();
    if options.all {
        return everywhere::search(options, text);
    }
    let (output, names) = match wanted {
        Some(wanted) => with_session(options.on.of(wanted), async |here, session| {
            look(&here, &params(options, Some(session.id), text)).await
        })?,
        None => with_machine(options.on.machine(), async |here| look(&here, &params(options, None, text)).await)?,
    };
    told(&output, &names, text, options.json)
}

fn params(options: &SearchOptions, session: Option<SessionId>, text: &str) -> SearchParams {
    let ignore_case = options.ignore_case.then_some(true);
    SearchParams { session, text: text.to_owned(), ignore_case, limit: options.limit }
}

/// Searches a machine.
async fn look(here: &Here, params: &SearchParams) -> Outcome<(SearchOutput, Names)> {
    Ok((here.ask::<Search>(params).await?, names(here).await?))
}

/// The line number is above all for `capture`, but two of one name must not look like one.
async fn names(here: &Here) -> Outcome<Names> {
    let sessions = here.sessions().await?;
    Ok(sessions.iter().map(|session| (session.id, name_among(&sessions, session))).collect())
}

/// A name; with the id where another session has the same.
fn name_among(sessions: &[SessionInfo], session: &SessionInfo) -> String {
    let is_only = sessions.iter().filter(|other| other.name == session.name).count() == 1;
    let is_shown = is_only || session.state == SessionState::Running;
    if is_shown { session.name.clone() } else { format!("{}/{}", session.name, session.id) }
}

fn name_of(names: &Names, session: SessionId) -> &str {
    names.get(&session).map_or("?", String::as_str)
}

fn told(output: &SearchOutput, names: &Names, text: &str, as_json: bool) -> Outcome {
    let found: Vec<_> = in_order(output).map(|(session, at)| found(session, name_of(names, session), at)).collect();
    if as_json {
        say_json(&found)?;
    } else {
        for found in &found {
            say(&line(found, text.chars().count(), is_colourful()));
        }
    }
    for session in &output.silent {
        remark(&format!("homie: {} could not be searched", name_of(names, *session)));
    }
    if found.is_empty() {
        return Err(Failure::NotFound(anyhow!("no line has {text:?}")));
    }
    Ok(())
}

/// Of each session the oldest line first, as they stand there.
fn in_order(output: &SearchOutput) -> impl Iterator<Item = (SessionId, &Match)> {
    let sessions = output.hits.chunk_by(|one, other| one.session == other.session);
    sessions.flat_map(|hits| hits.iter().rev().map(|hit| (hit.session, &hit.at)))
}

fn found<'a>(session: SessionId, name: &'a str, at: &'a Match) -> Found<'a> {
    Found { session, name, line: at.line, column: at.column, text: &at.text }
}

/// As grep would print it.
fn line(found: &Found<'_>, len: usize, colourful: bool) -> String {
    let column = usize::try_from(found.column).unwrap_or(usize::MAX);
    let part = |from: usize, count: usize| plain(&found.text.chars().skip(from).take(count).collect::<String>());
    let (before, hit, after) = (part(0, column), part(column, len), part(column.saturating_add(len), usize::MAX));
    let (name, number) = (plain(found.name), found.line.to_string());
    if !colourful {
        return format!("{name}:{number}: {before}{hit}{after}");
    }
    let (name, number, hit) = (Style::Strong.paint(&name), Style::Faint.paint(&number), Style::Bad.paint(&hit));
    format!("{name}:{number}: {before}{hit}{after}")
}

#[cfg(test)]
mod tests {
    use homie_protocol::methods::session::Hit;

    use super::*;
    use crate::sample::session;

    fn hit(session: SessionId, line: u64, text: &str) -> Hit {
        Hit { session, at: Match { line, column: 2, text: text.to_owned() } }
    }

    #[test]
    fn lines_stand_in_the_order_of_the_session() {
        let (one, two) = (session("one", 1).id, session("two", 2).id);
        let hits = vec![hit(one, 9, "a error"), hit(one, 4, "b error"), hit(two, 7, "c error")];
        let output = SearchOutput { hits, silent: Vec::new() };
        let lines: Vec<_> = in_order(&output).map(|(session, at)| line(&found(session, "s", at), 5, false)).collect();
        assert_eq!(lines, ["s:4: b error", "s:9: a error", "s:7: c error"]);
    }

    #[test]
    fn what_was_found_is_marked_and_obeyed_by_no_terminal() {
        let at = Match { line: 3, column: 2, text: "é error \x1b[2J".to_owned() };
        let shown = line(&found(session("build", 1).id, "build", &at), 5, true);
        assert!(shown.contains("é \x1b[31merror\x1b[0m \u{fffd}[2J"), "{shown:?}");
    }

    #[test]
    fn two_of_one_name_are_told_apart() {
        let over = SessionInfo { state: SessionState::Exited, ..session("build", 2) };
        let all = [session("build", 1), over.clone(), session("web", 3)];
        let names: Vec<_> = all.iter().map(|session| name_among(&all, session)).collect();
        assert_eq!(names, ["build", &format!("build/{}", over.id), "web"]);
    }
}
