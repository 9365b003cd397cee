//! A gateway that follows many machines of one mesh. They are not there: keys, greeting and wire of each are real, but all of
//! them live in the bench's own process (`homie_tests::fakes`).

use std::time::{Duration, Instant};

use anyhow::bail;
use homie_protocol::id::NodeId;
use homie_protocol::methods::machine::MachineState;
use homie_tests::fakes::{Fakes, Manner, OWNER, SESSIONS};
use homie_tests::follower::Follower;
use homie_tests::machine::{Machine, Process};
use tokio::runtime::Runtime;

use super::{Server, Want};
use crate::process;
use crate::view::View;

pub(crate) struct Many {
    /// The first to end.
    gateway: Option<Process>,
    fakes: Fakes,
    machine: Machine,
    runtime: Runtime,
}

/// What it took until all machines were listed.
#[derive(Debug)]
pub(crate) struct Listed {
    /// From the start of the gateway until somebody had been told of all.
    pub(crate) full: Duration,
    /// The same for who came next.
    pub(crate) again: Duration,
    /// Seconds of CPU of the gateway.
    pub(crate) cpu: f64,
    /// Kilobytes that it had then.
    pub(crate) memory: f64,
}

impl Many {
    pub(crate) fn start() -> anyhow::Result<Self> {
        let (runtime, machine) = (Runtime::new()?, Machine::new()?);
        let state = machine.state()?;
        let fakes = runtime.block_on(async { Fakes::new(&state) })?;
        Ok(Self { gateway: None, fakes, machine, runtime })
    }
}

/// Whether these are all up, and all of their sessions are known.
fn are_whole(follower: &Follower, machines: &[NodeId]) -> bool {
    machines.iter().all(|id| {
        let is_up = |state: MachineState| state == MachineState::Up;
        follower.machines.get(id).is_some_and(|machine| is_up(machine.state) && machine.presence.is_some())
            && follower.sessions_of(*id).count() == usize::from(SESSIONS)
    })
}

impl Server for Many {
    fn start(&mut self, _session: &str, _script: &str) -> anyhow::Result<()> {
        bail!("nothing runs on machines that are not there")
    }

    fn look(&mut self, _session: &str, _want: Want) -> anyhow::Result<Box<dyn View>> {
        bail!("nothing runs on machines that are not there")
    }

    fn roots(&self) -> anyhow::Result<Vec<u32>> {
        self.gateway.iter().map(Process::pid).collect()
    }

    fn list_many(&mut self, machines: usize) -> anyhow::Result<Listed> {
        let Self { gateway, fakes, machine, runtime } = self;
        runtime.block_on(async {
            let mut ids = Vec::new();
            for _ in 0..machines {
                ids.push(fakes.add(Manner::Honest).await?);
            }
            let (state, authority) = (machine.state()?, fakes.authority());
            let words = ["gateway", "--port", "0", "--name", "desk", "--owner", OWNER, "--allow-root"];
            let begun = Instant::now();
            let running = machine.run_with(&words, &[("SSL_CERT_FILE", authority.as_os_str())], "#link=").await?;
            let running = gateway.insert(running);
            let mut first = Follower::begin(&state).await?;
            first.until(|follower| are_whole(follower, &ids)).await?;
            let full = begun.elapsed();
            let (cpu, memory) = (process::cpu(&[running.pid()?].into()), process::pss(&[running.pid()?])?);
            let begun = Instant::now();
            let mut second = Follower::begin(&state).await?;
            second.until(|follower| are_whole(follower, &ids)).await?;
            Ok(Listed { full, again: begun.elapsed(), cpu, memory })
        })
    }
}

impl Drop for Many {
    fn drop(&mut self) {
        if let Some(gateway) = self.gateway.take() {
            // It has no sessions; this only takes notice of its end.
            let _ended = self.runtime.block_on(gateway.kill());
        }
    }
}
