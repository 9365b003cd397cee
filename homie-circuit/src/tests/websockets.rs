//! The carrier of browsers, from a client that is not ours.

use futures_util::{SinkExt, StreamExt};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::frame::{HEADER_LEN, Header};
use homie_protocol::limits::{FRAME_MAX, PAYLOAD_MAX};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame as WebSocketFrame};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use super::{LARGEST, PATIENCE, bye, frame, input, output};
use crate::{Frame, FrameReader, FrameWriter, websocket};

type Client<S> = WebSocketStream<S>;

async fn pair() -> (Client<UnixStream>, FrameReader, FrameWriter) {
    let (client, server) = UnixStream::pair().unwrap();
    let (reader, writer) = websocket(server, &[]);
    (WebSocketStream::from_raw_socket(client, Role::Client, None).await, reader, writer)
}

fn message(header: Header, payload: &[u8]) -> Vec<u8> {
    [&header.to_bytes(), payload].concat()
}

async fn receive<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin>(client: &mut Client<S>) -> Message {
    timeout(PATIENCE, client.next()).await.unwrap().unwrap().unwrap()
}

async fn refused(reader: &mut FrameReader) -> Code {
    timeout(PATIENCE, reader.next()).await.unwrap().unwrap_err().code
}

#[tokio::test]
async fn one_message_is_one_frame_in_every_size() {
    let (mut client, mut reader, writer) = pair().await;
    for len in [1, 109, 110, 65_519, 65_520, PAYLOAD_MAX] {
        let payload: Vec<u8> = (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect();
        writer.send(output(3), &payload).unwrap();
        assert_eq!(receive(&mut client).await, Message::binary(message(output(3), &payload)));
        client.send(Message::binary(message(input(3), &payload))).await.unwrap();
        assert_eq!(frame(&mut reader).await, Frame { header: input(3), payload: payload.into() });
    }
}

#[tokio::test]
async fn it_runs_over_tcp_and_takes_what_came_with_the_handshake() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (mut socket, _) = listener.accept().await.unwrap();
    let mut client = WebSocketStream::from_raw_socket(client, Role::Client, None).await;
    client.send(Message::binary(message(input(0), b"early"))).await.unwrap();
    let mut prior = [0; 5];
    socket.read_exact(&mut prior).await.unwrap();
    let (mut reader, writer) = websocket(socket, &prior);
    assert_eq!(&frame(&mut reader).await.payload[..], b"early");
    writer.send(output(0), b"answer").unwrap();
    assert_eq!(receive(&mut client).await, Message::binary(message(output(0), b"answer")));
}

#[tokio::test]
async fn a_message_in_fragments_with_a_ping_between_is_one_frame() {
    let (mut client, mut reader, _writer) = pair().await;
    let whole = message(input(0), b"in three pieces");
    let piece = |bytes: &[u8], data, last| {
        Message::Frame(WebSocketFrame::message(Bytes::copy_from_slice(bytes), OpCode::Data(data), last))
    };
    client.send(piece(&whole[..10], Data::Binary, false)).await.unwrap();
    client.send(piece(&whole[10..20], Data::Continue, false)).await.unwrap();
    client.send(Message::Ping("between".into())).await.unwrap();
    client.send(piece(&whole[20..], Data::Continue, true)).await.unwrap();
    assert_eq!(&frame(&mut reader).await.payload[..], b"in three pieces");
    assert_eq!(receive(&mut client).await, Message::Pong("between".into()));
}

#[tokio::test]
async fn a_ping_is_answered_once_and_before_output_that_waits() {
    let (mut client, mut reader, writer) = pair().await;
    for number in 0..64 {
        writer.send(output(number), LARGEST).unwrap();
    }
    client.send(Message::Ping("are you there".into())).await.unwrap();
    client.send(Message::binary(message(input(0), b"x"))).await.unwrap();
    frame(&mut reader).await;
    let mut pongs = Vec::new();
    for number in 0..65 {
        if let Message::Pong(payload) = receive(&mut client).await {
            pongs.push((number, payload));
        }
    }
    assert_eq!(pongs.len(), 1);
    assert!(pongs[0].0 < 32, "the pong came after {} frames of output", pongs[0].0);
    assert_eq!(&pongs[0].1[..], b"are you there");
}

