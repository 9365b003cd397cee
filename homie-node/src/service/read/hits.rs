//! Which hits fit into one answer: pure.
//!
//! No session is left out because another has much: the first hit of each is taken, then the second of each, and so on.

use homie_protocol::id::SessionId;
use homie_protocol::limits::ANSWER;
use homie_protocol::methods::session::{Hit, Match, SearchOutput};

/// Hits of one answer.
const HITS: usize = 1000;

/// Bytes of one answer, with room for the sessions that were silent.
const BYTES: usize = ANSWER.bytes / 4 * 3;

/// Bytes of a hit besides its text: an id, names of fields, numbers.
const BESIDES: usize = 96;

/// What sessions have said, and which of them have not.
#[derive(Debug, Default)]
pub(crate) struct Finds {
    found: Vec<(SessionId, Vec<Match>)>,
    silent: Vec<SessionId>,
}

impl Finds {
    /// A session has said what it has, or nothing.
    pub(crate) fn add(&mut self, session: SessionId, matches: Option<Vec<Match>>) {
        match matches {
            Some(matches) => self.found.push((session, matches)),
            None => self.silent.push(session),
        }
    }

    /// These, and then those.
    pub(super) fn and(mut self, others: Self) -> Self {
        self.found.extend(others.found);
        self.silent.extend(others.silent);
        self
    }

    /// As much of it as one answer can carry.
    pub(super) fn answer(self) -> SearchOutput {
        SearchOutput { hits: fit(self.found), silent: self.silent }
    }
}

/// The hits in the order of the sessions, the newest of each first, as many as fit.
fn fit(found: Vec<(SessionId, Vec<Match>)>) -> Vec<Hit> {
    let taken = taken(&found);
    let sessions = found.into_iter().zip(taken);
    sessions
        .flat_map(|((session, matches), taken)| matches.into_iter().take(taken).map(move |at| Hit { session, at }))
        .collect()
}

/// How many of each are taken.
fn taken(found: &[(SessionId, Vec<Match>)]) -> Vec<usize> {
    let mut taken = vec![0; found.len()];
    let longest = found.iter().map(|(_, matches)| matches.len()).max().unwrap_or_default();
    let in_turn = (0..longest).flat_map(|rank| found.iter().enumerate().map(move |(index, one)| (rank, index, one)));
    let mut bytes = 0;
    let in_turn = in_turn.filter_map(|(rank, index, (_, matches))| matches.get(rank).map(|hit| (index, hit)));
    for (index, hit) in in_turn.take(HITS) {
        bytes += hit.text.len() + BESIDES;
        if bytes > BYTES {
            break;
        }
        if let Some(taken) = taken.get_mut(index) {
            *taken += 1;
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use homie_protocol::codec::encode;

    use super::*;

    fn session(number: u8) -> SessionId {
        SessionId::from_bytes([number; 16])
    }

    fn matches(count: u64, text: &str) -> Vec<Match> {
        (0..count).rev().map(|line| Match { line, column: 0, text: text.to_owned() }).collect()
    }

    fn counts(hits: &[Hit], sessions: u8) -> Vec<usize> {
        (0..sessions).map(|number| hits.iter().filter(|hit| hit.session == session(number)).count()).collect()
    }

    #[test]
    fn few_hits_are_all_there_in_their_order() {
        let hits = fit(vec![(session(0), matches(3, "a")), (session(1), Vec::new()), (session(2), matches(2, "b"))]);
        let seen: Vec<(SessionId, u64)> = hits.iter().map(|hit| (hit.session, hit.at.line)).collect();
        assert_eq!(seen, [(session(0), 2), (session(0), 1), (session(0), 0), (session(2), 1), (session(2), 0)]);
    }

    #[test]
    fn a_session_with_much_leaves_room_for_those_with_little() {
        let found: Vec<_> = (0..64).map(|number| (session(number), matches(200, "x"))).collect();
        let hits = fit(found);
        assert_eq!(hits.len(), HITS);
        assert!(counts(&hits, 64).iter().all(|count| (15..=16).contains(count)));
        let hits = fit(vec![(session(0), matches(2000, "x")), (session(1), matches(1, "x"))]);
        assert_eq!(counts(&hits, 2), [999, 1]);
    }

    #[test]
    fn long_lines_still_fit_into_an_answer() {
        let found: Vec<_> = (0..64).map(|number| (session(number), matches(200, &"𐍈".repeat(300)))).collect();
        let hits = fit(found);
        assert!(hits.len() > 500, "{}", hits.len());
        let silent = (0..64).map(session).collect();
        assert!(encode(&SearchOutput { hits, silent }).unwrap().len() < ANSWER.bytes);
    }
}
