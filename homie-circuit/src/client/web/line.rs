//! What TLS to another machine runs over: TCP, or what somebody else has connected.

use std::fmt::Debug;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use rustix::net::sockopt::set_tcp_user_timeout;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// How long the kernel goes on sending to a machine that confirms nothing: as long as a circuit lives without a sign.
const GIVEN_UP_AFTER: u32 = 45_000;

/// How long one address may take to answer; another may be nearer.
pub(super) const ANSWERED_WITHIN: Duration = Duration::from_secs(2);

/// Bytes both ways.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A connection, whatever it is made of.
pub type Line = Box<dyn Duplex>;

/// A connection that is being made.
pub type Dialling<'a> = Pin<Box<dyn Future<Output = io::Result<Line>> + Send + 'a>>;

/// Connects where this machine's own TCP reaches nobody.
pub trait Dial: Debug + Send + Sync {
    /// To a port of a machine, by its address or its name.
    fn dial<'a>(&'a self, target: &'a str, port: u16) -> Dialling<'a>;

    /// Whether nobody but the machine that is meant can be at the other end: then there is no TLS on it.
    fn is_proved(&self) -> bool {
        false
    }

    /// How long it may take.
    fn patience(&self) -> Duration {
        ANSWERED_WITHIN
    }
}

/// By this machine's own TCP.
pub async fn tcp(target: &str, port: u16) -> io::Result<Line> {
    Ok(Box::new(at_once(TcpStream::connect((target, port)).await?)))
}

/// A key does not wait for company, nor for ever. Where it cannot be set, the connection is only worse.
fn at_once(socket: TcpStream) -> TcpStream {
    let set = socket.set_nodelay(true).and_then(|()| Ok(set_tcp_user_timeout(&socket, GIVEN_UP_AFTER)?));
    if let Err(error) = set {
        tracing::debug!(%error, "the connection is gone already");
    }
    socket
}
