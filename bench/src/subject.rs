//! Who is measured: one file each, behind one small face.

use std::path::Path;
use std::time::Duration;

use clap::ValueEnum;
use homie_tailnet_lab::host::{Host, Who};
use homie_tests::cabled::Back;

use crate::homie::Crowd;
pub(crate) use crate::link::Link;
use crate::options::Carrier;
use crate::pty::Pty;
use crate::row::Row;
use crate::stage::Stage;
use crate::tailnet::Tailnet;
use crate::view::View;

mod far;
mod homie;
mod many;
mod mesh;
mod mosh;
mod raw;
mod socket;
mod ssh;
mod tmux;

use far::Door;
pub(crate) use many::Listed;

/// Devices that a sweep revokes.
pub(crate) const REVOCATIONS: usize = 5;

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
    /// On a machine that is reached through another's gateway, sealed, in a network beside this one.
    #[value(name = "homie+mesh")]
    HomieMesh,
    /// The same on one that has left connections with the gateway in between.
    #[value(name = "homie+spare")]
    HomieSpare,
    /// A gateway that follows many machines.
    #[value(name = "gateway+150")]
    GatewayMany,
    /// A TCP connection to the network that `homie+mesh` is in.
    #[value(name = "tcp+cable")]
    TcpCable,
    /// A client on the same machine.
    Tmux,
    /// An sshd of our own on loopback.
    Ssh,
    /// tmux behind that sshd.
    #[value(name = "ssh+tmux")]
    SshTmux,
    /// Server and client on loopback, without prediction.
    Mosh,
    /// A TCP connection between two hosts of a tailnet: what no program over it is below.
    #[value(name = "tcp+tailnet")]
    TcpTailnet,
    /// An sshd of our own on the far host.
    #[value(name = "ssh+tailnet")]
    SshTailnet,
    /// Homie on the far host, behind Tailscale Serve.
    #[value(name = "homie+serve")]
    HomieServe,
    /// Homie on the far host's own addresses.
    #[value(name = "homie+direct")]
    HomieDirect,
}

/// What a viewer wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    /// What a person needs.
    Screen,
    /// Every byte, where that is to be had.
    Everything,
}

/// What a person types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Errand {
    List,
    Attach,
}

impl Errand {
    /// The words of `homie` for it.
    fn words(self, program: &str, session: &str) -> Vec<String> {
        match self {
            Self::List => vec![program.to_owned(), "ls".to_owned()],
            Self::Attach => vec![program.to_owned(), "attach".to_owned(), session.to_owned()],
        }
    }
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

    /// Whether programs are behind its sessions.
    fn has_programs(&self) -> bool {
        true
    }

