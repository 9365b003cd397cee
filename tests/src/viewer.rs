//! The Rust and the TypeScript client behind one face: start, type, see.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use homie_circuit::client::{AttachOptions, Attachment, Client, Config, State, Viewed};
use homie_protocol::id::SessionId;
use homie_protocol::methods::session::{Get, GetParams, SessionInfo, SessionState, Start, StartParams};
use homie_trust::{DeviceIdentity, KeyPair, StateDir};
use tokio::sync::watch;

use crate::history::History;
use crate::machine::LIMIT;
use crate::script::Script;

/// What a viewer tells, as far as a story needs it. Output and gaps are in its history already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Its circuit is up.
    Up,
    /// Its circuit is down and will be dialled again.
    Down,
    /// Bytes were typed and will not be sent unasked.
    Unsent(Vec<u8>),
    /// The program has ended.
    Exited,
    /// The session cannot be seen any more.
    Detached(String),
    /// Output, a gap, a size: see the history.
    Seen,
}

/// A viewer with its history.
#[derive(Debug)]
pub enum Viewer {
    /// `homie-circuit`'s client at the node's socket.
    Rust(Box<Local>),
    /// `client/` at a gateway, in a process of its own.
    Script(Box<Script>),
}

impl Viewer {
    /// A Rust client that calls the node at `socket`, which may be a proxy in front of `local.sock`.
    pub async fn local(state: &StateDir, socket: &Path) -> anyhow::Result<Self> {
        let identity = DeviceIdentity::without_key(KeyPair::machine(state)?.machine_key())?;
        Self::on(Config::local(socket, Arc::new(identity))).await
    }

    /// A Rust client on any way.
    pub async fn on(way: Config) -> anyhow::Result<Self> {
        let client = Client::connect(way).await?;
        let circuit = client.state();
        let local = Local { client, circuit, session: None, attachment: None, history: History::default() };
        Ok(Self::Rust(Box::new(local)))
    }

    /// A Rust client that only looks at a session, from the oldest byte its holder has.
    pub async fn watch(state: &StateDir, session: SessionId) -> anyhow::Result<Self> {
        let mut watcher = Self::local(state, &state.local_sock()).await?;
        if let Self::Rust(local) = &mut watcher {
            local.attachment = Some(local.client.attach(AttachOptions::watch(session)).await?);
        }
        Ok(watcher)
    }

    /// A TypeScript client that calls the gateway, by way of `via`: the gateway itself or a proxy in front of it.
    pub async fn script(gateway: SocketAddr, via: SocketAddr, secret: &str) -> anyhow::Result<Self> {
        Ok(Self::Script(Box::new(Script::start(gateway, &[via], secret).await?)))
    }

    /// The same with two ways to the gateway, of which it takes whichever leads there.
    pub async fn roaming(gateway: SocketAddr, ways: [SocketAddr; 2], secret: &str) -> anyhow::Result<Self> {
        Ok(Self::Script(Box::new(Script::start(gateway, &ways, secret).await?)))
    }

    /// Starts a session and looks at it from its birth.
    pub async fn start_session(&mut self, command: &[&str]) -> anyhow::Result<()> {
        match self {
            Self::Rust(local) => local.start_session(command).await,
            Self::Script(script) => script.start_session(command).await,
        }
    }

    /// The session it looks at.
    pub fn session(&self) -> anyhow::Result<SessionId> {
        match self {
            Self::Rust(local) => local.session.context("nothing is attached"),
            Self::Script(script) => Ok(script.session().parse()?),
        }
    }

    /// Types.
    pub async fn type_text(&mut self, text: &str) -> anyhow::Result<()> {
        match self {
            Self::Rust(local) => Ok(local.attachment()?.write(text.as_bytes()).await?),
            Self::Script(script) => script.type_text(text).await,
        }
    }

    /// Types much, at the pace at which it is taken. Returns when the client has all of it.
    pub async fn paste(&mut self, text: &str) -> anyhow::Result<()> {
        match self {
            Self::Rust(local) => Ok(local.attachment()?.write(text.as_bytes()).await?),
            Self::Script(script) => script.paste(text).await,
        }
    }

