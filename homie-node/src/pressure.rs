//! How much memory the histories of all sessions may take together: a table and one rule, without clock or socket.
//!
//! Over the limit the sessions viewed least recently give up their history first, until seven eighths of the limit are
//! taken: the eighth is what the others may grow by before the next division. A session that was cut keeps its bound until
//! somebody views it, or until so much is free that it may grow again.

use std::collections::BTreeMap;
use std::time::Instant;

use homie_protocol::id::SessionId;

/// Bytes that no history alone goes beyond, as long as there is room for all: long lines would take an eighth of what is
/// there for everyone.
const EACH: u64 = 32 * 1024 * 1024;

/// What the histories take, and what each may.
#[derive(Debug)]
pub(crate) struct Pressure {
    limit: u64,
    sessions: BTreeMap<SessionId, History>,
}

#[derive(Debug)]
struct History {
    /// What it took when its holder told last.
    bytes: u64,
    /// What it may take.
    bound: u64,
    /// The bound its holder knows of.
    told: Option<u64>,
    viewers: u32,
    /// When the last viewer left, or the session started; its holder remembers it.
    viewed: Instant,
}

impl History {
    /// What it takes, or will once its holder has obeyed.
    fn taken(&self) -> u64 {
        self.bytes.min(self.bound)
    }
}

impl Pressure {
    /// All histories together may take so many bytes.
    pub(crate) fn new(limit: u64) -> Self {
        Self { limit, sessions: BTreeMap::new() }
    }

    /// The link to a holder is up: what an earlier node has told it counts no longer. Who has viewed it then still does.
    pub(crate) fn linked(&mut self, session: SessionId, bytes: u64, viewed: Instant) {
        let new = History { bytes, bound: self.each(), told: None, viewers: 0, viewed };
        let history = self.sessions.entry(session).or_insert(new);
        history.bytes = bytes;
        history.told = None;
    }

    /// A history has grown or shrunk.
    pub(crate) fn told(&mut self, session: SessionId, bytes: u64) {
        if let Some(history) = self.sessions.get_mut(&session) {
            history.bytes = bytes;
        }
    }

    /// So many viewers look now. Whoever looks wants to scroll back.
    pub(crate) fn viewed(&mut self, session: SessionId, viewers: u32, now: Instant) {
        let each = self.each();
        let Some(history) = self.sessions.get_mut(&session) else { return };
        if viewers > 0 {
            history.bound = each;
        }
        if viewers > 0 || history.viewers > 0 {
            history.viewed = now;
        }
        history.viewers = viewers;
    }

    /// The holder is gone, and its memory with it.
    pub(crate) fn gone(&mut self, session: SessionId) {
        self.sessions.remove(&session);
    }

    /// Divides what there is. Gives the bounds that holders do not know of.
    pub(crate) fn divide(&mut self) -> Vec<(SessionId, u64)> {
        let taken: u64 = self.sessions.values().map(History::taken).sum();
        if taken > self.limit {
            self.cut();
        } else if taken <= self.limit / 4 * 3 {
            let each = self.each();
            self.sessions.values_mut().for_each(|history| history.bound = each);
        }
        let news = self.sessions.iter_mut().filter(|(_, history)| history.told != Some(history.bound));
        news.map(|(session, history)| (*session, *history.told.insert(history.bound))).collect()
    }

    /// What one may take while there is room.
    fn each(&self) -> u64 {
        EACH.min(self.limit)
    }

    /// The sessions viewed last have their history first.
    fn cut(&mut self) {
        let mut room = self.limit / 8 * 7;
        let mut histories: Vec<&mut History> = self.sessions.values_mut().collect();
        histories.sort_by_key(|history| std::cmp::Reverse((history.viewers > 0, history.viewed)));
        for history in histories {
            let taken = history.taken();
            if taken > room {
                history.bound = room;
            }
            room = room.saturating_sub(taken);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn id(number: u8) -> SessionId {
        SessionId::from_bytes([number; 16])
    }

    /// Sessions with so many bytes each; the later ones were viewed later.
    fn pressure(limit: u64, bytes: &[u64]) -> (Pressure, Instant) {
        let (mut pressure, mut now) = (Pressure::new(limit), Instant::now());
        for (number, bytes) in (0..).zip(bytes) {
            now += Duration::from_secs(1);
            pressure.linked(id(number), *bytes, now);
        }
        (pressure, now)
    }

    #[test]
    fn a_holder_learns_its_bound_once_a_link() {
        let (mut pressure, now) = pressure(1000, &[10]);
        assert_eq!(pressure.divide(), [(id(0), 1000)]);
        assert_eq!(pressure.divide(), []);
        pressure.linked(id(0), 10, now);
        assert_eq!(pressure.divide(), [(id(0), 1000)]);
    }

    #[test]
    fn the_least_recently_viewed_gives_first() {
        let (mut pressure, _) = pressure(800, &[400, 300, 200]);
        assert_eq!(pressure.divide(), [(id(0), 200), (id(1), 800), (id(2), 800)]);
        // The holder has obeyed, and another grows: it gives again, and then all it has.
        pressure.told(id(0), 200);
        pressure.told(id(2), 301);
        assert_eq!(pressure.divide(), [(id(0), 99)]);
        pressure.told(id(2), 600);
        assert_eq!(pressure.divide(), [(id(0), 0), (id(1), 100)]);
    }

    #[test]
    fn who_is_looked_at_has_all_of_it_and_others_give() {
        let (mut pressure, now) = pressure(800, &[500, 400]);
        pressure.divide();
        pressure.viewed(id(0), 1, now);
        pressure.told(id(0), 500);
        pressure.told(id(1), 400);
        assert_eq!(pressure.divide(), [(id(0), 800), (id(1), 200)]);
        // It stays the last one viewed when its viewer leaves.
        pressure.viewed(id(0), 0, now);
        pressure.told(id(0), 601);
        assert_eq!(pressure.divide(), [(id(1), 99)]);
    }

    #[test]
    fn one_alone_has_no_more_than_there_is() {
        let (mut small, now) = pressure(800, &[900]);
        small.viewed(id(0), 1, now);
        assert_eq!(small.divide(), [(id(0), 800)]);
        let (mut large, _) = pressure(EACH * 8, &[EACH]);
        assert_eq!(large.divide(), [(id(0), EACH)]);
    }

    #[test]
    fn what_is_free_again_may_be_taken() {
        let (mut pressure, _) = pressure(800, &[500, 400]);
        pressure.divide();
        pressure.told(id(0), 300);
        pressure.gone(id(1));
        assert_eq!(pressure.divide(), [(id(0), 800)]);
    }
}
