//! Sessions as they are listed: for programs as JSON, for people as a table.

use std::time::{SystemTime, UNIX_EPOCH};

use homie_protocol::id::SessionId;
use homie_protocol::methods::session::{Attention, AttentionKind, ExitStatus, SessionInfo, SessionState};
use serde::Serialize;

use crate::style::{Style, plain};
use crate::table::{Cell, Table};

/// A session for programs. Its fields only ever become more.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    id: SessionId,
    name: String,
    machine: String,
    away: bool,
    state: SessionState,
    exit_code: Option<i32>,
    command: Vec<String>,
    cwd: String,
    title: Option<String>,
    cols: u16,
    rows: u16,
    viewers: u32,
    created_at: u64,
    last_activity_at: u64,
    attention: Option<String>,
    holder_pid: Option<u32>,
}

/// A session of a machine that is there, for programs.
pub(crate) fn listed(session: &SessionInfo, machine: &str) -> Listed {
    Listed {
        away: false,
        id: session.id,
        name: session.name.clone(),
        machine: machine.to_owned(),
        state: session.state,
        exit_code: session.exit.map(exit_code),
        command: session.command.clone(),
        cwd: session.cwd.clone(),
        title: session.face.title.clone(),
        cols: session.size.cols(),
        rows: session.size.rows(),
        viewers: session.viewers,
        created_at: session.created_at,
        last_activity_at: session.last_activity_at,
        attention: session.face.attention.as_ref().map(wish),
        holder_pid: session.holder_pid,
    }
}

/// The code a shell would give: that of the program, or 128 and the signal that ended it.
pub(crate) fn exit_code(status: ExitStatus) -> i32 {
    status.code.unwrap_or_else(|| status.signal.map_or(1, |signal| 128 + signal))
}

fn preview(row: &Row<'_>) -> Vec<String> {
    let lines = row.session.face.preview.iter().map(|line| format!("  {}", plain(line)));
    let place = if row.machine.is_empty() { String::new() } else { format!("{}:", plain(row.machine)) };
    [String::new(), format!("{place}{}", plain(&row.session.name))].into_iter().chain(lines).collect()
}

/// What a session wants of a person: what it has said, or that it rang.
fn wish(attention: &Attention) -> String {
    match (&attention.text, attention.kind) {
        (Some(text), _) => text.clone(),
        (None, AttentionKind::Bell) => "bell".to_owned(),
        (None, AttentionKind::Message) => "message".to_owned(),
    }
}

/// A session and where it is, for people.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) session: &'a SessionInfo,
    /// The machine's name; empty where there is only one.
    pub(crate) machine: &'a str,
    /// The machine is away: so it was when that was seen last.
    pub(crate) is_away: bool,
}

impl Row<'_> {
    /// The same for programs. Where there is only one machine, it is this one.
    pub(crate) fn listed(&self, this_one: &str) -> Listed {
        let machine = if self.machine.is_empty() { this_one } else { self.machine };
        Listed { away: self.is_away, ..listed(self.session, machine) }
    }
}

