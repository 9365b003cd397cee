//! The response to attach comes first, then every byte in its place.

use homie_protocol::code::Code;
use homie_protocol::limits::CHANNELS;
use homie_protocol::methods::session::{Attach, AttachParams};

use crate::caller::{Caller, typing, watching};
use crate::history::{History, Seen};
use crate::machine::Machine;

/// The response came before the channel's first frame, and every byte came in its place or was declared lost.
fn check(history: &History, requests: &[(u32, u32)]) {
    for (request, channel) in requests {
        let response = history.0.iter().position(|seen| matches!(seen, Seen::Response(id, _) if id == request));
        let first = history.0.iter().position(|seen| seen.channel() == Some(*channel));
        assert!(response.unwrap() < first.unwrap_or(usize::MAX), "channel {channel} spoke before its response");
        let mut at = None;
        for seen in &history.0 {
            match seen {
                Seen::Output(on, offset, bytes) if on == channel => {
                    assert_eq!(*offset, at.unwrap_or(*offset));
                    at = Some(offset + bytes.len() as u64);
                }
                Seen::Gap(on, from, to) if on == channel => {
                    assert_eq!(*from, at.unwrap_or(*from));
                    at = Some(*to);
                }
                _ => {}
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_response_precedes_every_frame_of_its_channel() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let session = caller.start("i=0; while :; do echo line $i; i=$((i+1)); done").await.id;
    for round in 0..20 {
        // All at once: they must be taken in the order in which they were sent, for channels go upwards.
        let channels: Vec<u32> = (0..5).map(|index| (round * 5 + index) * 2 + 1).collect();
        let asked: Vec<(u32, u32)> =
            channels.iter().map(|channel| (caller.ask::<Attach>(&watching(*channel, session)), *channel)).collect();
        for (request, channel) in &asked {
            caller.answer::<Attach>(*request).await.unwrap();
            caller.until(|history| !history.text(*channel).is_empty()).await;
        }
        check(&caller.history, &asked);
        for channel in channels {
            caller.detach(channel).await.unwrap();
        }
    }
}

#[tokio::test]
async fn who_comes_back_goes_on_at_its_byte() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let session = caller.start("seq 1 2000; printf END; exec cat").await;
    caller.watch_on(1, session.id).await;
    caller.until_shown(1, "END").await;
    let whole = caller.history.text(1);
    drop(caller);

    let mut again = Caller::local(&machine).await;
    let from = homie_protocol::id::Offset::new(4000);
    let params = AttachParams { from, incarnation: Some(session.incarnation), ..watching(1, session.id) };
    let opened = again.call::<Attach>(&params).await.unwrap();
    assert_eq!((Some(opened.from), opened.gap), (from, None));
    again.until_shown(1, "END").await;
    assert_eq!(again.history.text(1), whole[4000..]);

    // Offsets of another birth mean nothing here.
    let other = homie_protocol::id::Incarnation::from_bytes([5; 16]);
    let params = AttachParams { from, incarnation: Some(other), ..watching(3, session.id) };
    let opened = again.call::<Attach>(&params).await.unwrap();
    assert_eq!((opened.from.get(), opened.incarnation), (0, session.incarnation));
    again.until_shown(3, "END").await;
    assert_eq!(again.history.text(3), whole);
}

#[tokio::test]
async fn channels_are_odd_go_upwards_and_are_64_at_most() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let session = caller.start("exec cat").await.id;
    let most = u32::try_from(CHANNELS).unwrap();
    for number in 0..most {
        caller.watch_on(number * 2 + 1, session).await;
    }
    let refused = caller.call::<Attach>(&watching(most * 2 + 1, session)).await;
    assert_eq!(refused.unwrap_err().code, Code::Busy);
    caller.detach(1).await.unwrap();
    for wrong in [1, 2, most * 2 + 1, 0] {
        let refused = caller.call::<Attach>(&watching(wrong, session)).await;
        assert_eq!(refused.unwrap_err().code, Code::Channel, "channel {wrong}");
    }
    caller.type_on(most * 2 + 3, session).await;
    caller.input(most * 2 + 3, 0, b"still here\r");
    caller.until_shown(3, "still here").await;
}

#[tokio::test]
async fn a_writer_that_skips_bytes_loses_its_channel_alone() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let session = caller.start("exec cat").await.id;
    let params = typing(1, session);
    caller.call::<Attach>(&params).await.unwrap();
    caller.watch_on(3, session).await;
    caller.input(1, 5, b"late");
    caller.until(|history| history.detached(1).is_some()).await;
    assert_eq!(caller.history.detached(1).unwrap().code, Code::InputGap);
    // What was on its way to the closed channel is dropped, and its number is spent.
    caller.input(1, 0, b"dropped");
    caller.type_on(5, session).await;
    caller.input(5, 0, b"alive\r");
    caller.until_shown(3, "alive").await;
    assert!(!caller.history.text(3).contains("dropped"));
}
