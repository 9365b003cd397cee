//! The same where the client's side is TLS: its bytes go through a cipher, so they cannot be passed from socket to socket.

use std::io;
use std::pin::pin;

use bytes::Bytes;
use homie_circuit::Socket;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::coop::consume_budget;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

use super::{Taken, both};
use crate::limits::{DRAIN_TIME, SPLICE_BUFFER};

/// Joins the two as [`super::join`] does.
pub(super) async fn join_tls(client: Taken<TlsStream<TcpStream>>, node: Taken<UnixStream>) -> io::Result<()> {
    let (from_client, to_client) = tokio::io::split(client.socket);
    let node_side = Socket::from(node.socket);
    both(decipher(client.early, from_client, &node_side), cipher(node.early, &node_side, to_client)).await
}

/// The node always reads, or its end of the socket fails: nobody has to be watched meanwhile.
async fn decipher(early: Bytes, mut from: impl AsyncRead + Unpin, to: &Socket) -> io::Result<()> {
    write(&early, to).await?;
    let mut room = vec![0; SPLICE_BUFFER];
    loop {
        consume_budget().await;
        let len = from.read(&mut room).await?;
        if len == 0 {
            to.end_writing();
            return Ok(());
        }
        write(room.get(..len).unwrap_or_default(), to).await?;
    }
}

async fn write(mut bytes: &[u8], to: &Socket) -> io::Result<()> {
    while !bytes.is_empty() {
        bytes = bytes.get(to.write(bytes).await?..).unwrap_or_default();
    }
    Ok(())
}

async fn cipher(early: Bytes, from: &Socket, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
    give(&early, from, &mut to).await?;
    let mut room = vec![0; SPLICE_BUFFER];
    loop {
        consume_budget().await;
        let len = from.read(&mut room).await?;
        if len == 0 {
            return to.shutdown().await;
        }
        give(room.get(..len).unwrap_or_default(), from, &mut to).await?;
    }
}

/// All of it, out of the cipher too. If `to` takes nothing for [`DRAIN_TIME`] after `from` was seen to have hung up, nobody
/// waits for the rest.
async fn give(bytes: &[u8], from: &Socket, to: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
    let mut giving = pin!(async {
        to.write_all(bytes).await?;
        to.flush().await
    });
    let mut has_hung_up = false;
    loop {
        match timeout(DRAIN_TIME, &mut giving).await {
            Ok(given) => return given,
            Err(late) if has_hung_up => return Err(late.into()),
            Err(_) => has_hung_up = from.has_hung_up(),
        }
    }
}
