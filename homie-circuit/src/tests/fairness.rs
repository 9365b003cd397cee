//! A peer that never stops sending takes its turn, and no more: everybody else's tasks run in between.
//!
//! Each socket is filled before anyone reads, so nothing here depends on time: on a runtime with one thread, whoever reads
//! all of it in one go lets nobody in before.

use std::io::Write;
use std::os::unix::net::UnixStream as Blocking;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use homie_protocol::frame::Header;
use homie_protocol::stream::preamble;
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::PATIENCE;
use crate::{FrameReader, unix, websocket};

/// Bytes in the socket: many turns' worth, and no more than it takes.
const FLOOD: usize = 128 * 1024;

/// A socket that others have filled and left.
async fn flooded(start: &[u8], piece: &[u8]) -> UnixStream {
    let (mut peer, ours) = Blocking::pair().unwrap();
    peer.set_nonblocking(true).unwrap();
    // In one write, because each costs the kernel more than these pieces are long.
    peer.write_all(&[start, &piece.repeat(FLOOD / piece.len())].concat()).unwrap();
    ours.set_nonblocking(true).unwrap();
    let ours = UnixStream::from_std(ours).unwrap();
    ours.readable().await.unwrap();
    ours
}

/// Reads until the end, while somebody else wants a turn.
async fn others_get_a_turn(mut reader: FrameReader) {
    let is_over = Arc::new(AtomicBool::new(false));
    let tells = Arc::clone(&is_over);
    let reading = tokio::spawn(async move {
        while let Ok(Some(_)) = reader.next().await {}
        tells.store(true, Ordering::Relaxed);
    });
    tokio::task::yield_now().await;
    assert!(!is_over.load(Ordering::Relaxed), "the flood was read in one go");
    timeout(PATIENCE, reading).await.unwrap().unwrap();
}

/// A small WebSocket frame of a client, masked with zeros.
fn masked(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let len = 0x80 | u8::try_from(payload.len()).unwrap();
    [&[opcode, len, 0, 0, 0, 0], payload].concat()
}

#[tokio::test]
async fn frames_on_a_unix_socket() {
    let ours = flooded(&[], &preamble(Header::PONG, 0)).await;
    let (reader, _writer) = unix(ours);
    others_get_a_turn(reader).await;
}

#[tokio::test]
async fn frames_on_a_websocket() {
    let ours = flooded(&[], &masked(0x82, &Header::PONG.to_bytes())).await;
    let (reader, _writer) = websocket(ours, &[]);
    others_get_a_turn(reader).await;
}

#[tokio::test]
async fn a_websockets_own_pongs() {
    let ours = flooded(&[], &masked(0x8a, &[])).await;
    let (reader, _writer) = websocket(ours, &[]);
    others_get_a_turn(reader).await;
}

#[tokio::test]
async fn a_message_of_empty_fragments_without_end() {
    let ours = flooded(&masked(0x02, &[]), &masked(0x00, &[])).await;
    let (reader, _writer) = websocket(ours, &[]);
    others_get_a_turn(reader).await;
}
