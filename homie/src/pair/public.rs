//! `homie pair --public`: a link for a browser out on the internet. Whoever has it becomes a device of this mesh, once.

use anyhow::anyhow;
use homie_protocol::hello::Role;
use homie_trust::{GatewayFile, KeyPair, OneUseLinks, PUBLIC_LINK_MS, SystemBootClock, SystemRandom, node_id};

use super::{here, picture};
use crate::cli::PairOptions;
use crate::home;
use crate::outcome::{Failure, Outcome, remark, say, say_json};

/// Prints it.
pub(super) fn pair_from_internet(options: &PairOptions) -> Outcome {
    let role = options.role.map_or(Role::Operator, Role::from);
    let state = home::state_behind("gateway.sock")?.ok_or_else(closed)?;
    let node = node_id(&KeyPair::machine_public(&state)?);
    let gateway = GatewayFile::read(&state)?.filter(|gateway| here::is_ours(gateway.addr, &node));
    let door = gateway.and_then(|gateway| gateway.public).ok_or_else(closed)?;
    let secret = OneUseLinks::public(&state).make_for(role, &SystemBootClock, &SystemRandom)?;
    let link = format!("{}/#link={secret}", door.origin);
    if let Some(path) = &options.svg {
        picture::write_svg(&link, path)?;
    }
    if options.json {
        return say_json(&serde_json::json!({ "link": link, "role": role.name(), "valid_ms": PUBLIC_LINK_MS }));
    }
    picture::show(&link)?;
    say(&link);
    remark(&format!(
        "It lets in one browser, once, within ten minutes, as {}: give it to nobody else. `homie devices` lists who came.",
        role.name()
    ));
    Ok(())
}

fn closed() -> Failure {
    Failure::Refused(anyhow!(
        "no door to the internet is open here; write `public-origin` and what belongs to it into the settings (`homie config`), then `homie up`"
    ))
}