/// The sessions for people, `now` in milliseconds since 1970. Machines, titles and wishes have a column where there are some.
pub(crate) fn table(rows: &[Row<'_>], now: u64) -> Table {
    let has_machines = rows.iter().any(|row| !row.machine.is_empty());
    let has_titles = rows.iter().any(|row| row.session.face.title.is_some());
    let has_wishes = rows.iter().any(|row| row.session.face.attention.is_some());
    let mut head = if has_machines { vec!["MACHINE"] } else { Vec::new() };
    head.extend(["NAME", "STATE", "COMMAND", "FOLDER", "SIZE", "VIEWERS", "STARTED", "ACTIVE"]);
    head.extend(has_titles.then_some("TITLE"));
    head.extend(has_wishes.then_some("WANTS YOU"));
    let mut table = Table::new(&head);
    for Row { session, machine, is_away } in rows.iter().copied() {
        let mut row: Vec<_> = has_machines.then(|| Cell::plain(plain(machine))).into_iter().collect();
        row.extend(cells(session, is_away, now));
        let title = session.face.title.as_deref().unwrap_or_default();
        row.extend(has_titles.then(|| Cell::plain(plain(title))));
        let wish = session.face.attention.as_ref().map(wish).unwrap_or_default();
        row.extend(has_wishes.then(|| Cell::new(plain(&wish), Style::Bad)));
        table.add(row);
    }
    table
}

fn cells(session: &SessionInfo, is_away: bool, now: u64) -> Vec<Cell> {
    vec![
        Cell::new(plain(&session.name), Style::Strong),
        if is_away { Cell::new("away".to_owned(), Style::Faint) } else { state(session) },
        Cell::plain(plain(&session.command.join(" "))),
        Cell::plain(plain(session.face.folder.as_deref().unwrap_or(&session.cwd))),
        Cell::plain(format!("{}x{}", session.size.cols(), session.size.rows())),
        Cell::plain(session.viewers.to_string()),
        Cell::plain(ago(now, session.created_at)),
        Cell::plain(ago(now, session.last_activity_at)),
    ]
}

/// The last lines of each session below its name.
pub(crate) fn previews(rows: &[Row<'_>]) -> String {
    let shown = rows.iter().filter(|row| !row.session.face.preview.is_empty());
    let lines: Vec<_> = shown.flat_map(preview).collect();
    lines.join("\n")
}

fn state(session: &SessionInfo) -> Cell {
    match (session.state, session.exit) {
        (SessionState::Running, _) if session.recording => Cell::new("running ● REC".to_owned(), Style::Bad),
        (SessionState::Running, _) => Cell::new("running".to_owned(), Style::Good),
        (SessionState::Ended, _) => Cell::new("ended with the machine".to_owned(), Style::Bad),
        (SessionState::Lost, _) => Cell::new("lost".to_owned(), Style::Bad),
        (SessionState::Exited, Some(ExitStatus { code: Some(0), .. })) => Cell::new("done".to_owned(), Style::Faint),
        (SessionState::Exited, status) => Cell::new(format!("ended {}", how(status)), Style::Bad),
    }
}

fn how(status: Option<ExitStatus>) -> String {
    match status {
        Some(ExitStatus { code: Some(code), .. }) => code.to_string(),
        Some(ExitStatus { signal: Some(signal), .. }) => format!("by signal {signal}"),
        _ => "somehow".to_owned(),
    }
}

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// How long ago, in one unit.
pub(crate) fn ago(now: u64, then: u64) -> String {
    let seconds = now.saturating_sub(then) / 1000;
    match seconds {
        0..60 => format!("{seconds}s ago"),
        60..3600 => format!("{}m ago", seconds / 60),
        3600..86_400 => format!("{}h ago", seconds / 3600),
        _ => format!("{}d ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::session;

    #[test]
    fn programs_get_these_fields() {
        let value = serde_json::to_value(listed(&session("build", 5), "desk")).unwrap();
        let mut fields: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
        fields.sort_unstable();
        assert_eq!(
            fields,
            [
                "attention",
                "away",
                "cols",
                "command",
                "created_at",
                "cwd",
                "exit_code",
                "holder_pid",
                "id",
                "last_activity_at",
                "machine",
                "name",
                "rows",
                "state",
                "title",
                "viewers"
            ]
        );
        assert_eq!(value["state"], "running");
        assert_eq!(value["machine"], "desk");
    }

    fn row(session: &SessionInfo) -> Row<'_> {
        Row { session, machine: "", is_away: false }
    }

    #[test]
    fn machines_have_a_column_where_there_are_several() {
        let (here, there) = (session("web", 1), session("build", 2));
        let rows = [Row { machine: "desk", ..row(&here) }, Row { session: &there, machine: "gw", is_away: true }];
        let told = table(&rows, 5).render(false, 500);
        assert!(told.starts_with("MACHINE  NAME   STATE"), "{told}");
        assert!(told.contains("desk     web    running") && told.contains("gw       build  away"), "{told}");
        assert!(!table(&[row(&here)], 5).render(false, 500).contains("MACHINE"));
    }

    #[test]
    fn what_it_says_of_itself_is_told() {
        let attention = |text: Option<&str>, kind| Some(Attention { kind, text: text.map(str::to_owned) });
        let mut rings = session("build", 5);
        rings.face.title = Some("vim \x1b[2J".to_owned());
        rings.face.attention = attention(None, AttentionKind::Bell);
        rings.face.preview = vec!["$ make".to_owned(), "done\x07".to_owned()];
        rings.recording = true;
        let value = serde_json::to_value(listed(&rings, "desk")).unwrap();
        assert_eq!((&value["title"], &value["attention"]), (&"vim \x1b[2J".into(), &"bell".into()));
        rings.face.attention = attention(Some("come"), AttentionKind::Message);
        assert_eq!(serde_json::to_value(listed(&rings, "desk")).unwrap()["attention"], "come");
        let web = session("web", 1);
        let told = table(&[row(&web), row(&rings)], 5).render(false, 500);
        assert!(told.contains("TITLE") && told.contains("vim \u{fffd}[2J") && told.contains("come"), "{told}");
        assert!(told.contains("running ● REC"), "{told}");
        assert!(!table(&[row(&web)], 5).render(false, 500).contains("TITLE"));
        assert_eq!(previews(&[row(&web), row(&rings)]), "\nbuild\n  $ make\n  done\u{fffd}");
    }

    #[test]
    fn a_signal_is_a_code_as_shells_have_it() {
        assert_eq!(exit_code(ExitStatus { code: Some(3), signal: None }), 3);
        assert_eq!(exit_code(ExitStatus { code: None, signal: Some(9) }), 137);
    }

    #[test]
    fn a_command_cannot_paint_on_the_terminal() {
        let evil = SessionInfo { command: vec!["\x1b[2J\n".to_owned()], ..session("build", 0) };
        assert!(!table(&[row(&evil)], 0).render(false, 80).contains('\x1b'));
    }

    #[test]
    fn time_is_told_in_one_unit() {
        let units = [(0, "0s ago"), (59_999, "59s ago"), (60_000, "1m ago"), (7_200_000, "2h ago")];
        for (age, told) in units {
            assert_eq!(ago(1_000_000_000 + age, 1_000_000_000), told);
        }
        assert_eq!(ago(0, 5), "0s ago");
    }
}
