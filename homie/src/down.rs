//! `homie down`: the node of this machine ends, and with `--all` its sessions before it.

use std::io::{self, BufRead, IsTerminal, Write};
use std::os::fd::OwnedFd;
use std::time::Duration;

use anyhow::{Context, anyhow};
use homie_protocol::code::Code;
use homie_protocol::methods::session::{Kill, KillParams, SessionInfo, SessionState};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde_json::json;

use crate::cli::DownOptions;
use crate::here::{Here, with_node};
use crate::outcome::{Failure, Outcome, say, say_json};
use crate::service;
use crate::status::node_process;

/// How long the node may take: circuits have 3 s to hear of it.
const ENDED_WITHIN: Duration = Duration::from_secs(10);

/// Stops it.
pub(crate) fn down(options: &DownOptions) -> Outcome {
    let plan = with_node(async |here| plan(&here, options).await)?;
    plan.stop_node()?;
    for holder in &plan.holders {
        stop(holder, "a holder")?;
    }
    if options.json {
        return say_json(&json!({ "running": plan.running }));
    }
    say(&match plan.running {
        0 => "Homie has stopped.".to_owned(),
        1 => format!("Homie has stopped. One shell goes on; `{}` finds it again.", plan.again()),
        more => format!("Homie has stopped. {more} shells go on; `{}` finds them again.", plan.again()),
    });
    Ok(())
}

/// Stops the node that runs, if one does; its shells go on. Says whether one did.
pub(crate) fn halt() -> Outcome<bool> {
    let options = DownOptions { all: false, yes: false, json: false };
    match with_node(async |here| plan(&here, &options).await) {
        Err(Failure::Unreachable(_)) => Ok(false),
        Err(other) => Err(other),
        Ok(plan) => plan.stop_node().map(|()| true),
    }
}

/// What is to be stopped, in this order: the node, then holders that have nothing to hold any more.
struct Plan {
    node: OwnedFd,
    is_service: bool,
    holders: Vec<OwnedFd>,
    running: usize,
}

impl Plan {
    fn stop_node(&self) -> Outcome {
        if self.is_service { service::stop() } else { stop(&self.node, "the node") }
    }

    const fn again(&self) -> &'static str {
        if self.is_service { "systemctl --user start homie" } else { "homie up --detach" }
    }
}

async fn plan(here: &Here, options: &DownOptions) -> Outcome<Plan> {
    let pid = node_process(&here.state)?;
    let (node, is_service) = (process(pid).context("the node's process cannot be reached")?, service::is_node(pid));
    let running = running(here).await?;
    if !options.all {
        return Ok(Plan { node, is_service, holders: Vec::new(), running: running.len() });
    }
    if !running.is_empty() && !options.yes {
        agreed(&running)?;
    }
    end(here, &running).await?;
    let left = here.sessions().await?.into_iter().filter_map(|session| session.holder_pid);
    let pids = left.filter_map(|pid| i32::try_from(pid).ok().and_then(Pid::from_raw));
    // One that has gone meanwhile is one less.
    Ok(Plan { node, is_service, holders: pids.filter_map(|pid| process(pid).ok()).collect(), running: 0 })
}

async fn running(here: &Here) -> Outcome<Vec<SessionInfo>> {
    let mut sessions = here.sessions().await?;
    sessions.retain(|session| session.state == SessionState::Running);
    Ok(sessions)
}

/// Asks the person. Where there is none, nobody has agreed.
fn agreed(running: &[SessionInfo]) -> Outcome {
    if !io::stdin().is_terminal() {
        return Err(Failure::Refused(anyhow!("{} sessions run; say --yes to end them", running.len())));
    }
    let names: Vec<_> = running.iter().map(|session| session.name.as_str()).collect();
    let mut answer = String::new();
    write!(io::stderr(), "End {} sessions ({}) and all that runs in them? [y/N] ", names.len(), names.join(", "))?;
    io::stdin().lock().read_line(&mut answer)?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::Refused(anyhow!("nothing was ended"))),
    }
}

async fn end(here: &Here, running: &[SessionInfo]) -> Outcome {
    for session in running {
        match here.client.request::<Kill>(&KillParams { session: session.id }).await {
            Ok(_) => {}
            // It was quicker.
            Err(refusal) if matches!(refusal.code, Code::Ended | Code::NotFound) => {}
            Err(refusal) => return Err(refusal.into()),
        }
    }
    Ok(())
}

/// A handle on a process, which cannot mean another that got its number meanwhile.
fn process(pid: Pid) -> rustix::io::Result<OwnedFd> {
    pidfd_open(pid, PidfdFlags::empty())
}

/// Ends a process and waits until it is gone.
fn stop(process: &OwnedFd, what: &str) -> Outcome {
    match pidfd_send_signal(process, Signal::TERM) {
        Err(Errno::SRCH) => return Ok(()),
        told => told.with_context(|| format!("{what} cannot be told to stop"))?,
    }
    let limit = Timespec::try_from(ENDED_WITHIN)?;
    let mut waiting = [PollFd::new(process, PollFlags::IN)];
    match rustix::io::retry_on_intr(|| poll(&mut waiting, Some(&limit)))? {
        0 => Err(anyhow!("{what} does not end within {} s", ENDED_WITHIN.as_secs()).into()),
        _ => Ok(()),
    }
}
