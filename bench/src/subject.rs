//! Who is measured: one file each, behind one small face.

use std::path::Path;

use clap::ValueEnum;

use crate::options::Carrier;
use crate::pty::Pty;
use crate::row::Row;
use crate::stage::Stage;
use crate::view::View;

mod homie;
mod mosh;
mod raw;
mod socket;
mod ssh;
mod tmux;

/// A subject. Its name on the command line and in the JSON is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum SubjectName {
    /// The terminal, read here.
    Raw,
    /// A TCP connection on loopback: what no program over a network is below.
    Tcp,
    /// The same as a WebSocket.
    Ws,
    /// Node and holders, at the node's socket.
    Homie,
    /// The same through a gateway's splice.
    #[value(name = "homie+gateway")]
    HomieGateway,
    /// A client on the same machine.
    Tmux,
    /// An sshd of our own on loopback.
    Ssh,
    /// tmux behind that sshd.
    #[value(name = "ssh+tmux")]
    SshTmux,
    /// Server and client on loopback, without prediction.
    Mosh,
}

/// What a viewer wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    /// What a person needs.
    Screen,
    /// Every byte, where that is to be had.
    Everything,
}

/// A subject that runs. It ends with everything it has started when it is dropped.
pub(crate) trait Server {
    /// Starts a session that runs a script of the stage.
    fn start(&mut self, session: &str, script: &str) -> anyhow::Result<()>;

    /// Starts several at once, named by their number.
    fn start_many(&mut self, first: usize, count: usize, script: &str) -> anyhow::Result<()> {
        (first..first + count).try_for_each(|number| self.start(&number.to_string(), script))
    }

    /// A viewer of a session, that is to begin.
    fn look(&mut self, session: &str, want: Want) -> anyhow::Result<Box<dyn View>>;

    /// The processes that everything on the server's side descends from.
    fn roots(&self) -> anyhow::Result<Vec<u32>>;

    /// The session is the connection: nothing runs until somebody looks.
    fn needs_viewers(&self) -> bool {
        false
    }

    /// The viewer's thread is the server too.
    fn reads_here(&self) -> bool {
        false
    }

    /// Kills the daemon and starts another; returns when it has all these sessions.
    fn adopt(&mut self, _sessions: usize) -> anyhow::Result<()> {
        anyhow::bail!("nothing outlives this daemon")
    }
}

impl SubjectName {
    /// Its name.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Whether it has such a thing at all.
    pub(crate) const fn has(self, row: Row) -> bool {
        match row {
            Row::EchoIdle | Row::EchoFlood | Row::Bulk | Row::Cpu => true,
            Row::CtrlcFast | Row::CtrlcSlow => !matches!(self, Self::Tcp | Self::Ws),
            Row::Stalled | Row::MemIdle | Row::MemUsed => !matches!(self, Self::Raw | Self::Tcp | Self::Ws),
            Row::Attach10k | Row::Attach100k => {
                matches!(self, Self::Homie | Self::HomieGateway | Self::Tmux | Self::SshTmux)
            }
            Row::Fanout => matches!(self, Self::Homie | Self::HomieGateway | Self::Tmux),
            Row::Start64 => matches!(self, Self::Homie | Self::Tmux | Self::Ssh | Self::Mosh),
            Row::Adopt64 => matches!(self, Self::Homie),
        }
    }

    /// Starts it, with this folder for itself.
    pub(crate) fn start(self, stage: &Stage, folder: &Path) -> anyhow::Result<Box<dyn Server>> {
        Ok(match self {
            Self::Raw => Box::new(raw::Raw::new(stage)),
            Self::Tcp => Box::new(socket::Sockets::start(Carrier::Tcp)?),
            Self::Ws => Box::new(socket::Sockets::start(Carrier::Ws)?),
            Self::Homie => Box::new(homie::Homie::start(stage, folder, false)?),
            Self::HomieGateway => Box::new(homie::Homie::start(stage, folder, true)?),
            Self::Tmux => Box::new(tmux::Tmux::start(stage, folder)?),
            Self::Ssh => Box::new(ssh::Ssh::start(stage, folder, false)?),
            Self::SshTmux => Box::new(ssh::Ssh::start(stage, folder, true)?),
            Self::Mosh => Box::new(mosh::Mosh::new(stage)),
        })
    }
}

/// A viewer that is a program on a PTY of ours.
struct Terminal(Pty);

impl Terminal {
    fn parked(words: &[&str], env: &[(&str, &str)]) -> anyhow::Result<Box<dyn View>> {
        Ok(Box::new(Self(Pty::parked(words, env)?)))
    }
}

impl View for Terminal {
    fn begin(&mut self) -> anyhow::Result<()> {
        self.0.go()
    }

    fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.0.send(bytes)
    }

    fn read(&mut self, within: std::time::Duration, shown: &mut Vec<u8>, most: usize) -> anyhow::Result<usize> {
        self.0.read(within, shown, most)
    }
}
