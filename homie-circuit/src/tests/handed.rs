//! A client's socket that goes from one process to another, here from one end of a pair to the other.

use std::fs::File;
use std::io::{IoSlice, Write};
use std::mem::MaybeUninit;
use std::os::fd::AsFd;

use rustix::cmsg_space;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::time::timeout;

use super::PATIENCE;
use crate::Socket;
use crate::handed::{give, given_up, take};

/// The server's end of a client's TCP connection, and the client's.
async fn over_tcp() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (listener.accept().await.unwrap().0, client)
}

async fn says(socket: &Socket, words: &str) {
    let mut read = [0; 64];
    let len = timeout(PATIENCE, socket.read(&mut read)).await.unwrap().unwrap();
    assert_eq!(&read[..len], words.as_bytes());
}

#[tokio::test]
async fn both_sockets_go_over_with_what_was_read_of_them_and_the_end_of_either_is_seen() {
    let (mut gateway, mut node) = UnixStream::pair().unwrap();
    let (served, mut client) = over_tcp().await;
    give(&mut gateway, served, b"early").await.unwrap();
    let (taken, early) = take(&mut node).await.unwrap();
    client.write_all(b"later").await.unwrap();
    says(&taken, "later").await;
    assert_eq!(early, b"early");
    drop(taken);
    let mut read = [0; 1];
    assert_eq!(timeout(PATIENCE, tokio::io::AsyncReadExt::read(&mut client, &mut read)).await.unwrap().unwrap(), 0);

    let (served, mut client) = UnixStream::pair().unwrap();
    let much = vec![7; 40_000];
    give(&mut gateway, served, &much).await.unwrap();
    let (taken, early) = take(&mut node).await.unwrap();
    assert_eq!(early, much);
    client.write_all(b"there").await.unwrap();
    says(&taken, "there").await;

    drop(gateway);
    timeout(PATIENCE, given_up(&mut node)).await.unwrap();
}

/// Sends these bytes with this descriptor, as nobody of ours does.
fn send(gateway: &UnixStream, bytes: &[u8], descriptor: Option<&File>) {
    let descriptors: Vec<_> = descriptor.map(AsFd::as_fd).into_iter().collect();
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut beside = SendAncillaryBuffer::new(&mut space);
    assert!(descriptors.is_empty() || beside.push(SendAncillaryMessage::ScmRights(&descriptors)));
    sendmsg(gateway, &[IoSlice::new(bytes)], &mut beside, SendFlags::empty()).unwrap();
}

#[tokio::test]
async fn what_is_no_socket_is_refused_in_words() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"a file").unwrap();
    let cases: [(&[u8], Option<&File>); 5] = [
        (&[0; 4], None),
        (&[0; 3], Some(&file)),
        (&[0xff; 4], Some(&file)),
        (&[0; 4], Some(&file)),
        (b"GET / HTTP/1.1", None),
    ];
    for (bytes, descriptor) in cases {
        let (gateway, mut node) = UnixStream::pair().unwrap();
        send(&gateway, bytes, descriptor);
        let refused = timeout(PATIENCE, take(&mut node)).await.unwrap();
        assert!(refused.is_err(), "{bytes:?}");
    }
    let (gateway, mut node) = UnixStream::pair().unwrap();
    drop(gateway);
    assert!(timeout(PATIENCE, take(&mut node)).await.unwrap().is_err());
}

#[tokio::test]
async fn a_client_that_said_too_much_before_its_answer_is_not_handed_over() {
    let (mut gateway, _node) = UnixStream::pair().unwrap();
    let (served, _client) = over_tcp().await;
    assert!(give(&mut gateway, served, &vec![0; 70_000]).await.is_err());
}
