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

/// The same for strangers on the internet, who do not learn what people call the machine. A page that reads this has come from
/// there, and speaks to the other machines through this one.
pub(crate) fn about_in_public(node: &NodeId) -> String {
    json!({
        "homie": env!("CARGO_PKG_VERSION"),
        "protocol": SPOKEN,
        "node": node,
        "public": true,
    })
    .to_string()
}
