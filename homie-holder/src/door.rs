//! Who knocks: links that have not said hello yet, few and not for long.

use std::os::unix::net::{UnixListener, UnixStream};
use std::time::{Duration, Instant};

use homie_protocol::code::{Code, Refusal};
use homie_protocol::frame::Header;
use homie_protocol::holder::{HOLDER_SPOKEN, LinkHello, ToHolder};
use homie_protocol::limits::{GREETING, HELLO_MS};
use rustix::net::sockopt::socket_peercred;
use rustix::process::geteuid;

use crate::link::{Link, message};

/// Links at once that have not said hello. One more is told to come back.
pub(crate) const NEWCOMERS: usize = 4;

/// How long the door stays shut when the system has no descriptor left for whoever knocks.
const REST: Duration = Duration::from_millis(100);

pub(crate) struct Door {
    pub(crate) listener: UnixListener,
    pub(crate) newcomers: Vec<Newcomer>,
    pub(crate) rests_until: Option<Instant>,
    /// The highest epoch that was ever greeted.
    epoch: u64,
}

/// A link that has not said hello.
pub(crate) struct Newcomer {
    pub(crate) link: Link,
    pub(crate) until: Instant,
}

/// What became of a newcomer.
pub(crate) enum Knock {
    /// It has said nothing yet.
    Waits(Newcomer),
    /// It is the node's link now, with this version.
    Greeted(Link, u16),
    /// It is gone.
    Gone,
}

impl Door {
    pub(crate) fn new(listener: UnixListener) -> Self {
        Self { listener, newcomers: Vec::new(), rests_until: None, epoch: 0 }
    }

    /// Lets everybody in who waits, if they are the same user.
    pub(crate) fn accept(&mut self, now: Instant) {
        loop {
            match self.listener.accept() {
                Ok((socket, _)) => self.admit(socket, now),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
                Err(_) => {
                    self.rests_until = Some(now + REST);
                    return;
                }
            }
        }
    }

    fn admit(&mut self, socket: UnixStream, now: Instant) {
        let ours = socket_peercred(&socket).is_ok_and(|peer| peer.uid == geteuid());
        let Some(link) = Link::new(socket).ok().filter(|_| ours) else { return };
        if self.newcomers.len() >= NEWCOMERS {
            link.refuse(Refusal::new(Code::Busy, "too many links have not said hello, come back"));
            return;
        }
        self.newcomers.push(Newcomer { link, until: now + Duration::from_millis(HELLO_MS) });
    }

    /// Listens to a newcomer.
    pub(crate) fn hear(&mut self, newcomer: Newcomer, readable: bool, now: Instant, buffer: &mut [u8]) -> Knock {
        let Newcomer { mut link, until } = newcomer;
        if readable && !link.read(buffer) {
            return Knock::Gone;
        }
        let hello = match link.decoder.next_frame() {
            Ok(Some((header, payload))) => hello(header, payload),
            Ok(None) if link.heard > GREETING.bytes => Err(Refusal::new(Code::TooLarge, "hello: it is not that long")),
            Ok(None) if now >= until => Err(Refusal::new(Code::Timeout, "hello: none came")),
            Ok(None) => return Knock::Waits(Newcomer { link, until }),
            Err(refusal) => Err(refusal),
        };
        match hello.and_then(|hello| self.greet(hello)) {
            Ok(version) => Knock::Greeted(link, version),
            Err(refusal) => {
                link.refuse(refusal);
                Knock::Gone
            }
        }
    }

    /// The version to speak with the node of this epoch, if it is not an old one that has come late.
    fn greet(&mut self, hello: LinkHello) -> Result<u16, Refusal> {
        let Some(version) = HOLDER_SPOKEN.common(hello.versions) else {
            return Err(Refusal::new(Code::Version, format!("this holder speaks {HOLDER_SPOKEN:?}")));
        };
        if hello.epoch < self.epoch {
            return Err(Refusal::new(Code::Displaced, format!("a node of epoch {} has this holder", self.epoch)));
        }
        self.epoch = hello.epoch;
        Ok(version)
    }
}

fn hello(header: Header, payload: &[u8]) -> Result<LinkHello, Refusal> {
    if !header.channel().is_circuit() {
        return Err(Refusal::new(Code::UnexpectedFrame, "the first message of a link is hello"));
    }
    match message(header, payload, GREETING)? {
        ToHolder::Hello(hello) => Ok(hello),
        _ => Err(Refusal::new(Code::UnexpectedFrame, "the first message of a link is hello")),
    }
}
