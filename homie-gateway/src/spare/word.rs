//! What is said on a spare: one byte for a life sign or its answer, and a ticket behind a byte of its own. From a ticket that
//! was said back on, the machine is the server of one HTTP request.

use super::pool::Ticket;

/// What `Upgrade` calls it.
pub(crate) const PROTOCOL: &str = "homie-spare";

/// Where a gateway takes spares.
pub(crate) const PATH: &str = "/spare";

/// The byte that something begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// Are you there?
    Ping,
    /// I am.
    Pong,
    /// A ticket follows.
    Ticket,
}

impl Word {
    pub(super) const fn byte(self) -> u8 {
        match self {
            Self::Ping => 0,
            Self::Pong => 1,
            Self::Ticket => 2,
        }
    }

    /// Nothing else has a place here.
    pub(super) const fn of(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::Ping),
            1 => Some(Self::Pong),
            2 => Some(Self::Ticket),
            _ => None,
        }
    }
}

/// A ticket as it is written, there and back.
pub(super) fn written(ticket: &Ticket) -> [u8; 17] {
    let mut bytes = [Word::Ticket.byte(); 17];
    if let Some(room) = bytes.get_mut(1..) {
        room.copy_from_slice(ticket);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_one_byte_and_nothing_else_is_a_word() {
        for word in [Word::Ping, Word::Pong, Word::Ticket] {
            assert_eq!(Word::of(word.byte()), Some(word));
        }
        assert_eq!((0..=u8::MAX).filter(|byte| Word::of(*byte).is_some()).count(), 3);
        assert_eq!(written(&[7; 16])[..2], [2, 7]);
    }
}
