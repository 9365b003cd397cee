//! The chaos proxy: a link that can be delayed, narrowed, stalled, half closed and cut, for TCP and for unix sockets.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

/// Bytes read at once. A stalled link holds at most this much, and what the sockets hold.
const BUFFER: usize = 16 * 1024;

/// Into how many pieces a second is cut on a narrow link: a key waits for one of them at most, beside what is under way.
const PIECES: u64 = 50;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the client.
    There,
    /// To the client.
    Back,
}

/// How the link is just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Weather {
    /// Added to every read, each way.
    pub delay: Duration,
    /// Bytes that pass in a second, each way; as many as there are if it is left out.
    pub rate: Option<u64>,
    /// Nothing moves, nobody is told.
    pub stalled: bool,
    /// The same in this direction alone.
    pub deaf: Option<Direction>,
    /// How often connections were half closed: the server is told that nothing more comes, and goes on talking.
    pub halves: u64,
    /// Connections are reset and new ones refused.
    pub cut: bool,
    /// How often connections were reset while new ones are taken.
    pub resets: u64,
}

/// A proxy in front of one address. It ends when dropped.
#[derive(Debug)]
pub struct Chaos {
    weather: watch::Sender<Weather>,
    accepting: AbortHandle,
}

impl Drop for Chaos {
    fn drop(&mut self) {
        self.weather.send_modify(|weather| weather.cut = true);
        self.accepting.abort();
    }
}

impl Chaos {
    /// A proxy in front of a TCP address; gives its own.
    pub async fn tcp(target: SocketAddr) -> std::io::Result<(Self, SocketAddr)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (weather, seen) = watch::channel(Weather::default());
        let accepting = tokio::spawn(async move {
            let mut links = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                // A connection that is refused or cut ends by RST, as one that a router forgot.
                let _ = set_linger(&client);
                if seen.borrow().cut {
                    continue;
                }
                let weather = seen.clone();
                links.spawn(async move {
                    let server = TcpStream::connect(target).await?;
                    set_linger(&server)?;
                    client.set_nodelay(true)?;
                    server.set_nodelay(true)?;
                    join(client, server, weather).await
                });
                while links.try_join_next().is_some() {}
            }
        });
        Ok((Self { weather, accepting: accepting.abort_handle() }, address))
    }

    /// A proxy in front of a unix socket, at `path`.
    pub fn unix(path: &Path, target: PathBuf) -> std::io::Result<Self> {
        let listener = UnixListener::bind(path)?;
        let (weather, seen) = watch::channel(Weather::default());
        let accepting = tokio::spawn(async move {
            let mut links = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                if seen.borrow().cut {
                    continue;
                }
                let (weather, target) = (seen.clone(), target.clone());
                links.spawn(async move { join(client, UnixStream::connect(target).await?, weather).await });
                while links.try_join_next().is_some() {}
            }
        });
        Ok(Self { weather, accepting: accepting.abort_handle() })
    }

    /// Adds a delay to everything from now on, each way.
    pub fn delay(&self, delay: Duration) {
        self.weather.send_modify(|weather| weather.delay = delay);
    }

    /// Stops everything, without telling anyone, or lets it go on.
    pub fn stall(&self, stalled: bool) {
        self.weather.send_modify(|weather| weather.stalled = stalled);
    }

    /// Lets so many bytes pass in a second from now on, each way; all of them if it is left out.
    pub fn rate(&self, rate: Option<u64>) {
        self.weather.send_modify(|weather| weather.rate = rate);
    }

    /// Stops what goes in one direction, without telling anyone, or lets all go on.
    pub fn one_way(&self, deaf: Option<Direction>) {
        self.weather.send_modify(|weather| weather.deaf = deaf);
    }

    /// Half closes the connections there are, as a client does that has said its last word: the server hears the end, its own
    /// words still pass. What the client says goes nowhere.
    pub fn half_close(&self) {
        self.weather.send_modify(|weather| weather.halves += 1);
    }

    /// Resets all connections and refuses new ones, until [`Self::heal`].
    pub fn cut(&self) {
        self.weather.send_modify(|weather| weather.cut = true);
    }

    /// New connections are taken again.
    pub fn heal(&self) {
        self.weather.send_modify(|weather| weather.cut = false);
    }

    /// Resets the connections there are; new ones are taken at once.
    pub fn reset(&self) {
        self.weather.send_modify(|weather| weather.resets += 1);
    }
}