    /// What it tells next. Dropping the future loses nothing.
    pub async fn next(&mut self) -> anyhow::Result<Told> {
        match self {
            Self::Rust(local) => local.next().await,
            Self::Script(script) => script.next().await,
        }
    }

    /// Looks on until `wanted`, or fails after a minute of silence.
    pub async fn until(&mut self, wanted: impl Fn(&Told, &History) -> bool) -> anyhow::Result<()> {
        loop {
            let told = tokio::time::timeout(LIMIT, self.next()).await.context("it tells nothing for a minute")??;
            if wanted(&told, self.history()) {
                return Ok(());
            }
        }
    }

    /// Looks on until the output ends with this text.
    pub async fn until_output(&mut self, text: &str) -> anyhow::Result<()> {
        self.until(|_, history| history.ends_with(text)).await
    }

    /// Looks on until it is told that nothing more comes.
    pub async fn until_over(&mut self) -> anyhow::Result<Told> {
        loop {
            let told = tokio::time::timeout(LIMIT, self.next()).await.context("it tells nothing for a minute")??;
            if matches!(told, Told::Exited | Told::Detached(_)) {
                return Ok(told);
            }
        }
    }

    /// What the node says of a session, to whoever asks, once it no longer says that it runs. It looks for the holder a
    /// little longer than for its viewers.
    pub async fn info_once_over(state: &StateDir, session: SessionId) -> anyhow::Result<SessionInfo> {
        let Self::Rust(local) = Self::local(state, &state.local_sock()).await? else { bail!("another client") };
        let over = async {
            loop {
                let info = local.client.request::<Get>(&GetParams { session }).await?.session;
                if info.state != SessionState::Running {
                    return anyhow::Ok(info);
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(LIMIT, over).await.context("it is said to run")?
    }

    /// What it has seen.
    pub fn history(&self) -> &History {
        match self {
            Self::Rust(local) => &local.history,
            Self::Script(script) => script.history(),
        }
    }
}

/// The Rust client's side.
#[derive(Debug)]
pub struct Local {
    client: Client,
    circuit: watch::Receiver<State>,
    session: Option<SessionId>,
    attachment: Option<Attachment>,
    history: History,
}

impl Local {
    /// Its circuit, to ask for other things.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    async fn start_session(&mut self, command: &[&str]) -> anyhow::Result<()> {
        let command = Some(command.iter().map(ToString::to_string).collect());
        let started = self.client.request::<Start>(&StartParams { command, ..StartParams::default() }).await?;
        let options = AttachOptions::interactive(started.session.id);
        self.session = Some(started.session.id);
        self.attachment = Some(self.client.attach(options).await?);
        Ok(())
    }

    fn attachment(&self) -> anyhow::Result<&Attachment> {
        self.attachment.as_ref().context("nothing is attached")
    }

    async fn next(&mut self) -> anyhow::Result<Told> {
        let attachment = self.attachment.as_ref().context("nothing is attached")?;
        let viewed = tokio::select! {
            viewed = attachment.next() => viewed.context("the attachment has ended")?,
            changed = self.circuit.changed() => {
                changed?;
                return state_of(&self.circuit.borrow_and_update());
            }
        };
        Ok(match viewed {
            Viewed::Output { offset, bytes } => {
                self.history.output(offset, &bytes);
                Told::Seen
            }
            Viewed::Gap(gap) => {
                self.history.gap(gap);
                Told::Seen
            }
            // None of these viewers asks for a screen, drives a size or has a clipboard.
            Viewed::Attached(_)
            | Viewed::Resized { .. }
            | Viewed::Snapshot { .. }
            | Viewed::Driver { .. }
            | Viewed::Clipboard(_) => Told::Seen,
            Viewed::Exited { .. } => Told::Exited,
            Viewed::Unsent(bytes) => Told::Unsent(bytes.to_vec()),
            Viewed::Detached(refusal) => Told::Detached(refusal.message),
        })
    }
}

fn state_of(state: &State) -> anyhow::Result<Told> {
    match state {
        State::Up(_) => Ok(Told::Up),
        State::Connecting | State::Waiting(_) => Ok(Told::Down),
        State::Closed(refusal) => bail!("the circuit is closed: {refusal}"),
    }
}
