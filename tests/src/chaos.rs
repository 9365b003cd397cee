//! The chaos proxy: a link that can be delayed, stalled and cut, for TCP and for unix sockets.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

/// Bytes read at once. A stalled link holds at most this much, and what the sockets hold.
const BUFFER: usize = 16 * 1024;

/// How the link is just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Weather {
    /// Added to every read, each way.
    pub delay: Duration,
    /// Nothing moves, nobody is told.
    pub stalled: bool,
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
        ended = carry(client_read, server_write, weather.clone()) => ended,
        ended = carry(server_read, client_write, weather) => ended,
        _ = cut.wait_for(|weather| weather.cut || weather.resets != resets) => Ok(()),
    }
}

async fn carry<R, W>(mut from: R, mut to: W, mut weather: watch::Receiver<Weather>) -> std::io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return to.shutdown().await;
        }
        let delay = weather.borrow().delay;
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        if weather.wait_for(|weather| !weather.stalled).await.is_err() {
            return Ok(());
        }
        to.write_all(buffer.get(..read).unwrap_or_default()).await?;
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
}
