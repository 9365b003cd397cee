//! Of whom the local network tells, and where each may be asked. Whoever is on the cable can say anything and as much as it likes,
//! so there is room for few, and who answers is not put away by who only talks. Pure: the time comes in.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use homie_protocol::id::NodeId;
use homie_tailnet::{Peer, Status};

use super::candidates::is_asked;
use super::hint::Hint;
use super::lan::{Door, tag};
use super::registry::{Candidate, Key, heard_at};
use crate::reach::Place;

/// Machines that are kept although nobody here knows them: a tailnet may yet begin to.
const STRANGERS: usize = 256;

/// What is kept of one that is known. It has one port or a few addresses; the rest is what others say in its name.
const OF_ONE: usize = 8;

/// A machine that announces itself anew says goodbye first.
const GOODBYE: Duration = Duration::from_secs(3);

/// How long who was heard by an ear may take to be heard by the next one.
const AGAIN: Duration = Duration::from_secs(10);

/// Whom a hint can be of, as things are.
#[derive(Debug, Default)]
pub(super) struct Whom {
    own: Option<NodeId>,
    /// Machines of the tailnet that may be asked.
    peers: BTreeMap<String, Peer>,
    /// Machines of the mesh, which can prove their keys.
    mesh: BTreeSet<NodeId>,
}

/// Everything that was heard.
#[derive(Debug, Default)]
pub(super) struct Heard {
    all: BTreeMap<Id, Entry>,
    whom: Whom,
    /// The addresses of this machine.
    here: Vec<IpAddr>,
    /// Whether there was no room for somebody.
    is_short: bool,
    /// Whether others can be asked than was told last.
    has_news: bool,
}

/// Two may use one name: the key tells them apart. And one may have several addresses.
type Id = (NodeId, String, Option<String>);

#[derive(Debug)]
struct Entry {
    hint: Hint,
    /// Where it can be asked; nowhere: it is a stranger.
    place: Option<Place>,
    /// That it was asked, and did not answer as this machine.
    is_silent: bool,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It is announced.
    There,
    /// It goes then, unless it is heard again.
    Going(Instant),
    /// It is announced no more, and answers.
    Unannounced,
}

impl Whom {
    /// Of this machine's tailnet, and of its mesh.
    pub(super) fn of(own: NodeId, status: Option<&Status>, mesh: BTreeSet<NodeId>) -> Self {
        let asked = status.into_iter().flat_map(|status| status.peers.iter().map(move |peer| (status, peer)));
        let asked = asked.filter(|(status, peer)| is_asked(&status.own, peer));
        let peers = asked.filter_map(|(status, peer)| Some((tag(status, peer)?, peer.clone()))).collect();
        Self { own: Some(own), peers, mesh }
    }

    fn place(&self, hint: &Hint) -> Option<Place> {
        match hint.door {
            Door::Tailnet => self.in_tailnet(hint),
            Door::Key => self.in_mesh(hint.node).then_some(Place::keyed(hint.node, hint.at.as_deref()?, hint.port)),
        }
    }

    /// Whether it can prove its key here; a copy of this machine can as well.
    fn in_mesh(&self, node: NodeId) -> bool {
        self.own == Some(node) || self.mesh.contains(&node)
    }

    fn in_tailnet(&self, hint: &Hint) -> Option<Place> {
        let peer = self.peers.get(hint.tag.as_deref()?)?;
        let name = peer.dns_name.trim_end_matches('.').to_owned();
        let targets = peer.addresses.iter().map(ToString::to_string).collect();
        Some(Place { name, port: hint.port, is_usual: false, targets, node: Some(hint.node) })
    }
}

impl Heard {
    /// These may be asked now.
    pub(super) fn set_whom(&mut self, whom: Whom) {
        for entry in self.all.values_mut() {
            entry.place = whom.place(&entry.hint);
        }
        self.whom = whom;
        self.has_news = true;
    }

    /// This machine has these addresses now.
    pub(super) fn set_here(&mut self, here: Vec<IpAddr>) {
        self.here = here;
    }

    /// Somebody is there. Whether it is to be asked although it was, and did not answer: then where.
    pub(super) fn there(&mut self, hint: Hint) -> Option<Key> {
        let (id, place) = ((hint.node, hint.name.clone(), hint.at.clone()), self.whom.place(&hint));
        if self.whom.own == Some(hint.node) && (place.is_none() || self.is_here(&hint)) {
            return None;
        }
        let before = self.all.remove(&id);
        let was_silent = before.as_ref().is_some_and(|entry| entry.is_silent && entry.place == place);
        // Whoever says something else of itself has no place kept for that.
        self.has_news |= place.is_some() || before.as_ref().is_some_and(|entry| entry.place.is_some());
        let has_place = before.is_some_and(|entry| whose(entry.place.as_ref()) == whose(place.as_ref()));
        if !has_place && !self.has_room(place.as_ref()) {
            self.is_short = true;
            return None;
        }
        let again = place.as_ref().filter(|_| was_silent).map(heard_at);
        self.all.insert(id, Entry { hint, place, is_silent: false, state: State::There });
        again
    }

