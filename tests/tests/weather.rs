//! A bad link: slow, narrow, standing still, open in one direction, half closed, reset again and again. Nothing is lost, doubled
//! or reordered.
//!
//! `scripts/soak` sets `HOMIE_WEATHER_ROUNDS` to more than is usual here.

use std::time::Duration;

use homie_tests::chaos::{Chaos, Direction};
use homie_tests::crowd::setting;
use homie_tests::machine::Machine;
use homie_tests::story::{Printing, Story};
use homie_tests::viewer::{Told, Viewer};

/// Small enough that nothing can leave the ring, whatever the link does.
const PACED: Printing = Printing::Paced(40_000, 12);

/// What passes on a narrow link in a second: a modem's worth, and less than a program prints in [`SLOWLY`].
const NARROW: u64 = 8_000;

/// Little enough for a narrow link.
const SLOWLY: Printing = Printing::Paced(4_000, 3_600);

/// How long a link is one-way: longer than a client that has typed waits for an answer before it dials again.
const ONE_WAY: Duration = Duration::from_secs(13);

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

/// A client of each kind behind a proxy.
async fn both(machine: &Machine) -> anyhow::Result<[(Chaos, Viewer); 2]> {
    let (state, gateway) = (machine.state()?, machine.gateway()?);
    let socket = machine.home().join("proxy.sock");
    let unix = Chaos::unix(&socket, state.local_sock())?;
    let rust = Viewer::local(&state, &socket).await?;
    let (tcp, address) = Chaos::tcp(gateway).await?;
    let script = Viewer::script(gateway, address, &machine.link_secret().await?).await?;
    Ok([(unix, rust), (tcp, script)])
}

/// Both clients go through the same, and see every byte once.
async fn both_live_through(weather: impl AsyncFn(&Chaos, &mut Story) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let machine = Machine::new()?;
    let up = machine.up(0).await?;
    let [(unix, rust), (tcp, script)] = both(&machine).await?;
    let mut rust = Story::begin(&machine, rust, SLOWLY).await?;
    let mut script = Story::begin(&machine, script, SLOWLY).await?;
    let rounds = setting("HOMIE_WEATHER_ROUNDS", 1)?;
    for _ in 0..rounds {
        tokio::try_join!(weather(&unix, &mut rust), weather(&tcp, &mut script))?;
    }
    for story in [rust, script] {
        let exact = story.end().await?;
        anyhow::ensure!(exact.declared == 0 && exact.gaps == 0, "{exact:?}");
    }
    up.kill().await
}

#[tokio::test(flavor = "multi_thread")]
async fn both_clients_live_on_a_narrow_link() {
    let narrow = async |chaos: &Chaos, story: &mut Story| {
        chaos.rate(Some(NARROW));
        story.go_on(Duration::from_secs(4)).await?;
        chaos.reset();
        story.go_on(Duration::from_secs(4)).await?;
        chaos.rate(None);
        Ok(())
    };
    both_live_through(narrow).await.unwrap();
}

/// A peer that is told that nothing more comes hangs up, and the client dials again.
#[tokio::test(flavor = "multi_thread")]
async fn both_clients_come_back_from_half_a_link() {
    let halved = async |chaos: &Chaos, story: &mut Story| {
        for _ in 0..3 {
            story.go_on(Duration::from_secs(1)).await?;
            chaos.half_close();
            story.viewer.until(|told, _| *told == Told::Up).await?;
        }
        story.go_on(Duration::from_secs(1)).await
    };
    both_live_through(halved).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn both_clients_come_back_from_a_link_that_is_open_in_one_direction() {
    let one_way = async |chaos: &Chaos, story: &mut Story| {
        for deaf in [Direction::There, Direction::Back] {
            chaos.one_way(Some(deaf));
            story.go_on(ONE_WAY).await?;
            chaos.one_way(None);
            story.go_on(Duration::from_secs(2)).await?;
        }
        Ok(())
    };
    both_live_through(one_way).await.unwrap();
}
