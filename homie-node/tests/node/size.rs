//! Who sets the size of a terminal, with real terminals: the rule itself is proved beside it.

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::Role;
use homie_protocol::id::{Channel, SessionId};
use homie_protocol::methods::session::{
    Attach, AttachParams, Delivery, Resize, ResizeParams, Show, ShowParams, Size, Snapshot, SnapshotParams,
};

use crate::between::Between;
use crate::caller::{Caller, size, typing, watching};
use crate::history::Seen;
use crate::machine::Machine;

/// Attaches as a visible writer with room for so much.
fn with_room(channel: u32, session: SessionId, size: Size) -> AttachParams {
    AttachParams { size: Some(size), ..typing(channel, session) }
}

impl Caller {
    async fn until_size(&mut self, channel: u32, size: Size) {
        self.until(|history| history.0.contains(&Seen::Resized(channel, size))).await;
    }
}

#[tokio::test]
async fn the_first_drives_and_the_others_are_remembered() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let (mut first, mut second) = (Caller::local(&machine).await, Caller::local(&machine).await);
    let session = first.start("exec cat").await.id;
    let opened = first.call::<Attach>(&with_room(1, session, size(100, 30))).await.unwrap();
    assert_eq!((opened.drives, opened.size), (true, size(100, 30)));
    let opened = second.call::<Attach>(&with_room(1, session, size(50, 20))).await.unwrap();
    assert_eq!((opened.drives, opened.size), (false, size(100, 30)));
    assert!(!second.has_room(1, session, size(60, 25), false).await);
    assert!(first.has_room(1, session, size(110, 31), false).await);
    second.until_size(1, size(110, 31)).await;

    // Typing changes nothing.
    second.input(1, 0, b"typed\r");
    second.until_shown(1, "typed\r\ntyped").await;
    assert_eq!(second.list().await[0].size, size(110, 31));

    first.detach(1).await.unwrap();
    second.until(|history| history.drives(1) == Some(true)).await;
    second.until_size(1, size(60, 25)).await;
    let resizes = second.history.0.iter().filter(|seen| matches!(seen, Seen::Resized(..))).count();
    assert_eq!(resizes, 2);
}

#[tokio::test]
async fn a_tap_takes_over_and_both_are_told() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let (mut first, mut second) = (Caller::local(&machine).await, Caller::local(&machine).await);
    let session = first.start("exec cat").await.id;
    first.call::<Attach>(&with_room(1, session, size(100, 30))).await.unwrap();
    second.call::<Attach>(&with_room(1, session, size(50, 20))).await.unwrap();
    assert!(second.has_room(1, session, size(51, 21), true).await);
    first.until(|history| history.drives(1) == Some(false)).await;
    first.until_size(1, size(51, 21)).await;
    second.until(|history| history.drives(1) == Some(true)).await;
    assert!(first.has_room(1, session, size(101, 31), true).await);
    second.until(|history| history.drives(1) == Some(false)).await;
    second.until_size(1, size(101, 31)).await;
}

#[tokio::test]
async fn who_hides_gives_way_and_who_is_lost_comes_back() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let (mut first, mut second) = (Caller::local(&machine).await, Caller::local(&machine).await);
    let session = second.start("exec cat").await.id;
    let params = with_room(1, session, size(100, 30));
    first.call::<Attach>(&params).await.unwrap();
    second.call::<Attach>(&with_room(1, session, size(50, 20))).await.unwrap();
    // Its link breaks, and it comes back as the same writer, without a size: it drives on.
    drop(first);
    let mut first = Caller::local(&machine).await;
    let again = first.call::<Attach>(&AttachParams { size: None, ..params }).await.unwrap();
    assert_eq!((again.drives, again.size), (true, size(100, 30)));

    first.show(1, false).await;
    second.until(|history| history.drives(1) == Some(true)).await;
    second.until_size(1, size(50, 20)).await;
    first.until(|history| history.drives(1) == Some(false)).await;
    first.show(1, true).await;
    assert!(!first.has_room(1, session, size(100, 30), false).await);

    // Nobody comes back: the next one drives.
    drop(second);
    first.until(|history| history.drives(1) == Some(true)).await;
    first.until_size(1, size(100, 30)).await;
}

#[tokio::test]
async fn a_size_set_by_hand_changes_nobodys_place() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let (mut driver, mut other) = (Caller::local(&machine).await, Caller::local(&machine).await);
    let session = driver.start("exec cat").await.id;
    driver.call::<Attach>(&with_room(1, session, size(100, 30))).await.unwrap();
    other.resize(session, size(40, 10)).await.unwrap();
    driver.until_size(1, size(40, 10)).await;
    assert!(driver.has_room(1, session, size(101, 30), false).await);
    driver.until_size(1, size(101, 30)).await;
    assert_eq!(driver.history.drives(1), None);
}

#[tokio::test]
async fn a_driver_outlives_the_link_to_the_holder() {
    let machine = Machine::new();
    let node = machine.node().await;
    let session = Caller::local(&machine).await.start("exec cat").await.id;
    node.stop().await;
    let between = Between::stand(&machine.state.holder(&session));
    let _node = machine.node().await;
    let (mut first, mut second) = (Caller::local(&machine).await, Caller::local(&machine).await);
    let (driving, waiting) = (with_room(1, session, size(100, 30)), with_room(1, session, size(50, 20)));
    first.call::<Attach>(&driving).await.unwrap();
    second.call::<Attach>(&waiting).await.unwrap();
    between.cut();
    for caller in [&mut first, &mut second] {
        caller.until(|history| history.detached(1).is_some()).await;
    }
    // The one that waited is the first to come back.
    let channel = Channel::new(3);
    while second.call::<Attach>(&AttachParams { channel, ..waiting.clone() }).await.is_err() {
        second = Caller::local(&machine).await;
    }
    let again = first.call::<Attach>(&AttachParams { channel, ..driving }).await.unwrap();
    assert!(again.drives);
    assert_eq!(again.size, size(100, 30));
}

