//! Connections that tailscaled makes: what it is asked, and what comes of it.

use homie_tailnet::{LocalApi, TailnetError};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy};
use tokio::net::UnixListener;
use tokio::task::JoinHandle;

/// Answers one question with this head, and then gives back what it gets; tells what it was asked.
fn tailscaled(folder: &tempfile::TempDir, head: &'static str) -> (LocalApi, JoinHandle<Vec<String>>) {
    let socket = folder.path().join("ts.sock");
    let listener = UnixListener::bind(&socket).expect("a socket");
    let serving = async move {
        let (stream, _) = listener.accept().await.expect("a caller");
        let (reads, mut writes) = stream.into_split();
        let (mut reads, mut asked) = (BufReader::new(reads), Vec::new());
        while asked.last().is_none_or(|line: &String| !line.is_empty()) {
            let mut line = String::new();
            reads.read_line(&mut line).await.expect("a line");
            asked.push(line.trim_end().to_owned());
        }
        writes.write_all(head.as_bytes()).await.expect("an answer");
        copy(&mut reads, &mut writes).await.expect("all of it");
        asked
    };
    (LocalApi::new(socket), tokio::spawn(serving))
}

#[tokio::test]
async fn a_connection_is_asked_for_as_tailscale_does_and_carries_bytes_both_ways() {
    let folder = tempfile::tempdir().expect("a directory");
    let head = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: ts-dial\r\n\r\n";
    let (api, serving) = tailscaled(&folder, head);
    let mut stream = api.dial("100.64.0.2", 4663).await.expect("a connection");
    stream.write_all(b"there and back").await.expect("taken");
    let mut back = [0; 14];
    stream.read_exact(&mut back).await.expect("given back");
    assert_eq!(&back, b"there and back");
    drop(stream);
    let asked = serving.await.expect("an end");
    assert_eq!(asked.first().map(String::as_str), Some("POST /localapi/v0/dial HTTP/1.1"));
    for header in [
        "host: local-tailscaled.sock",
        "connection: upgrade",
        "upgrade: ts-dial",
        "dial-host: 100.64.0.2",
        "dial-port: 4663",
    ] {
        assert!(asked.iter().any(|line| line == header), "{header} is not in {asked:?}");
    }
}

#[tokio::test]
async fn a_machine_that_is_not_reached_is_told_in_tailscaleds_words() {
    let folder = tempfile::tempdir().expect("a directory");
    let head = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 37\r\n\r\ndial failure: connection was refused\n";
    let (api, _serving) = tailscaled(&folder, head);
    let refused = api.dial("100.64.0.2", 4663).await.expect_err("nobody");
    let TailnetError::Refused { status, said, .. } = refused else { panic!("{refused:?}") };
    assert_eq!((status, said.as_str()), (502, "dial failure: connection was refused"));
}

#[tokio::test]
async fn whoever_speaks_before_it_was_spoken_to_is_no_machine_of_ours() {
    let folder = tempfile::tempdir().expect("a directory");
    let head = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: ts-dial\r\n\r\nSSH-2.0";
    let (api, _serving) = tailscaled(&folder, head);
    let refused = api.dial("100.64.0.2", 4663).await.expect_err("no machine");
    assert!(matches!(refused, TailnetError::Garbled { .. }), "{refused:?}");
}
