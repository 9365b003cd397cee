//! `homie down`: the node of this machine ends, and with `--all` its sessions before it.

use std::io::{self, BufRead, IsTerminal, Write};
use std::time::Duration;

use anyhow::{Context, anyhow};
use homie_protocol::code::Code;
use homie_protocol::methods::session::{Kill, KillParams, SessionInfo, SessionState};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::cli::DownOptions;
use crate::here::{Here, with_node};
use crate::outcome::{Failure, Outcome, say};
use crate::status::node_process;

/// How long the node may take: circuits have 3 s to hear of it.
const ENDED_WITHIN: Duration = Duration::from_secs(10);

/// Stops it.
pub(crate) fn down(options: &DownOptions) -> Outcome {
    let (node, running) = with_node(async |here| {
        let mut running = running(&here).await?;
        if options.all && !running.is_empty() {
            if !options.yes {
                agreed(&running)?;
            }
            end(&here, &running).await?;
            running.clear();
        }
        Ok((node_process(&here.state)?, running.len()))
    })?;
    stop(node)?;
    say(&match running {
        0 => "Homie has stopped.".to_owned(),
        1 => "Homie has stopped. One shell goes on; `homie up --detach` finds it again.".to_owned(),
        more => format!("Homie has stopped. {more} shells go on; `homie up --detach` finds them again."),
    });
    Ok(())
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

/// Ends the process and waits until it is gone. A handle on it cannot mean another that got its number meanwhile.
fn stop(node: Pid) -> Outcome {
    let process = pidfd_open(node, PidfdFlags::empty()).context("the node's process cannot be reached")?;
    pidfd_send_signal(&process, Signal::TERM).context("the node cannot be told to stop")?;
    let limit = Timespec::try_from(ENDED_WITHIN)?;
    let mut waiting = [PollFd::new(&process, PollFlags::IN)];
    match rustix::io::retry_on_intr(|| poll(&mut waiting, Some(&limit)))? {
        0 => Err(anyhow!("the node (process {}) does not end", node.as_raw_nonzero()).into()),
        _ => Ok(()),
    }
}
