//! What this machine allows callers from the tailnet, whatever the tailnet's own policy says.

use std::str::FromStr;

use homie_protocol::hello::Role;

/// The settings that decide about callers from the tailnet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The login of the person whose machine this is. Without one nobody is its owner.
    pub owner: Option<String>,
    /// Others who may come, and how far: people, and machines that are nobody's.
    pub allowed: Vec<Allowed>,
    /// The application capability of the tailnet's policy whose values name roles.
    pub capability: Option<String>,
    /// Whether who is calling is enough: then no device key is needed above viewer.
    pub trust_tailnet: bool,
    /// More than this nobody gets from the network.
    pub ceiling: Role,
}

/// Somebody who was let in by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// Who: a login, or a tag (`tag:…`). Compared as a whole, byte for byte.
    pub who: String,
    /// How far.
    pub role: Role,
}

impl Default for Policy {
    fn default() -> Self {
        Self { owner: None, allowed: Vec::new(), capability: None, trust_tailnet: false, ceiling: Role::Owner }
    }
}

impl Policy {
    /// Whether there is anybody whom it could let in.
    pub fn lets_anybody_in(&self) -> bool {
        self.owner.is_some() || self.capability.is_some() || !self.allowed.is_empty()
    }

    /// The role that was given to this login or tag by name.
    pub(super) fn allowed(&self, who: &str) -> Role {
        let allowed = self.allowed.iter().filter(|allowed| allowed.who == who);
        allowed.map(|allowed| allowed.role).max().unwrap_or(Role::None)
    }

    /// The same for a person of this tailnet, who may be the owner.
    pub(super) fn own(&self, login: &str) -> Role {
        let is_owner = self.owner.as_deref() == Some(login);
        if is_owner { Role::Owner } else { self.allowed(login) }
    }

    /// Whether roles come from this capability.
    pub(super) fn is_capability(&self, name: &str) -> bool {
        self.capability.as_deref() == Some(name)
    }
}

impl FromStr for Allowed {
    type Err = &'static str;

    /// `bob@example.com viewer`, `tag:ci operator`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (who, role) = text.trim().rsplit_once(' ').ok_or("who and a role, as in: bob@example.com viewer")?;
        let role = role_named(role).ok_or("the role is viewer, operator or owner")?;
        if who.trim().is_empty() {
            return Err("who and a role, as in: bob@example.com viewer");
        }
        Ok(Self { who: who.trim().to_owned(), role })
    }
}

/// A role that can be given, by its name.
pub fn role_named(name: &str) -> Option<Role> {
    match name {
        "viewer" => Some(Role::Viewer),
        "operator" => Some(Role::Operator),
        "owner" => Some(Role::Owner),
        _ => None,
    }
}
