//! Who has an address of the tailnet.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::lenient::or_default;
use crate::node::Node;

/// tailscaled's answer about a caller. It names a machine and its owner, not a program; and it names them for machines
/// that are expired, tagged or shared too, so look at [`Node::is_expired`], [`Node::is_tagged`], [`Node::is_shared`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Whois {
    /// The machine.
    pub node: Node,
    /// Whose it is.
    pub user: Profile,
    /// What the policy of the tailnet grants it here: the values of each capability, as they were written. A capability
    /// may have none.
    pub capabilities: BTreeMap<String, Vec<Value>>,
}

/// A person; of tagged machines all are `tagged-devices`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Profile {
    /// Their number in this tailnet.
    #[serde(rename = "ID", deserialize_with = "or_default")]
    pub id: i64,
    /// Usually an e-mail address.
    #[serde(deserialize_with = "or_default")]
    pub login_name: String,
    /// For reading.
    #[serde(deserialize_with = "or_default")]
    pub display_name: String,
    /// Where their picture is; often nowhere.
    #[serde(rename = "ProfilePicURL", deserialize_with = "or_default")]
    pub picture: String,
}

/// The answer as it comes.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Written {
    node: Node,
    user_profile: Profile,
    #[serde(default, deserialize_with = "or_default")]
    cap_map: BTreeMap<String, Option<Vec<Value>>>,
}

impl Whois {
    /// Reads an answer. One without a machine that can be named, or without a user, is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let Written { node, user_profile: user, cap_map } = serde_json::from_slice(bytes)?;
        if node.stable_id.is_empty() {
            return Err(serde::de::Error::custom("the machine has no StableID"));
        }
        let capabilities = cap_map.into_iter().map(|(name, values)| (name, values.unwrap_or_default())).collect();
        Ok(Self { node, user, capabilities })
    }
}
