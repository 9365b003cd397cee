//! A bad link: slow, standing still, reset again and again. Nothing is lost, doubled or reordered.

use std::time::Duration;

use homie_tests::chaos::Chaos;
use homie_tests::machine::Machine;
use homie_tests::story::{Printing, Story};
use homie_tests::viewer::Viewer;

/// Small enough that nothing can leave the ring, whatever the link does.
const PACED: Printing = Printing::Paced(40_000, 12);

/// Every kind of weather in turn, a reset between.
async fn live_through(chaos: &Chaos, story: &mut Story) -> anyhow::Result<()> {
    for round in 1..=6 {
        chaos.delay(Duration::from_millis(15 * round));
        story.go_on(Duration::from_millis(600)).await?;
        chaos.stall(true);
        story.go_on(Duration::from_millis(300)).await?;
        chaos.stall(false);
        story.go_on(Duration::from_millis(100)).await?;
        chaos.reset();
        story.go_on(Duration::from_millis(500)).await?;
    }
    chaos.delay(Duration::ZERO);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rust_client_lives_through_all_weather() {
    let machine = Machine::new().unwrap();
    let up = machine.up(0).await.unwrap();
    let state = machine.state().unwrap();
    let socket = machine.home().join("proxy.sock");
    let chaos = Chaos::unix(&socket, state.local_sock()).unwrap();
    let viewer = Viewer::local(&state, &socket).await.unwrap();
    let mut story = Story::begin(&machine, viewer, PACED).await.unwrap();
    live_through(&chaos, &mut story).await.unwrap();
    let exact = story.end().await.unwrap();
    assert_eq!((exact.declared, exact.gaps), (0, 0));
    up.kill().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_typescript_client_lives_through_all_weather() {
    let machine = Machine::new().unwrap();
    let up = machine.up(0).await.unwrap();
    let gateway = machine.gateway().unwrap();
    let (chaos, address) = Chaos::tcp(gateway).await.unwrap();
    let viewer = Viewer::script(gateway, address, &machine.link_secret().await.unwrap()).await.unwrap();
    let mut story = Story::begin(&machine, viewer, PACED).await.unwrap();
    live_through(&chaos, &mut story).await.unwrap();
    let exact = story.end().await.unwrap();
    assert_eq!((exact.declared, exact.gaps), (0, 0));
    up.kill().await.unwrap();
}
