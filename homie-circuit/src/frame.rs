//! A frame that has arrived.

use bytes::Bytes;
use homie_protocol::frame::Header;

/// A checked header and its payload, which is a piece of what the socket gave: taking it on copies nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The header.
    pub header: Header,
    /// The payload.
    pub payload: Bytes,
}
