//! From HTTP to a circuit, over both sockets, with hyper's server and a client that is not ours.

use std::convert::Infallible;

use futures_util::{SinkExt, StreamExt};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use super::{PATIENCE, input};
use crate::upgrade::{SUBPROTOCOL, accept, circuit};

/// Serves one connection: every circuit echoes its frames.
async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
    let service = service_fn(|mut request: Request<Incoming>| async move {
        let answered = match accept(&request) {
            Ok(response) => {
                let upgrade = hyper::upgrade::on(&mut request);
                tokio::spawn(async move {
                    let (mut reader, writer) = circuit(upgrade.await.unwrap()).unwrap();
                    while let Ok(Some(frame)) = reader.next().await {
                        let _ = writer.send(frame.header, &frame.payload);
                    }
                });
                response.map(|()| Full::default())
            }
            Err(error) => {
                let mut response = Response::new(Full::new(Bytes::from(error.to_string())));
                *response.status_mut() = error.status();
                response
            }
        };
        Ok::<_, Infallible>(answered)
    });
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await;
}

async fn echo(stream: impl AsyncRead + AsyncWrite + Unpin) {
    let mut request = "ws://localhost/m/x".into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("other, homie.v1"));
    let (mut client, response) = client_async(request, stream).await.unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], SUBPROTOCOL);
    let message = Message::binary([&input(0).to_bytes()[..], b"there and back"].concat());
    client.send(message.clone()).await.unwrap();
    assert_eq!(timeout(PATIENCE, client.next()).await.unwrap().unwrap().unwrap(), message);
    client.close(None).await.unwrap();
}

#[tokio::test]
async fn a_request_becomes_a_circuit_over_both_sockets() {
    let (client, server) = UnixStream::pair().unwrap();
    let serving = tokio::spawn(serve(server));
    echo(client).await;
    timeout(PATIENCE, serving).await.unwrap().unwrap();

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let serving = tokio::spawn(serve(listener.accept().await.unwrap().0));
    echo(client).await;
    timeout(PATIENCE, serving).await.unwrap().unwrap();
}

/// Asks with these lines and gives the status.
async fn status(lines: &str) -> u16 {
    let (mut client, server) = UnixStream::pair().unwrap();
    let serving = tokio::spawn(serve(server));
    let request = format!("GET /m/x HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    timeout(PATIENCE, client.read_exact(&mut answer)).await.unwrap().unwrap();
    serving.abort();
    std::str::from_utf8(&answer[9..]).unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_request_that_is_not_whole_is_refused() {
    let upgrade = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n";
    let version = "Sec-WebSocket-Version: 13\r\n";
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let protocol = "Sec-WebSocket-Protocol: homie.v1\r\n";
    let whole = format!("{upgrade}{version}{key}{protocol}");
    assert_eq!(status(&whole).await, StatusCode::SWITCHING_PROTOCOLS);
    let cases = [
        (String::new(), StatusCode::UPGRADE_REQUIRED),
        (format!("Upgrade: websocket\r\n{version}{key}{protocol}"), StatusCode::UPGRADE_REQUIRED),
        (format!("{upgrade}{key}{protocol}"), StatusCode::UPGRADE_REQUIRED),
        (format!("{upgrade}Sec-WebSocket-Version: 8\r\n{key}{protocol}"), StatusCode::UPGRADE_REQUIRED),
        (format!("{upgrade}{version}{protocol}"), StatusCode::BAD_REQUEST),
        (format!("{upgrade}{version}{key}"), StatusCode::BAD_REQUEST),
        (format!("{upgrade}{version}{key}Sec-WebSocket-Protocol: homie.v2\r\n"), StatusCode::BAD_REQUEST),
    ];
    for (lines, expected) in cases {
        assert_eq!(status(&lines).await, expected, "{lines}");
    }
}
