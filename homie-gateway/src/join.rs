//! The pump of a splice: two sockets, bytes both ways, never looked at.

use std::io;
use std::pin::pin;

use bytes::Bytes;
use futures_util::FutureExt;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, Interest, Ready};
use tokio::net::{TcpStream, UnixStream, tcp, unix};
use tokio::time::timeout;

use crate::limits::{DRAIN_TIME, SPLICE_BUFFER};

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
/// other is told so and may still speak, for [`DRAIN_TIME`].
pub(crate) async fn join(mut client: Taken<TcpStream>, mut node: Taken<UnixStream>) -> io::Result<()> {
    let (from_client, to_client) = client.socket.split();
    let (from_node, to_node) = node.socket.split();
    let mut up = pin!(pass(client.early, from_client, to_node));
    let mut down = pin!(pass(node.early, from_node, to_client));
    tokio::select! {
        ended = &mut up => {
            ended?;
            timeout(DRAIN_TIME, down).await?
        }
        ended = &mut down => {
            ended?;
            timeout(DRAIN_TIME, up).await?
        }
    }
}

/// Passes on until `from` has ended. If `to` takes nothing and `from` has hung up, nobody waits for the rest.
async fn pass(early: Bytes, from: impl Half, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
    to.write_all(&early).await?;
    let mut from = BufReader::with_capacity(SPLICE_BUFFER, from);
    loop {
        let bytes = from.fill_buf().await?;
        if bytes.is_empty() {
            return to.shutdown().await;
        }
        match timeout(DRAIN_TIME, to.write(bytes)).await {
            Ok(taken) => from.consume(taken?),
            Err(late) if from.get_ref().has_hung_up() => return Err(late.into()),
            Err(_) => {}
        }
    }
}

/// The half of a socket that is read.
trait Half: AsyncRead + Unpin {
    /// What is known of the socket now.
    fn known(&self) -> Option<io::Result<Ready>>;

    /// Whether the other end is closed for good, whatever it has said before that is not read yet: nothing can be written
    /// to it any more.
    fn has_hung_up(&self) -> bool {
        matches!(self.known(), Some(Ok(ready)) if ready.is_write_closed())
    }
}

impl Half for tcp::ReadHalf<'_> {
    fn known(&self) -> Option<io::Result<Ready>> {
        self.ready(Interest::WRITABLE).now_or_never()
    }
}

impl Half for unix::ReadHalf<'_> {
    fn known(&self) -> Option<io::Result<Ready>> {
        self.ready(Interest::WRITABLE).now_or_never()
    }
}

#[cfg(test)]
mod tests;
