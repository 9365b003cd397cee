//! Many stories on one machine at once, and chance that is the same each time.

use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::machine::{LIMIT, Machine};
use crate::story::{Printing, Stopped, Story};
use crate::viewer::Viewer;

/// How each program prints: little enough that nothing leaves the ring while a node is away.
const PACED: Printing = Printing::Paced(8_000, 3_600);

/// How often somebody types in each.
const KEYS_EVERY: Duration = Duration::from_millis(500);

/// How often a story looks whether it is time to end.
const LOOK: Duration = KEYS_EVERY;

/// Stories that go on by themselves until they are told to end.
pub struct Crowd {
    stories: JoinSet<anyhow::Result<Stopped>>,
    act: watch::Sender<Act>,
    eyes: Vec<watch::Receiver<bool>>,
}

/// What all of them do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Type,
    Look,
    End,
}

impl Crowd {
    /// Starts so many stories of each client: in Rust, and in TypeScript by way of the gateway.
    pub async fn begin(machine: &Machine, rust: usize, scripts: usize) -> anyhow::Result<Self> {
        let (state, gateway) = (machine.state()?, machine.gateway()?);
        let mut crowd = Self { stories: JoinSet::new(), act: watch::Sender::new(Act::Type), eyes: Vec::new() };
        for _ in 0..rust {
            let viewer = Viewer::local(&state, &state.local_sock()).await?;
            crowd.add(machine, viewer).await?;
        }
        for _ in 0..scripts {
            let viewer = Viewer::script(gateway, gateway, &machine.link_secret().await?).await?;
            crowd.add(machine, viewer).await?;
        }
        Ok(crowd)
    }

    async fn add(&mut self, machine: &Machine, viewer: Viewer) -> anyhow::Result<()> {
        let mut story = Story::begin(machine, viewer, PACED).await?.typing_every(KEYS_EVERY);
        let act = self.act.subscribe();
        self.eyes.push(story.sees());
        self.stories.spawn(async move {
            loop {
                let now = *act.borrow();
                match now {
                    Act::Type => story.go_on(LOOK).await?,
                    Act::Look => story.look_on(LOOK).await?,
                    Act::End => return story.stop().await,
                }
            }
        });
        Ok(())
    }

    /// Lets all of them go on for so long. None may end.
    pub async fn go_on(&mut self, length: Duration) -> anyhow::Result<()> {
        match tokio::time::timeout(length, self.stories.join_next()).await {
            Err(_) => Ok(()),
            Ok(ended) => {
                ended.context("nobody is left")???;
                anyhow::bail!("one has ended too early")
            }
        }
    }

    /// Waits until all of them see their sessions.
    pub async fn until_back(&mut self) -> anyhow::Result<()> {
        for sees in &mut self.eyes {
            let back = sees.wait_for(|sees| *sees);
            // One that has ended says why to whoever lets all go on.
            let _ended = tokio::time::timeout(LIMIT, back).await.context("a client does not come back")?;
        }
        Ok(())
    }

    /// Nobody types any more, or all do again.
    pub fn type_on(&self, types: bool) {
        self.act.send_replace(if types { Act::Type } else { Act::Look });
    }

    /// Ends all of them; gives how many bytes they saw together. Not one may be missing, double or out of order.
    pub async fn end_exact(mut self) -> anyhow::Result<u64> {
        self.act.send_replace(Act::End);
        let mut stopped = Vec::new();
        while let Some(ended) = self.stories.join_next().await {
            stopped.push(ended??);
        }
        // Only now: while one is compared another would be late for the node's greeting.
        let mut seen = 0;
        for story in stopped {
            let exact = story.check()?;
            ensure!(exact.declared == 0 && exact.gaps == 0, "{exact:?}");
            seen += exact.delivered;
        }
        Ok(seen)
    }
}

/// Numbers that look like chance and are the same for the same seed (splitmix64).
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// The numbers of this seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A moment before `most`.
    pub fn moment(&mut self, most: Duration) -> Duration {
        let most = u64::try_from(most.as_micros()).unwrap_or(u64::MAX).max(1);
        Duration::from_micros(self.next() % most)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// A number that `scripts/soak` sets higher than what runs before every merge.
pub fn setting(name: &str, usual: u64) -> anyhow::Result<u64> {
    match std::env::var(name) {
        Ok(value) => value.parse().with_context(|| format!("{name} is no number: {value}")),
        Err(_) => Ok(usual),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_the_same_again_and_stays_below() {
        let moments = |seed| {
            let mut chance = Chance::new(seed);
            (0..100).map(|_| chance.moment(Duration::from_secs(1))).collect::<Vec<_>>()
        };
        assert_eq!(moments(1), moments(1));
        assert_ne!(moments(1), moments(2));
        assert!(moments(3).iter().all(|moment| *moment < Duration::from_secs(1)));
    }
}
