//! How a machine that is not there is reached: TLS, the handshake of a WebSocket, and a circuit behind a pair of sockets, as
//! the gateway of a real one has it.

use std::sync::Arc;

use anyhow::{Context, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::node::Node;

/// Bytes of a request's head.
const HEAD: usize = 8 * 1024;

/// Takes connections for ever.
pub(super) async fn accept(listener: TcpListener, acceptor: TlsAcceptor, node: Arc<Node>) {
    let mut circuits = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        circuits.spawn(serve(socket, acceptor.clone(), Arc::clone(&node)));
        while circuits.try_join_next().is_some() {}
    }
}

async fn serve(socket: TcpStream, acceptor: TlsAcceptor, node: Arc<Node>) -> anyhow::Result<()> {
    socket.set_nodelay(true)?;
    let mut tls = acceptor.accept(socket).await?;
    shake_hands(&mut tls).await?;
    let (near, mut far) = UnixStream::pair()?;
    let near = near.into_std()?;
    let bare = UnixStream::from_std(near.try_clone()?)?;
    let (reader, writer) = homie_circuit::websocket(UnixStream::from_std(near)?, &[]);
    let attending = tokio::spawn(node.attend(reader, writer, bare));
    // It ends with either of its ends.
    let _carried = copy_bidirectional(&mut tls, &mut far).await;
    drop(far);
    attending.await?
}

/// A client says nothing more before it is answered.
async fn shake_hands(tls: &mut TlsStream<TcpStream>) -> anyhow::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if tls.read_buf(&mut head).await? == 0 || head.len() > HEAD {
            bail!("no request");
        }
    }
    let head = String::from_utf8(head)?;
    let key = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("sec-websocket-key").then_some(value)
    });
    let accept = derive_accept_key(key.context("no WebSocket")?.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Protocol: homie.v1\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    Ok(tls.write_all(answer.as_bytes()).await?)
}
