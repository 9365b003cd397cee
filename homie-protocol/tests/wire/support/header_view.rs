//! A frame as the index of the golden vectors shows it.

use homie_protocol::frame::{Flags, Header};
use serde_json::{Value, json};

/// The header's fields and the length of the payload; the bytes themselves are in the file.
pub(crate) fn header_view(header: Header, payload: &[u8]) -> Value {
    let all = [("last", Flags::LAST), ("skip", Flags::SKIP), ("echo", Flags::ECHO), ("icanon", Flags::ICANON)];
    let flags: Vec<&str> = all.iter().filter(|(_, flag)| header.flags().has(*flag)).map(|(name, _)| *name).collect();
    json!({
        "kind": format!("{:?}", header.kind()).to_lowercase(),
        "flags": flags,
        "channel": header.channel(),
        "offset": header.offset(),
        "payload_len": payload.len(),
    })
}
