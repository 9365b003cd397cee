//! What becomes of a circuit's two sockets: the node takes the client's, or bytes are passed both ways between them, never looked at. A client
//! comes over TCP, over TLS (`tls`), or through tailscaled's end of a unix socket.

use std::io;
use std::pin::pin;

use bytes::Bytes;
use homie_circuit::{FrameReader, FrameWriter, Socket, handed, upgrade, websocket};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, UnixStream};
use tokio::task::coop::consume_budget;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

use crate::limits::{DRAIN_TIME, SPLICE_BUFFER};

mod tls;

use tls::join_tls;

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

/// The node's socket, taken back.
pub(crate) fn node_side(node: Upgraded) -> io::Result<Taken<UnixStream>> {
    take(node).map_err(|_| another())
}

impl Taken<UnixStream> {
    /// A socket that somebody else has taken back.
    pub(crate) const fn new(socket: UnixStream, early: Bytes) -> Self {
        Self { socket, early }
    }
}

/// Joins a client, over whatever it came, with the machine's side.
pub(crate) async fn join_any(client: Upgraded, node: Taken<UnixStream>) -> io::Result<()> {
    let client = match take::<TcpStream>(client) {
        Ok(client) => return join(client, node).await,
        Err(client) => client,
    };
    let client = match take::<TlsStream<TcpStream>>(client) {
        Ok(client) => return join_tls(client, node).await,
        Err(client) => client,
    };
    join(take::<UnixStream>(client).map_err(|_| another())?, node).await
}

/// Gives a client's socket to the node, and returns when the circuit is over.
pub(crate) async fn hand_over(client: Upgraded, node: Taken<UnixStream>) -> io::Result<()> {
    let mut lease = node.socket;
    match take::<TcpStream>(client) {
        Ok(Taken { socket, early }) => handed::give(&mut lease, socket, &early).await?,
        Err(client) => {
            let Taken { socket, early } = take::<UnixStream>(client).map_err(|_| another())?;
            handed::give(&mut lease, socket, &early).await?;
        }
    }
    handed::given_up(&mut lease).await;
    Ok(())
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
        if let Err(error) = join_tls(client, Taken::new(far, Bytes::new())).await {
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
async fn join(client: Taken<impl Into<Socket>>, node: Taken<impl Into<Socket>>) -> io::Result<()> {
    let (from_client, from_node) = (client.socket.into(), node.socket.into());
    both(pass(client.early, &from_client, &from_node), pass(node.early, &from_node, &from_client)).await
}

/// Until both ways have ended, or one has failed; the second has [`DRAIN_TIME`] once the first is over.
async fn both(up: impl Future<Output = io::Result<()>>, down: impl Future<Output = io::Result<()>>) -> io::Result<()> {
    let (mut up, mut down) = (pin!(up), pin!(down));
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

/// Passes on until `from` has ended.
async fn pass(early: Bytes, from: &Socket, to: &Socket) -> io::Result<()> {
    write(&early, from, to).await?;
    let mut room = vec![0; SPLICE_BUFFER];
    loop {
        // One that goes on without end takes its turn like everybody else.
        consume_budget().await;
        let len = from.read(&mut room).await?;
        if len == 0 {
            to.end_writing();
            return Ok(());
        }
        write(room.get(..len).unwrap_or_default(), from, to).await?;
    }
}

/// If `to` takes nothing for [`DRAIN_TIME`] after `from` was seen to have hung up, nobody waits for the rest.
async fn write(mut bytes: &[u8], from: &Socket, to: &Socket) -> io::Result<()> {
    let mut has_hung_up = false;
    while !bytes.is_empty() {
        match timeout(DRAIN_TIME, to.write(bytes)).await {
            Ok(taken) => bytes = bytes.get(taken?..).unwrap_or_default(),
            Err(late) if has_hung_up => return Err(late.into()),
            Err(_) => has_hung_up = from.has_hung_up(),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
