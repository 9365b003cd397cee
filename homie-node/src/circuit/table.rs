//! The channels of a circuit, where each leads, and which part of the connection it has.

use std::collections::HashMap;

use homie_circuit::Turn;
use homie_protocol::id::Channel;
use homie_protocol::machine::channels::{Channels, Opener};

use super::shares::parts;
use super::{End, Words};

/// The channels of a circuit.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) channels: Channels,
    /// Channels whose frames wait until the response of this turn is out.
    pub(super) held: HashMap<Turn, Channel>,
    /// What is said on a channel that leads nowhere, once the response of this turn is out. A channel has it once.
    pub(super) said: HashMap<Turn, (Channel, Words)>,
    pub(super) is_over: bool,
    lines: HashMap<Channel, Line>,
}

/// A channel that leads somewhere.
#[derive(Debug)]
struct Line {
    end: End,
    is_visible: bool,
    /// Of how many parts it has one, as its holder was told last.
    of: u16,
}

impl Table {
    pub(super) fn new() -> Self {
        let channels = Channels::new(Opener::Client);
        Self { channels, held: HashMap::new(), said: HashMap::new(), is_over: false, lines: HashMap::new() }
    }

    /// Where a channel leads.
    pub(super) fn end(&self, channel: Channel) -> Option<&End> {
        self.lines.get(&channel).map(|line| &line.end)
    }

    /// A channel leads somewhere. A holder takes it for the only one until it is told otherwise.
    pub(super) fn add(&mut self, channel: Channel, end: End, is_visible: bool) {
        self.lines.insert(channel, Line { end, is_visible, of: 1 });
        self.share();
    }

    /// A channel leads nowhere any more.
    pub(super) fn remove(&mut self, channel: Channel) -> Option<End> {
        let line = self.lines.remove(&channel)?;
        self.share();
        Some(line.end)
    }

    /// No channel leads anywhere any more.
    pub(super) fn take(&mut self) -> Vec<End> {
        self.lines.drain().map(|(_, line)| line.end).collect()
    }

    /// A channel is seen now, or no longer.
    pub(super) fn show(&mut self, channel: Channel, is_visible: bool) {
        if let Some(line) = self.lines.get_mut(&channel) {
            line.is_visible = is_visible;
            self.share();
        }
    }

    /// Tells the holders whose part has changed; under the lock of this table, so that the last one told is right.
    fn share(&mut self) {
        let visible = self.lines.values().filter(|line| line.is_visible).count();
        let hidden = self.lines.len() - visible;
        for line in self.lines.values_mut() {
            let of = parts(line.is_visible, visible, hidden);
            if std::mem::replace(&mut line.of, of) != of {
                line.end.link.share(line.end.channel, of);
            }
        }
    }
}
