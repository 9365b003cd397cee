//! Who a caller from the tailnet is and what it may do at most, decided from what tailscaled says. Every doubt denies.

use std::net::SocketAddr;
use std::time::SystemTime;

use homie_protocol::hello::Role;
use homie_tailnet::{Node, Status, Whois};

use crate::tries::Source;

use super::capability::granted;
use super::login;
use super::policy::Policy;
use super::unwelcome::Unwelcome;

/// What a door knows of a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Its address; port 0 where Serve has not told it.
    pub address: SocketAddr,
    /// Its login in Serve's header, to be compared.
    pub login: Option<Vec<u8>>,
    /// Whether it came through Funnel.
    pub is_funnel: bool,
}

impl Claim {
    /// Of the other end of a connection.
    pub fn of(address: SocketAddr) -> Self {
        let address = SocketAddr::new(address.ip().to_canonical(), address.port());
        Self { address, login: None, is_funnel: false }
    }
}

impl TailnetCaller {
    /// Whose tries it spends at a door.
    pub fn source(&self) -> Source {
        Source::Machine(self.stable_id.clone())
    }

    /// What it may do, given the role of the key that it has proved, if that is enrolled. The least counts.
    pub fn role(&self, enrolled: Option<Role>) -> Role {
        enrolled.map_or(self.without_key, |enrolled| enrolled.min(self.highest))
    }
}

/// A caller from the tailnet: a machine, its owner, and what that owner may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailnetCaller {
    /// The machine's name for ever.
    pub stable_id: String,
    /// The machine's name, for people.
    pub machine: String,
    /// Whose it is; of a machine that is nobody's, the tag that lets it in.
    pub login: String,
    /// What it may do at most, whatever key it has.
    pub highest: Role,
    /// What it may do without a key that is enrolled.
    pub without_key: Role,
}

/// What can be said before tailscaled is asked who it is.
pub(super) fn before_whois(status: &Status, claim: &Claim) -> Result<(), Unwelcome> {
    if claim.is_funnel {
        return Err(Unwelcome::Funnel);
    }
    if !status.is_running() {
        return Err(Unwelcome::NotConnected(status.backend_state.to_string()));
    }
    let ip = claim.address.ip().to_canonical();
    // Whois would say the owner of this machine, with everything that the policy gives its owner.
    if ip.is_loopback() || status.addresses.contains(&ip) {
        return Err(Unwelcome::OwnAddress);
    }
    Ok(())
}

/// Decides.
pub fn who(
    status: &Status,
    claim: &Claim,
    whois: &Whois,
    policy: &Policy,
    now: SystemTime,
) -> Result<TailnetCaller, Unwelcome> {
    before_whois(status, claim)?;
    if whois.node.stable_id == status.own.stable_id {
        return Err(Unwelcome::OwnAddress);
    }
    // tailscaled names user and capabilities of an expired machine as if nothing had happened.
    if whois.node.is_expired(now) {
        return Err(Unwelcome::Expired);
    }
    if claim.login.as_ref().is_some_and(|login| !login::names(login, &whois.user.login_name)) {
        return Err(Unwelcome::OtherLogin);
    }
    let (login, role) = found(status, whois, policy)?;
    let highest = role.min(policy.ceiling);
    let without_key = if policy.trust_tailnet { highest } else { highest.min(Role::Viewer) };
    let Node { stable_id, .. } = &whois.node;
    Ok(TailnetCaller { stable_id: stable_id.clone(), machine: machine(&whois.node), login, highest, without_key })
}

/// Whose machine it is, and what that is worth; never nothing.
fn found(status: &Status, whois: &Whois, policy: &Policy) -> Result<(String, Role), Unwelcome> {
    let node = &whois.node;
    if node.is_tagged() {
        let listed = node.tags.iter().map(|tag| (tag, policy.allowed(tag))).max_by_key(|(_, role)| *role);
        return match listed {
            Some((tag, role)) if role > Role::None => Ok((tag.clone(), role)),
            _ => Err(Unwelcome::Tagged(node.tags.first().cloned().unwrap_or_default())),
        };
    }
    let login = whois.user.login_name.clone();
    if node.is_shared() {
        let allowed = policy.allowed(&login);
        return if allowed > Role::None { Ok((login, allowed)) } else { Err(Unwelcome::Shared(login)) };
    }
    match policy.own(&login).max(granted(whois, status, policy)) {
        Role::None => Err(Unwelcome::NoRole(login)),
        role => Ok((login, role)),
    }
}

fn machine(node: &Node) -> String {
    node.name.split('.').next().unwrap_or_default().to_owned()
}
