//! Callers from the tailnet: tailscaled is asked who they are, for every request and every circuit anew.
//!
//! In reading order: [`Policy`] (what this machine allows), [`Claim`] (what a door knows), [`who`] (the decision),
//! [`Unwelcome`] (every way of being sent away), [`Tailnet`] (asks, and decides), [`Watchman`] (asks again).

use std::time::{Duration, SystemTime};

use homie_tailnet::LocalApi;
use tokio::time::timeout;

mod capability;
mod login;
mod policy;
#[cfg(test)]
mod tests;
mod unwelcome;
mod verdict;
mod watchman;

pub use policy::{Allowed, Policy, role_named};
pub use unwelcome::Unwelcome;
pub use verdict::{Claim, TailnetCaller, who};
pub use watchman::{Beats, Watchman};

/// How long all questions about one caller may take together: somebody waits at a door, and silence denies.
const WITHIN: Duration = Duration::from_secs(1);

/// tailscaled of this machine, and what this machine makes of its answers.
#[derive(Debug, Clone)]
pub struct Tailnet {
    /// tailscaled.
    pub api: LocalApi,
    /// What is allowed.
    pub policy: Policy,
}

impl Tailnet {
    /// Who it is, now.
    pub async fn who(&self, claim: &Claim) -> Result<TailnetCaller, Unwelcome> {
        let asked = timeout(WITHIN, self.ask(claim)).await;
        asked.unwrap_or_else(|_| Err(Unwelcome::NoAnswer("it did not answer within a second".to_owned())))
    }

    async fn ask(&self, claim: &Claim) -> Result<TailnetCaller, Unwelcome> {
        let status = self.api.status().await?;
        verdict::before_whois(&status, claim)?;
        let whois = self.api.whois(claim.address, None).await?;
        who(&status, claim, &whois, &self.policy, SystemTime::now())
    }
}
