//! Two machines are cut off from each other, in both directions or in one, while somebody at the one types at the other. Nothing
//! is lost, doubled or reordered, and the list says who is away.
//!
//! `scripts/soak` sets `HOMIE_PARTITION_SECONDS` to more than is usual here.

// True anyway; said here, it lets the helpers of the tests panic like the tests.
#![cfg(test)]

use std::time::Duration;

use homie_tests::apart::{Apart, inside};
use homie_tests::crowd::setting;
use homie_tests::machine::LIMIT;
use homie_tests::story::{Printing, Story};
use homie_tests::viewer::Viewer;

/// Little enough that nothing leaves the ring of a mebibyte in ten minutes.
const PACED: Printing = Printing::Paced(1_000, 3_600);

const MOMENT: Duration = Duration::from_secs(2);

/// When a gateway says at the latest that a machine is away, and a moment.
const AWAY_AFTER: Duration = Duration::from_secs(50);

/// What is typed and not taken for so long is not sent unasked.
const ASKED_AFTER: Duration = Duration::from_secs(30);

/// How long somebody types into the void, who then waits.
const TYPES: Duration = Duration::from_secs(20);

/// How long they are cut off: longer than a client that has typed waits for an answer.
fn length() -> Duration {
    Duration::from_secs(setting("HOMIE_PARTITION_SECONDS", 12).unwrap())
}

async fn until_far_is(apart: &Apart, wanted: &str) -> anyhow::Result<()> {
    let seen = async {
        while apart.state_of_far().await? != wanted {}
        anyhow::Ok(())
    };
    tokio::time::timeout(LIMIT, seen).await?
}

/// Somebody types at `far` while they are cut off for so long and afterwards, and everything is there in the end.
async fn survive(
    apart: &mut Apart,
    length: Duration,
    cut: impl Fn(&Apart) -> anyhow::Result<()>,
    heal: impl Fn(&Apart) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    until_far_is(apart, "up").await?;
    let viewer = Viewer::on(apart.way()?).await?;
    let mut story = Story::begin(&apart.far, viewer, PACED).await?;
    story.go_on(MOMENT).await?;
    cut(apart)?;
    story.go_on(length.min(TYPES)).await?;
    story.look_on(length.saturating_sub(TYPES)).await?;
    if length > AWAY_AFTER {
        anyhow::ensure!(apart.state_of_far().await? == "away", "its place is kept, and it is said to be away");
    }
    heal(apart)?;
    if length > ASKED_AFTER + TYPES {
        story.type_unsent_again().await?;
    }
    let mut sees = story.sees();
    story.go_on(MOMENT).await?;
    while !*sees.borrow_and_update() {
        story.go_on(MOMENT).await?;
    }
    until_far_is(apart, "up").await?;
    let exact = story.end().await?;
    anyhow::ensure!(exact.declared == 0 && exact.gaps == 0, "{exact:?}");
    println!("{} s cut off: {} bytes, 0 lost, doubled or reordered", length.as_secs(), exact.delivered);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cable_that_is_pulled_loses_nothing() {
    let test =
        async |apart: &mut Apart| survive(apart, length(), |apart| apart.plug(false), |apart| apart.plug(true)).await;
    inside("a_cable_that_is_pulled_loses_nothing", test).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_into_the_void_is_said_again() {
    let test = async |apart: &mut Apart| {
        survive(apart, length(), |apart| apart.hush_near(true), |apart| apart.hush_near(false)).await
    };
    inside("what_is_said_into_the_void_is_said_again", test).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_heard_and_hears_nothing_comes_back() {
    let test = async |apart: &mut Apart| {
        survive(apart, length(), |apart| apart.hush_far(true), |apart| apart.hush_far(false)).await
    };
    inside("who_is_heard_and_hears_nothing_comes_back", test).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_address_in_mid_session_loses_nothing() {
    let test = async |apart: &mut Apart| survive(apart, length().min(TYPES), Apart::move_near, |_| Ok(())).await;
    inside("another_address_in_mid_session_loses_nothing", test).await.unwrap();
}