    /// Whether this machine itself announces it; at another address or another one of the tailnet it would be a copy.
    fn is_here(&self, hint: &Hint) -> bool {
        let address = hint.at.as_deref().and_then(|at| at.split('%').next()?.parse().ok());
        address.is_some_and(|address: IpAddr| self.here.contains(&address))
    }

    /// Makes room for one more at this place, or among the strangers, if somebody there has not answered or goes.
    fn has_room(&mut self, place: Option<&Place>) -> bool {
        let most = if place.is_some() { OF_ONE } else { STRANGERS };
        let is_beside = |entry: &Entry| whose(entry.place.as_ref()) == whose(place);
        let beside: Vec<_> = self.all.iter().filter(|(_, entry)| is_beside(entry)).collect();
        if beside.len() < most {
            return true;
        }
        // That somebody goes anybody can say. A stranger loses nothing by it, and one that answers would.
        let is_going = |entry: &Entry| entry.place.is_none() && matches!(entry.state, State::Going(_));
        let gives_way = |entry: &Entry| entry.is_silent || is_going(entry);
        let found = beside.into_iter().find(|(_, entry)| gives_way(entry)).map(|(id, _)| id.clone());
        self.has_news |= found.is_some() && place.is_some();
        found.is_some_and(|id| self.all.remove(&id).is_some())
    }

    /// Those of this name have said that they go, or their time is over.
    pub(super) fn gone(&mut self, name: &str, now: Instant) {
        let name = name.to_ascii_lowercase();
        for (_, entry) in self.all.iter_mut().filter(|((_, known, _), _)| *known == name) {
            entry.state = State::Going(now + GOODBYE);
        }
    }

    /// Who is announced with these addresses has those of before no more.
    pub(super) fn moved(&mut self, hints: &[Hint], now: Instant) {
        let is_of = |entry: &Entry, hint: &Hint| entry.hint.node == hint.node && entry.hint.name == hint.name;
        for entry in self.all.values_mut().filter(|entry| entry.hint.at.is_some() && entry.state == State::There) {
            let mut told = hints.iter().filter(|hint| is_of(entry, hint)).peekable();
            if told.peek().is_some() && !told.any(|hint| hint.at == entry.hint.at) {
                entry.state = State::Going(now + GOODBYE);
            }
        }
    }

    /// Another ear listens, which has heard nothing yet.
    pub(super) fn begin_again(&mut self, now: Instant) {
        self.is_short = false;
        for entry in self.all.values_mut() {
            entry.state = State::Going(now + AGAIN);
        }
    }

    /// Those whose time is over go. Anybody can say goodbye in another's name: who answered stays for as long as it does, and is to
    /// be asked now.
    pub(super) fn sweep(&mut self, now: Instant, answers: impl Fn(&Key) -> bool) -> Vec<Key> {
        let mut asked = Vec::new();
        self.all.retain(|_, entry| {
            if !matches!(entry.state, State::Going(then) if then <= now) {
                return true;
            }
            let key = entry.place.as_ref().map(heard_at).filter(&answers);
            entry.state = State::Unannounced;
            let stays = key.is_some();
            asked.extend(key);
            stays
        });
        self.has_news = true;
        asked
    }

    /// When somebody goes next.
    pub(super) fn next(&self) -> Option<Instant> {
        let going = self.all.values().filter_map(|entry| match entry.state {
            State::Going(then) => Some(then),
            State::There | State::Unannounced => None,
        });
        going.min()
    }

    /// What answers there is not this machine, or nothing does. Under which names it was heard, if it is announced still.
    pub(super) fn silent(&mut self, key: &Key) -> Vec<String> {
        let is_it = |entry: &Entry| entry.place.as_ref().map(heard_at).as_ref() == Some(key);
        self.all.retain(|_, entry| !is_it(entry) || entry.state != State::Unannounced);
        self.has_news = true;
        let mut names = Vec::new();
        for entry in self.all.values_mut().filter(|entry| is_it(entry)) {
            entry.is_silent = true;
            names.push(entry.hint.name.clone());
        }
        names
    }

    /// Whether somebody had no room who would have it now: then it is worth to listen anew, once.
    pub(super) fn is_worth_a_new_ear(&mut self) -> bool {
        let is_worth = self.is_short && self.all.values().any(|entry| entry.is_silent);
        self.is_short &= !is_worth;
        is_worth
    }

    /// Where somebody can be asked, if that is not as it was.
    pub(super) fn news(&mut self) -> Option<Vec<Candidate>> {
        let places = self.all.values().filter_map(|entry| entry.place.clone());
        let candidates = || places.map(|place| Candidate { place, is_there: true }).collect();
        std::mem::take(&mut self.has_news).then(candidates)
    }
}

/// Of which machine it is: of the tailnet by its name there, of the mesh by its key; of none: a stranger's.
fn whose(place: Option<&Place>) -> Option<(&str, Option<NodeId>)> {
    place.map(|place| (place.name.as_str(), place.node.filter(|_| place.is_keyed())))
}

#[cfg(test)]
mod tests;
