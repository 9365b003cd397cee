//! The pump of a splice: two sockets, bytes both ways, never looked at. A client comes over TCP, over TLS, or through
//! tailscaled's end of a unix socket.

use std::io;
use std::pin::pin;

use bytes::Bytes;
use futures_util::FutureExt;
use homie_circuit::{FrameReader, FrameWriter, upgrade, websocket};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{
    AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, Interest, ReadHalf, Ready, WriteHalf,
};
use tokio::net::{TcpStream, UnixStream, tcp, unix};
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

use crate::limits::{DRAIN_TIME, SPLICE_BUFFER};

/// A socket taken back out of hyper, and what hyper had read of it beyond the handshake.
pub(crate) struct Taken<S> {
    socket: S,
    early: Bytes,
}

/// Takes the socket back, if it is of this kind.
fn take<S>(upgraded: Upgraded) -> Result<Taken<S>, Upgraded>
where
    TokioIo<S>: hyper::rt::Read + hyper::rt::Write + Unpin + 'static,
{
    let parts = upgraded.downcast::<TokioIo<S>>()?;
    Ok(Taken { socket: parts.io.into_inner(), early: parts.read_buf })
}

/// Joins a client, over whatever it came, with the node.
pub(crate) async fn join_any(client: Upgraded, node: Upgraded) -> io::Result<()> {
    let node = take(node).map_err(|_| another())?;
    let client = match take::<TcpStream>(client) {
        Ok(client) => return join(client, node).await,
        Err(client) => client,
    };
    let client = match take::<TlsStream<TcpStream>>(client) {
        Ok(client) => return join(client, node).await,
        Err(client) => client,
    };
    join(take::<UnixStream>(client).map_err(|_| another())?, node).await
}

/// A circuit with the gateway itself. Reader and writer want a socket: between them and TLS there is a pair of them, which
/// costs a copy that no splice has.
pub(crate) fn own_circuit(upgraded: Upgraded) -> io::Result<(FrameReader, FrameWriter)> {
    let client = match take::<TlsStream<TcpStream>>(upgraded) {
        Ok(client) => client,
        Err(plain) => return upgrade::circuit(plain).map_err(io::Error::other),
    };
    let (near, far) = UnixStream::pair()?;
    // It ends with either of its ends.
    tokio::spawn(async move {
        if let Err(error) = join(client, Taken { socket: far, early: Bytes::new() }).await {
            tracing::debug!("a circuit over TLS ended: {error}");
        }
    });
    Ok(websocket(near, &[]))
}

/// Only a mistake of ours can bring it about.
fn another() -> io::Error {
    io::Error::other("an upgraded connection is not the socket it was")
}

/// Joins the two until both directions have ended, or one has failed. When one side has said all it has to say, the
/// other is told so and may still speak, for [`DRAIN_TIME`].
async fn join<C: Ends>(mut client: Taken<C>, mut node: Taken<UnixStream>) -> io::Result<()> {
    let (from_client, to_client) = client.socket.ends();
    let (from_node, to_node) = node.socket.ends();
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

/// Both directions of a connection.
trait Ends {
    type Read<'a>: Half + Send
    where
        Self: 'a;
    type Write<'a>: AsyncWrite + Unpin + Send
    where
        Self: 'a;

    fn ends(&mut self) -> (Self::Read<'_>, Self::Write<'_>);
}

impl Ends for TcpStream {
    type Read<'a> = tcp::ReadHalf<'a>;
    type Write<'a> = tcp::WriteHalf<'a>;

    fn ends(&mut self) -> (tcp::ReadHalf<'_>, tcp::WriteHalf<'_>) {
        self.split()
    }
}

impl Ends for UnixStream {
    type Read<'a> = unix::ReadHalf<'a>;
    type Write<'a> = unix::WriteHalf<'a>;

    fn ends(&mut self) -> (unix::ReadHalf<'_>, unix::WriteHalf<'_>) {
        self.split()
    }
}

impl Ends for TlsStream<TcpStream> {
    type Read<'a> = ReadHalf<&'a mut Self>;
    type Write<'a> = WriteHalf<&'a mut Self>;

    fn ends(&mut self) -> (ReadHalf<&mut Self>, WriteHalf<&mut Self>) {
        tokio::io::split(self)
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

/// What the socket below TLS knows cannot be seen from here: a client that has gone is noticed when the node, which always
/// reads, has taken the rest.
impl Half for ReadHalf<&mut TlsStream<TcpStream>> {
    fn known(&self) -> Option<io::Result<Ready>> {
        None
    }
}

#[cfg(test)]
mod tests;
