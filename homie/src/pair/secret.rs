//! `homie pair --secret`: the address by which pre-approved devices come in, where the settings want that.

use anyhow::anyhow;
use homie_trust::pairing::SharedSecret;
use homie_trust::{GatewayFile, StateDir};

use super::picture;
use crate::cli::PairOptions;
use crate::home;
use crate::outcome::{Failure, Outcome, remark, say, say_json};
use crate::settings::Settings;

/// Prints it.
pub(super) fn pair_by_secret(options: &PairOptions) -> Outcome {
    let role = Settings::read()?.shared_secret().ok_or_else(off)?;
    let state = home::state()?;
    let secret = SharedSecret::load(&state, role)?.ok_or_else(not_drawn)?;
    let link = format!("{}/#secret={}", front(&state)?, secret.in_words());
    if let Some(path) = &options.svg {
        picture::write_svg(&link, path)?;
    }
    if options.json {
        return say_json(&serde_json::json!({ "link": link, "role": secret.role.name() }));
    }
    picture::show(&link)?;
    say(&link);
    remark(&format!(
        "Whoever has this comes in as {} without being asked for, until the setting is gone.",
        secret.role.name()
    ));
    Ok(())
}

fn front(state: &StateDir) -> Outcome<String> {
    let gateway = GatewayFile::read(state)?.ok_or_else(not_drawn)?;
    Ok(gateway.front().to_owned())
}

fn off() -> Failure {
    Failure::Refused(anyhow!(
        "this machine lets nobody in by a shared secret; say shared-secret = \"viewer\" or \"operator\" in the settings, and start \
         Homie again"
    ))
}

fn not_drawn() -> Failure {
    Failure::Unreachable(anyhow!("no gateway of this machine runs with these settings; start one with `homie up`"))
}
