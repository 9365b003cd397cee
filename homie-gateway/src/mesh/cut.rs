//! How much of what a machine says of itself and its sessions is listed: what is too long is cut, what is too much left out
//! and counted. Pure.

use std::collections::BTreeMap;
use std::net::IpAddr;

use homie_protocol::id::SessionId;
use homie_protocol::limits::TAGS;
use homie_protocol::methods::presence::{Offered, Presence};
use homie_protocol::methods::session::{SessionInfo, SessionState};
use homie_protocol::tag::is_tag;

/// Sessions of one machine that are listed: more than can run, with those that ended last.
pub(super) const LISTED: usize = 320;

/// Bytes of a command that are listed, all arguments together.
const COMMAND: usize = 1024;

/// Arguments of a command that are listed.
const ARGUMENTS: usize = 32;

/// Bytes of a path or another text.
const TEXT: usize = 1024;

/// Lines of a preview, and bytes of each.
const PREVIEW: (usize, usize) = (4, 512);

/// Bytes of a word that a machine says of itself, and how many services and features it may name.
const WORD: usize = 128;
const NAMED: usize = 8;

/// Addresses that a machine may name.
const ADDRESSES: usize = 16;

/// Why a machine is away, in at most so many bytes.
pub(super) const WHY: usize = 256;

/// The sessions of a machine that are listed, and how many are not: those that run come first, then those that were active
/// last.
pub(super) fn listed<'a>(sessions: impl Iterator<Item = &'a SessionInfo>) -> (BTreeMap<SessionId, SessionInfo>, u32) {
    let mut all: Vec<_> = sessions.collect();
    all.sort_by_key(|session| (session.state != SessionState::Running, std::cmp::Reverse(session.last_activity_at)));
    let unlisted = all.len().saturating_sub(LISTED);
    let listed = all.into_iter().take(LISTED).map(|session| (session.id, cut(session))).collect();
    (listed, u32::try_from(unlisted).unwrap_or(u32::MAX))
}

/// A session as it is listed.
fn cut(session: &SessionInfo) -> SessionInfo {
    let mut session = session.clone();
    let mut room = COMMAND;
    session.command.truncate(ARGUMENTS);
    for argument in &mut session.command {
        shorten(argument, room);
        room -= argument.len();
    }
    for text in [&mut session.name, &mut session.cwd] {
        shorten(text, TEXT);
    }
    let face = &mut session.face;
    let said = face.attention.as_mut().and_then(|attention| attention.text.as_mut());
    for text in [face.title.as_mut(), face.folder.as_mut(), said].into_iter().flatten() {
        shorten(text, TEXT);
    }
    face.preview.truncate(PREVIEW.0);
    for line in &mut face.preview {
        shorten(line, PREVIEW.1);
    }
    session
}

/// What a machine says of itself, as it is listed.
pub(super) fn presence(said: Presence) -> Presence {
    let Presence { mut host, mut platform, mut homie, mut addresses, mut tags, services } = said;
    for word in [&mut host, &mut homie, &mut platform.os, &mut platform.version, &mut platform.arch] {
        shorten(word, WORD);
    }
    addresses.retain(|address| address.parse::<IpAddr>().is_ok());
    addresses.truncate(ADDRESSES);
    tags.retain(|tag| is_tag(tag));
    tags.truncate(TAGS);
    let services = services.into_iter().take(NAMED).map(|(mut name, Offered { version, mut features })| {
        shorten(&mut name, WORD);
        features.truncate(NAMED);
        for feature in &mut features {
            shorten(feature, WORD);
        }
        (name, Offered { version, features })
    });
    Presence { services: services.collect(), host, platform, homie, addresses, tags }
}

/// Cuts a text to at most so many bytes, between two characters.
pub(super) fn shorten(text: &mut String, most: usize) {
    if text.len() > most {
        let end = (0..=most).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        text.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    use homie_protocol::control::Outgoing;
    use homie_protocol::id::Incarnation;

    use super::*;

    fn session(number: u8, last_activity_at: u64, state: SessionState) -> SessionInfo {
        let id = SessionId::from_bytes([number; 16]);
        let begun = SessionInfo::begun(id, Incarnation::from_bytes([1; 16]), format!("s{number}"), 1);
        SessionInfo { last_activity_at, state, ..begun }
    }

    #[test]
    fn what_is_long_is_cut_between_characters() {
        let mut text = "aé".to_owned();
        shorten(&mut text, 2);
        assert_eq!(text, "a");
        let long = SessionInfo {
            command: vec!["x".repeat(1000), "y".repeat(1000), "z".to_owned()],
            ..session(1, 1, SessionState::Running)
        };
        let lengths: Vec<_> = cut(&long).command.iter().map(String::len).collect();
        assert_eq!(lengths, [1000, 24, 0]);
    }

    #[test]
    fn those_that_run_are_listed_first_and_the_rest_is_counted() {
        let over = (0..200).map(|number| session(number, 1000 + u64::from(number), SessionState::Exited));
        let running = (200..=255).map(|number| session(number, 1, SessionState::Running));
        let again = (0..200).map(|number| SessionInfo {
            id: SessionId::from_bytes([number, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
            ..session(number, 5, SessionState::Lost)
        });
        let all: Vec<_> = over.chain(running).chain(again).collect();
        let (listed, unlisted) = listed(all.iter());
        assert_eq!((listed.len(), unlisted), (LISTED, 456 - 320));
        let count = |state| listed.values().filter(|session| session.state == state).count();
        assert_eq!((count(SessionState::Running), count(SessionState::Exited)), (56, 200));
    }

    /// Whatever a machine tells, its listing stays small.
    #[test]
    fn a_listing_is_bounded() {
        let big = "é".repeat(100_000);
        let huge = |number: u8| {
            let mut session = session(number, 1, SessionState::Running);
            session.command = vec![big.clone(); 100];
            session.cwd.clone_from(&big);
            session.face.title = Some(big.clone());
            session.face.preview = vec![big.clone(); 100];
            session
        };
        let all: Vec<_> = (0..=255).map(huge).collect();
        let (listed, unlisted) = listed(all.iter());
        assert_eq!((listed.len(), unlisted), (256, 0));
        let sizes = listed.values().map(|session| homie_protocol::codec::encode(session).unwrap().len());
        assert!(sizes.max() < Some(8 * 1024));
    }

    #[test]
    fn what_a_machine_says_of_itself_is_bounded() {
        let big = "x".repeat(10_000);
        let feature = Offered { version: 1, features: vec![big.clone(); 1_000] };
        let said = Presence {
            host: big.clone(),
            platform: homie_protocol::methods::presence::Platform {
                os: big.clone(),
                version: big.clone(),
                arch: big.clone(),
            },
            homie: big.clone(),
            addresses: vec![big.clone(), "192.0.2.7".to_owned(), "192.0.2.7 <b>".to_owned()],
            tags: vec![big.clone(), "gpu".to_owned()],
            services: (0..100).map(|number| (format!("{number}{big}"), feature.clone())).collect(),
        };
        let said = presence(said);
        assert_eq!((said.addresses.join(" "), said.tags.join(" ")), ("192.0.2.7".to_owned(), "gpu".to_owned()));
        let told = Outgoing::Answer { id: 1, ok: &said }.encode().unwrap();
        assert!(told.len() < 16 * 1024, "{}", told.len());
    }
}
