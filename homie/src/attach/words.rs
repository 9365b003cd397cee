//! What a person is told while looking at a session, and after.

use homie_protocol::methods::session::{ExitStatus, SessionInfo};

use crate::style::plain;

/// Of what was typed and not sent, characters that are shown.
const SHOWN: usize = 40;

/// After leaving.
pub(super) fn left(name: &str) -> String {
    format!("[left {name}, which goes on; `homie attach {}` comes back]", quoted(name))
}

/// A name as a shell takes it for one word.
fn quoted(name: &str) -> String {
    let is_word = name.chars().all(|character| character.is_alphanumeric() || "-_.:/".contains(character));
    if is_word { name.to_owned() } else { format!("'{}'", name.replace('\'', "'\\''")) }
}

/// After the program's end.
pub(super) fn ended(name: &str, status: ExitStatus) -> String {
    match (status.code, status.signal) {
        (Some(code @ 1..), _) => format!("[{name} has ended with exit code {code}]"),
        (None, Some(signal)) => format!("[{name} was ended by signal {signal}]"),
        _ => format!("[{name} has ended]"),
    }
}

/// After leaving while the link was away.
pub(super) fn never_sent(bytes: usize) -> String {
    let what = if bytes == 1 { "The last byte" } else { &format!("The last {bytes} bytes") };
    format!("homie: {what} typed did not reach the session")
}

/// The title: what the program calls itself, else the session's name; and whether it is recorded.
pub(super) fn title(session: &SessionInfo, of_program: &str) -> String {
    let title = if of_program.is_empty() { &session.name } else { of_program };
    if session.recording { format!("\u{25cf} REC {title}") } else { title.to_owned() }
}

/// In the title, while there is no link.
pub(super) fn link_lost(name: &str) -> String {
    format!("{name}: no answer from Homie, trying again")
}

/// On the last line, when bytes were typed that are not sent unasked.
pub(super) fn unsent(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut shown: String = plain(&text.replace('\r', "⏎")).chars().take(SHOWN).collect();
    if text.chars().count() > SHOWN {
        shown.push('…');
    }
    // The question comes first: a narrow terminal has no room for all of it.
    format!(" Send what did not arrive? y/n: {shown} ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::session;

    #[test]
    fn a_recording_is_told_to_everyone_who_looks() {
        let recorded = SessionInfo { recording: true, ..session("build", 1) };
        assert_eq!(title(&recorded, ""), "● REC build");
        assert_eq!(title(&recorded, "vim"), "● REC vim");
        assert_eq!(title(&session("build", 1), "vim"), "vim");
    }

    #[test]
    fn what_was_typed_is_shown_and_obeyed_by_no_terminal() {
        let words = unsent(b"rm -rf\x1b[2J\r");
        assert!(words.contains("rm -rf\u{fffd}[2J⏎"), "{words}");
        assert!(unsent(&[b'x'; 100]).contains('…'));
    }

    #[test]
    fn the_way_back_can_be_copied_into_a_shell() {
        assert!(left("build").contains("`homie attach build`"));
        assert!(left("it's mine").contains(r"`homie attach 'it'\''s mine'`"));
    }

    #[test]
    fn the_end_is_told_as_it_was() {
        assert_eq!(ended("sh", ExitStatus { code: Some(3), signal: None }), "[sh has ended with exit code 3]");
        assert_eq!(ended("sh", ExitStatus { code: None, signal: Some(9) }), "[sh was ended by signal 9]");
    }
}