/// Joins two sockets until either ends or the link is cut.
async fn join<S>(client: S, server: S, weather: watch::Receiver<Weather>) -> std::io::Result<()>
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let (client_read, client_write) = tokio::io::split(client);
    let (server_read, server_write) = tokio::io::split(server);
    let mut cut = weather.clone();
    let resets = weather.borrow().resets;
    tokio::select! {
        ended = there(client_read, server_write, weather.clone()) => ended,
        ended = carry(server_read, client_write, Direction::Back, weather) => ended,
        _ = cut.wait_for(|weather| weather.cut || weather.resets != resets) => Ok(()),
    }
}

/// From the client, until the link is half closed; then what it says is heard and kept from the server.
async fn there<R, W>(mut from: R, mut to: W, mut weather: watch::Receiver<Weather>) -> std::io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let halves = weather.borrow().halves;
    let carrying = carry(&mut from, &mut to, Direction::There, weather.clone());
    tokio::select! {
        ended = carrying => return ended,
        closed = weather.wait_for(|weather| weather.halves != halves) => if closed.is_err() { return Ok(()) },
    }
    to.shutdown().await?;
    tokio::io::copy(&mut from, &mut tokio::io::sink()).await.map(drop)
}

async fn carry<R, W>(
    mut from: R,
    mut to: W,
    direction: Direction,
    mut weather: watch::Receiver<Weather>,
) -> std::io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut buffer = vec![0; BUFFER];
    loop {
        let most = weather.borrow().piece();
        let read = from.read(buffer.get_mut(..most).unwrap_or_default()).await?;
        if read == 0 {
            return to.shutdown().await;
        }
        let takes = weather.borrow().takes(read);
        if !takes.is_zero() {
            tokio::time::sleep(takes).await;
        }
        if weather.wait_for(|weather| !weather.stops(direction)).await.is_err() {
            return Ok(());
        }
        to.write_all(buffer.get(..read).unwrap_or_default()).await?;
    }
}

impl Weather {
    /// Bytes that are taken at once.
    fn piece(&self) -> usize {
        let piece = self.rate.map(|rate| usize::try_from(rate / PIECES).unwrap_or(BUFFER));
        piece.unwrap_or(BUFFER).clamp(1, BUFFER)
    }

    /// How long so many bytes are under way.
    fn takes(&self, bytes: usize) -> Duration {
        let seconds = |rate: u64| Duration::from_secs(bytes as u64) / u32::try_from(rate.max(1)).unwrap_or(u32::MAX);
        self.delay + self.rate.map(seconds).unwrap_or_default()
    }

    fn stops(&self, direction: Direction) -> bool {
        self.stalled || self.deaf == Some(direction)
    }
}

