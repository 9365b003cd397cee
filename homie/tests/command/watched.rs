//! Stories that are recorded for the docs: another Homie records the terminal in which one happens. `scripts/demo` runs them,
//! slowly enough to be watched, and keeps the recordings.

use std::thread;
use std::time::Duration;

use homie_protocol::methods::session::Size;
use homie_screen::{Effects, Limits, Screen};
use serde_json::Value;

use crate::machine::Machine;
use crate::terminal::{PROMPT, Terminal};

/// Where the recording is kept; without it nobody watches.
const KEPT: &str = "HOMIE_DEMO";

/// Kills node and gateway as rudely as can be.
pub(crate) const KILL: &str = "kill -9 $(homie status --json | grep -o '\"pid\": [0-9]*' | grep -o '[0-9]*')";

/// A person takes their time where somebody watches.
pub(crate) fn pause() {
    if std::env::var_os(KEPT).is_some() {
        thread::sleep(Duration::from_millis(1200));
    }
}

/// Types a line.
pub(crate) fn types(terminal: &Terminal, pane: usize, line: &str) {
    letters(terminal, pane, line);
    terminal.key(pane, "Enter");
}

/// Types, and does not press Enter.
pub(crate) fn letters(terminal: &Terminal, pane: usize, text: &str) {
    let send = |text: &str| terminal.tmux(&["send-keys", "-t", &format!(":.{pane}"), "-l", "--", text]);
    if std::env::var_os(KEPT).is_none() {
        send(text);
        return;
    }
    for letter in text.chars() {
        // A semicolon alone would end the command for tmux.
        let letter = if letter == ';' { "\\;".to_owned() } else { letter.to_string() };
        send(&letter);
        thread::sleep(Duration::from_millis(25));
    }
}

/// A terminal that is recorded, by a Homie of its own.
pub(crate) struct Stage {
    recorder: Machine,
}

impl Stage {
    /// Of this terminal, whose panes are called so.
    pub(crate) fn of(terminal: &Terminal, (cols, rows): (u16, u16), titles: &[(usize, &str)]) -> Self {
        for option in [["status", "off"], ["pane-border-status", "top"], ["pane-border-format", " #{pane_title} "]] {
            terminal.tmux(&["set", "-g", option[0], option[1]]);
        }
        for (pane, title) in titles {
            terminal.tmux(&["select-pane", "-t", &format!(":.{pane}"), "-T", title]);
        }
        let recorder = Machine::up();
        let (size, mirror) = (format!("{cols}x{rows}"), terminal.mirror());
        let stage = ["new", "--name", "stage", "--detach", "--size", &size, "--"];
        recorder.done(&[&stage[..], &mirror.iter().map(String::as_str).collect::<Vec<_>>()].concat());
        while !recorder.done(&["capture", "stage"]).contains(PROMPT) {}
        recorder.done(&["record", "stage"]);
        Self { recorder }
    }

    /// What was recorded. Where somebody wants it, it is kept.
    pub(crate) fn end(self) -> String {
        let recording = self.recorder.done(&["record", "stage", "--stop"]);
        let cast = self.recorder.done(&["record", "--export", recording.trim()]);
        if let Some(path) = std::env::var_os(KEPT) {
            std::fs::write(path, &cast).unwrap();
        }
        cast
    }
}

/// What a recording shows at its end.
pub(crate) fn last_screen(cast: &str, (cols, rows): (u16, u16)) -> String {
    let mut lines = cast.lines();
    let head: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    assert_eq!(head["version"], 2);
    let mut screen = Screen::new(Size::new(cols, rows).unwrap(), Limits::default());
    for line in lines {
        let event: Value = serde_json::from_str(line).unwrap();
        if event[1] == "o" {
            screen.feed(event[2].as_str().unwrap().as_bytes(), &mut Effects::default());
        }
    }
    screen.text()
}
