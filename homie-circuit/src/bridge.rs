//! The pump between a circuit's socket and TLS: bytes both ways, never looked at.

use std::io;
use std::pin::pin;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::net::UnixStream;
use tokio::time::timeout;

/// Bytes taken from one side before they are given to the other: more would only hide what is under way.
const BUFFER: usize = 16 * 1024;

/// How long one way may still take once the other is over.
const DRAIN_TIME: Duration = Duration::from_secs(10);

/// Until both ways are over, or one has failed.
pub(crate) async fn bridge(machine: impl AsyncRead + AsyncWrite, circuit: UnixStream) {
    let (from_machine, to_machine) = split(machine);
    let (from_circuit, to_circuit) = circuit.into_split();
    let (mut up, mut down) = (pin!(pass(from_circuit, to_machine)), pin!(pass(from_machine, to_circuit)));
    let ended = tokio::select! {
        ended = &mut up => (ended, timeout(DRAIN_TIME, down).await),
        ended = &mut down => (ended, timeout(DRAIN_TIME, up).await),
    };
    tracing::debug!(?ended, "a circuit over TLS has ended");
}

async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
    let mut room = vec![0; BUFFER];
    loop {
        match from.read(&mut room).await? {
            0 => return to.shutdown().await,
            len => {
                to.write_all(room.get(..len).unwrap_or_default()).await?;
                to.flush().await?;
            }
        }
    }
}
