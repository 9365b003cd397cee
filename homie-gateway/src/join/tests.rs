//! How a splice ends when one side does not. Time is the tests' own: it passes when nothing else can happen.

use std::io::ErrorKind;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{resume, sleep};

use super::*;

/// A splice, and both ends of it.
async fn splice() -> (TcpStream, UnixStream, JoinHandle<io::Result<()>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (client, accepted) =
        tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), async { listener.accept().await.unwrap().0 });
    let (node, near) = UnixStream::pair().unwrap();
    let (from, to) = (Taken { socket: accepted, early: Bytes::new() }, Taken { socket: near, early: Bytes::new() });
    (client.unwrap(), node, tokio::spawn(join(from, to)))
}

/// Writes until the client's side, which nobody reads, takes no more for a minute. Gives how many bytes.
async fn fill(node: &mut UnixStream) -> usize {
    let mut written = 0;
    while let Ok(taken) = timeout(6 * DRAIN_TIME, node.write(&[7; 16 * 1024])).await {
        written += taken.unwrap();
    }
    written
}

async fn ended(splice: JoinHandle<io::Result<()>>) -> io::Result<()> {
    timeout(60 * DRAIN_TIME, splice).await.expect("the splice ends").unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_client_that_stays_after_the_node_has_hung_up_is_let_go() {
    let (mut client, node, splice) = splice().await;
    drop(node);
    assert_eq!(ended(splice).await.unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_nothing_is_let_go_once_the_node_has_hung_up() {
    let (_client, mut node, splice) = splice().await;
    fill(&mut node).await;
    assert!(!splice.is_finished(), "a client may rest as long as the node waits for it");
    drop(node);
    assert_eq!(ended(splice).await.unwrap_err().kind(), ErrorKind::TimedOut);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_rests_loses_nothing() {
    let (mut client, mut node, splice) = splice().await;
    let written = fill(&mut node).await;
    sleep(60 * DRAIN_TIME).await;
    resume();
    let reading = tokio::spawn(async move {
        let mut all = Vec::new();
        client.read_to_end(&mut all).await.unwrap();
        all.len()
    });
    drop(node);
    assert_eq!(reading.await.unwrap(), written);
    ended(splice).await.unwrap();
}
