//! Which session somebody means: its id or name, else the beginning of a name, else a part of it.

use std::fmt::Write;

use homie_protocol::methods::session::{SessionInfo, SessionState};

/// Names that are told when one is not found; more would hide the sentence.
const TOLD: usize = 8;

/// Nobody can tell which is meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unpicked {
    /// None has such a name.
    #[error("no session is called {wanted:?}{}", there_are(.names))]
    None {
        /// What was asked for.
        wanted: String,
        /// The sessions there are.
        names: Vec<String>,
    },
    /// More than one has.
    #[error("{wanted:?} may be {}: say more of the name", one_of(.names))]
    Several {
        /// What was asked for.
        wanted: String,
        /// Those it may be.
        names: Vec<String>,
    },
}

/// The session that is meant. One that runs comes before one that is over, and of those the latest.
pub(crate) fn pick<'a>(sessions: &'a [SessionInfo], wanted: &str) -> Result<&'a SessionInfo, Unpicked> {
    let low = wanted.to_lowercase();
    let nearness: [&dyn Fn(&SessionInfo) -> bool; 4] = [
        &|session| session.id.to_string() == wanted,
        &|session| session.name == wanted,
        &|session| session.name.to_lowercase().starts_with(&low),
        &|session| session.name.to_lowercase().contains(&low),
    ];
    for near in nearness.iter().filter(|_| !wanted.is_empty()) {
        let found: Vec<_> = sessions.iter().filter(|session| near(session)).collect();
        if !found.is_empty() {
            return only(&found).ok_or_else(|| several(wanted, &found));
        }
    }
    Err(Unpicked::None { wanted: wanted.to_owned(), names: names(&running(sessions)) })
}

fn only<'a>(found: &[&'a SessionInfo]) -> Option<&'a SessionInfo> {
    let running: Vec<_> = found.iter().copied().filter(|session| is_running(session)).collect();
    match (running.as_slice(), found) {
        ([one], _) => Some(one),
        ([], [first, rest @ ..]) if rest.iter().all(|other| other.name == first.name) => {
            found.iter().copied().max_by_key(|session| session.created_at)
        }
        _ => None,
    }
}

fn several(wanted: &str, found: &[&SessionInfo]) -> Unpicked {
    let running: Vec<_> = found.iter().copied().filter(|session| is_running(session)).collect();
    let meant = if running.is_empty() { found.to_vec() } else { running };
    let same = meant.windows(2).all(|pair| matches!(pair, [one, other] if one.name == other.name));
    let told = if same { meant.iter().map(|session| session.id.to_string()).collect() } else { names(&meant) };
    Unpicked::Several { wanted: wanted.to_owned(), names: told }
}

fn running(sessions: &[SessionInfo]) -> Vec<&SessionInfo> {
    sessions.iter().filter(|session| is_running(session)).collect()
}

fn is_running(session: &SessionInfo) -> bool {
    session.state == SessionState::Running
}

fn names(sessions: &[&SessionInfo]) -> Vec<String> {
    sessions.iter().map(|session| session.name.clone()).collect()
}

fn there_are(names: &[String]) -> String {
    match names {
        [] => "; none runs, `homie new` starts one".to_owned(),
        names => format!("; there is {}", list(names, "and")),
    }
}

fn one_of(names: &[String]) -> String {
    list(names, "or")
}

fn list(names: &[String], last: &str) -> String {
    let mut text = String::new();
    let told = names.get(..TOLD).unwrap_or(names);
    for (at, name) in told.iter().enumerate() {
        let between = match at {
            0 => "",
            at if at + 1 == names.len() => &format!(" {last} "),
            _ => ", ",
        };
        let _ = write!(text, "{between}{name}");
    }
    if told.len() < names.len() {
        let _ = write!(text, " {last} {} more", names.len() - told.len());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::session;

    fn name_of(sessions: &[SessionInfo], wanted: &str) -> Result<u64, String> {
        pick(sessions, wanted).map(|session| session.created_at).map_err(|unpicked| unpicked.to_string())
    }

    #[test]
    fn the_nearest_name_wins() {
        let all = [session("build", 1), session("build-web", 2), session("web", 3), session("Editor", 4)];
        assert_eq!(name_of(&all, "build"), Ok(1));
        assert_eq!(name_of(&all, "build-"), Ok(2));
        assert_eq!(name_of(&all, "we"), Ok(3));
        assert_eq!(name_of(&all, "dit"), Ok(4));
        assert_eq!(name_of(&all, "ED"), Ok(4));
        assert_eq!(name_of(&all, &all[2].id.to_string()), Ok(3));
    }

    #[test]
    fn what_may_be_several_is_asked_back() {
        let all = [session("build", 1), session("build-web", 2), session("web", 3)];
        assert_eq!(name_of(&all, "bui"), Err("\"bui\" may be build or build-web: say more of the name".to_owned()));
        let there = "no session is called \"x\"; there is build, build-web and web";
        assert_eq!(name_of(&all, "x"), Err(there.to_owned()));
        assert_eq!(name_of(&all, ""), Err(there.replace('x', "")));
        assert!(name_of(&[], "x").unwrap_err().contains("homie new"));
    }

    #[test]
    fn one_that_runs_comes_first_and_then_the_latest() {
        let over = |created_at| SessionInfo { state: SessionState::Exited, ..session("build", created_at) };
        assert_eq!(name_of(&[over(1), session("build", 2), over(3)], "build"), Ok(2));
        assert_eq!(name_of(&[over(1), over(3)], "bu"), Ok(3));
        let twins = [session("build", 1), session("build", 2)];
        assert!(name_of(&twins, "build").unwrap_err().contains(&twins[1].id.to_string()));
    }
}
