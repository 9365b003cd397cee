//! A window against sources, viewers and clocks of every kind.

use proptest::prelude::*;

use super::*;

const FLOOD: u64 = 1 << 30;

/// A window whose path is known to be this long, in microseconds, and that is empty.
fn known(class: Class, trip: u64) -> Window {
    let mut window = Window::new(class, 0);
    let len = window.room(FLOOD) as u64;
    window.sent(0, len);
    window.acknowledged(trip, len, Some(0));
    window
}

#[test]
fn the_first_frame_is_small_and_alone() {
    let mut window = Window::new(Class::Viewer, 0);
    assert_eq!(window.room(0), 0);
    assert_eq!(window.room(5), 5);
    assert_eq!(window.room(FLOOD), PROBE_BYTES);
    window.sent(0, PROBE_BYTES as u64);
    assert_eq!(window.room(FLOOD), 0);
    window.acknowledged(500, PROBE_BYTES as u64, Some(0));
    assert!(window.room(FLOOD) > 0);
}

#[test]
fn frames_are_larger_where_the_path_is_short() {
    let fill = |trip: u64| {
        let mut window = known(Class::Lossless, trip);
        let mut now = trip;
        let mut largest = 0;
        for _ in 0..2_000 {
            let mut sent = 0;
            while let len @ 1.. = window.room(FLOOD) {
                largest = largest.max(len);
                window.sent(now, len as u64);
                sent += len as u64;
            }
            window.acknowledged(now + trip, sent, Some(now));
            now += trip;
        }
        largest
    };
    assert_eq!(fill(100), PAYLOAD_MAX);
    assert_eq!(fill(5_000), OUTPUT_FRAME);
}

#[test]
fn small_pieces_of_a_full_window_wait_for_more() {
    let mut window = known(Class::Viewer, 100);
    let mut sent = 0;
    while let len @ 1.. = window.room(FLOOD) {
        window.sent(100, len as u64);
        sent += len as u64;
    }
    window.acknowledged(200, 1_000, None);
    assert_eq!(window.room(FLOOD), 0, "a frame of 1,000 bytes costs more than it carries");
    assert_eq!(window.room(700), 700, "it is all there is");
    window.acknowledged(200, sent - 1_000, None);
    assert!(window.room(FLOOD) > 0);
}

#[test]
fn a_share_divides_what_may_queue() {
    let mut window = known(Class::Viewer, 100);
    assert_eq!((window.least(), window.most()), (WINDOW_FLOOR, WINDOW_MAX));
    window.share(2);
    assert_eq!((window.least(), window.most()), (WINDOW_FLOOR / 2, WINDOW_MAX / 2));
    assert_eq!((window.queue_time(), window.queue_most()), (QUEUE / 2, QUEUE_VIEWER / 2));
    // As many as there are never close it.
    window.share(u16::MAX);
    assert!(window.room(FLOOD) > 0);
    window.share(0);
    assert_eq!(window.most(), WINDOW_MAX);
}

#[derive(Debug, Clone)]
enum Act {
    Send(u64),
    Past(u64),
    Ack(u64),
    Wait(u64),
    Share(u16),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (1u64..2_000_000).prop_map(Act::Send),
        (1u64..200_000).prop_map(Act::Past),
        (1u64..200_000).prop_map(Act::Ack),
        (0u64..3_000_000).prop_map(Act::Wait),
        any::<u16>().prop_map(Act::Share),
    ]
}

proptest! {
    /// Whatever happens in whatever order: the window keeps its bounds, and an empty pipe always takes something.
    #[test]
    fn it_keeps_its_bounds_and_never_closes(acts in proptest::collection::vec(act(), 1..300)) {
        let (mut window, mut now, mut flying) = (Window::new(Class::Viewer, 0), 0, 0);
        for act in acts {
            match act {
                Act::Send(waiting) => {
                    let len = window.room(waiting) as u64;
                    prop_assert!(len <= waiting && len <= PAYLOAD_MAX as u64);
                    prop_assert!(len == 0 || flying + len <= window.size());
                    window.sent(now, len);
                    flying += len;
                }
                Act::Past(bytes) => {
                    window.sent(now, bytes);
                    flying += bytes;
                }
                Act::Ack(bytes) => {
                    let bytes = bytes.min(flying);
                    window.acknowledged(now, bytes, Some(now.saturating_sub(bytes)));
                    flying -= bytes;
                }
                Act::Wait(micros) => now += micros,
                Act::Share(of) => window.share(of),
            }
            prop_assert_eq!(window.in_flight(), flying);
            prop_assert!((FRAME_LEAST..=WINDOW_MAX).contains(&window.size()));
        }
        window.acknowledged(now + 1, flying, Some(now));
        prop_assert!(window.room(FLOOD) > 0);
    }
}
