//! `GET /.well-known/homie`: which machine this is and what it speaks, for those who look for machines.

use homie_protocol::id::NodeId;
use homie_protocol::version::SPOKEN;
use serde_json::json;

/// The text, the same for as long as the gateway runs.
pub(crate) fn about(node: &NodeId, name: &str) -> String {
    json!({
        "homie": env!("CARGO_PKG_VERSION"),
        "protocol": SPOKEN,
        "node": node,
        "name": name,
    })
    .to_string()
}
