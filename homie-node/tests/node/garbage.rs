//! Bytes that make no sense, on every socket a node has: whoever sends them is closed, and nobody else notices.

use std::path::Path;

use homie_protocol::code::Code;
use homie_protocol::frame::{Header, Kind};
use homie_protocol::id::{Channel, Offset, SessionId};
use homie_protocol::methods::session::{Attach, SessionState};
use homie_protocol::stream::preamble;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;

use crate::caller::{Caller, watching};
use crate::machine::{Machine, PATIENCE};

/// Bytes of chance, and some that look right for a while.
fn garbage() -> Vec<Vec<u8>> {
    let seed = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), seed);
    let chance = prop::collection::vec(any::<u8>(), 1..4096);
    let mut all: Vec<Vec<u8>> = (0..20).map(|_| chance.new_tree(&mut runner).unwrap().current()).collect();
    let control = |payload: &[u8]| [preamble(Header::CIRCUIT, payload.len()).as_slice(), payload].concat();
    all.extend([
        vec![0; 64],
        vec![0xff; 64],
        // A frame of four gigabytes.
        u32::MAX.to_be_bytes().repeat(3),
        control(b"\xc1"),
        control(&[0x81; 2000]),
        control(b"\x81\xa1t\xa5hello"),
        // A text that is not UTF-8.
        control(b"\x81\xa1t\xa4\xff\xfe\xff\xfe"),
        b"GET / HTTP/1.1\r\nHost: \xff\r\n\r\n".to_vec(),
    ]);
    all
}

/// Sends bytes and waits until the other side has closed.
async fn is_closed(door: &Path, bytes: &[u8]) {
    let mut stream = UnixStream::connect(door).await.unwrap();
    // It may close before it has read all.
    let _closed = stream.write_all(bytes).await;
    let _closed = stream.shutdown().await;
    let read = timeout(PATIENCE, stream.read_to_end(&mut Vec::new())).await;
    assert!(read.is_ok(), "still open after {bytes:x?}");
}

#[tokio::test]
async fn at_the_doors_it_ends_the_connection_alone() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut honest = Caller::local(&machine).await;
    let session = honest.start("exec cat").await.id;
    honest.type_on(1, session).await;
    for door in [machine.state.local_sock(), machine.state.mesh_sock()] {
        for bytes in garbage() {
            is_closed(&door, &bytes).await;
        }
    }
    honest.input(1, 0, b"unharmed\r");
    honest.until_shown(1, "unharmed").await;
}

#[tokio::test]
async fn after_the_greeting_it_ends_the_circuit_alone() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut honest = Caller::local(&machine).await;
    let session = honest.start("exec cat").await.id;
    honest.type_on(1, session).await;
    // A name that is not UTF-8, in a request that is right otherwise.
    let name = b"\x84\xa1t\xa7request\xa2id\x01\xa6method\xb7terminal.session.rename\xa6params\x81\xa4name\xa2\xff\xfe";
    for payload in [&name[..], b"\xc1", &[0x91; 500]] {
        let mut liar = Caller::local(&machine).await;
        liar.writer.control(Channel::CIRCUIT, Offset::ZERO, payload).unwrap();
        liar.until_ended().await;
        assert!(matches!(liar.history.bye().unwrap().code, Code::Malformed | Code::TooDeep | Code::UnsupportedType));
    }
    honest.input(1, 0, b"unharmed\r");
    honest.until_shown(1, "unharmed").await;
}

/// Takes the place of a session's holder, which is gone, and says this to whoever knocks.
fn pretend(machine: &Machine, session: SessionId, words: Vec<u8>) {
    let socket = machine.state.holder(&session).join("sock");
    // The holder that was killed has left it.
    std::fs::remove_file(&socket).unwrap();
    let listener = UnixListener::bind(&socket).unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let words = words.clone();
            tokio::spawn(async move {
                let _closed = stream.write_all(&words).await;
                let _closed = stream.read_to_end(&mut Vec::new()).await;
            });
        }
    });
}

#[tokio::test]
async fn from_what_sits_in_a_holders_place_it_harms_no_other_session() {
    let machine = Machine::new();
    let node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let honest = caller.start("exec cat").await.id;
    let mut squatted = Vec::new();
    let output = Header::new(Kind::Output, Channel::new(1), Offset::ZERO).unwrap();
    let early = [preamble(output, 3).as_slice(), b"abc"].concat();
    for words in garbage().into_iter().rev().take(10).chain([early, Vec::new()]) {
        squatted.push((caller.start("exec cat").await.id, words));
    }
    node.stop().await;
    for (session, words) in &squatted {
        let holder = machine.holder_process(*session);
        machine.kill_holder(*session);
        holder.ended().await;
        pretend(&machine, *session, words.clone());
    }
    let _node = machine.node().await;
    let mut again = Caller::local(&machine).await;
    let listed = again.list().await;
    for (number, (session, _)) in (3..).step_by(2).zip(&squatted) {
        let info = listed.iter().find(|info| info.id == *session).unwrap();
        assert_ne!(info.state, SessionState::Running);
        let refusal = again.call::<Attach>(&watching(number, *session)).await.unwrap_err();
        assert_eq!(refusal.code, Code::Unreachable, "{refusal}");
    }
    again.type_on(101, honest).await;
    again.input(101, 0, b"unharmed\r");
    again.until_shown(101, "unharmed").await;
}
