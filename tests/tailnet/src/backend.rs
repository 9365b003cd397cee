//! A server that answers every request with what reached it, and how to read that: who connected, and the request's head as
//! it came.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::thread::{self, JoinHandle};

use rustix::net::{Shutdown, shutdown, sockopt::socket_peercred};

use crate::host::{Host, Who};

/// The most that is read of a request.
const HEAD: u64 = 64 << 10;

/// The server. It ends when it is dropped.
#[derive(Debug)]
pub struct Backend {
    listener: OwnedFd,
    serving: Option<JoinHandle<()>>,
}

impl Backend {
    /// On a unix socket, which everybody may open.
    pub fn unix(path: &Path) -> anyhow::Result<Self> {
        let listener = UnixListener::bind(path)?;
        let kept = listener.as_fd().try_clone_to_owned()?;
        let serve = move || {
            while let Ok((stream, _)) = listener.accept() {
                let peer = socket_peercred(&stream).map(|peer| format!("uid {}", peer.uid.as_raw()));
                let _ = peer.map_err(io::Error::from).and_then(|peer| tell(&stream, &stream, &peer));
            }
        };
        Ok(Self { listener: kept, serving: Some(thread::spawn(serve)) })
    }

    /// On a port of a host.
    pub fn tcp(host: &Host, address: SocketAddr) -> anyhow::Result<Self> {
        let listener = host.inside(Who::Root, move || TcpListener::bind(address))??;
        let kept = listener.as_fd().try_clone_to_owned()?;
        let serve = move || {
            while let Ok((stream, peer)) = listener.accept() {
                let _ = tell(&stream, &stream, &format!("address {}", peer.ip()));
            }
        };
        Ok(Self { listener: kept, serving: Some(thread::spawn(serve)) })
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        // What waits for a connection ends.
        let _ = shutdown(&self.listener, Shutdown::Both);
        let _ = self.serving.take().map(JoinHandle::join);
    }
}

/// Answers one request.
fn tell(reads: impl Read, mut writes: impl Write, peer: &str) -> io::Result<()> {
    let mut told = format!("{peer}\r\n");
    let mut lines = BufReader::new(reads.take(HEAD));
    while lines.read_line(&mut told)? > 2 {}
    write!(writes, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{told}", told.len())
}

/// What a server of this kind has told.
#[derive(Debug)]
pub struct Told {
    /// Who connected to it: `uid 0`, `address 127.0.0.1`.
    pub peer: String,
    headers: Vec<(String, String)>,
}

impl Told {
    /// Reads its answer.
    pub fn parse(answer: &str) -> Self {
        let mut lines = answer.lines();
        let peer = lines.next().unwrap_or_default().to_owned();
        let headers = lines.skip(1).filter_map(|line| line.split_once(": "));
        Self { peer, headers: headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect() }
    }

    /// The values that a header came with; its name in small letters.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let of_that_name = self.headers.iter().filter(|(its, _)| its == name);
        of_that_name.map(|(_, value)| value.as_str()).collect()
    }
}
