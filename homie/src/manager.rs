//! What the service manager that started this process is told: ready, alive, stopping. Without one nobody is told.
//!
//! It is systemd's protocol: a line a datagram, to the socket that the environment names.

use std::env;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram as Blocking};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UnixDatagram;
use tokio::task::AbortHandle;
use tokio::time::interval;

use crate::outcome::remark;

/// Signs of life in the time after which the manager takes a process for dead.
const SIGNS: u32 = 3;

/// The manager, if there is one.
pub(crate) struct Manager {
    socket: Option<Arc<UnixDatagram>>,
    /// After such a silence it ends this process and starts another.
    patience: Option<Duration>,
}

/// Ends the signs of life when dropped.
pub(crate) struct Alive(Option<AbortHandle>);

impl Manager {
    /// Nobody.
    pub(crate) const fn none() -> Self {
        Self { socket: None, patience: None }
    }

    /// The one that the environment names.
    pub(crate) fn find() -> io::Result<Self> {
        let Some(name) = env::var_os("NOTIFY_SOCKET") else { return Ok(Self::none()) };
        let address = match name.as_bytes() {
            [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
            _ => SocketAddr::from_pathname(name)?,
        };
        let socket = Blocking::unbound()?;
        socket.connect_addr(&address)?;
        socket.set_nonblocking(true)?;
        let said = |name| env::var(name).ok()?.parse().ok();
        let is_ours = said("WATCHDOG_PID").is_none_or(|pid: u64| pid == u64::from(std::process::id()));
        let patience = said("WATCHDOG_USEC").filter(|_| is_ours).map(Duration::from_micros);
        Ok(Self { socket: Some(Arc::new(UnixDatagram::from_std(socket)?)), patience })
    }

    /// Everything is there, as `status` says in a line.
    pub(crate) async fn ready(&self, status: &str) {
        self.tell(&format!("READY=1\nSTATUS={status}")).await;
    }

    /// The end has begun.
    pub(crate) async fn stopping(&self) {
        self.tell("STOPPING=1").await;
    }

    /// Gives signs of life from a task like every other, so that they end when tasks and timers no longer turn.
    pub(crate) fn keep_alive(&self) -> Alive {
        let (Some(socket), Some(patience)) = (self.socket.clone(), self.patience) else { return Alive(None) };
        let task = tokio::spawn(async move {
            let mut sign = interval((patience / SIGNS).max(Duration::from_millis(1)));
            loop {
                sign.tick().await;
                send(&socket, "WATCHDOG=1").await;
            }
        });
        Alive(Some(task.abort_handle()))
    }

    async fn tell(&self, words: &str) {
        if let Some(socket) = &self.socket {
            send(socket, words).await;
        }
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

/// A manager that has gone is no reason to go as well.
async fn send(socket: &UnixDatagram, words: &str) {
    if let Err(error) = socket.send(words.as_bytes()).await {
        remark(&format!("homie: the service manager cannot be told {words:?}: {error}"));
    }
}