#[tokio::test]
async fn text_is_refused() {
    let (mut client, mut reader, _writer) = pair().await;
    client.send(Message::text("hello")).await.unwrap();
    assert_eq!(refused(&mut reader).await, Code::UnexpectedFrame);
}

#[tokio::test]
async fn a_message_above_the_bound_is_refused_in_one_piece_or_in_many() {
    let (mut client, mut reader, _writer) = pair().await;
    let feed = tokio::spawn(async move { client.send(Message::binary(vec![0; FRAME_MAX + 1])).await });
    assert_eq!(refused(&mut reader).await, Code::TooLarge);
    // The rest of it is thrown away, so that it can leave, and hear why it was refused.
    reader.linger().await;
    timeout(PATIENCE, feed).await.unwrap().unwrap().unwrap();

    let (mut client, mut reader, _writer) = pair().await;
    let feed = tokio::spawn(async move {
        let mut data = Data::Binary;
        loop {
            let piece = WebSocketFrame::message(vec![0; 300_000], OpCode::Data(data), false);
            if client.send(Message::Frame(piece)).await.is_err() {
                return;
            }
            data = Data::Continue;
        }
    });
    assert_eq!(refused(&mut reader).await, Code::TooLarge);
    feed.abort();
}

#[tokio::test]
async fn unmasked_frames_of_a_client_are_refused() {
    let (mut client, server) = UnixStream::pair().unwrap();
    let (mut reader, _writer) = websocket(server, &[]);
    let whole = message(input(0), b"x");
    client.write_all(&[0x82, u8::try_from(whole.len()).unwrap()]).await.unwrap();
    client.write_all(&whole).await.unwrap();
    assert_eq!(refused(&mut reader).await, Code::Malformed);
}

#[tokio::test]
async fn a_short_message_is_refused_with_its_code() {
    let (mut client, mut reader, _writer) = pair().await;
    client.send(Message::binary(vec![0; HEADER_LEN - 1])).await.unwrap();
    assert_eq!(refused(&mut reader).await, Code::FrameShort);
}

#[tokio::test]
async fn goodbye_is_a_frame_then_a_close_with_the_number_then_the_end() {
    let (mut client, mut reader, writer) = pair().await;
    let refusal = Refusal::new(Code::GoingAway, "back soon");
    writer.bye(&refusal);
    let Message::Binary(whole) = receive(&mut client).await else { panic!("bye comes first") };
    let (header, payload) = Header::parse(&whole).unwrap();
    assert_eq!(bye(&Frame { header, payload: Bytes::copy_from_slice(payload) }), refusal);
    let close = CloseFrame { code: 4303.into(), reason: "back soon".into() };
    assert_eq!(receive(&mut client).await, Message::Close(Some(close)));
    assert!(timeout(PATIENCE, client.next()).await.unwrap().is_none_or(|end| end.is_err()));
    assert_eq!(timeout(PATIENCE, reader.next()).await.unwrap(), Ok(None));
}

#[tokio::test]
async fn a_client_that_closes_is_answered_and_ended() {
    let (mut client, mut reader, writer) = pair().await;
    client.close(None).await.unwrap();
    assert_eq!(timeout(PATIENCE, reader.next()).await.unwrap(), Ok(None));
    assert!(matches!(receive(&mut client).await, Message::Close(_)));
    timeout(PATIENCE, writer.closed()).await.unwrap();
}

#[tokio::test]
async fn a_link_that_is_cut_is_an_end() {
    let (client, mut reader, _writer) = pair().await;
    drop(client);
    assert_eq!(timeout(PATIENCE, reader.next()).await.unwrap(), Ok(None));
}
