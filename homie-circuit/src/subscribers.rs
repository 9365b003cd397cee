//! Who is told of changes to what a server lists. Each circuit counts its own events, and gets none before the list they
//! change.
//!
//! An event is the thing as it is, so what happens before a page has left needs no queue: the thing's name is kept, and
//! its state told once the page is out. A circuit that does not read is closed by its writer, never skipped.

use std::collections::{BTreeSet, HashMap};

use homie_protocol::event::Topic;
use homie_protocol::id::{Channel, CircuitId, Offset};

use crate::serve::Turn;
use crate::writer::{Closed, FrameWriter};

/// The circuits that want to know of things with names `K`.
#[derive(Debug)]
pub struct Subscribers<K> {
    by_circuit: HashMap<CircuitId, Subscriber<K>>,
}

#[derive(Debug)]
struct Subscriber<K> {
    writer: FrameWriter,
    seq: u32,
    /// The turns of requests for pages whose answers have not left. While there are any, nothing is told.
    held: BTreeSet<Turn>,
    /// What has changed meanwhile.
    changed: BTreeSet<K>,
}

impl<K> Default for Subscribers<K> {
    fn default() -> Self {
        Self { by_circuit: HashMap::new() }
    }
}

impl<K: Copy + Ord> Subscribers<K> {
    /// Adds a circuit. An earlier subscription of it is replaced.
    pub fn add(&mut self, circuit: CircuitId, writer: FrameWriter) {
        let subscriber = Subscriber { writer, seq: 0, held: BTreeSet::new(), changed: BTreeSet::new() };
        self.by_circuit.insert(circuit, subscriber);
    }

    /// A circuit that subscribes, if it does, is told nothing until the answer of this turn has left.
    pub fn hold(&mut self, circuit: CircuitId, turn: Turn) {
        if let Some(subscriber) = self.by_circuit.get_mut(&circuit) {
            subscriber.held.insert(turn);
        }
    }

    /// The answer of this turn has left: gives what is to be told now, with [`Subscribers::tell_one`].
    pub fn release(&mut self, circuit: CircuitId, turn: Turn) -> BTreeSet<K> {
        let Some(subscriber) = self.by_circuit.get_mut(&circuit) else { return BTreeSet::new() };
        if !subscriber.held.remove(&turn) || !subscriber.held.is_empty() {
            return BTreeSet::new();
        }
        std::mem::take(&mut subscriber.changed)
    }

    /// Tells everyone.
    pub fn tell(&mut self, name: K, change: &impl Topic) {
        self.by_circuit.retain(|_, subscriber| subscriber.tell(name, change).is_ok());
    }

    /// Tells one circuit.
    pub fn tell_one(&mut self, circuit: CircuitId, name: K, change: &impl Topic) {
        if self.by_circuit.get_mut(&circuit).is_some_and(|subscriber| subscriber.tell(name, change).is_err()) {
            self.remove(circuit);
        }
    }

    /// The circuit is over.
    pub fn remove(&mut self, circuit: CircuitId) {
        self.by_circuit.remove(&circuit);
    }
}

impl<K: Ord> Subscriber<K> {
    fn tell(&mut self, name: K, change: &impl Topic) -> Result<(), Closed> {
        if !self.held.is_empty() {
            self.changed.insert(name);
            return Ok(());
        }
        self.seq = self.seq.saturating_add(1);
        match change.encode(self.seq) {
            Ok(payload) => self.writer.control(Channel::CIRCUIT, Offset::ZERO, &payload),
            Err(error) => {
                tracing::error!(%error, "an event of ours could not be encoded");
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use homie_protocol::control::{Control, Reading, decode};
    use homie_protocol::event::SessionChanged;
    use homie_protocol::id::SessionId;
    use tokio::net::UnixStream;

    use super::*;
    use crate::{FrameReader, unix};

    const CIRCUIT: CircuitId = CircuitId::from_bytes([1; 16]);

    fn id(number: u8) -> SessionId {
        SessionId::from_bytes([number; 16])
    }

    fn removed(number: u8) -> SessionChanged {
        SessionChanged { session: None, removed: Some(id(number)) }
    }

    /// A subscriber, and what it reads.
    fn subscribed() -> (Subscribers<SessionId>, FrameReader, FrameWriter) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let (writer, (reader, keeps_open)) = (unix(ours).1, unix(theirs));
        let mut subscribers = Subscribers::default();
        subscribers.add(CIRCUIT, writer);
        (subscribers, reader, keeps_open)
    }

    async fn next(reader: &mut FrameReader) -> (u32, SessionChanged) {
        let frame = reader.next().await.unwrap().unwrap();
        let Control::Event(event) = decode(&frame.payload, Reading::Answers).unwrap() else { panic!("no event") };
        (event.seq, homie_protocol::codec::decode_scanned(event.data).unwrap())
    }

    #[tokio::test]
    async fn nothing_is_told_before_the_last_page_has_left() {
        let (mut subscribers, mut reader, _open) = subscribed();
        subscribers.hold(CIRCUIT, Turn::from(7));
        subscribers.hold(CIRCUIT, Turn::from(8));
        subscribers.tell(id(1), &removed(1));
        subscribers.tell(id(1), &removed(1));
        assert_eq!(subscribers.release(CIRCUIT, Turn::from(7)), BTreeSet::new());
        subscribers.tell(id(2), &removed(2));
        assert_eq!(subscribers.release(CIRCUIT, Turn::from(9)), BTreeSet::new());
        assert_eq!(subscribers.release(CIRCUIT, Turn::from(8)), BTreeSet::from([id(1), id(2)]));
        assert_eq!(subscribers.release(CIRCUIT, Turn::from(8)), BTreeSet::new());
        subscribers.tell_one(CIRCUIT, id(3), &removed(3));
        subscribers.tell(id(4), &removed(4));
        // What was held was given back and not sent: the first event is the one told after.
        assert_eq!(next(&mut reader).await, (1, removed(3)));
        assert_eq!(next(&mut reader).await, (2, removed(4)));
    }

    #[tokio::test]
    async fn a_circuit_that_is_gone_is_forgotten() {
        let (mut subscribers, _reader, _open) = subscribed();
        subscribers.by_circuit[&CIRCUIT].writer.close();
        subscribers.tell(id(1), &removed(1));
        assert!(subscribers.by_circuit.is_empty());
    }
}
