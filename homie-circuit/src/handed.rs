//! A client's socket goes from a gateway to its node, over the unix socket between them, so that no byte of the circuit has to
//! pass the gateway (docs/adr/0022).
//!
//! The unix socket stays open for as long as the circuit lasts: to the gateway its end says that the circuit is over, to the
//! node that the gateway is gone, and with it the door that has let the client in.

use std::io::{self, ErrorKind, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::TcpStream as StdTcpStream;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream as StdUnixStream;

use hyper::header::HeaderName;
use rustix::cmsg_space;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, getsockname, recvmsg, sendmsg,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::{TcpStream, UnixStream};

use crate::socket::Socket;

/// With this a gateway asks whether the node takes the client's socket, and the node says that it does.
pub const HANDED: HeaderName = HeaderName::from_static("homie-handed");

/// Bytes behind its handshake that come with a socket: who says more before it is answered is none of ours.
const EARLY: usize = 64 * 1024;

/// Gives a client's socket to the node, with what was read of it behind the handshake. Nothing of it is left here.
pub async fn give(node: &mut UnixStream, client: impl AsFd, early: &[u8]) -> io::Result<()> {
    let len = u32::try_from(early.len()).ok().filter(|_| early.len() <= EARLY);
    let len = len.ok_or_else(|| nonsense("a client has said too much before it was answered"))?.to_be_bytes();
    if node.async_io(Interest::WRITABLE, || send(&*node, &client, &len)).await? < len.len() {
        return Err(ErrorKind::WriteZero.into());
    }
    node.write_all(early).await
}

/// Takes a client's socket, and what was read of it.
pub async fn take(gateway: &mut UnixStream) -> io::Result<(Socket, Vec<u8>)> {
    let (client, len) = gateway.async_io(Interest::READABLE, || receive(&*gateway)).await?;
    let client = socket(client)?;
    let mut early = vec![0; len];
    gateway.read_exact(&mut early).await?;
    Ok((client, early))
}

/// Waits until the other end has nothing to do with the circuit any more.
pub async fn given_up(lease: &mut UnixStream) {
    // Whatever is said now is nothing that either of them says.
    let _over = lease.read(&mut [0]).await;
}

fn send(node: impl AsFd, client: &impl AsFd, len: &[u8]) -> io::Result<usize> {
    let descriptors = [client.as_fd()];
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut beside = SendAncillaryBuffer::new(&mut space);
    beside.push(SendAncillaryMessage::ScmRights(&descriptors));
    Ok(sendmsg(node, &[IoSlice::new(len)], &mut beside, SendFlags::NOSIGNAL)?)
}

fn receive(gateway: impl AsFd) -> io::Result<(OwnedFd, usize)> {
    let mut len = [0; 4];
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut beside = RecvAncillaryBuffer::new(&mut space);
    let read = recvmsg(gateway, &mut [IoSliceMut::new(&mut len)], &mut beside, RecvFlags::CMSG_CLOEXEC)?.bytes;
    let descriptor = beside.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    });
    let early = usize::try_from(u32::from_be_bytes(len)).ok().filter(|early| read == len.len() && *early <= EARLY);
    descriptor.zip(early).ok_or_else(|| nonsense("no socket came"))
}

/// What it is says the descriptor itself.
fn socket(descriptor: OwnedFd) -> io::Result<Socket> {
    match getsockname(&descriptor)?.address_family() {
        AddressFamily::UNIX => {
            let stream = StdUnixStream::from(descriptor);
            stream.set_nonblocking(true)?;
            Ok(UnixStream::from_std(stream)?.into())
        }
        AddressFamily::INET | AddressFamily::INET6 => {
            let stream = StdTcpStream::from(descriptor);
            stream.set_nonblocking(true)?;
            Ok(TcpStream::from_std(stream)?.into())
        }
        _ => Err(nonsense("a socket came that no client has")),
    }
}

fn nonsense(words: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, words)
}
