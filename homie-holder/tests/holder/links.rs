//! Links: who may have the holder, and what becomes of those who misbehave.

use std::io::Read;
use std::process::{Command, Stdio};

use homie_protocol::code::Code;
use homie_protocol::frame::{Header, Kind};
use homie_protocol::holder::{Drives, LinkHello, ToHolder};
use homie_protocol::id::WriterId;
use homie_protocol::version::Versions;
use tempfile::TempDir;

use crate::node::Node;
use crate::process::{Holder, pid, program, read, spec};

/// The program still gives back what is typed.
fn lives(holder: &Holder, epoch: u64) {
    let mut node = holder.link(epoch);
    node.write(1, 77, 0);
    node.input(1, 0, b"lives");
    node.until_shown(1, "lives");
}

#[test]
fn the_welcome_tells_all_that_a_new_node_must_know() {
    let holder = Holder::shell("printf ready; exec cat");
    let mut node = holder.link(3);
    node.watch(1, None);
    node.until_shown(1, "ready");
    let size = node.resize(100, 30);
    let welcome = holder.link(3).welcome.unwrap();
    let record = holder.record();
    assert_eq!((welcome.session, welcome.incarnation), (holder.spec.session, holder.spec.incarnation));
    assert_eq!((record.session, record.incarnation), (holder.spec.session, holder.spec.incarnation));
    assert_eq!((welcome.pid, welcome.exit), (record.pid, None));
    assert_eq!((welcome.start.get(), welcome.end.get()), (0, 5));
    assert_eq!(welcome.size, size);
}

#[test]
fn the_next_node_is_told_who_drove_unless_it_is_of_an_older_version() {
    let holder = Holder::mirror();
    let mut node = holder.link(1);
    let writer = Some(WriterId::from_bytes([4; 8]));
    node.tell(&ToHolder::Driver(Drives { writer }));
    node.turns(1);
    let memory = holder.link(2).welcome.unwrap().memory.unwrap();
    assert_eq!((memory.driver, memory.pipes), (writer, false));
    let mut node = Node::knock(&holder.socket());
    node.tell(&ToHolder::Hello(LinkHello { versions: Versions { min: 1, max: 1 }, epoch: 3 }));
    node.until(|node| node.welcome.is_some());
    let welcome = node.welcome.unwrap();
    assert_eq!((welcome.version, welcome.memory), (1, None));
}

#[test]
fn a_newer_node_displaces_an_older_one_and_not_the_other_way_round() {
    let holder = Holder::mirror();
    let mut five = holder.link(5);
    five.write(1, 1, 0);
    let mut equal = holder.link(5);
    assert_eq!(five.until_closed(), Some(Code::Displaced));
    let mut late = Node::greet(&holder.socket(), 4);
    assert_eq!(late.until_closed(), Some(Code::Displaced));
    let mut six = holder.link(6);
    assert_eq!(equal.until_closed(), Some(Code::Displaced));
    drop(equal);
    six.write(1, 1, 0);
    six.input(1, 0, b"six");
    six.until_shown(1, "six");
    drop(six);
    // Also when nobody has the holder: an old node that wakes up is still an old one.
    assert_eq!(Node::greet(&holder.socket(), 5).until_closed(), Some(Code::Displaced));
    lives(&holder, 6);
}

