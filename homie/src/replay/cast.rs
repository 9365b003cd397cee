//! Reads an asciicast of version 2: a line that says what it is, then a line for each event.

use std::time::Duration;

use anyhow::{Context, anyhow};
use homie_protocol::methods::session::Size;
use serde::Deserialize;

/// A recording as it is played.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cast {
    pub(super) size: Size,
    pub(super) title: Option<String>,
    pub(super) events: Vec<Event>,
}

/// Something that happened, so long after the event before it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) after: Duration,
    pub(super) what: What,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum What {
    Output(String),
    Resized(Size),
}

#[derive(Deserialize)]
struct Head {
    version: u64,
    width: u16,
    height: u16,
    title: Option<String>,
}

impl Cast {
    /// Reads it. A last line that is broken off is one that was still being written.
    pub(super) fn parse(bytes: &[u8]) -> anyhow::Result<Self> {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = text.lines();
        let head: Head = serde_json::from_str(lines.next().unwrap_or_default()).context("it is no asciicast")?;
        if head.version != 2 {
            return Err(anyhow!("it is an asciicast of version {}; version 2 can be played", head.version));
        }
        let size = Size::new(head.width, head.height).ok_or_else(|| anyhow!("no terminal has its size"))?;
        let mut cast = Self { size, title: head.title, events: Vec::new() };
        let is_whole = text.ends_with('\n');
        let (mut lines, mut before) = (lines.enumerate().peekable(), 0.0);
        while let Some((at, line)) = lines.next() {
            let is_last = lines.peek().is_none();
            match event(line, &mut before) {
                Ok(event) => cast.events.extend(event),
                Err(_) if is_last && !is_whole => {}
                Err(error) => return Err(error.context(format!("line {} makes no sense", at + 2))),
            }
        }
        Ok(cast)
    }
}

/// An event that is shown; input, marks and what else there may be are not.
fn event(line: &str, before: &mut f64) -> anyhow::Result<Option<Event>> {
    if line.trim().is_empty() {
        return Ok(None);
    }
    let (time, kind, data): (f64, String, String) = serde_json::from_str(line)?;
    let what = match kind.as_str() {
        "o" => What::Output(data),
        "r" => What::Resized(size(&data).ok_or_else(|| anyhow!("{data:?} is no size"))?),
        _ => return Ok(None),
    };
    let after = Duration::try_from_secs_f64((time - *before).max(0.0)).context("its time is out of range")?;
    *before = before.max(time);
    Ok(Some(Event { after, what }))
}

fn size(text: &str) -> Option<Size> {
    let (cols, rows) = text.split_once('x')?;
    Size::new(cols.parse().ok()?, rows.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Cast, String> {
        Cast::parse(text.as_bytes()).map_err(|error| format!("{error:#}"))
    }

    const HEAD: &str = "{\"version\": 2, \"width\": 80, \"height\": 24, \"title\": \"build\", \"env\": {}}\n";

    #[test]
    fn events_are_read_with_the_time_between_them() {
        let lines =
            "[0.5, \"o\", \"\\u001b[31mred\"]\n[1.0, \"i\", \"typed\"]\n[2.0, \"r\", \"100x30\"]\n[1.5,\"o\",\"é\"]\n";
        let cast = parsed(&format!("{HEAD}{lines}")).unwrap();
        assert_eq!((cast.size, cast.title.as_deref()), (Size::default(), Some("build")));
        let times: Vec<_> = cast.events.iter().map(|event| event.after.as_millis()).collect();
        assert_eq!(times, [500, 1500, 0]);
        assert_eq!(cast.events[0].what, What::Output("\x1b[31mred".to_owned()));
        assert_eq!(cast.events[1].what, What::Resized(Size::new(100, 30).unwrap()));
    }

    #[test]
    fn what_is_still_being_written_is_played_as_far_as_it_goes() {
        let cast = parsed(&format!("{HEAD}[0.5, \"o\", \"a\"]\n[0.7, \"o\", \"b")).unwrap();
        assert_eq!(cast.events.len(), 1);
        assert!(parsed(&format!("{HEAD}[0.5, \"o\"\n[0.7, \"o\", \"b\"]\n")).unwrap_err().contains("line 2"));
    }

    #[test]
    fn what_is_none_is_told() {
        for (text, word) in [
            ("", "no asciicast"),
            ("hello\n", "no asciicast"),
            ("{\"version\": 3, \"width\": 80, \"height\": 24}\n", "version 3"),
            ("{\"version\": 2, \"width\": 0, \"height\": 24}\n", "size"),
            (&format!("{HEAD}[1e300, \"o\", \"a\"]\n"), "time"),
            (&format!("{HEAD}[1, \"r\", \"0x0\"]\n"), "size"),
        ] {
            let words = parsed(text).unwrap_err();
            assert!(words.contains(word), "{text}: {words}");
        }
    }
}
