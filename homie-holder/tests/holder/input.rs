//! Input: every byte once and in order, from those who may.

use homie_protocol::code::Code;
use homie_protocol::frame::Flags;
use homie_protocol::limits::INPUT_WINDOW;

use crate::node::claim;
use crate::process::Holder;

#[test]
fn what_is_typed_is_acknowledged_and_comes_back() {
    let holder = Holder::mirror();
    let mut node = holder.link(1);
    node.write(1, 1, 0);
    node.until_shown(1, "ready");
    node.input(1, 0, b"hello");
    node.until(|node| node.views[&1].shows("readyhello") && node.views[&1].applied() == 5);
    assert_eq!(node.views[&1].acks, [(5, 5, Flags::NONE)]);
}

#[test]
fn an_ack_tells_whether_the_terminal_echoes_and_edits() {
    let holder = Holder::shell("printf ready; exec cat");
    let mut node = holder.link(1);
    node.write(1, 1, 0);
    node.until_shown(1, "ready");
    node.input(1, 0, b"a");
    node.until(|node| node.views[&1].applied() == 1);
    assert_eq!(node.views[&1].acks[0].2, Flags::ECHO.with(Flags::ICANON));
}

#[test]
fn a_writer_that_comes_back_types_nothing_twice() {
    let holder = Holder::mirror();
    let mut first = holder.link(1);
    first.write(1, 1, 0);
    first.until_shown(1, "ready");
    first.input(1, 0, b"abc");
    first.until(|node| node.views[&1].applied() == 3);
    drop(first);

    let mut again = holder.link(1);
    let input = again.write(1, 1, 6).opened.input.unwrap();
    assert_eq!((input.applied.get(), input.contested), (3, false));
    again.input(1, 1, b"bcdef");
    again.input(1, 0, b"abcdef");
    again.input(1, 6, b"g");
    again.until_shown(1, "g");
    assert_eq!(again.views[&1].text(), "readyabcdefg");
    again.input(1, 9, b"x");
    again.until(|node| node.views[&1].detached() == Some(Code::InputGap));
    again.write(3, 1, 7);
    again.input(3, 7, b"!");
    again.until_shown(3, "!");
    assert_eq!(again.views[&3].text(), "readyabcdefg!");
}

#[test]
fn somebody_elses_typing_is_told() {
    let holder = Holder::mirror();
    let mut node = holder.link(1);
    node.write(1, 1, 0);
    node.write(3, 2, 0);
    node.input(1, 0, b"a");
    node.until(|node| node.views[&1].applied() == 1);
    node.input(3, 0, b"b");
    node.until(|node| node.views[&3].applied() == 1);
    assert!(node.write(5, 1, 2).opened.input.unwrap().contested);
    // The channel that the writer had before is closed, and what still comes there is not typed.
    node.until(|node| node.views[&1].detached() == Some(Code::Displaced));
    node.input(1, 1, b"late");
    node.input(5, 1, b"now");
    node.until_shown(5, "abnow");
    assert!(node.write(7, 2, 1).opened.input.unwrap().contested);
    assert!(!node.views[&5].shows("late"));
}

/// Z-07: nobody holds the right to type for a while, so there is none to outlive. Both may type at any time; what each has typed
/// arrives once and in its own order, though each says everything three times.
#[test]
fn of_two_that_race_nothing_is_lost_doubled_or_turned_round() {
    let holder = Holder::mirror();
    let mut node = holder.link(1);
    let said = [b'a'..=b'z', b'A'..=b'Z'].map(|letters| letters.cycle().take(1_000).collect::<Vec<u8>>());
    for channel in [1_u8, 3] {
        node.write(channel.into(), channel, 0);
    }
    node.until_shown(1, "ready");
    for upto in 1..=1_000 {
        let from = usize::saturating_sub(upto, 3);
        for (channel, said) in [1, 3].into_iter().zip(&said) {
            node.input(channel, from as u64, &said[from..upto]);
        }
    }
    node.until(|node| [1, 3].iter().all(|channel| node.views[channel].applied() == 1_000));
    node.until(|node| node.views[&1].bytes.len() == "ready".len() + 2_000);
    let typed = &node.views[&1].bytes["ready".len()..];
    let (lower, upper): (Vec<u8>, Vec<u8>) = typed.iter().partition(|letter| letter.is_ascii_lowercase());
    assert!([lower, upper] == said);
}

