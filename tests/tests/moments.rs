//! The gateway alone, and the node alone, are killed at many moments: while clients dial, greet, attach and type, and while
//! sessions are being started. No moment is chosen by the code that is killed; there are many instead, close together.
//!
//! `scripts/soak` sets `HOMIE_MOMENTS` and `HOMIE_SEED` to more than is usual here.

// True anyway; said here, it lets the helpers of the tests panic like the tests.
#![cfg(test)]

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, ensure};
use homie_protocol::methods::session::{List, ListParams, SessionState};
use homie_tests::crowd::{Chance, Crowd, setting};
use homie_tests::machine::{LIMIT, Machine, Process, is_alive};
use homie_tests::viewer::Viewer;
use rustix::process::{Pid, Signal, kill_process};

/// From the start of a process to its end, at most: clients are on their way to it, greet, attach, send again, type.
const APART: Duration = Duration::from_millis(800);

/// The same where sessions are being started: the wish, the holder, its record, the shell.
const BIRTH: Duration = Duration::from_millis(250);

/// Sessions that are started in that time at most.
const STARTED: usize = 30;

/// What runs in a session that nobody looks at, so that it is found among the machine's processes.
const SLEEPER: &[&str] = &["sleep", "86397"];

fn moments(usual: u64) -> u64 {
    setting("HOMIE_MOMENTS", usual).unwrap()
}

async fn gateway(machine: &Machine, port: u16) -> anyhow::Result<Process> {
    machine.run(&["gateway", "--port", &port.to_string()], "#link=").await
}

async fn node(machine: &Machine) -> anyhow::Result<Process> {
    machine.run(&["node"], "node is up").await
}

async fn kill_gateways(machine: &Machine) -> anyhow::Result<()> {
    let (kills, mut chance) = (moments(12), Chance::new(setting("HOMIE_SEED", 1)?));
    let mut gateway_now = gateway(machine, 0).await?;
    let node = node(machine).await?;
    let port = machine.gateway()?.port();
    let mut crowd = Crowd::begin(machine, 1, 3).await?;
    let shells = machine.shells()?;
    for kill in 0..kills {
        // Every third meets clients that are on their way back. If all did, some would never come back.
        if kill % 3 != 2 {
            crowd.until_back().await?;
        }
        crowd.go_on(chance.moment(APART)).await?;
        gateway_now.kill().await?;
        gateway_now = gateway(machine, port).await?;
    }
    ensure!(machine.shells()? == shells && shells.iter().all(|shell| is_alive(*shell)), "a shell has died");
    let bytes = crowd.end_exact().await?;
    println!("the gateway was killed {kills} times: {bytes} bytes, 0 lost, doubled or reordered");
    gateway_now.kill().await?;
    node.kill().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_killed_at_many_moments_costs_no_byte() {
    kill_gateways(&Machine::new().unwrap()).await.unwrap();
}

/// The programs of all sessions that ever began on this machine and still run, by what the kernel knows of them.
fn sleepers(machine: &Machine) -> anyhow::Result<BTreeSet<u32>> {
    let home = format!("HOMIE_HOME={}", machine.home().display());
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir("/proc")? {
        let Ok(pid) = entry?.file_name().to_string_lossy().parse::<u32>() else { continue };
        let read = |file: &str| std::fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
        let is_ours = read("environ").split(|byte| *byte == 0).any(|variable| variable == home.as_bytes());
        if is_ours && read("cmdline") == b"sleep\x0086397\0" {
            found.insert(pid);
        }
    }
    Ok(found)
}

/// The programs that the node says run.
async fn listed(machine: &Machine) -> anyhow::Result<BTreeSet<u32>> {
    let state = machine.state()?;
    let mut viewer = Viewer::local(&state, &state.local_sock()).await?;
    let Viewer::Rust(local) = &mut viewer else { anyhow::bail!("another client") };
    let (mut params, mut found) = (ListParams::default(), BTreeSet::new());
    loop {
        let page = local.client().request::<List>(&params).await?;
        let running = page.sessions.iter().filter(|session| session.state == SessionState::Running);
        found.extend(running.filter_map(|session| session.pid));
        params.after = page.next;
        if params.after.is_none() {
            return Ok(found);
        }
    }
}

/// Starts sessions, one after the other, and then waits for its end.
async fn start_some(machine: &Machine) -> anyhow::Result<()> {
    let state = machine.state()?;
    let mut viewer = Viewer::local(&state, &state.local_sock()).await?;
    for _ in 0..STARTED {
        viewer.start_session(SLEEPER).await?;
    }
    std::future::pending().await
}

/// Waits until what runs, what is written down and what is listed are the same; ends all of it, and gives how many there were. What
/// is written down of programs that have ended stays for a while, and their numbers are others' by then.
async fn all_are_known(machine: &Machine) -> anyhow::Result<usize> {
    let mut last = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let agree = async {
        loop {
            let (told, there) = (listed(machine).await?, sleepers(machine)?);
            let written: BTreeSet<u32> = machine.shells()?.into_iter().collect();
            if told == there && there.is_subset(&written) {
                return anyhow::Ok(there);
            }
            last = (told, there, written);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let agreed = tokio::time::timeout(LIMIT, agree).await;
    let there = agreed.with_context(|| format!("told, there and written down are not the same: {last:?}"))??;
    for pid in &there {
        let pid = i32::try_from(*pid).ok().and_then(Pid::from_raw).context("no pid")?;
        kill_process(pid, Signal::KILL)?;
    }
    Ok(there.len())
}

async fn kill_nodes(machine: &Machine) -> anyhow::Result<()> {
    let (kills, mut chance, mut count) = (moments(12), Chance::new(setting("HOMIE_SEED", 1)?), 0);
    let mut node_now = node(machine).await?;
    for _ in 0..kills {
        match tokio::time::timeout(chance.moment(BIRTH), start_some(machine)).await {
            Err(_) => {}
            Ok(ended) => ended?,
        }
        node_now.kill().await?;
        node_now = node(machine).await?;
        count += all_are_known(machine).await?;
    }
    ensure!(count > 0, "none has begun");
    println!("the node was killed {kills} times while it started sessions: {count} had begun, each was in the list");
    node_now.kill().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_killed_while_sessions_begin_leaves_none_that_nobody_knows() {
    kill_nodes(&Machine::new().unwrap()).await.unwrap();
}
