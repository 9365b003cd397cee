//! `homie devices`: who may come in, and who may no longer. It changes the roster as the owner that this machine is; the
//! node and the gateway that run here see it at once.

use std::io::{BufRead, IsTerminal, stdin};

use anyhow::anyhow;
use homie_protocol::hello::{ClientKind, Role};
use homie_trust::{Actor, Device, Members, Roster};
use serde::Serialize;

use crate::cli::{DeviceAct, DevicesOptions, RenameDeviceOptions, RevokeOptions, RoleOptions};
use crate::outcome::{Failure, Outcome, remark, say, say_json};
use crate::settings::Settings;
use crate::style::{Style, is_colourful};
use crate::table::{Cell, Table};
use crate::{home, keys};

/// Characters of a line where nobody knows the terminal's.
const ROOM: usize = 120;

/// What programs are told of a device. Its fields only ever become more.
#[derive(Debug, Serialize)]
struct Told<'a> {
    id: String,
    name: &'a str,
    role: Role,
    ceiling: Option<Role>,
    kind: ClientKind,
    platform: Option<&'a str>,
    added_at: u64,
    revoked: bool,
    this_machine: bool,
}

/// Does it.
pub(crate) fn devices(options: DevicesOptions) -> Outcome {
    let state = home::state()?;
    keys::choose(&state, None, false)?;
    let roster = Roster::open(&state, &Settings::read()?.name())?;
    let own = Roster::own_public(&state)?;
    let members = roster.members()?;
    let is_own = |device: &Device| device.key == own;
    match options.act {
        None | Some(DeviceAct::List) => list(&members, &is_own, options.json),
        Some(DeviceAct::Rename(options)) => rename(&roster, &members, &options),
        Some(DeviceAct::Role(options)) => set_role(&roster, &members, &options),
        Some(DeviceAct::Revoke(options)) => revoke(&roster, &members, &is_own, &options),
    }
}

fn list(members: &Members, is_own: &dyn Fn(&Device) -> bool, as_json: bool) -> Outcome {
    if as_json {
        let told: Vec<_> = members.devices().iter().map(|device| told(device, is_own(device))).collect();
        return say_json(&serde_json::json!({ "devices": told }));
    }
    let mut table = Table::new(&["NAME", "ROLE", "KIND", "ID", ""]);
    for device in members.devices() {
        let style = if device.is_revoked { Style::Faint } else { Style::Strong };
        table.add(vec![
            Cell::new(device.name.clone(), style),
            Cell::plain(if device.is_revoked { "revoked" } else { name_of(device.may()) }.to_owned()),
            Cell::plain(kind_of(device).to_owned()),
            Cell::plain(device.id().to_string()),
            Cell::plain(if is_own(device) { "this machine" } else { "" }.to_owned()),
        ]);
    }
    say(&table.render(is_colourful(), ROOM));
    Ok(())
}

fn rename(roster: &Roster, members: &Members, options: &RenameDeviceOptions) -> Outcome {
    let device = picked(members, &options.device)?;
    roster.rename(device.id(), &options.name, &by_command())?;
    say(&format!("{} is called {} from now on.", device.name, options.name));
    Ok(())
}

fn set_role(roster: &Roster, members: &Members, options: &RoleOptions) -> Outcome {
    let device = picked(members, &options.device)?;
    let role = Role::from(options.role);
    roster.set_role(device.id(), role, &by_command()).map_err(|error| Failure::Refused(error.into()))?;
    say(&format!("{} is {} from now on.", device.name, name_of(role)));
    Ok(())
}

fn revoke(roster: &Roster, members: &Members, is_own: &dyn Fn(&Device) -> bool, options: &RevokeOptions) -> Outcome {
    let device = picked(members, &options.device)?;
    if is_own(device) && !options.yes && !agreed() {
        return Err(Failure::Refused(anyhow!(
            "this is this machine's own key: without it only the recovery words help. With --yes it is done all the same"
        )));
    }
    roster.revoke(device.id(), &by_command()).map_err(|error| Failure::Refused(error.into()))?;
    say(&format!("{} is revoked, for ever; its circuits are closed.", device.name));
    Ok(())
}

/// Asks the person, if there is one.
fn agreed() -> bool {
    if !stdin().is_terminal() {
        return false;
    }
    remark("This is this machine's own key. Revoke it, so that only the recovery words help? Type yes:");
    stdin().lock().lines().next().and_then(Result::ok).is_some_and(|answer| answer.trim() == "yes")
}

/// The device that somebody means: by its id, or the beginning of it, or its name.
fn picked<'a>(members: &'a Members, wanted: &str) -> Outcome<&'a Device> {
    let named = |device: &&Device| device.name == wanted && !device.is_revoked;
    let begins = |device: &&Device| wanted.len() >= 4 && device.id().to_string().starts_with(wanted);
    let all = members.devices();
    let found: Vec<_> = match all.iter().filter(named).count() {
        0 => all.iter().filter(begins).collect(),
        _ => all.iter().filter(named).collect(),
    };
    match found.as_slice() {
        [device] => Ok(device),
        [] => Err(Failure::NotFound(anyhow!("no device is called {wanted}; `homie devices` lists them"))),
        _ => Err(Failure::Usage(anyhow!("several devices are called {wanted}; say the beginning of its id"))),
    }
}

fn told(device: &Device, this_machine: bool) -> Told<'_> {
    Told {
        id: device.id().to_string(),
        name: &device.name,
        role: device.may(),
        ceiling: device.ceiling,
        kind: device.kind,
        platform: device.platform.as_deref(),
        added_at: device.added_at,
        revoked: device.is_revoked,
        this_machine,
    }
}

fn by_command() -> Actor {
    Actor::local("homie devices")
}

/// A role, as people write it.
pub(crate) const fn name_of(role: Role) -> &'static str {
    match role {
        Role::None => "none",
        Role::Viewer => "viewer",
        Role::Operator => "operator",
        Role::Owner => "owner",
    }
}

const fn kind_of(device: &Device) -> &'static str {
    match device.kind {
        ClientKind::Web => "browser",
        ClientKind::Phone => "phone",
        ClientKind::Cli => "command",
    }
}
