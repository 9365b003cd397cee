//! The link is cut for ten seconds in the middle of output and typing. Both clients resume by themselves.

use std::time::Duration;

use homie_tests::chaos::Chaos;
use homie_tests::history::Exact;
use homie_tests::house::House;
use homie_tests::machine::{LIMIT, Machine};
use homie_tests::story::{Printing, Story};
use homie_tests::viewer::{Told, Viewer};

/// 40 KB/s: what is printed in the cut stays well within the ring.
const PACED: Printing = Printing::Paced(40_000, 14);
const CUT: Duration = Duration::from_secs(10);
const MOMENT: Duration = Duration::from_secs(2);

/// A Rust client at the node's socket, a proxy between.
async fn local(machine: &Machine) -> anyhow::Result<(Chaos, Viewer)> {
    let state = machine.state()?;
    let socket = machine.home().join("proxy.sock");
    let chaos = Chaos::unix(&socket, state.local_sock())?;
    Ok((chaos, Viewer::local(&state, &socket).await?))
}

/// A TypeScript client at the gateway, a proxy between.
async fn script(machine: &Machine) -> anyhow::Result<(Chaos, Viewer)> {
    let gateway = machine.gateway()?;
    let (chaos, address) = Chaos::tcp(gateway).await?;
    Ok((chaos, Viewer::script(gateway, address, &machine.link_secret().await?).await?))
}

async fn cut_in_the_middle(machine: &Machine, parts: (Chaos, Viewer), printing: Printing) -> anyhow::Result<Exact> {
    let (chaos, viewer) = parts;
    let mut story = Story::begin(machine, viewer, printing).await?;
    story.go_on(MOMENT).await?;
    chaos.cut();
    story.go_on(CUT).await?;
    chaos.heal();
    tokio::time::timeout(LIMIT, story.viewer.until(|told, _| *told == Told::Up)).await??;
    story.go_on(MOMENT).await?;
    story.end().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paced_program_loses_nothing_with_the_rust_client() {
    let house = House::start().await.unwrap();
    let parts = local(&house.machine).await.unwrap();
    let exact = cut_in_the_middle(&house.machine, parts, PACED).await.unwrap();
    assert_eq!((exact.declared, exact.gaps), (0, 0));
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paced_program_loses_nothing_with_the_typescript_client() {
    let machine = Machine::new().unwrap();
    let up = machine.up(0).await.unwrap();
    let parts = script(&machine).await.unwrap();
    let exact = cut_in_the_middle(&machine, parts, PACED).await.unwrap();
    assert_eq!((exact.declared, exact.gaps), (0, 0));
    up.kill().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_declares_every_missing_range_to_the_rust_client() {
    let machine = Machine::new().unwrap();
    let up = machine.up(0).await.unwrap();
    let parts = local(&machine).await.unwrap();
    let exact = cut_in_the_middle(&machine, parts, Printing::Flood).await.unwrap();
    assert!(exact.gaps > 0 && exact.declared > 0, "{exact:?}");
    up.kill().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_declares_every_missing_range_to_the_typescript_client() {
    let house = House::start().await.unwrap();
    let parts = script(&house.machine).await.unwrap();
    let exact = cut_in_the_middle(&house.machine, parts, Printing::Flood).await.unwrap();
    assert!(exact.gaps > 0 && exact.declared > 0, "{exact:?}");
    house.stop().await;
}
