//! The other end of the plain sockets, a process of its own as all servers are. A connection first names a script of the
//! stage; what that would print comes without a program or a terminal.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;

use anyhow::bail;
use tokio_tungstenite::tungstenite::{Message, WebSocket, accept};

use crate::options::Carrier;
use crate::stage::{BULK, BULK_END, PROMPTS, READY};

/// Bytes of a piece: larger ones bring little more.
const PIECE: usize = 32 * 1024;

/// Listens, says at which port, and serves until it is killed.
pub(crate) fn serve(carrier: Carrier, at: SocketAddr) -> anyhow::Result<ExitCode> {
    let listener = TcpListener::bind(at)?;
    println!("{}", listener.local_addr()?.port());
    for stream in listener.incoming() {
        let stream = stream?;
        stream.set_nodelay(true)?;
        std::thread::spawn(move || {
            // A viewer that leaves is the end of a flood.
            let _ = match carrier {
                Carrier::Tcp => Tcp::attend(stream),
                Carrier::Ws => Ws::attend(stream),
            };
        });
    }
    Ok(ExitCode::SUCCESS)
}

/// One connection.
trait Link {
    fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()>;
    fn receive(&mut self) -> anyhow::Result<Vec<u8>>;

    fn play(&mut self, script: &str) -> anyhow::Result<()> {
        let piece = vec![b'x'; PIECE];
        match script {
            "echo" => {
                self.send(READY.as_bytes())?;
                loop {
                    let bytes = self.receive()?;
                    self.send(&bytes)?;
                }
            }
            "bulk" => {
                self.send(READY.as_bytes())?;
                self.receive()?;
                for _ in 0..BULK / PIECE {
                    self.send(&piece)?;
                }
                self.send(BULK_END.as_bytes())
            }
            "shell" => {
                self.send(PROMPTS.concat().as_bytes())?;
                self.receive()?;
                loop {
                    self.send(&piece)?;
                }
            }
            other => bail!("{other} cannot be played"),
        }
    }
}

struct Tcp(BufReader<TcpStream>);

impl Tcp {
    fn attend(stream: TcpStream) -> anyhow::Result<()> {
        let mut link = Self(BufReader::new(stream));
        let mut script = String::new();
        link.0.read_line(&mut script)?;
        link.play(script.trim())
    }
}

impl Link for Tcp {
    fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        Ok(self.0.get_mut().write_all(bytes)?)
    }

    fn receive(&mut self) -> anyhow::Result<Vec<u8>> {
        let mut bytes = vec![0; 64];
        let len = self.0.read(&mut bytes)?;
        if len == 0 {
            bail!("the viewer has left");
        }
        bytes.truncate(len);
        Ok(bytes)
    }
}

struct Ws(WebSocket<TcpStream>);

impl Ws {
    fn attend(stream: TcpStream) -> anyhow::Result<()> {
        let socket = accept(stream).map_err(|error| anyhow::anyhow!("the handshake failed: {error}"))?;
        let mut link = Self(socket);
        let script = String::from_utf8(link.receive()?)?;
        link.play(&script)
    }
}

impl Link for Ws {
    fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        Ok(self.0.send(Message::binary(bytes.to_vec()))?)
    }

    fn receive(&mut self) -> anyhow::Result<Vec<u8>> {
        loop {
            if let Message::Binary(bytes) = self.0.read()? {
                return Ok(bytes.to_vec());
            }
        }
    }
}
