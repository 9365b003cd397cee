//! Who waits at the door: a bounded set of connections without an answer yet, from which the oldest gives way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// The connections that wait.
#[derive(Debug, Clone)]
pub struct Lobby {
    limit: usize,
    places: Arc<Mutex<Places>>,
}

#[derive(Debug, Default)]
struct Places {
    next: u64,
    /// By age. Dropping a sender tells its connection to leave.
    taken: BTreeMap<u64, oneshot::Sender<()>>,
}

/// A connection's place; free again when it is dropped.
#[derive(Debug)]
pub struct Place {
    number: u64,
    lobby: Lobby,
    called: oneshot::Receiver<()>,
}

impl Lobby {
    /// A lobby for so many.
    pub fn new(limit: usize) -> Self {
        Self { limit, places: Arc::default() }
    }

    /// Takes a place. When all are taken, whoever has waited longest must leave.
    pub fn enter(&self) -> Place {
        let (call, called) = oneshot::channel();
        let mut places = self.places();
        if places.taken.len() >= self.limit {
            places.taken.pop_first();
        }
        let number = places.next;
        places.next += 1;
        places.taken.insert(number, call);
        Place { number, lobby: self.clone(), called }
    }

    // A panic elsewhere cannot leave the map half changed.
    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Waits until this connection must leave.
    pub async fn must_leave(&mut self) {
        // Nothing is ever sent: the sender's end is the message.
        let _ended = (&mut self.called).await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.lobby.places().taken.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told_to_leave(place: &mut Place) -> bool {
        place.called.try_recv() == Err(oneshot::error::TryRecvError::Closed)
    }

    #[test]
    fn the_oldest_gives_way() {
        let lobby = Lobby::new(2);
        let mut first = lobby.enter();
        let mut second = lobby.enter();
        assert!(!told_to_leave(&mut first));
        let mut third = lobby.enter();
        assert!(told_to_leave(&mut first));
        assert!(!told_to_leave(&mut second) && !told_to_leave(&mut third));
    }

    #[test]
    fn a_place_that_is_left_is_free() {
        let lobby = Lobby::new(2);
        let mut first = lobby.enter();
        drop(lobby.enter());
        let _third = lobby.enter();
        assert!(!told_to_leave(&mut first));
    }
}
