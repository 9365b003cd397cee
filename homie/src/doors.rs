//! The doors to the tailnet, as `homie up` opens them: what is allowed, and what is said of them.

use std::time::Duration;

use anyhow::Context;
use homie_gateway::{Gateway, Hindrance, Report, TailnetConfig};
use homie_tailnet::{LocalApi, find_socket};
use homie_trust::{OwnerFile, Policy, StateDir, Tailnet, own_uid};
use tokio::time::timeout;

use crate::cli::TailnetOptions;
use crate::outcome::say;
use crate::settings::Settings;

/// Before the address that other machines open.
pub(crate) const DOOR: &str = "On the tailnet: ";

/// How long is waited for the doors before the rest is said: a certificate may take two minutes, the first time.
const SAID_WITHIN: Duration = Duration::from_secs(4);

/// What it means to go by the tailnet's word alone; the same sentence asks, reminds and warns.
macro_rules! what_trust_means {
    () => {
        "whoever sits at any machine of the owner, or runs a program there, types here without a device key."
    };
}

/// For the question.
pub(crate) const WHAT_TRUST_MEANS: &str = what_trust_means!();

/// What is said with every start while it is so.
pub(crate) const TRUSTING: &str = concat!("trust-tailnet is on: ", what_trust_means!());

/// Whom to ask and what is allowed, or why nobody may come.
pub(crate) enum Doors {
    Wanted(Box<Tailnet>),
    Unwanted(Hindrance),
}

impl Doors {
    /// Works it out of what was said now, before, and in the settings.
    pub(crate) fn of(options: &TailnetOptions, settings: &Settings, state: &StateDir) -> anyhow::Result<Self> {
        let policy = policy(settings, &remembered(options, state)?);
        if let Some(hindrance) = unwanted(&policy, own_uid() == 0 && !options.allow_root) {
            return Ok(Self::Unwanted(hindrance));
        }
        let socket = find_socket(settings.tailscale_socket()).context("tailscaled")?;
        Ok(Self::Wanted(Box::new(Tailnet { api: LocalApi::new(socket), policy })))
    }

    /// For the node.
    pub(crate) fn tailnet(&self) -> Option<Tailnet> {
        match self {
            Self::Wanted(tailnet) => Some((**tailnet).clone()),
            Self::Unwanted(_) => None,
        }
    }

    /// For the gateway.
    pub(crate) fn config(&self, settings: &Settings) -> Option<TailnetConfig> {
        Some(TailnetConfig { tailnet: self.tailnet()?, port: settings.tailnet_port() })
    }

    /// Says which door is open and why, or what is in the way: one sentence, one command.
    pub(crate) async fn say(&self, gateway: &Gateway) {
        match self {
            Self::Unwanted(hindrance) => say_hindrance(hindrance),
            Self::Wanted(tailnet) => {
                say_report(gateway).await;
                if tailnet.policy.trust_tailnet {
                    say(TRUSTING);
                }
            }
        }
    }
}

/// Why no door is to be opened at all, whatever the tailnet is like.
pub(crate) fn unwanted(policy: &Policy, is_bare_root: bool) -> Option<Hindrance> {
    let (kind, sentence, command) = if !policy.lets_anybody_in() {
        let sentence = "Nobody is this machine's owner yet, so nobody comes in from elsewhere.";
        ("no-owner", sentence, "homie up --owner LOGIN")
    } else if is_bare_root {
        ("root", "Homie runs as root, so it opens no door to the tailnet.", "homie up --allow-root")
    } else {
        return None;
    };
    Some(Hindrance { kind, sentence: sentence.to_owned(), command: command.to_owned() })
}

async fn say_report(gateway: &Gateway) {
    let Some(mut report) = gateway.report() else { return };
    match timeout(SAID_WITHIN, report.wait_for(Option::is_some)).await {
        Ok(Ok(report)) => match &*report {
            Some(Report::Open(door)) => say(&format!("{DOOR}{}/ ({})", door.origin, door.why)),
            Some(Report::Closed(hindrance)) => say_hindrance(hindrance),
            None => {}
        },
        Ok(Err(_)) => {}
        Err(_) => say("The door to the tailnet takes its time; `homie status` tells when it is open."),
    }
}

/// One sentence, one command.
pub(crate) fn say_hindrance(hindrance: &Hindrance) {
    say(&hindrance.sentence);
    say(&format!("  {}", hindrance.command));
}

/// What was said once, with what is said now.
fn remembered(options: &TailnetOptions, state: &StateDir) -> anyhow::Result<OwnerFile> {
    let before = OwnerFile::read(state)?;
    let mut now = before.clone();
    now.owner = options.owner.clone().or(now.owner);
    now.trust_tailnet = options.trust_tailnet.unwrap_or(now.trust_tailnet);
    if now != before {
        now.write(state)?;
    }
    Ok(now)
}

/// What is allowed, by the settings and by what was said.
pub(crate) fn policy(settings: &Settings, said: &OwnerFile) -> Policy {
    Policy {
        owner: settings.owner().or_else(|| said.owner.clone()),
        allowed: settings.allowed(),
        capability: settings.capability(),
        trust_tailnet: settings.trust_tailnet().unwrap_or(said.trust_tailnet),
        ceiling: settings.ceiling(),
    }
}
