//! Plain sockets on loopback, or over a tailnet: the same letters and floods, with neither terminal nor program behind them.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::ValueEnum;
use homie_tailnet_lab::host::Who;
use homie_tests::cabled::Cable;
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket, client};

use super::{Link, Server, Want};
use crate::options::Carrier;
use crate::process;
use crate::tailnet::Tailnet;
use crate::view::View;

pub(crate) struct Sockets {
    peer: Child,
    carrier: Carrier,
    road: Road,
    scripts: HashMap<String, String>,
}

/// The way to the peer's port.
#[derive(Clone)]
enum Road {
    Loopback(u16),
    Tailnet(Arc<Tailnet>, u16),
    Cable(Arc<Cable>, u16),
}

impl Sockets {
    pub(crate) fn start(carrier: Carrier) -> anyhow::Result<Self> {
        let kind = carrier.to_possible_value().context("carrier")?;
        let mut command = Command::new(std::env::current_exe()?);
        let (peer, port) = listening(command.args(["peer", kind.get_name()]))?;
        Ok(Self { peer, carrier, road: Road::Loopback(port), scripts: HashMap::new() })
    }

    /// The peer of TCP on another host.
    pub(crate) fn far(tailnet: Arc<Tailnet>) -> anyhow::Result<Self> {
        let at = SocketAddr::new(tailnet.address, 0).to_string();
        let words = ["homie-bench", "peer", "tcp", "--at", &at];
        let (peer, port) = listening(&mut tailnet.far.command(Who::Person, &words))?;
        Ok(Self { peer, carrier: Carrier::Tcp, road: Road::Tailnet(tailnet, port), scripts: HashMap::new() })
    }

    /// The peer of TCP in a network beside ours.
    pub(crate) fn beyond() -> anyhow::Result<Self> {
        let cable = Arc::new(Cable::lay()?);
        let program = std::env::current_exe()?;
        let mut command = cable.there(program.to_str().context("path")?);
        let (peer, port) = listening(command.args(["peer", "tcp", "--at", &format!("{BEYOND}:0")]))?;
        Ok(Self { peer, carrier: Carrier::Tcp, road: Road::Cable(cable, port), scripts: HashMap::new() })
    }
}

/// Where the peer of a cable is.
const BEYOND: &str = "100.64.0.1";

/// A peer, and the port that it has said.
fn listening(command: &mut Command) -> anyhow::Result<(Child, u16)> {
    let mut peer = command.stdout(Stdio::piped()).stdin(Stdio::null()).spawn()?;
    let mut line = String::new();
    BufReader::new(peer.stdout.take().context("a pipe was asked for")?).read_line(&mut line)?;
    Ok((peer, line.trim().parse().context("the peer did not say its port")?))
}

impl Road {
    fn dial(&self) -> anyhow::Result<TcpStream> {
        let stream = match self {
            Self::Loopback(port) => TcpStream::connect(("127.0.0.1", *port))?,
            Self::Tailnet(tailnet, port) => tailnet.dial(*port)?,
            Self::Cable(_, port) => TcpStream::connect((BEYOND, *port))?,
        };
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

impl Server for Sockets {
    fn start(&mut self, session: &str, script: &str) -> anyhow::Result<()> {
        self.scripts.insert(session.to_owned(), script.to_owned());
        Ok(())
    }

    fn look(&mut self, session: &str, _want: Want) -> anyhow::Result<Box<dyn View>> {
        let script = self.scripts.get(session).context("no such session")?.clone();
        Ok(match self.carrier {
            Carrier::Tcp => Box::new(Tcp { road: self.road.clone(), stream: None, script }),
            Carrier::Ws => {
                let opened = client("ws://127.0.0.1/", self.road.dial()?);
                let (socket, _) = opened.map_err(|error| anyhow::anyhow!("the handshake failed: {error}"))?;
                Box::new(Ws { socket, script })
            }
        })
    }

    fn roots(&self) -> anyhow::Result<Vec<u32>> {
        Ok(vec![self.peer.id()])
    }

    fn needs_viewers(&self) -> bool {
        true
    }

    fn has_programs(&self) -> bool {
        false
    }

    /// TCP alone is no further away for being measured on a longer road.
    fn links(&self) -> &'static [Link] {
        match self.road {
            Road::Loopback(_) => &[],
            Road::Tailnet(..) => &Link::ALL[..1],
            Road::Cable(..) => &Link::ALL[..2],
        }
    }

    fn narrow(&self, link: &Link) -> anyhow::Result<()> {
        match &self.road {
            Road::Loopback(_) => bail!("the loopback carries everything"),
            Road::Tailnet(tailnet, _) => tailnet.narrow(link),
            Road::Cable(cable, _) => cable.narrow(Some(link.rate)),
        }
    }

    fn widen(&self) -> anyhow::Result<()> {
        match &self.road {
            Road::Loopback(_) => Ok(()),
            Road::Tailnet(tailnet, _) => tailnet.widen(),
            Road::Cable(cable, _) => cable.narrow(None),
        }
    }
}

impl Drop for Sockets {
    fn drop(&mut self) {
        process::end(&[self.peer.id()]);
        // It is dead; this only takes notice.
        let _ = self.peer.wait();
    }
}

struct Tcp {
    road: Road,
    stream: Option<TcpStream>,
    script: String,
}

impl Tcp {
    fn stream(&mut self) -> anyhow::Result<&mut TcpStream> {
        self.stream.as_mut().context("this viewer has not begun")
    }
}

impl View for Tcp {
    fn begin(&mut self) -> anyhow::Result<()> {
        self.stream = Some(self.road.dial()?);
        self.send(format!("{}\n", self.script).as_bytes())
    }

    fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        Ok(self.stream()?.write_all(bytes)?)
    }

    fn read(&mut self, within: Duration, shown: &mut Vec<u8>, most: usize) -> anyhow::Result<usize> {
        let stream = self.stream()?;
        stream.set_read_timeout(Some(within.max(Duration::from_millis(1))))?;
        let start = shown.len();
        shown.resize(start + most, 0);
        let read = stream.read(shown.get_mut(start..).unwrap_or_default());
        shown.truncate(start + read.as_ref().copied().unwrap_or(0));
        match read {
            Ok(0) => bail!("the peer has hung up"),
            Ok(len) => Ok(len),
            Err(error) if is_late(&error) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }
}

struct Ws {
    socket: WebSocket<TcpStream>,
    script: String,
}

impl View for Ws {
    fn begin(&mut self) -> anyhow::Result<()> {
        let script = self.script.clone();
        self.send(script.as_bytes())
    }

    fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        Ok(self.socket.send(Message::binary(bytes.to_vec()))?)
    }

    fn read(&mut self, within: Duration, shown: &mut Vec<u8>, _most: usize) -> anyhow::Result<usize> {
        self.socket.get_ref().set_read_timeout(Some(within.max(Duration::from_millis(1))))?;
        match self.socket.read() {
            Ok(Message::Binary(bytes)) => {
                shown.extend_from_slice(&bytes);
                Ok(bytes.len())
            }
            Ok(_) => Ok(0),
            Err(Error::Io(error)) if is_late(&error) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }
}

fn is_late(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}
