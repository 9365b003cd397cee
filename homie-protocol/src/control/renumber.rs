//! An event once more, under another number.

use super::{Control, Reading, decode};
use crate::code::Code;
use crate::codec::{CodecError, encode, join};

/// Encodes `event` with another number: whoever passes events on and says some of its own counts both as one.
pub fn renumber(seq: u32, event: &[u8]) -> Result<Vec<u8>, CodecError> {
    let Control::Event(event) = decode(event, Reading::Answers)? else {
        return Err(CodecError::new(Code::Internal, "only an event has a number"));
    };
    join(&[
        ("t", &encode("event")?),
        ("topic", &encode(event.topic)?),
        ("seq", &encode(&seq)?),
        ("data", event.data.bytes()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Resized, Topic};
    use crate::methods::session::Size;

    #[test]
    fn the_same_event_under_another_number() {
        let event = Resized { size: Size::default() };
        assert_eq!(renumber(70_000, &event.encode(7).unwrap()).unwrap(), event.encode(70_000).unwrap());
    }

    #[test]
    fn what_is_no_event_is_refused() {
        assert!(renumber(1, b"").is_err());
    }
}