#[test]
fn a_writer_that_is_not_known_is_refused() {
    let holder = Holder::mirror();
    let mut node = holder.link(1);
    node.ask_open(1, None, Some(claim(1, 10)));
    node.until(|node| node.open_refused.contains_key(&1));
    assert_eq!(node.open_refused[&1].code, Code::WriterUnknown);
    assert_eq!(node.write(3, 2, 0).opened.input.unwrap().applied.get(), 0);
}

#[test]
fn a_viewer_that_watches_cannot_type() {
    let holder = Holder::mirror();
    let mut node = holder.link(1);
    node.watch(1, None);
    node.input(1, 0, b"forbidden");
    node.until(|node| node.views[&1].detached() == Some(Code::ReadOnly));
    node.write(3, 1, 0);
    node.input(3, 0, b"allowed");
    node.until_shown(3, "allowed");
    assert_eq!(node.views[&3].text(), "readyallowed");
}

#[test]
fn more_than_a_window_for_a_program_that_does_not_read_closes_the_channel() {
    let holder = Holder::shell("stty raw -echo; printf ready; exec sleep 1000");
    let mut node = holder.link(1);
    node.write(1, 1, 0);
    node.until_shown(1, "ready");
    let window = vec![b'x'; usize::try_from(INPUT_WINDOW).unwrap()];
    node.input(1, 0, &window);
    node.input(1, INPUT_WINDOW, &window);
    node.until(|node| node.views[&1].detached() == Some(Code::InputOverrun));
    // What had reached the terminal is known exactly; the rest is the writer's own again.
    let applied = node.write(3, 1, 2 * INPUT_WINDOW).opened.input.unwrap().applied.get();
    assert!(applied < INPUT_WINDOW, "{applied}");
}

#[test]
fn a_large_paste_arrives_whole() {
    let holder = Holder::mirror();
    let mut node = holder.link(1);
    node.write(1, 1, 0);
    node.until_shown(1, "ready");
    let paste: Vec<u8> = (0..300_000u32).map(|position| b'a' + u8::try_from(position % 23).unwrap()).collect();
    for (index, piece) in paste.chunks(10_000).enumerate() {
        let offset = index as u64 * 10_000;
        node.until(|node| node.views[&1].applied() + INPUT_WINDOW >= offset + 10_000);
        node.input(1, offset, piece);
    }
    node.until(|node| node.views[&1].at == 300_005);
    assert_eq!(node.views[&1].bytes[5..], paste);
}

#[test]
fn a_key_overtakes_a_flood_that_nobody_reads() {
    let holder = Holder::shell("exec yes");
    let mut node = holder.link(1);
    node.lazy(1);
    node.write(1, 1, 0);
    node.until(|node| node.views[&1].at > 1000);
    node.input(1, 0, b"\x03");
    node.until(|node| node.changed.last().is_some_and(|changed| changed.exit.is_some()));
    assert_eq!(node.changed.last().unwrap().exit.unwrap().signal, Some(2));
}

#[test]
fn more_than_a_megabyte_of_all_writers_is_refused_and_what_is_sent_again_is_not() {
    let holder = Holder::shell("stty raw -echo; printf ready; exec sleep 1000");
    let mut node = holder.link(1);
    let window = vec![b'x'; usize::try_from(INPUT_WINDOW).unwrap()];
    let channel = |writer: u8| 2 * u32::from(writer) - 1;
    node.write(channel(1), 1, 0);
    node.until_shown(1, "ready");
    // The terminal itself takes a window or two; three more than sixteen are more than may wait.
    for writer in 1..=19 {
        if writer > 1 {
            node.write(channel(writer), writer, 0);
        }
        node.input(channel(writer), 0, &window);
    }
    node.until(|node| node.views[&channel(19)].detached() == Some(Code::Busy));
    let accepted: Vec<u32> = (1..=19).map(channel).filter(|at| node.views[at].detached().is_none()).collect();
    assert!(accepted.len() >= 16, "{accepted:?}");
    for at in &accepted {
        node.input(*at, 0, &window);
    }
    // Nothing of the last has been taken, so this is the answer to the duplicate; all others came before.
    node.until(|node| !node.views[accepted.last().unwrap()].acks.is_empty());
    assert!(accepted.iter().all(|at| node.views[at].detached().is_none()));
    assert_eq!(node.write(41, 19, INPUT_WINDOW).opened.input.unwrap().applied.get(), 0);
}
