//! Circuits that are sealed from whoever passes them on, over real sockets with somebody in the middle.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{MachineKey, Signature};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::fake::{KEY, Me, sign};
use super::{PATIENCE, frame, input, output};
use crate::sealed::{Prove, Sealed, Sealer, connect};

const SECRET: &[u8] = b"what nobody on the way shall read";

/// A machine of this key, whose signatures are good or not.
struct Machine(MachineKey, bool);

impl Prove for Machine {
    fn key(&self) -> MachineKey {
        self.0
    }

    fn sign(&self, bytes: &[u8]) -> Result<Signature, Refusal> {
        Ok(if self.1 { sign(bytes) } else { Signature([0; 64]) })
    }
}

/// Passes bytes on, keeps a copy, and turns one bit of the byte at this place of what comes down.
async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, seen: Seen, turned: Option<usize>) {
    let mut room = [0; 4096];
    while let Ok(len @ 1..) = from.read(&mut room).await {
        let begin = seen.lock().unwrap().len();
        seen.lock().unwrap().extend(&room[..len]);
        if let Some(byte) = turned.and_then(|place| room[..len].get_mut(place.checked_sub(begin)?)) {
            *byte ^= 1;
        }
        if to.write_all(&room[..len]).await.is_err() {
            return;
        }
    }
}

/// Both ends, and what the middle has seen of both ways.
struct Met {
    client: Result<Sealed, Refusal>,
    node: Result<Sealed, Refusal>,
    /// What went up, and what came down.
    seen: [Seen; 2],
}

/// What has passed.
type Seen = Arc<Mutex<Vec<u8>>>;

async fn meet(machine: Machine, turned: Option<usize>) -> Met {
    let sealer = Sealer::new(Arc::new(machine)).unwrap();
    let (client, near) = UnixStream::pair().unwrap();
    let (far, node) = UnixStream::pair().unwrap();
    let (up, down): (Seen, Seen) = Default::default();
    let ((near_reads, near_writes), (far_reads, far_writes)) = (near.into_split(), far.into_split());
    tokio::spawn(pass(near_reads, far_writes, Arc::clone(&up), None));
    tokio::spawn(pass(far_reads, near_writes, Arc::clone(&down), turned));
    let meeting = async { tokio::join!(connect(client, Arc::new(Me::default())), sealer.accept(node, Bytes::new())) };
    let (client, node) = timeout(PATIENCE, meeting).await.unwrap();
    Met { client, node, seen: [up, down] }
}

#[tokio::test]
async fn frames_pass_both_ways_and_the_middle_reads_none_of_them() {
    let Met { client, node, seen } = meet(Machine(KEY, true), None).await;
    let (mut client, mut node) = (client.unwrap(), node.unwrap());
    assert_eq!(client.exporter, node.exporter);
    client.writer.send(input(0), SECRET).unwrap();
    assert_eq!(&*frame(&mut node.reader).await.payload, SECRET);
    node.writer.send(output(0), SECRET).unwrap();
    assert_eq!(&*frame(&mut client.reader).await.payload, SECRET);
    for seen in seen {
        let seen = seen.lock().unwrap();
        assert!(seen.len() > SECRET.len() && !seen.windows(8).any(|part| SECRET.starts_with(part)), "in the clear");
        assert!(!seen.windows(32).any(|part| part == KEY.0), "not even whose machine it is");
    }
}

/// Who ends TLS in the middle has another key, or cannot sign with this one.
#[tokio::test]
async fn another_key_or_a_signature_that_is_not_its_own_is_refused() {
    for machine in [Machine(MachineKey([8; 32]), true), Machine(KEY, false)] {
        let Err(refused) = meet(machine, None).await.client else { panic!("it is let in") };
        assert_eq!(refused.code, Code::Unauthenticated, "{refused}");
    }
}

#[tokio::test]
async fn a_bit_that_is_turned_on_the_way_ends_it() {
    for place in [40, 300] {
        let client = meet(Machine(KEY, true), Some(place)).await.client;
        assert!(client.is_err(), "{place}");
    }
}

/// What the client has said with its request already is not lost.
#[tokio::test]
async fn what_came_early_counts() {
    let sealer = Sealer::new(Arc::new(Machine(KEY, true))).unwrap();
    let (client, mut near) = UnixStream::pair().unwrap();
    let (mut far, node) = UnixStream::pair().unwrap();
    let connecting = tokio::spawn(connect(client, Arc::new(Me::default())));
    let mut early = vec![0; 50];
    near.read_exact(&mut early).await.unwrap();
    tokio::spawn(async move { tokio::io::copy_bidirectional(&mut near, &mut far).await });
    let node = timeout(PATIENCE, sealer.accept(node, early.into())).await.unwrap().unwrap();
    assert_eq!(timeout(PATIENCE, connecting).await.unwrap().unwrap().unwrap().exporter, node.exporter);
}

#[tokio::test]
async fn what_is_no_tls_is_sent_away() {
    let sealer = Sealer::new(Arc::new(Machine(KEY, true))).unwrap();
    let (mut client, node) = UnixStream::pair().unwrap();
    client.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let refused = timeout(PATIENCE, sealer.accept(node, Bytes::new())).await.unwrap();
    assert_eq!(refused.err().map(|refusal| refusal.code), Some(Code::Unreachable));
}