fn set_linger(socket: &TcpStream) -> std::io::Result<()> {
    Ok(rustix::net::sockopt::set_socket_linger(socket, Some(Duration::ZERO))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(20);

    async fn echo_server() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut read, mut write) = socket.split();
                    tokio::io::copy(&mut read, &mut write).await
                });
            }
        });
        address
    }

    async fn echoes(link: &mut TcpStream) -> std::io::Result<()> {
        link.write_all(b"x").await?;
        let mut byte = [0];
        tokio::time::timeout(LIMIT, link.read_exact(&mut byte)).await.expect("an echo or an end")?;
        Ok(())
    }

    #[tokio::test]
    async fn a_healthy_link_carries_bytes() {
        let (_chaos, address) = Chaos::tcp(echo_server().await).await.unwrap();
        echoes(&mut TcpStream::connect(address).await.unwrap()).await.unwrap();
    }

    #[tokio::test]
    async fn a_cut_resets_what_is_there_and_refuses_what_comes_until_healed() {
        let (chaos, address) = Chaos::tcp(echo_server().await).await.unwrap();
        let mut link = TcpStream::connect(address).await.unwrap();
        echoes(&mut link).await.unwrap();
        chaos.cut();
        let mut byte = [0];
        let ended = tokio::time::timeout(LIMIT, link.read(&mut byte)).await.unwrap();
        assert!(matches!(ended, Err(_) | Ok(0)));
        let mut refused = TcpStream::connect(address).await.unwrap();
        assert!(echoes(&mut refused).await.is_err());
        chaos.heal();
        echoes(&mut TcpStream::connect(address).await.unwrap()).await.unwrap();
    }

    #[tokio::test]
    async fn a_reset_takes_new_connections_at_once() {
        let (chaos, address) = Chaos::tcp(echo_server().await).await.unwrap();
        let mut link = TcpStream::connect(address).await.unwrap();
        echoes(&mut link).await.unwrap();
        chaos.reset();
        let mut byte = [0];
        let ended = tokio::time::timeout(LIMIT, link.read(&mut byte)).await.unwrap();
        assert!(matches!(ended, Err(_) | Ok(0)));
        echoes(&mut TcpStream::connect(address).await.unwrap()).await.unwrap();
    }

    #[tokio::test]
    async fn a_stalled_link_keeps_everything_for_later() {
        let (chaos, address) = Chaos::tcp(echo_server().await).await.unwrap();
        let mut link = TcpStream::connect(address).await.unwrap();
        echoes(&mut link).await.unwrap();
        chaos.stall(true);
        link.write_all(b"late").await.unwrap();
        let mut bytes = [0; 4];
        let early = tokio::time::timeout(Duration::from_millis(200), link.read_exact(&mut bytes)).await;
        assert!(early.is_err());
        chaos.stall(false);
        link.read_exact(&mut bytes).await.unwrap();
        assert_eq!(&bytes, b"late");
    }

    #[tokio::test]
    async fn a_narrow_link_takes_its_time() {
        let (chaos, address) = Chaos::tcp(echo_server().await).await.unwrap();
        let mut link = TcpStream::connect(address).await.unwrap();
        chaos.rate(Some(10_000));
        let begun = std::time::Instant::now();
        link.write_all(&[7; 5_000]).await.unwrap();
        let mut bytes = [0; 5_000];
        tokio::time::timeout(LIMIT, link.read_exact(&mut bytes)).await.unwrap().unwrap();
        assert!(begun.elapsed() >= Duration::from_millis(400), "{:?}", begun.elapsed());
    }

    #[tokio::test]
    async fn one_way_is_open_while_the_other_stands_still() {
        let (chaos, address) = Chaos::tcp(echo_server().await).await.unwrap();
        let mut link = TcpStream::connect(address).await.unwrap();
        for (deaf, other) in [(Direction::Back, Direction::There), (Direction::There, Direction::Back)] {
            echoes(&mut link).await.unwrap();
            chaos.one_way(Some(deaf));
            link.write_all(b"late").await.unwrap();
            let mut bytes = [0; 4];
            let early = tokio::time::timeout(Duration::from_millis(200), link.read_exact(&mut bytes)).await;
            assert!(early.is_err(), "{deaf:?}");
            // It was kept on the side that stands still: opening the other changes nothing.
            chaos.one_way(Some(other));
            chaos.one_way(None);
            tokio::time::timeout(LIMIT, link.read_exact(&mut bytes)).await.unwrap().unwrap();
            assert_eq!(&bytes, b"late");
        }
    }

    /// A server that is told that nothing more comes says its last word, and that arrives.
    #[tokio::test]
    async fn half_a_link_still_brings_what_the_server_says() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, arrived) = tokio::sync::oneshot::channel();
        let server = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut heard = vec![0; 5];
            socket.read_exact(&mut heard).await.unwrap();
            tell.send(()).unwrap();
            socket.read_to_end(&mut heard).await.unwrap();
            socket.write_all(b"last").await.unwrap();
            heard
        });
        let (chaos, address) = Chaos::tcp(address).await.unwrap();
        let mut link = TcpStream::connect(address).await.unwrap();
        link.write_all(b"first").await.unwrap();
        arrived.await.unwrap();
        chaos.half_close();
        let mut said = [0; 4];
        tokio::time::timeout(LIMIT, link.read_exact(&mut said)).await.unwrap().unwrap();
        assert_eq!(&said, b"last");
        assert_eq!(server.await.unwrap(), b"first");
    }
}
