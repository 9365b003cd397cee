//! There are two ways to the machine, and the one in use goes. The TypeScript client goes on over the other.

use std::time::Duration;

use homie_tests::chaos::Chaos;
use homie_tests::machine::Machine;
use homie_tests::story::{Printing, Story};
use homie_tests::viewer::Viewer;

/// 40 KB/s: what is printed meanwhile stays well within the ring.
const PACED: Printing = Printing::Paced(40_000, 60);
const MOMENT: Duration = Duration::from_secs(2);
/// In which whoever types is answered again.
const SOON: Duration = Duration::from_secs(5);
/// The same where nothing says that the way is gone but silence after a key.
const NOTICED: Duration = Duration::from_secs(15);

/// Two proxies in front of the gateway, and a client that knows both.
async fn roaming(machine: &Machine) -> anyhow::Result<([Chaos; 2], Viewer)> {
    let gateway = machine.gateway()?;
    let (one, first) = Chaos::tcp(gateway).await?;
    let (other, second) = Chaos::tcp(gateway).await?;
    let viewer = Viewer::roaming(gateway, [first, second], &machine.link_secret().await?).await?;
    Ok(([one, other], viewer))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_and_printed_goes_on_over_the_way_that_is_left() {
    let machine = Machine::new().unwrap();
    let up = machine.up(0).await.unwrap();
    let ([one, other], viewer) = roaming(&machine).await.unwrap();
    let mut story = Story::begin(&machine, viewer, PACED).await.unwrap();
    story.go_on(MOMENT).await.unwrap();
    one.cut();
    story.go_on(SOON).await.unwrap();
    assert!(*story.sees().borrow(), "answered over the other");
    one.heal();
    other.cut();
    story.go_on(SOON).await.unwrap();
    assert!(*story.sees().borrow(), "answered over the first again");
    let exact = story.end().await.unwrap();
    assert_eq!((exact.declared, exact.gaps), (0, 0));
    up.kill().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_that_swallows_everything_is_left_too() {
    let machine = Machine::new().unwrap();
    let up = machine.up(0).await.unwrap();
    let ([one, _other], viewer) = roaming(&machine).await.unwrap();
    let mut story = Story::begin(&machine, viewer, PACED).await.unwrap();
    story.go_on(MOMENT).await.unwrap();
    one.stall(true);
    story.go_on(NOTICED).await.unwrap();
    assert!(*story.sees().borrow(), "answered over the other");
    let exact = story.end().await.unwrap();
    assert_eq!((exact.declared, exact.gaps), (0, 0));
    up.kill().await.unwrap();
}
