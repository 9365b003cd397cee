//! `homie nodes tag`, `untag`, `rename`, `forget`: what an owner says of a machine. It signs into the roster as the owner that this
//! machine is; every machine that is there hears it at once.

use std::collections::BTreeSet;
use std::io::{BufRead, IsTerminal, stdin};

use anyhow::anyhow;
use homie_trust::{Actor, KeyPair, Machine, Members, Roster, TrustError, node_id};

use crate::called::called;
use crate::cli::{ForgetOptions, NodeAct, RenameNodeOptions, TagOptions};
use crate::outcome::{Failure, Outcome, remark, say};
use crate::style::plain;
use crate::{home, keys};

/// Does it.
pub(super) fn decide(act: &NodeAct) -> Outcome {
    let state = home::state()?;
    keys::choose(&state, None, false)?;
    let roster = Roster::find(&state).ok_or_else(|| {
        Failure::NotFound(anyhow!("this machine is of no mesh yet; start it with `homie up --detach`"))
    })?;
    let members = roster.members()?;
    match act {
        NodeAct::Tag(options) => tag(&roster, &members, options, |tags, more| tags.extend(more.iter().cloned())),
        NodeAct::Untag(options) => tag(&roster, &members, options, |tags, less| tags.retain(|tag| !less.contains(tag))),
        NodeAct::Rename(options) => rename(&roster, &members, options),
        NodeAct::Forget(options) => {
            let own = node_id(&KeyPair::machine_public(&state)?);
            let machine = picked(&members, &options.machine)?;
            if machine.id() == own {
                return Err(Failure::Refused(anyhow!("{} is this machine; say it on another one", options.machine)));
            }
            forget(&roster, &members, machine, options)
        }
    }
}

fn tag(
    roster: &Roster,
    members: &Members,
    options: &TagOptions,
    change: impl Fn(&mut BTreeSet<String>, &[String]),
) -> Outcome {
    let machine = picked(members, &options.machine)?;
    let mut tags: BTreeSet<_> = machine.tags.iter().cloned().collect();
    change(&mut tags, &options.tags);
    roster.label(machine.id(), None, Some(&tags), &by_command()).map_err(refused)?;
    let told: Vec<_> = tags.iter().map(String::as_str).collect();
    let told = if told.is_empty() { "no tag of yours" } else { &told.join(" ") };
    say(&format!("{} has {told} from now on.", plain(&machine.name)));
    Ok(())
}

fn rename(roster: &Roster, members: &Members, options: &RenameNodeOptions) -> Outcome {
    let machine = picked(members, &options.machine)?;
    roster.label(machine.id(), Some(&options.name), None, &by_command()).map_err(refused)?;
    say(&format!("{} is called {} from now on.", plain(&machine.name), options.name));
    Ok(())
}

fn forget(roster: &Roster, members: &Members, machine: &Machine, options: &ForgetOptions) -> Outcome {
    let name = plain(&machine.name);
    if !options.yes && !agreed(&name) {
        return Err(Failure::Refused(anyhow!(
            "{name} would be none of the mesh any more, for ever; with --yes it is done without a question"
        )));
    }
    let device = members.signer_for(machine.id()).map(|device| plain(&device.name));
    roster.retire(machine.id(), &by_command()).map_err(refused)?;
    say(&format!("{name} is none of the mesh any more, for ever. What runs there goes on."));
    match device {
        Some(device) => say(&format!("Its device {device} is revoked.")),
        None => remark("homie: which device is its own is not known; `homie devices revoke` lets that one in no more"),
    }
    Ok(())
}

/// Asks the person, if there is one.
fn agreed(name: &str) -> bool {
    if !stdin().is_terminal() {
        return false;
    }
    remark(&format!(
        "Take {name} out of the mesh, for ever? Its keys will count no more; to come back it has to make new ones. Type yes:"
    ));
    stdin().lock().lines().next().and_then(Result::ok).is_some_and(|answer| answer.trim() == "yes")
}

fn picked<'a>(members: &'a Members, wanted: &str) -> Outcome<&'a Machine> {
    let there: Vec<_> = members.machines().iter().filter(|machine| !machine.is_retired).collect();
    called(&there, wanted)
}

fn refused(error: TrustError) -> Failure {
    Failure::Refused(error.into())
}

fn by_command() -> Actor {
    Actor::local("homie nodes")
}
