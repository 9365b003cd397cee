//! The node is killed again and again at random moments, with 32 shells and both clients; it is stopped; a holder is killed.
//!
//! `scripts/soak` sets `HOMIE_KILLS`, `HOMIE_SEED` and `HOMIE_STOPPED_SECONDS` to more than is usual here.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use homie_protocol::methods::session::SessionState;
use homie_tests::crowd::{Chance, Crowd, setting};
use homie_tests::machine::{LIMIT, Machine, Process, is_alive};
use homie_tests::story::{Printing, Story};
use homie_tests::viewer::{Told, Viewer};

/// Of the 32 shells, so many are watched by the client in TypeScript, a process each.
const SCRIPTS: usize = 2;
const RUST: usize = 30;

/// From the moment at which node and clients are back to its next end, at most.
const APART: Duration = Duration::from_millis(1500);

/// Kills the node and starts the next; gives how long that one took until it had all holders and its doors were open.
async fn kill_and_start(machine: &Machine, node: Process, port: u16) -> anyhow::Result<(Process, Duration)> {
    node.kill().await?;
    let begun = Instant::now();
    Ok((machine.up(port).await?, begun.elapsed()))
}

async fn kill_at_random(machine: &Machine, kills: u64, seed: u64) -> anyhow::Result<()> {
    let mut node = machine.up(0).await?;
    let port = machine.gateway()?.port();
    let mut crowd = Crowd::begin(machine, RUST, SCRIPTS).await?;
    let shells = machine.shells()?;
    ensure!(shells.len() == RUST + SCRIPTS, "{shells:?}");
    let (mut chance, mut back) = (Chance::new(seed), Vec::new());
    for kill in 0..kills {
        // Every fourth meets clients that are on their way back. If all did, some would never come back.
        if kill % 4 != 3 {
            crowd.until_back().await?;
        }
        crowd.go_on(chance.moment(APART)).await?;
        let (next, took) = kill_and_start(machine, node, port).await?;
        node = next;
        back.push(took);
    }
    ensure!(machine.shells()? == shells && shells.iter().all(|shell| is_alive(*shell)), "a shell has died");
    let bytes = crowd.end_exact().await?;
    back.sort_unstable();
    let (median, worst) = (back.get(back.len() / 2).context("no kill")?, back.last().context("no kill")?);
    println!(
        "{kills} kills (seed {seed}), {} shells, {bytes} bytes, 0 lost, doubled or reordered; \
         the node was back with all of them after {median:.0?}, at most {worst:.0?}",
        shells.len()
    );
    node.kill().await
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_at_random_moments_cost_no_byte_of_32_shells() {
    let (kills, seed) = (setting("HOMIE_KILLS", 8).unwrap(), setting("HOMIE_SEED", 1).unwrap());
    kill_at_random(&Machine::new().unwrap(), kills, seed).await.unwrap();
}

/// A program that counts, on its terminal and in a file, so that anybody can see whether it runs on.
struct Counter(PathBuf);

impl Counter {
    async fn start(machine: &Machine) -> anyhow::Result<Self> {
        let file = machine.home().join("count");
        let state = machine.state()?;
        let mut viewer = Viewer::local(&state, &state.local_sock()).await?;
        let script =
            "i=0; while :; do i=$((i + 1)); echo $i; echo $i >\"$1.new\"; mv \"$1.new\" \"$1\"; sleep 0.1; done";
        viewer.start_session(&["sh", "-c", script, "counter", &file.display().to_string()]).await?;
        viewer.until(|_, history| history.end() > 0).await?;
        Ok(Self(file))
    }

    fn now(&self) -> anyhow::Result<u64> {
        Ok(std::fs::read_to_string(&self.0)?.trim().parse()?)
    }

    /// Waits until it has counted this much further.
    async fn until(&self, more: u64) -> anyhow::Result<()> {
        let wanted = self.now()? + more;
        let reached = async {
            while self.now()? < wanted {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(LIMIT * 3, reached).await.context("the program does not run on")?
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_run_on_and_clients_resume_while_the_node_stands_still() {
    let machine = Machine::new().unwrap();
    let up = machine.up(0).await.unwrap();
    let seconds = setting("HOMIE_STOPPED_SECONDS", 10).unwrap();
    let counter = Counter::start(&machine).await.unwrap();
    let mut crowd = Crowd::begin(&machine, 2, 1).await.unwrap();
    crowd.go_on(APART).await.unwrap();
    // What is typed and not taken for half a minute is asked about, which is another story.
    crowd.type_on(false);
    crowd.go_on(APART).await.unwrap();
    up.stand_still().unwrap();
    // It counts ten in a second.
    counter.until(seconds * 10).await.unwrap();
    up.go_on().unwrap();
    crowd.type_on(true);
    crowd.go_on(APART).await.unwrap();
    crowd.end_exact().await.unwrap();
    up.kill().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_holder_is_told_as_lost_to_both_clients_and_never_as_an_end() {
    let machine = Machine::new().unwrap();
    let up = machine.up(0).await.unwrap();
    let (state, gateway) = (machine.state().unwrap(), machine.gateway().unwrap());
    let rust = Viewer::local(&state, &state.local_sock()).await.unwrap();
    let script = Viewer::script(gateway, gateway, &machine.link_secret().await.unwrap()).await.unwrap();
    for viewer in [rust, script] {
        let mut story = Story::begin(&machine, viewer, Printing::Paced(4_000, 3_600)).await.unwrap();
        story.go_on(Duration::from_millis(300)).await.unwrap();
        let session = story.viewer.session().unwrap();
        machine.kill_holder(session).unwrap();
        let told = story.viewer.until_over().await.unwrap();
        assert!(matches!(told, Told::Detached(_)), "{told:?}");
        let info = Viewer::info_once_over(&state, session).await.unwrap();
        assert_eq!((info.state, info.exit), (SessionState::Lost, None));
    }
    up.kill().await.unwrap();
}
