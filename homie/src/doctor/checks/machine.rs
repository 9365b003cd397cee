//! What is wrong on this machine itself: files, keys, the clock, the service, the page's port.

use std::time::Duration;

use homie_gateway::{GatewayError, Hindrance};
use homie_trust::KeyStore;

use crate::doctor::facts::{Facts, Key, OpenFile, PagePort};
use crate::doctor::finding::{Finding, Remedy};
use crate::service;

/// How far ahead of the clock a file may be: file systems and clocks are adjusted a little all the time.
const AHEAD: Duration = Duration::from_mins(2);

/// Everything about this machine.
pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    let mut found: Vec<Finding> = facts.files.open.iter().map(open).collect();
    found.extend(settings(facts));
    found.extend(facts.settings.absent.iter().map(|name| absent(facts, name)));
    found.extend(state(facts));
    found.extend(facts.keys.iter().filter_map(|key| bad_key(facts, key)));
    found.extend(page(facts));
    found.extend(lingering(facts));
    found.extend(clock(facts));
    found
}

fn open(file: &OpenFile) -> Finding {
    let path = file.path.display();
    if !file.is_ours {
        return Finding::new(
            "foreign-file",
            format!("{path} belongs to another user."),
            "Homie uses nothing that somebody else could change.",
            format!("sudo chown $(id -u) '{path}'"),
        );
    }
    let remedy = Remedy::Mode { path: file.path.clone(), mode: file.wanted };
    Finding::new(
        "open-file",
        format!("Other users of this machine may use {path} (mode {:o}).", file.mode),
        "What lies there are keys, or says what your shells did. Homie does not start on keys that others can read.",
        format!("chmod {:o} '{path}'", file.wanted),
    )
    .with(remedy)
}

fn settings(facts: &Facts) -> Option<Finding> {
    let problem = facts.settings.problem.as_ref()?;
    let why = "Homie does not start with settings that it does not understand.";
    Some(Finding::new(
        "settings",
        format!("{problem}."),
        why,
        format!("${{EDITOR:-vi}} '{}'", facts.settings.path.display()),
    ))
}

fn absent(facts: &Facts, interface: &str) -> Finding {
    Finding::new(
        "lan-interface",
        format!(
            "lan-interfaces in {} names {interface}, which this machine has not now.",
            facts.settings.path.display()
        ),
        "Until it is there, this machine is not found on that network, and finds nobody there.",
        "ip link",
    )
}

fn state(facts: &Facts) -> Option<Finding> {
    let problem = facts.files.problem.as_ref()?;
    let why = "Homie keeps its keys there, and does not start without it.";
    Some(Finding::new(
        "state-directory",
        format!("{problem}."),
        why,
        format!("ls -ld '{}'", facts.files.state.display()),
    ))
}

/// A key that others can read is told of as a file.
fn bad_key(facts: &Facts, key: &Key) -> Option<Finding> {
    let problem = key.found.as_ref().err()?;
    if let Some(fix) = &problem.fix {
        let why = "Homie does not start without its keys, and never makes others in their place.";
        return Some(Finding::new("key-store", format!("{}.", problem.what), why, fix));
    }
    let path = facts.files.state.join(key.name);
    if facts.files.open.iter().any(|file| file.path == path) {
        return None;
    }
    let why = "Without its key this machine is another one to all who know it.";
    Some(Finding::new("key", format!("{}.", problem.what), why, format!("ls -l '{}'", path.display())))
}

fn page(facts: &Facts) -> Option<Finding> {
    match facts.page {
        PagePort::Moved { usual, port } => Some(Finding::of(&Hindrance::page_moved(usual, port))),
        PagePort::Taken { port, is_chosen: true } => {
            let what = format!("The {}.", GatewayError::PortTaken(port));
            let why = "`homie up` does not start without the port that was chosen for its page.";
            Some(Finding::new("page-port", what, why, "homie up --port 0"))
        }
        PagePort::Ours | PagePort::Free(_) | PagePort::Taken { is_chosen: false, .. } => None,
    }
}

fn lingering(facts: &Facts) -> Option<Finding> {
    (facts.stays == Some(false)).then(|| {
        let what = "The service is installed, but your systemd user manager ends with your last login (no lingering).";
        let why = "All shells end with it.";
        Finding::new("lingering", what, why, service::how_to_linger()).with(Remedy::Linger)
    })
}

fn clock(facts: &Facts) -> Option<Finding> {
    let why = "Certificates and the keys of the tailnet expire by it, and the audit log tells its time.";
    let fix = "sudo timedatectl set-ntp true";
    if let Some((path, written)) = &facts.files.newest
        && *written > facts.clock.now + AHEAD
    {
        let what = format!("This machine's clock is behind: {} was written later than now.", path.display());
        return Some(Finding::new("clock", what, why, fix));
    }
    let what = "systemd says that no time server keeps this machine's clock.";
    (facts.clock.is_kept == Some(false)).then(|| Finding::new("clock", what, why, fix))
}

/// Which store the keys are in, and whether it answers.
pub(super) fn keys_in_words(facts: &Facts) -> String {
    if facts.keys.is_empty() {
        return "there are none yet, or the state directory cannot be used".to_owned();
    }
    let words = facts.keys.iter().map(|key| match &key.found {
        Ok(true) => match facts.store {
            KeyStore::File => format!("{} is a file of mode 600 that can be read", key.name),
            KeyStore::Keyring => format!("{} is in the keyring of this system and can be read", key.name),
        },
        Ok(false) => format!("{} is not made yet", key.name),
        Err(_) => format!("{} cannot be used", key.name),
    });
    words.collect::<Vec<_>>().join("; ")
}

pub(super) fn files_in_words(facts: &Facts) -> String {
    let (seen, state) = (facts.files.seen, facts.files.state.display());
    let cut = if facts.files.is_cut { ", and there are more" } else { "" };
    format!("{seen} in {state}{cut}; {}", facts.settings.path.display())
}

pub(super) fn clock_in_words(facts: &Facts) -> String {
    let kept = match facts.clock.is_kept {
        Some(true) => "systemd says that a time server keeps it",
        Some(false) => "systemd says that no time server keeps it",
        None => "nobody here says whether it is right (timedatectl does not answer)",
    };
    format!("{kept}; compared with what Homie has written last, and with no other machine")
}