    /// The links between it and its viewers that it can have.
    fn links(&self) -> &'static [Link] {
        &[]
    }

    /// Has such a link, until [`Self::widen`]. What is dialled from then on is as far away as it is.
    fn narrow(&self, _link: &Link) -> anyhow::Result<()> {
        anyhow::bail!("there is no link to be narrowed")
    }

    /// Has a link that carries all it can.
    fn widen(&self) -> anyhow::Result<()> {
        Ok(())
    }

    /// Kills the gateway that its viewers come through, as a crash would.
    fn lose_gateway(&mut self) -> anyhow::Result<()> {
        anyhow::bail!("its viewers come through none")
    }

    /// Starts it again, and returns when it leads to the sessions.
    fn restore_gateway(&mut self) -> anyhow::Result<()> {
        anyhow::bail!("its viewers come through none")
    }

    /// The process of its gateway, if that is one of its own.
    fn gateway(&self) -> Option<u32> {
        None
    }

    /// One more client of the gateway that looks at all sessions.
    fn join(&mut self, _crowd: &mut Crowd) -> anyhow::Result<()> {
        anyhow::bail!("it has no gateway")
    }

    /// Starts a gateway in a mesh of so many machines.
    fn list_many(&mut self, _machines: usize) -> anyhow::Result<Listed> {
        anyhow::bail!("it has one machine")
    }

    /// A command as a person types it, that is to begin.
    fn run(&mut self, _errand: Errand, _session: &str) -> anyhow::Result<Box<dyn View>> {
        anyhow::bail!("it has no command")
    }

    /// Returns when that person's list has the session.
    fn until_listed(&mut self, _session: &str) -> anyhow::Result<()> {
        Ok(())
    }

    /// Revokes a device that looks at a session. Gives the time until its circuit is closed.
    fn revoke(&mut self, _session: &str) -> anyhow::Result<Duration> {
        anyhow::bail!("it knows no devices")
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

    /// Whether it is seen from another host.
    pub(crate) const fn is_far(self) -> bool {
        matches!(self, Self::TcpTailnet | Self::SshTailnet | Self::HomieServe | Self::HomieDirect)
    }

    /// Whether it is measured where a tailnet is: those on another host, and what they are without one.
    pub(crate) const fn is_of_tailnet(self) -> bool {
        self.is_far() || matches!(self, Self::Homie | Self::HomieGateway)
    }

    /// Whether it is in a network that the bench has made.
    pub(crate) const fn is_of_mesh(self) -> bool {
        matches!(self, Self::HomieMesh | Self::HomieSpare | Self::GatewayMany | Self::TcpCable)
    }

    /// Whose figures its own are told in ratio to: the limit of every terminal, or of every program on the same way.
    pub(crate) const fn yardstick(self, row: Row) -> Self {
        match self {
            Self::TcpTailnet | Self::SshTailnet | Self::HomieServe | Self::HomieDirect => Self::TcpTailnet,
            _ if row.is_of_link() => Self::TcpCable,
            _ => Self::Raw,
        }
    }

    /// Whether it has such a thing at all.
    pub(crate) const fn has(self, row: Row) -> bool {
        match self {
            Self::GatewayMany => return matches!(row, Row::MeshFull | Row::MeshCpu | Row::MeshMem),
            Self::TcpCable => return matches!(row, Row::EchoIdle | Row::Bulk | Row::KeyLink | Row::FlowLink),
            // What it differs in from the other one.
            Self::HomieSpare => return matches!(row, Row::EchoIdle | Row::Attach10k | Row::Attach100k),
            _ => {}
        }
        match row {
            Row::EchoIdle | Row::Bulk => true,
            Row::EchoFlood | Row::Cpu => !self.is_far(),
            Row::CtrlcFast | Row::CtrlcSlow => !matches!(self, Self::Tcp | Self::Ws) && !self.is_far(),
            Row::Stalled | Row::MemIdle | Row::MemUsed => {
                !matches!(self, Self::Raw | Self::Tcp | Self::Ws) && !self.is_far()
            }
            Row::Attach10k | Row::Attach100k => {
                matches!(self, Self::Homie | Self::HomieGateway | Self::HomieMesh | Self::Tmux | Self::SshTmux)
            }
            Row::Fanout => matches!(self, Self::Homie | Self::HomieGateway | Self::HomieMesh | Self::Tmux),
            Row::Start64 => matches!(self, Self::Homie | Self::Tmux | Self::Ssh | Self::Mosh),
            Row::Adopt64 => matches!(self, Self::Homie),
            Row::FirstScreen => self.is_far() || matches!(self, Self::Homie | Self::HomieGateway | Self::HomieMesh),
            Row::KeyLink | Row::FlowLink => self.is_far() || matches!(self, Self::HomieMesh),
            Row::CtrlcLink => (self.is_far() && !matches!(self, Self::TcpTailnet)) || matches!(self, Self::HomieMesh),
            Row::Revoke => matches!(self, Self::HomieServe | Self::HomieDirect),
            Row::LsCold | Row::AttachCold => {
                matches!(self, Self::Homie | Self::HomieMesh | Self::Tmux | Self::SshTmux)
            }
            Row::Failover => matches!(self, Self::HomieMesh),
            Row::GatewayMem => matches!(self, Self::HomieGateway),
            Row::MeshFull | Row::MeshCpu | Row::MeshMem => false,
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
            Self::HomieMesh => Box::new(mesh::Mesh::start(stage, Back::IsCalled)?),
            Self::HomieSpare => Box::new(mesh::Mesh::start(stage, Back::DialsOut)?),
            Self::GatewayMany => Box::new(many::Many::start()?),
            Self::TcpCable => Box::new(socket::Sockets::beyond()?),
            Self::Tmux => Box::new(tmux::Tmux::start(stage, folder)?),
            Self::Ssh => Box::new(ssh::Ssh::start(stage, folder, false)?),
            Self::SshTmux => Box::new(ssh::Ssh::start(stage, folder, true)?),
            Self::Mosh => Box::new(mosh::Mosh::new(stage)),
            Self::TcpTailnet => Box::new(socket::Sockets::far(Tailnet::open()?)?),
            Self::SshTailnet => Box::new(ssh::Ssh::far(stage, folder, &Tailnet::open()?)?),
            Self::HomieServe => Box::new(far::Far::start(stage, Tailnet::open()?, Door::Serve)?),
            Self::HomieDirect => Box::new(far::Far::start(stage, Tailnet::open()?, Door::Direct)?),
        })
    }
}

/// A viewer that is a program on a PTY of ours.
struct Terminal(Pty);

impl Terminal {
    fn parked(words: &[&str], env: &[(&str, &str)]) -> anyhow::Result<Box<dyn View>> {
        Ok(Box::new(Self(Pty::parked(&[], words, env)?)))
    }

    /// The same where these words lead.
    fn parked_beyond(there: &[&str], words: &[&str]) -> anyhow::Result<Box<dyn View>> {
        Ok(Box::new(Self(Pty::parked(there, words, &[])?)))
    }

    /// The same as the person on a host.
    fn parked_on(host: &Host, words: &[&str]) -> anyhow::Result<Box<dyn View>> {
        let there = host.words(Who::Person)?;
        Self::parked_beyond(&there.iter().map(String::as_str).collect::<Vec<_>>(), words)
    }
}

impl View for Terminal {
    fn begin(&mut self) -> anyhow::Result<()> {
        self.0.go()
    }

    fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.0.send(bytes)
    }

    fn read(&mut self, within: Duration, shown: &mut Vec<u8>, most: usize) -> anyhow::Result<usize> {
        self.0.read(within, shown, most)
    }
}
