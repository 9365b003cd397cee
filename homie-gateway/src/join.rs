//! The pump of a splice: two sockets, bytes both ways, never looked at.

use std::io;
use std::pin::pin;

use bytes::Bytes;
use homie_circuit::Socket;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::task::coop::consume_budget;
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
pub(crate) async fn join(client: Taken<impl Into<Socket>>, node: Taken<impl Into<Socket>>) -> io::Result<()> {
    let (from_client, from_node) = (client.socket.into(), node.socket.into());
    let mut up = pin!(pass(client.early, &from_client, &from_node));
    let mut down = pin!(pass(node.early, &from_node, &from_client));
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
