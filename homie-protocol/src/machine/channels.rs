//! Which channels one side has opened on a circuit: right parity, upwards only, each number once.

use std::collections::BTreeSet;

use crate::code::{Code, Refusal};
use crate::id::Channel;
use crate::limits::{CHANNELS, VIEWERS};

/// Who numbers the channels: each side has its own half of the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opener {
    /// A client, or a node towards its holder: odd numbers.
    Client,
    /// A node towards a client: even numbers.
    Node,
}

/// Where a frame on a channel belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// To whoever has the channel open.
    Open,
    /// Nowhere: the channel was closed while the frame was on its way. It has been counted.
    Closed,
}

/// The channels opened by one side of a circuit. Its size is bounded: numbers only go up, so that the highest one tells
/// which were ever used.
#[derive(Debug, Clone)]
pub struct Channels {
    opener: Opener,
    most: usize,
    highest: u32,
    open: BTreeSet<u32>,
    dropped: u64,
}

impl Channels {
    /// No channel yet, of a circuit.
    pub const fn new(opener: Opener) -> Self {
        Self::at_most(CHANNELS, opener)
    }

    /// No channel yet, of a link to a holder: each is a viewer.
    pub const fn of_viewers() -> Self {
        Self::at_most(VIEWERS, Opener::Client)
    }

    const fn at_most(most: usize, opener: Opener) -> Self {
        Self { opener, most, highest: 0, open: BTreeSet::new(), dropped: 0 }
    }

    /// Opens the channel the peer has chosen. The number is spent even if there are too many open.
    pub fn open(&mut self, channel: Channel) -> Result<(), Refusal> {
        let number = channel.get();
        if number == 0 || number % 2 != self.parity() {
            return Err(refuse(Code::Channel, "channel: clients open odd numbers, nodes even ones"));
        }
        if number <= self.highest {
            return Err(refuse(Code::Channel, "channel: must be higher than any opened before on this circuit"));
        }
        self.highest = number;
        if self.open.len() >= self.most {
            return Err(refuse(Code::Busy, "channel: too many are open on this circuit, close one first"));
        }
        self.open.insert(number);
        Ok(())
    }

    /// Opens the next channel of our own choice.
    pub fn open_next(&mut self) -> Result<Channel, Refusal> {
        let first = if self.parity() == 1 { 1 } else { 2 };
        let next = if self.highest == 0 { Some(first) } else { self.highest.checked_add(2) };
        let Some(next) = next else {
            return Err(refuse(Code::Channel, "channel: the numbers of this circuit are used up, open a new circuit"));
        };
        self.open(Channel::new(next))?;
        Ok(Channel::new(next))
    }

    /// Closes a channel; `false` if it was not open.
    pub fn close(&mut self, channel: Channel) -> bool {
        self.open.remove(&channel.get())
    }

    /// Says where a frame on this channel belongs, and refuses one that was never opened.
    pub fn place(&mut self, channel: Channel) -> Result<Place, Refusal> {
        let number = channel.get();
        if self.open.contains(&number) {
            return Ok(Place::Open);
        }
        if number == 0 || number % 2 != self.parity() || number > self.highest {
            return Err(refuse(Code::Channel, "channel: was never opened"));
        }
        self.dropped += 1;
        Ok(Place::Closed)
    }

    /// Whether a channel is open.
    pub fn is_open(&self, channel: Channel) -> bool {
        self.open.contains(&channel.get())
    }

    /// Frames that came for closed channels.
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    const fn parity(&self) -> u32 {
        match self.opener {
            Opener::Client => 1,
            Opener::Node => 0,
        }
    }
}

fn refuse(code: Code, message: &'static str) -> Refusal {
    Refusal::new(code, message)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn our_own_numbers_have_the_right_parity_and_go_up() {
        for (opener, expected) in [(Opener::Client, [1, 3, 5]), (Opener::Node, [2, 4, 6])] {
            let mut channels = Channels::new(opener);
            let opened = [(); 3].map(|()| channels.open_next().unwrap().get());
            assert_eq!(opened, expected);
        }
    }

    #[test]
    fn the_last_number_is_not_followed_by_a_first_one() {
        let mut channels = Channels::new(Opener::Client);
        channels.open(Channel::new(u32::MAX)).unwrap();
        assert_eq!(channels.open_next().unwrap_err().code, Code::Channel);
    }

    #[test]
    fn too_many_at_once_are_refused_and_the_number_is_spent() {
        let mut channels = Channels::new(Opener::Client);
        for _ in 0..CHANNELS {
            channels.open_next().unwrap();
        }
        let one_more = Channel::new(u32::try_from(CHANNELS).unwrap() * 2 + 1);
        assert_eq!(channels.open(one_more).unwrap_err().code, Code::Busy);
        assert!(channels.close(Channel::new(1)));
        assert_eq!(channels.open(one_more).unwrap_err().code, Code::Channel);
        assert_eq!(channels.place(one_more), Ok(Place::Closed));
        channels.open_next().unwrap();
    }

    proptest! {
        /// Against a plain map of every number ever seen.
        #[test]
        fn a_channel_is_opened_once_and_its_frames_find_their_place(
            steps in prop::collection::vec((0_u8..3, 0_u32..40), 0..200),
        ) {
            let mut channels = Channels::new(Opener::Client);
            let mut truth: BTreeMap<u32, bool> = BTreeMap::new();
            let mut dropped = 0;
            for (step, number) in steps {
                let channel = Channel::new(number);
                let highest = truth.keys().max().copied().unwrap_or(0);
                match step {
                    0 => {
                        let allowed = number % 2 == 1 && number > highest;
                        prop_assert_eq!(channels.open(channel).is_ok(), allowed);
                        if allowed {
                            truth.insert(number, true);
                        }
                    }
                    1 => {
                        prop_assert_eq!(channels.close(channel), truth.get(&number) == Some(&true));
                        truth.entry(number).and_modify(|open| *open = false);
                    }
                    _ => {
                        let expected = match truth.get(&number) {
                            Some(true) => Ok(Place::Open),
                            _ if number % 2 == 1 && number <= highest => Ok(Place::Closed),
                            _ => Err(Code::Channel),
                        };
                        dropped += u64::from(expected == Ok(Place::Closed));
                        prop_assert_eq!(channels.place(channel).map_err(|refusal| refusal.code), expected);
                    }
                }
            }
            prop_assert_eq!(channels.dropped(), dropped);
        }
    }
}