#[tokio::test]
async fn a_driver_outlives_the_node() {
    let machine = Machine::new();
    let node = machine.node().await;
    let (mut first, mut second) = (Caller::local(&machine).await, Caller::local(&machine).await);
    let session = first.start("exec cat").await.id;
    let (early, late) = (with_room(1, session, size(100, 30)), with_room(1, session, size(50, 20)));
    first.call::<Attach>(&early).await.unwrap();
    second.call::<Attach>(&late).await.unwrap();
    assert!(second.has_room(1, session, size(50, 20), true).await);
    second.until_size(1, size(50, 20)).await;
    // No word to anybody, as if it was killed.
    drop(node);
    for caller in [&mut first, &mut second] {
        caller.until_ended().await;
    }
    let node = machine.node().await;
    // The one that did not drive is the first to come back.
    let (mut first, mut second) = (Caller::local(&machine).await, Caller::local(&machine).await);
    let opened = first.call::<Attach>(&early).await.unwrap();
    assert_eq!((opened.drives, opened.size), (false, size(50, 20)));
    let opened = second.call::<Attach>(&late).await.unwrap();
    assert_eq!((opened.drives, opened.size), (true, size(50, 20)));
    assert!(!first.history.0.iter().any(|seen| matches!(seen, Seen::Resized(..))), "{:?}", first.history);

    // Who has left is not remembered, and who has followed is.
    second.detach(1).await.unwrap();
    first.until(|history| history.drives(1) == Some(true)).await;
    drop(node);
    first.until_ended().await;
    let _node = machine.node().await;
    let (mut first, mut second) = (Caller::local(&machine).await, Caller::local(&machine).await);
    assert!(!second.call::<Attach>(&late).await.unwrap().drives);
    assert!(first.call::<Attach>(&early).await.unwrap().drives);
}

#[tokio::test]
async fn what_has_pipes_has_no_size() {
    let machine = Machine::new();
    let session = machine.start_piped("exec cat").await;
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let before = caller.list().await.remove(0);
    let refused = |outcome: Result<(), Refusal>| {
        let refusal = outcome.unwrap_err();
        assert_eq!(refusal.code, Code::WrongState);
        assert!(refusal.message.starts_with("size: this program has pipes"), "{refusal}");
    };
    refused(caller.resize(session, size(100, 30)).await);
    refused(caller.call::<Attach>(&with_room(1, session, size(100, 30))).await.map(drop));
    let opened = caller.type_on(3, session).await;
    assert!(!opened.drives);
    let channel = Some(Channel::new(3));
    let taking = ResizeParams { session, size: size(100, 30), channel, take: Some(true), theme: None };
    refused(caller.call::<Resize>(&taking).await.map(drop));
    caller.input(3, 0, b"through a pipe\n");
    caller.until_shown(3, "through a pipe\n").await;
    assert_eq!(caller.list().await[0].size, before.size);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let (one, two) = (caller.start("exec cat").await.id, caller.start("exec cat").await.id);
    caller.watch_on(1, one).await;
    let channel = |number| Some(Channel::new(number));
    let wish = ResizeParams { session: one, size: size(9, 9), channel: channel(1), take: Some(true), theme: None };
    let cases = [
        (wish.clone(), Code::ReadOnly, "take"),
        (ResizeParams { session: two, take: None, ..wish.clone() }, Code::OutOfRange, "channel"),
        (ResizeParams { channel: channel(3), ..wish.clone() }, Code::NotFound, "channel"),
        (ResizeParams { channel: None, ..wish }, Code::MissingField, "channel"),
    ];
    for (params, code, word) in cases {
        let refusal = caller.call::<Resize>(&params).await.unwrap_err();
        assert_eq!(refusal.code, code);
        assert!(refusal.message.starts_with(word), "{refusal}");
    }
    let nobody = ShowParams { channel: Channel::new(7), visible: true };
    assert_eq!(caller.call::<Show>(&nobody).await.unwrap_err().code, Code::NotFound);
    for (channel, code) in [(1, Code::OutOfRange), (7, Code::NotFound)] {
        let params = SnapshotParams { channel: Channel::new(channel), history: 0 };
        assert_eq!(caller.call::<Snapshot>(&params).await.unwrap_err().code, code);
    }
    assert_ne!(caller.list().await[0].size, size(9, 9));
}

#[tokio::test]
async fn a_viewer_says_whether_it_is_seen_and_sets_no_size() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut operator = Caller::local(&machine).await;
    let session = operator.start("exec cat").await;
    let mut viewer = Caller::device(&machine, &machine.enrol(Role::Viewer)).await;
    let params = AttachParams { size: Some(size(9, 9)), delivery: Some(Delivery::Bytes), ..watching(1, session.id) };
    let opened = viewer.call::<Attach>(&params).await.unwrap();
    assert_eq!((opened.drives, opened.size), (false, session.size));
    viewer.show(1, false).await;
    viewer.show(1, true).await;
    assert_eq!(operator.list().await[0].size, session.size);
}
