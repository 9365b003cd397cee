//! The table's rules, one small case each.

use super::*;

const ENDED: ExitStatus = ExitStatus { code: Some(3), signal: None };

fn id(number: u8) -> SessionId {
    SessionId::from_bytes([number; 16])
}

fn running(number: u8) -> SessionInfo {
    SessionInfo {
        id: id(number),
        incarnation: Incarnation::from_bytes([number; 16]),
        name: "sh".to_owned(),
        command: vec!["/bin/sh".to_owned()],
        cwd: "/".to_owned(),
        size: Size::default(),
        state: SessionState::Running,
        exit: None,
        viewers: 0,
        created_at: 1,
    }
}

fn registry(sessions: impl IntoIterator<Item = u8>) -> (Registry<u8>, Instant) {
    let (mut registry, now) = (Registry::default(), Instant::now());
    for number in sessions {
        registry.insert(running(number), now);
    }
    (registry, now)
}

fn told(exit: Option<ExitStatus>) -> Told {
    Told { incarnation: Incarnation::from_bytes([9; 16]), size: Size::default(), exit }
}

#[test]
fn places_are_kept_while_a_session_starts() {
    let (mut registry, _) = registry(0..62);
    registry.reserve().unwrap();
    registry.reserve().unwrap();
    assert_eq!(registry.reserve().unwrap_err().code, Code::Busy);
    registry.release();
    registry.reserve().unwrap();
}

#[test]
fn a_session_that_is_over_takes_no_place() {
    let (mut registry, now) = registry(0..64);
    assert!(registry.reserve().is_err());
    registry.gone(id(5), None, now);
    registry.reserve().unwrap();
}

#[test]
fn a_session_without_a_link_cannot_be_opened() {
    let (mut registry, now) = registry([1]);
    assert_eq!(registry.open(id(2)).unwrap_err().code, Code::NotFound);
    assert_eq!(registry.open(id(1)).unwrap_err().code, Code::Unreachable);
    assert!(registry.linked(id(1), 7, &told(None), now));
    assert_eq!(registry.open(id(1)).unwrap().1, 7);
    registry.gone(id(1), None, now);
    assert_eq!(registry.open(id(1)).unwrap_err().code, Code::Ended);
}

#[test]
fn a_holder_that_goes_leaves_the_exit_it_told() {
    let (mut registry, now) = registry([1, 2, 3]);
    registry.changed(id(1), Size::default(), Some(ENDED), now);
    registry.gone(id(1), None, now);
    registry.gone(id(2), Some(ENDED), now);
    registry.gone(id(3), None, now);
    let state = |number| registry.info(id(number)).map(|info| (info.state, info.exit));
    assert_eq!(state(1), Some((SessionState::Exited, Some(ENDED))));
    assert_eq!(state(2), Some((SessionState::Exited, Some(ENDED))));
    assert_eq!(state(3), Some((SessionState::Lost, None)));
}

#[test]
fn only_news_counts_as_a_change() {
    let (mut registry, now) = registry([1]);
    assert!(!registry.changed(id(1), Size::default(), None, now));
    assert!(registry.changed(id(1), Size::default(), Some(ENDED), now));
    assert!(!registry.changed(id(1), Size::default(), Some(ENDED), now));
    assert!(registry.viewed(id(1), 1));
    assert!(!registry.viewed(id(1), 1));
    assert!(registry.unlinked(id(1)));
    assert!(!registry.viewed(id(9), 1));
}

#[test]
fn a_holder_that_comes_back_is_not_buried() {
    let (mut registry, now) = registry([1]);
    registry.gone(id(1), None, now);
    registry.linked(id(1), 7, &told(None), now);
    assert_eq!(registry.due(now + KEPT), Due::Never);
}

#[test]
fn the_ended_are_buried_after_their_time() {
    let (mut registry, now) = registry([1]);
    assert_eq!(registry.due(now), Due::Never);
    registry.changed(id(1), Size::default(), Some(ENDED), now);
    registry.gone(id(1), None, now + KEPT / 2);
    assert_eq!(registry.due(now), Due::At(now + KEPT));
    assert_eq!(registry.due(now + KEPT), Due::Now(id(1)));
    registry.remove(id(1));
    assert_eq!(registry.due(now + KEPT), Due::Never);
}

#[test]
fn too_many_ended_bury_the_first() {
    let (mut registry, now) = registry(0..=64);
    for number in (0..=63).rev() {
        registry.gone(id(number), None, now);
    }
    assert_eq!(registry.due(now), Due::At(now + KEPT));
    registry.gone(id(64), None, now);
    assert_eq!(registry.due(now), Due::Now(id(63)));
}

#[test]
fn pages_follow_each_other_without_hole_or_double() {
    let (registry, _) = registry(0..=250);
    let first = registry.page(None);
    assert_eq!(first.sessions.len(), PAGE);
    let second = registry.page(first.next);
    assert_eq!((second.sessions.len(), second.next), (51, None));
    let all: Vec<SessionId> = first.sessions.iter().chain(&second.sessions).map(|info| info.id).collect();
    assert_eq!(all, (0..=250).map(id).collect::<Vec<_>>());
}

/// However long the commands, each page fits into an answer and the pages together are everything.
#[test]
fn pages_of_long_commands_fit_into_their_answers() {
    let long = vec!["x".repeat(250_000)];
    let many = vec!["y".to_owned(); 4_000];
    let (mut registry, now) = registry([]);
    for number in 0..60 {
        let command = if number % 2 == 0 { long.clone() } else { many.clone() };
        registry.insert(SessionInfo { command, ..running(number) }, now);
    }
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page = registry.page(after);
        let payload = homie_protocol::control::Outgoing::Answer { id: 1, ok: &page }.encode().unwrap();
        homie_protocol::codec::scan(&payload, homie_protocol::limits::ANSWER).unwrap();
        seen.extend(page.sessions.iter().map(|info| info.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, (0..60).map(id).collect::<Vec<_>>());
}
