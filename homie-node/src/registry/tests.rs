//! The table's rules, one small case each.

use homie_protocol::methods::session::{Face, Size};

use super::*;

pub(super) const ENDED: ExitStatus = ExitStatus { code: Some(3), signal: None };

pub(super) fn id(number: u8) -> SessionId {
    SessionId::from_bytes([number; 16])
}

pub(super) fn running(number: u8) -> SessionInfo {
    let (command, cwd) = (vec!["/bin/sh".to_owned()], "/".to_owned());
    let begun = SessionInfo::begun(id(number), Incarnation::from_bytes([number; 16]), "sh".to_owned(), 1);
    SessionInfo { command, cwd, ..begun }
}

pub(super) fn registry(sessions: impl IntoIterator<Item = u8>) -> (Registry<u8>, Instant) {
    let (mut registry, now) = (Registry::default(), Instant::now());
    for number in sessions {
        registry.insert(running(number), now);
    }
    (registry, now)
}

/// As many sessions as may run, but for so many.
fn full(left: usize) -> (Registry<u8>, Instant) {
    registry((0..=u8::MAX).take(SESSIONS - left))
}

pub(super) fn told(exit: Option<ExitStatus>) -> Told {
    Told {
        incarnation: Incarnation::from_bytes([9; 16]),
        pid: 5,
        holder_pid: 6,
        changed: changed(exit),
        unseen: Duration::ZERO,
    }
}

fn changed(exit: Option<ExitStatus>) -> Changed {
    Changed { size: Size::default(), exit, last_activity_at: 1, face: Face::default(), history_bytes: 0 }
}

fn any(name: &str) -> Wanted {
    Wanted::Any(name.to_owned())
}

fn chosen(name: &str) -> Wanted {
    Wanted::Chosen(name.to_owned())
}

#[test]
fn places_are_kept_while_a_session_starts() {
    let (mut registry, _) = full(2);
    registry.reserve(&any("x")).unwrap();
    registry.reserve(&any("x")).unwrap();
    assert_eq!(registry.reserve(&any("x")).unwrap_err().code, Code::Busy);
    registry.release("x");
    registry.reserve(&any("x")).unwrap();
}

#[test]
fn a_session_that_is_over_takes_no_place() {
    let (mut registry, now) = full(0);
    assert!(registry.reserve(&any("x")).is_err());
    registry.gone(id(5), None, now);
    registry.reserve(&any("x")).unwrap();
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
    registry.changed(id(1), changed(Some(ENDED)), now);
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
    assert!(!registry.changed(id(1), changed(None), now));
    assert!(registry.changed(id(1), changed(Some(ENDED)), now));
    assert!(!registry.changed(id(1), changed(Some(ENDED)), now));
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
    registry.changed(id(1), changed(Some(ENDED)), now);
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

#[test]
fn a_name_is_had_by_one_session_that_runs() {
    let (mut registry, now) = registry([1]);
    assert_eq!(registry.reserve(&chosen("sh")).unwrap_err().code, Code::NameTaken);
    assert_eq!(registry.reserve(&any("sh")).unwrap(), "sh-2");
    assert_eq!(registry.reserve(&any("sh")).unwrap(), "sh-3");
    assert_eq!(registry.promise(id(1), "sh-3").unwrap_err().code, Code::NameTaken);
    registry.release("sh-3");
    registry.promise(id(1), "sh-3").unwrap();
    assert_eq!(registry.reserve(&chosen("sh-3")).unwrap_err().code, Code::NameTaken);
    assert!(registry.renamed(id(1), "sh-3".to_owned(), true));
    assert_eq!(registry.reserve(&chosen("sh")).unwrap(), "sh");
    registry.gone(id(1), None, now);
    assert_eq!(registry.reserve(&chosen("sh-3")).unwrap(), "sh-3");
}

#[test]
fn a_session_may_be_given_the_name_it_has() {
    let (mut registry, _) = registry([1]);
    registry.promise(id(1), "sh").unwrap();
    assert!(!registry.renamed(id(1), "sh".to_owned(), true));
    registry.promise(id(1), "desk").unwrap();
    assert!(!registry.renamed(id(1), "desk".to_owned(), false));
    assert_eq!(registry.info(id(1)).unwrap().name, "sh");
    assert!(!registry.is_taken("desk", None));
}

#[test]
fn process_ids_are_told_while_they_are_the_sessions() {
    let (mut registry, now) = registry([1]);
    let pids = |registry: &Registry<u8>| registry.info(id(1)).map(|info| (info.pid, info.holder_pid)).unwrap();
    registry.linked(id(1), 7, &told(None), now);
    assert_eq!(pids(&registry), (Some(5), Some(6)));
    assert_eq!(registry.running(id(1)).unwrap(), 7);
    registry.changed(id(1), changed(Some(ENDED)), now);
    assert_eq!(pids(&registry), (None, Some(6)));
    assert_eq!(registry.running(id(1)).unwrap_err().code, Code::Ended);
    registry.gone(id(1), None, now);
    assert_eq!(pids(&registry), (None, None));
}
