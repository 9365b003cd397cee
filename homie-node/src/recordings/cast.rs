//! The lines of an asciicast v2 file: a header, then one event a line. Pure: times are passed in.

use std::fmt::Write;
use std::time::Duration;

use homie_protocol::methods::session::Size;
use serde::Serialize;

/// The first line.
#[derive(Debug, Serialize)]
struct Head<'a> {
    version: u8,
    width: u16,
    height: u16,
    timestamp: u64,
    title: &'a str,
    env: Env,
}

#[derive(Debug, Serialize)]
struct Env {
    #[serde(rename = "TERM")]
    term: &'static str,
}

/// The first line: size, when it began in seconds since 1970, and what the session was called.
pub(super) fn head(size: Size, timestamp: u64, title: &str) -> String {
    let env = Env { term: "xterm-256color" };
    let head = Head { version: 2, width: size.cols(), height: size.rows(), timestamp, title, env };
    // Numbers and texts always encode.
    let mut line = serde_json::to_string(&head).unwrap_or_default();
    line.push('\n');
    line
}

/// The time of an event's line, if it is one and whole.
pub(super) fn time_of(line: &str) -> Option<Duration> {
    let (seconds, _, _): (f64, String, String) = serde_json::from_str(line).ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// Turns what a holder says into lines. Times never go back.
#[derive(Debug, Default)]
pub(super) struct Cast {
    /// The beginning of a character whose end has not come.
    held: Vec<u8>,
    last: Duration,
}

impl Cast {
    /// Goes on after an event of this time.
    pub(super) fn after(last: Duration) -> Self {
        Self { held: Vec::new(), last }
    }

    /// What was printed. Bytes that are no text become U+FFFD, as in a terminal.
    pub(super) fn output(&mut self, at: Duration, bytes: &[u8], lines: &mut String) {
        self.held.extend_from_slice(bytes);
        let whole = self.held.len() - unfinished(&self.held);
        let rest = self.held.split_off(whole);
        let text = std::mem::replace(&mut self.held, rest);
        if !text.is_empty() {
            self.event(at, "o", &String::from_utf8_lossy(&text), lines);
        }
    }

    /// The terminal has another size.
    pub(super) fn resized(&mut self, at: Duration, size: Size, lines: &mut String) {
        self.event(at, "r", &format!("{}x{}", size.cols(), size.rows()), lines);
    }

    /// Something that a player may show on its time line. What is held will not be finished.
    pub(super) fn mark(&mut self, at: Duration, words: &str, lines: &mut String) {
        self.end(at, lines);
        self.event(at, "m", words, lines);
    }

    /// Nothing follows: what is held is no character.
    pub(super) fn end(&mut self, at: Duration, lines: &mut String) {
        let held = std::mem::take(&mut self.held);
        if !held.is_empty() {
            self.event(at, "o", &String::from_utf8_lossy(&held), lines);
        }
    }

    fn event(&mut self, at: Duration, kind: &str, data: &str, lines: &mut String) {
        self.last = self.last.max(at);
        let (seconds, micros) = (self.last.as_secs(), self.last.subsec_micros());
        // A text always encodes.
        let data = serde_json::to_string(data).unwrap_or_default();
        // A String takes all that is written.
        let _written = writeln!(lines, "[{seconds}.{micros:06}, \"{kind}\", {data}]");
    }
}

/// Bytes at the end that begin a character and may still become one.
fn unfinished(bytes: &[u8]) -> usize {
    let tail = bytes.get(bytes.len().saturating_sub(3)..).unwrap_or_default();
    let begins = tail.iter().rposition(|byte| byte & 0b1100_0000 != 0b1000_0000);
    let Some(start) = begins else { return 0 };
    let rest = tail.get(start..).unwrap_or_default();
    match std::str::from_utf8(rest) {
        Err(error) if error.error_len().is_none() => rest.len(),
        Ok(_) | Err(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn events(lines: &str) -> Vec<(f64, String, String)> {
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn text(lines: &str) -> String {
        events(lines).into_iter().filter(|(_, kind, _)| kind == "o").map(|(_, _, data)| data).collect()
    }

    #[test]
    fn the_head_says_what_players_need() {
        let line = head(Size::new(100, 30).unwrap(), 1_700_000_000, "a \"b\"");
        let head: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&head["version"], &head["width"], &head["height"]), (&2.into(), &100.into(), &30.into()));
        assert_eq!((&head["timestamp"], &head["title"]), (&1_700_000_000.into(), &"a \"b\"".into()));
        assert_eq!(head["env"]["TERM"], "xterm-256color");
        assert!(line.ends_with('\n'));
    }

    #[test]
    fn events_have_their_times_and_these_never_go_back() {
        let (mut cast, mut lines) = (Cast::after(Duration::from_millis(500)), String::new());
        cast.output(Duration::from_millis(400), b"a", &mut lines);
        cast.resized(Duration::from_micros(1_250_001), Size::new(80, 24).unwrap(), &mut lines);
        cast.mark(Duration::from_secs(2), "gap", &mut lines);
        let expected = "[0.500000, \"o\", \"a\"]\n[1.250001, \"r\", \"80x24\"]\n[2.000000, \"m\", \"gap\"]\n";
        assert_eq!(lines, expected);
        assert_eq!(time_of("[1.250001, \"r\", \"80x24\"]"), Some(Duration::from_micros(1_250_001)));
        assert_eq!((time_of("[1.25, \"r\""), time_of("{}"), time_of("[-1, \"o\", \"\"]")), (None, None, None));
    }

    #[test]
    fn what_is_no_text_is_replaced_and_what_was_begun_is_not_lost() {
        let (mut cast, mut lines) = (Cast::default(), String::new());
        cast.output(Duration::ZERO, b"a\xffb\xe2\x82", &mut lines);
        assert_eq!(text(&lines), "a\u{fffd}b");
        cast.mark(Duration::ZERO, "gap", &mut lines);
        assert_eq!(text(&lines), "a\u{fffd}b\u{fffd}");
        cast.output(Duration::ZERO, b"\xf0\x9f", &mut lines);
        cast.end(Duration::ZERO, &mut lines);
        assert_eq!(text(&lines), "a\u{fffd}b\u{fffd}\u{fffd}");
    }

    proptest! {
        /// However the bytes are cut, the text is the same, and every line is a line.
        #[test]
        fn cuts_change_nothing(bytes: Vec<u8>, text_in in ".*", cuts: Vec<u8>) {
            let mut all = text_in.into_bytes();
            all.extend(&bytes);
            let (mut cast, mut lines) = (Cast::default(), String::new());
            let mut rest = all.as_slice();
            for cut in cuts {
                let (piece, after) = rest.split_at(usize::from(cut % 7).min(rest.len()));
                cast.output(Duration::ZERO, piece, &mut lines);
                rest = after;
            }
            cast.output(Duration::ZERO, rest, &mut lines);
            cast.end(Duration::ZERO, &mut lines);
            prop_assert_eq!(text(&lines), String::from_utf8_lossy(&all).into_owned());
        }
    }
}
