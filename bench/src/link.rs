//! Links that carry less than they could, or lead far: what a phone on the road has. How much a link carries the kernel's own
//! queue decides (`tbf`, half a second of it waiting); how far it leads is made here ([`Road`]).

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use homie_circuit::client::{Dial, Dialling, Duplex, Line};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, duplex, split};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// Bytes read at once.
const PIECE: usize = 16 * 1024;

/// Pieces under way in one direction: 4 MiB, which is 50 MB/s for 80 ms. Beyond it nothing is read.
const UNDER_WAY: usize = 256;

/// A link between a viewer and its server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// Bytes a second to the viewer.
    pub(crate) rate: u32,
    /// How long its round trip takes besides.
    pub(crate) round_trip: Duration,
    /// What the table calls its figures; those of the first are the row.
    pub(crate) name: Option<&'static str>,
    /// What it calls medians of what the row has the slowest of.
    pub(crate) median: &'static str,
}

impl Link {
    /// The first is every subject's that has links.
    pub(crate) const ALL: [Self; 3] = [
        Self { rate: 1_000_000, round_trip: Duration::ZERO, name: None, median: "p50" },
        Self { rate: 125_000, round_trip: Duration::ZERO, name: Some("125 KB/s"), median: "125 KB/s, p50" },
        Self {
            rate: 1_000_000,
            round_trip: Duration::from_millis(80),
            name: Some("80 ms away"),
            median: "80 ms away, p50",
        },
    ];
}

/// Connects by TCP, and holds everything back for as long as it would be under way on a road of this length. The sockets at both
/// ends know nothing of the length: what waits for the way's rate waits before it.
#[derive(Debug, Default)]
pub(crate) struct Road {
    round_trip: AtomicU64,
}

impl Road {
    /// Is so long for connections that are made from now on.
    pub(crate) fn lengthen(&self, round_trip: Duration) {
        self.round_trip.store(u64::try_from(round_trip.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Dial for Road {
    fn dial<'a>(&'a self, target: &'a str, port: u16) -> Dialling<'a> {
        let one_way = Duration::from_micros(self.round_trip.load(Ordering::Relaxed)) / 2;
        Box::pin(async move {
            let socket = TcpStream::connect((target, port)).await?;
            socket.set_nodelay(true)?;
            Ok(if one_way.is_zero() { Box::new(socket) as Line } else { far_away(socket, one_way) })
        })
    }
}

/// The same connection, further away.
fn far_away(socket: impl Duplex + 'static, one_way: Duration) -> Line {
    let (ours, theirs) = duplex(PIECE);
    let (from_client, to_client) = split(theirs);
    let (from_server, to_server) = split(socket);
    carry(from_client, to_server, one_way);
    carry(from_server, to_client, one_way);
    Box::new(ours)
}

/// Carries until either end is gone. The order stays: everything is under way equally long.
fn carry(
    mut from: impl AsyncRead + Send + Unpin + 'static,
    mut to: impl AsyncWrite + Send + Unpin + 'static,
    one_way: Duration,
) {
    let (send, mut under_way) = mpsc::channel::<(Instant, Vec<u8>)>(UNDER_WAY);
    tokio::spawn(async move {
        loop {
            let mut piece = vec![0; PIECE];
            let len = from.read(&mut piece).await?;
            piece.truncate(len);
            if len == 0 || send.send((Instant::now() + one_way, piece)).await.is_err() {
                return io::Result::Ok(());
            }
        }
    });
    tokio::spawn(async move {
        while let Some((due, piece)) = under_way.recv().await {
            sleep_until(due).await;
            to.write_all(&piece).await?;
        }
        to.shutdown().await
    });
}

/// A road that somebody may lengthen.
pub(crate) fn road() -> Arc<Road> {
    Arc::new(Road::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything arrives in order, nothing sooner than the road allows, and the end is told too.
    #[tokio::test]
    async fn what_goes_by_a_long_road_arrives_whole_and_late() {
        let (near, mut far) = duplex(64);
        let mut line = far_away(near, Duration::from_millis(40));
        let begun = Instant::now();
        line.write_all(b"there").await.unwrap();
        let mut heard = [0; 5];
        far.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"there");
        assert!(begun.elapsed() >= Duration::from_millis(40));
        far.write_all(b"and back").await.unwrap();
        drop(far);
        let mut answer = Vec::new();
        line.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer, b"and back");
        assert!(begun.elapsed() >= Duration::from_millis(80));
    }
}