#[test]
fn bad_bytes_close_the_link_and_the_program_does_not_notice() {
    let holder = Holder::mirror();
    let hello = |versions| ToHolder::Hello(LinkHello { versions, epoch: 1 });
    let refused = |act: &dyn Fn(&mut Node)| {
        let mut node = Node::knock(&holder.socket());
        act(&mut node);
        node.until_closed()
    };
    assert_eq!(refused(&|node| node.raw(&[0; 64])), Some(Code::FrameShort));
    assert_eq!(refused(&|node| node.raw(&[0xff; 64])), Some(Code::TooLarge));
    assert_eq!(refused(&|node| node.frame(Header::CIRCUIT, b"\xc1")), Some(Code::Malformed));
    assert_eq!(refused(&|node| node.bury()), Some(Code::UnexpectedFrame));
    assert_eq!(refused(&|node| node.input(1, 0, b"x")), Some(Code::UnexpectedFrame));
    assert_eq!(refused(&|node| node.tell(&hello(Versions { min: 7, max: 9 }))), Some(Code::Version));
    let long = |node: &mut Node| node.raw(&[&[0, 9, 0, 0][..], &[0; 9000]].concat());
    assert_eq!(refused(&long), Some(Code::TooLarge));

    let greeted = |act: &dyn Fn(&mut Node)| {
        let mut node = holder.link(1);
        act(&mut node);
        node.until_closed()
    };
    assert_eq!(greeted(&|node| node.raw(&[9; 64])), Some(Code::TooLarge));
    assert_eq!(greeted(&|node| node.input(1, 0, b"x")), Some(Code::Channel));
    assert_eq!(greeted(&|node| node.ask_open(2, None, None)), Some(Code::Channel));
    assert_eq!(greeted(&|node| node.tell(&hello(Versions { min: 1, max: 1 }))), Some(Code::UnexpectedFrame));
    let twice = |node: &mut Node| [1, 1].iter().for_each(|channel| node.ask_open(*channel, None, None));
    assert_eq!(greeted(&twice), Some(Code::Channel));
    lives(&holder, 1);
}

#[test]
fn a_frame_that_no_viewer_sends_closes_its_channel_alone() {
    let holder = Holder::mirror();
    let mut node = holder.link(1);
    for (channel, kind) in [(1, Kind::Output), (3, Kind::Snapshot), (5, Kind::Control)] {
        node.watch(channel, None);
        node.on_channel(kind, channel, 0, b"x");
        node.until(|node| node.views[&channel].detached() == Some(Code::UnexpectedFrame));
        // What was on its way to it is dropped.
        node.ack(channel, 0);
    }
    node.frame(Header::PING, b"there?");
    node.until(|node| node.pongs == [b"there?"]);
}

#[test]
fn links_that_say_nothing_are_few_and_do_not_last() {
    let holder = Holder::mirror();
    let mut silent: Vec<Node> = (0..4).map(|_| Node::knock(&holder.socket())).collect();
    let mut fifth = Node::knock(&holder.socket());
    assert_eq!(fifth.until_closed(), Some(Code::Busy));
    for node in &mut silent {
        assert_eq!(node.until_closed(), Some(Code::Timeout));
    }
    lives(&holder, 1);
}

#[test]
fn a_node_that_asks_and_does_not_read_loses_its_link() {
    let holder = Holder::mirror();
    let mut node = holder.link(1);
    let question = [0u8; 64];
    for _ in 0..40_000 {
        node.frame(Header::PING, &question);
    }
    assert_eq!(node.until_closed().unwrap_or(Code::SlowReader), Code::SlowReader);
    assert!(node.pongs.len() < 40_000);
    lives(&holder, 1);
}

#[test]
fn a_session_outlives_the_kill_of_the_node_that_started_it() {
    let home = TempDir::new().unwrap();
    let spec = spec(home.path(), &["sh", "-c", "stty raw -echo; printf ready; exec cat"]);
    let request = home.path().join("request");
    std::fs::write(&request, serde_json::to_vec(&spec).unwrap()).unwrap();
    let mut node = Command::new("sh")
        .args(["-c", r#""$0" <"$1" & wait"#])
        .args([program(), request])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut answer = [0; 6];
    node.stdout.as_mut().unwrap().read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"ready\n");
    node.kill().unwrap();
    node.wait().unwrap();

    let socket = spec.folder.join("sock");
    let mut next = Node::greet(&socket, 2);
    next.write(1, 1, 0);
    next.input(1, 0, b"still here");
    next.until_shown(1, "still here");
    // It is nobody's child any more, so it is ended by its own rules.
    let record: homie_holder::Record = read(&spec.folder.join("spec.json")).unwrap();
    rustix::process::kill_process(pid(record.holder).unwrap(), rustix::process::Signal::TERM).unwrap();
    next.until_closed();
    assert!(!socket.exists());
}
