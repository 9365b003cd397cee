//! Processes are killed as a crash would: the shells live, and the clients resume by themselves.

use std::time::Duration;

use homie_tests::house::House;
use homie_tests::machine::{LIMIT, Machine, Process, is_alive};
use homie_tests::story::{Printing, Story};
use homie_tests::viewer::{Told, Viewer};

const PACED: Printing = Printing::Paced(40_000, 8);
const MOMENT: Duration = Duration::from_secs(2);

/// One story for each client, on one machine.
struct Both {
    rust: Story,
    script: Story,
}

impl Both {
    async fn begin(machine: &Machine) -> anyhow::Result<Self> {
        let (state, gateway) = (machine.state()?, machine.gateway()?);
        let local = Viewer::local(&state, &state.local_sock()).await?;
        let script = Viewer::script(gateway, gateway, &machine.link_secret().await?).await?;
        let rust = Story::begin(machine, local, PACED).await?;
        Ok(Self { rust, script: Story::begin(machine, script, PACED).await? })
    }

    async fn go_on(&mut self) -> anyhow::Result<()> {
        tokio::try_join!(self.rust.go_on(MOMENT), self.script.go_on(MOMENT))?;
        Ok(())
    }

    async fn until_up(&mut self) -> anyhow::Result<()> {
        let rust = self.rust.viewer.until(|told, _| *told == Told::Up);
        let script = self.script.viewer.until(|told, _| *told == Told::Up);
        tokio::time::timeout(LIMIT, async { tokio::try_join!(rust, script) }).await??;
        Ok(())
    }

    async fn end_exact(self) -> anyhow::Result<()> {
        for exact in [self.rust.end().await?, self.script.end().await?] {
            anyhow::ensure!(exact.declared == 0 && exact.gaps == 0, "{exact:?}");
        }
        Ok(())
    }
}

/// Lets both stories run, breaks something, and lets them run to their exact end.
async fn survive(
    machine: &Machine,
    breaking: impl AsyncFnOnce() -> anyhow::Result<Vec<Process>>,
) -> anyhow::Result<()> {
    let mut both = Both::begin(machine).await?;
    both.go_on().await?;
    let shells = machine.shells()?;
    anyhow::ensure!(shells.len() == 2, "{shells:?}");
    let running = breaking().await?;
    both.until_up().await?;
    both.go_on().await?;
    anyhow::ensure!(machine.shells()? == shells && shells.iter().all(|shell| is_alive(*shell)), "a shell has died");
    both.end_exact().await?;
    for process in running {
        process.kill().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn up_is_killed_and_started_again_on_the_same_state_and_port() {
    let machine = Machine::new().unwrap();
    let up = machine.up(0).await.unwrap();
    let port = machine.gateway().unwrap().port();
    let breaking = async || {
        up.kill().await?;
        Ok(vec![machine.up(port).await?])
    };
    survive(&machine, breaking).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_alone_is_killed_and_started_again() {
    let machine = Machine::new().unwrap();
    let gateway = machine.run(&["gateway", "--port", "0"], "#link=").await.unwrap();
    let node = machine.run(&["node"], "node is up").await.unwrap();
    let breaking = async || {
        node.kill().await?;
        Ok(vec![machine.run(&["node"], "node is up").await?, gateway])
    };
    survive(&machine, breaking).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_stops_and_another_process_goes_on() {
    let house = House::start().await.unwrap();
    let state = house.machine.state().unwrap();
    let viewer = Viewer::local(&state, &state.local_sock()).await.unwrap();
    let mut story = Story::begin(&house.machine, viewer, PACED).await.unwrap();
    story.go_on(MOMENT).await.unwrap();
    let machine = house.stop().await;
    let up = machine.up(0).await.unwrap();
    tokio::time::timeout(LIMIT, story.viewer.until(|told, _| *told == Told::Up)).await.unwrap().unwrap();
    story.go_on(MOMENT).await.unwrap();
    let exact = story.end().await.unwrap();
    assert_eq!((exact.declared, exact.gaps), (0, 0));
    up.kill().await.unwrap();
}
