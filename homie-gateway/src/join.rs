//! The pump of a splice: two sockets, bytes both ways, never looked at.

use std::io;

use bytes::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, copy_buf};
use tokio::net::{TcpStream, UnixStream};

use crate::limits::SPLICE_BUFFER;

/// A socket taken back out of hyper, and what hyper had read of it beyond the handshake.
pub(crate) struct Taken<S> {
    socket: S,
    early: Bytes,
}

/// Takes the socket back. `None` means that it is of another kind, which only a mistake of ours can bring about.
pub(crate) fn take<S>(upgraded: Upgraded) -> Option<Taken<S>>
where
    TokioIo<S>: hyper::rt::Read + hyper::rt::Write + Unpin + 'static,
{
    let parts = upgraded.downcast::<TokioIo<S>>().ok()?;
    Some(Taken { socket: parts.io.into_inner(), early: parts.read_buf })
}

/// Joins the two until both directions have ended, or one has failed. When one side has said all it has to say, the
/// other is told so and may still speak.
pub(crate) async fn join(mut client: Taken<TcpStream>, mut node: Taken<UnixStream>) -> io::Result<()> {
    let (from_client, to_client) = client.socket.split();
    let (from_node, to_node) = node.socket.split();
    tokio::try_join!(pass(client.early, from_client, to_node), pass(node.early, from_node, to_client))?;
    Ok(())
}

async fn pass(early: Bytes, from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
    to.write_all(&early).await?;
    copy_buf(&mut BufReader::with_capacity(SPLICE_BUFFER, from), &mut to).await?;
    to.shutdown().await
}
