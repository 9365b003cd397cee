//! Something that is wrong, and something that was looked at.

use std::path::PathBuf;

use homie_gateway::Hindrance;
use serde::Serialize;

use crate::{dial_out, key_door, public_door};

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// For programs: a word that stays.
    pub(crate) id: String,
    /// What is wrong.
    pub(crate) what: String,
    /// Why it matters.
    pub(crate) why: &'static str,
    /// One command that helps.
    pub(crate) fix: String,
    /// Whether `--fix` does something about it.
    pub(crate) fixable: bool,
    /// And what.
    #[serde(skip)]
    pub(crate) remedy: Option<Remedy>,
}

/// What may be done without asking: it concerns nobody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Takes rights of others away from a file or directory of ours.
    Mode { path: PathBuf, mode: u32 },
    /// Has our own user manager stay without a login.
    Linger,
}

/// What was looked at, and what was seen there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Look {
    pub(crate) about: &'static str,
    pub(crate) found: String,
}

impl Finding {
    pub(crate) fn new(id: &str, what: impl Into<String>, why: &'static str, fix: impl Into<String>) -> Self {
        Self { id: id.to_owned(), what: what.into(), why, fix: fix.into(), fixable: false, remedy: None }
    }

    /// With what `homie up` says of it.
    pub(crate) fn of(hindrance: &Hindrance) -> Self {
        let Hindrance { kind, sentence, command } = hindrance;
        Self::new(kind, sentence, why_closed(kind), command)
    }

    /// With something that can be done at once.
    pub(crate) fn with(self, remedy: Remedy) -> Self {
        Self { fixable: true, remedy: Some(remedy), ..self }
    }
}

/// Why it matters that a door is closed for this reason.
pub(super) fn why_closed(kind: &str) -> &'static str {
    match kind {
        "funnel" => "Whoever is on the internet would come as far as the door; Homie serves nobody there.",
        "foreign-mount" => {
            "Pages of one origin may act for each other, so what is served beside ours could type into your shells."
        }
        "https-off" | "no-certificate" => {
            "Browsers let a page make the key of a device, and read the clipboard, only over HTTPS."
        }
        "page-port" => "A browser knows the page by its port: where that changes, it has to be let in again.",
        "root" | key_door::ROOT | dial_out::ROOT | public_door::ROOT => {
            "Whoever came in would be root on this machine."
        }
        public_door::CERTIFICATE => {
            "A good one that was shown before is shown until it ends; without one nobody gets through a handshake there."
        }
        "cloned" => {
            "What is meant for one of them would come to the other, and what one is told the other never hears."
        }
        "no-owner" => "Nothing is ever guessed: until somebody is named, no login of the tailnet is let in.",
        _ => "Other machines and phones come in through the tailnet; on this machine everything works without.",
    }
}
