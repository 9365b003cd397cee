//! What the tailnet's policy grants a caller here, as values of one application capability.
//!
//! Values only ever add up, so each is read alone, and one that is not understood grants nothing.

use homie_protocol::hello::Role;
use homie_tailnet::{Status, Whois};
use serde::Deserialize;
use serde_json::Value;

use super::policy::{Policy, role_named};

/// What this machine offers, as values name it.
const SERVICE: &str = "terminal";

/// One value. What it narrows down is heeded; fields of a later Homie are not ours to guess.
#[derive(Deserialize)]
struct Grant {
    role: String,
    nodes: Option<Vec<String>>,
    services: Option<Vec<String>>,
}

/// The highest role that the capability grants on this machine.
pub(super) fn granted(whois: &Whois, own: &Status, policy: &Policy) -> Role {
    let values = whois.capabilities.iter().filter(|(name, _)| policy.is_capability(name));
    values.flat_map(|(_, values)| values).map(|value| role(value, own)).max().unwrap_or(Role::None)
}

fn role(value: &Value, own: &Status) -> Role {
    let Ok(grant) = Grant::deserialize(value) else {
        tracing::warn!("a value of the capability is malformed and grants nothing: {value}");
        return Role::None;
    };
    let is_for_us = grant.nodes.is_none_or(|nodes| nodes.iter().any(|node| is_own(node, own)))
        && grant.services.is_none_or(|services| services.iter().any(|service| service == SERVICE));
    match role_named(&grant.role) {
        Some(role) if is_for_us => role,
        Some(_) => Role::None,
        // `relay` and `node` are machines' roles; nobody acts as a person by them.
        None => {
            tracing::debug!("the role {:?} of the capability grants a person nothing", grant.role);
            Role::None
        }
    }
}

/// Whether this machine is meant: by its name in the tailnet, with or without the tailnet's, or by a tag of its own.
fn is_own(node: &str, own: &Status) -> bool {
    let name = own.dns_name().unwrap_or_default();
    let label = name.split('.').next().unwrap_or_default();
    !node.is_empty() && (node == name || node == label || own.own.tags.iter().any(|tag| tag == node))
}
