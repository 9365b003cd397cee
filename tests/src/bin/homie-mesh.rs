//! What `scripts/bench --mesh` runs: a gateway that follows 150 machines, one with 200 clients that look at 64 sessions each, and
//! commands that are typed on one machine about another. docs/benchmarks.md says what each row means.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use homie_circuit::client::{AttachOptions, Attachment, Client};
use homie_protocol::methods::machine::MachineState;
use homie_protocol::methods::session::{List, ListParams};
use homie_tests::apart::{self, Apart};
use homie_tests::fakes::{Fakes, Manner, OWNER, SESSIONS};
use homie_tests::follower::Follower;
use homie_tests::machine::{LIMIT, Machine, Process, binary};
use tokio::io::{AsyncReadExt, BufReader};
use tokio::process::Command;
use tokio::time::{sleep, timeout};

const MACHINES: usize = 150;
const CLIENTS: usize = 200;
const LOOKED_AT: usize = 64;

/// How often a command is typed.
const TIMES: usize = 20;

/// How long somebody idle is watched, and how long it settles before: the first pings fall into it.
const WATCHED: Duration = Duration::from_secs(30);
const SETTLE: Duration = Duration::from_secs(5);

/// Says to this program that it is in its network.
const APART: &str = "apart";

/// What a session shows that nobody types in.
const SHOWN: &str = "ready-42";

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        if std::env::args().nth(1).as_deref() != Some(APART) {
            many().await?;
        }
        apart::inside_again(&[APART], "the rows with two machines", async |apart| {
            commands(apart).await?;
            crowd(apart).await
        })
        .await
    })
}

fn row(name: &str, value: f64, unit: &str) {
    println!("{name:16}{value:10.1} {unit}");
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn megabytes(process: &Process) -> anyhow::Result<f64> {
    Ok(f64::from(u32::try_from(process.memory()?)?) / 1024.0)
}

/// Per cent of one processor that it takes while nothing happens.
async fn idle(process: &Process) -> anyhow::Result<f64> {
    sleep(SETTLE).await;
    let before = process.cpu()?;
    sleep(WATCHED).await;
    Ok((process.cpu()? - before).as_secs_f64() / WATCHED.as_secs_f64() * 100.0)
}

async fn many() -> anyhow::Result<()> {
    let machine = Machine::new()?;
    let state = machine.state()?;
    let mut fakes = Fakes::new(&state)?;
    for _ in 0..MACHINES {
        fakes.add(Manner::Honest).await?;
    }
    let (authority, begun) = (fakes.authority(), Instant::now());
    let words = ["gateway", "--port", "0", "--name", "desk", "--owner", OWNER, "--allow-root"];
    let gateway = machine.run_with(&words, &[("SSL_CERT_FILE", authority.as_os_str())], "#link=").await?;
    let mut follower = Follower::begin(&state).await?;
    let all = MACHINES * usize::from(SESSIONS);
    let is_full =
        |follower: &Follower| follower.in_state(MachineState::Up) == MACHINES && follower.sessions.len() == all;
    follower.until(is_full).await?;
    row("mesh_full", millis(begun.elapsed()), "ms");
    row("mesh_memory", megabytes(&gateway)?, "MB");
    row("mesh_idle", idle(&gateway).await?, "%");
    gateway.kill().await
}

/// A command on a terminal, which `script` makes.
fn on_terminal(near: &Machine, words: &str) -> anyhow::Result<Command> {
    let mut command = Command::new("script");
    let line = format!("{} {words}", binary("homie")?.display());
    command.args(["--quiet", "--command", &line, "/dev/null"]).env("HOMIE_HOME", near.home());
    command.env("TERM", "xterm-256color").stdin(Stdio::piped()).kill_on_drop(true);
    Ok(command)
}

/// From the start of a command on `near` until it has said this of `far`.
async fn until_said(mut command: Command, wanted: &str) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let mut said = BufReader::new(child.stdout.take().context("a pipe was asked for")?);
    let mut heard = Vec::new();
    let hearing = async {
        while !String::from_utf8_lossy(&heard).contains(wanted) {
            ensure!(said.read_buf(&mut heard).await? > 0, "it ended without it: {}", String::from_utf8_lossy(&heard));
        }
        Ok(begun.elapsed())
    };
    let took = timeout(LIMIT, hearing).await?;
    child.kill().await?;
    took
}

async fn median_of(command: impl Fn() -> anyhow::Result<Command>, wanted: &str) -> anyhow::Result<f64> {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        times.push(millis(until_said(command()?, wanted).await?));
    }
    times.sort_by(f64::total_cmp);
    times.get(TIMES / 2).copied().context("it was never typed")
}

async fn commands(apart: &Apart) -> anyhow::Result<()> {
    let near = &apart.near;
    let shows = format!("echo {SHOWN}; exec sleep 10000");
    near.says(&["new", "--on", "far", "--name", "work", "--detach", "--", "sh", "-c", &shows]).await?;
    while !near.says(&["ls"]).await?.contains("work") {}
    row("mesh_ls", median_of(|| near.command(&["ls"]), "work").await?, "ms");
    row("mesh_attach", median_of(|| on_terminal(near, "attach far:work"), SHOWN).await?, "ms");
    near.says(&["kill", "far:work"]).await.map(drop)
}

/// Clients that look at sessions of `far`, and do nothing else.
async fn crowd(apart: &Apart) -> anyhow::Result<()> {
    let first = Client::connect(apart.way()?).await?;
    for number in 0..LOOKED_AT {
        let name = format!("s{number}");
        apart.far.says(&["new", "--name", &name, "--detach", "--", "sleep", "10000"]).await?;
    }
    let sessions = first.request::<List>(&ListParams::default()).await?.sessions;
    let far = apart.running_at_far()?;
    let before = megabytes(far)?;
    let mut looking: Vec<(Client, Vec<Attachment>)> = Vec::new();
    for _ in 0..CLIENTS {
        let client = Client::connect(apart.way()?).await?;
        let mut attachments = Vec::new();
        for session in sessions.iter().take(LOOKED_AT) {
            attachments.push(client.attach(AttachOptions::watch(session.id)).await?);
        }
        looking.push((client, attachments));
    }
    row("crowd_memory", megabytes(far)?, "MB");
    row("crowd_each", (megabytes(far)? - before) * 1024.0 / f64::from(u32::try_from(looking.len())?), "KB");
    row("crowd_idle", idle(far).await?, "%");
    Ok(())
}
