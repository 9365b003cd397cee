//! The TypeScript client without a browser, as a process that tells what it sees.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::OnceLock;

use anyhow::{Context, bail};
use data_encoding::BASE64;
use homie_protocol::id::Offset;
use homie_protocol::methods::session::Gap;
use serde::Deserialize;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::history::History;
use crate::machine::LIMIT;
use crate::viewer::Told;

/// The client's process; killed when dropped.
#[derive(Debug)]
pub struct Script {
    _child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    session: String,
    history: History,
}

/// One line of what it tells.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "at", rename_all = "lowercase")]
enum Line {
    Paired {},
    State { phase: String },
    Started { session: String },
    Opened {},
    Output { offset: Offset, bytes: String },
    Gap(Gap),
    Resized {},
    Drives {},
    Snapshot {},
    Clipboard {},
    Exited {},
    Detached { message: String },
    Unsent { bytes: String },
    Failed { message: String },
}

impl Script {
    /// Starts it, enrols it at the gateway with the secret of a one-use link. What is really dialled is `via`: the gateway
    /// itself or a proxy in front of it; or two of them, each a way of its own.
    pub async fn start(gateway: SocketAddr, via: &[SocketAddr], secret: &str) -> anyhow::Result<Self> {
        let ports: Vec<String> = via.iter().map(|way| way.port().to_string()).collect();
        let mut child = Command::new("node")
            .args([built()?, &gateway.to_string(), &ports.join(","), secret])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("node is not installed")?;
        let stdin = child.stdin.take().context("a pipe was asked for")?;
        let stdout = child.stdout.take().context("a pipe was asked for")?;
        let lines = BufReader::new(stdout).lines();
        let mut script = Self { _child: child, stdin, lines, session: String::new(), history: History::default() };
        script.until(|line| matches!(line, Line::Paired {})).await?;
        Ok(script)
    }

    /// Starts a session and attaches to it.
    pub async fn start_session(&mut self, command: &[&str]) -> anyhow::Result<()> {
        self.wish(&json!({"do": "start", "command": command})).await?;
        let Line::Started { session } = self.until(|line| matches!(line, Line::Started { .. })).await? else {
            bail!("it started nothing");
        };
        self.wish(&json!({"do": "attach", "session": session})).await?;
        self.session = session;
        self.until(|line| matches!(line, Line::Opened {})).await?;
        Ok(())
    }

    /// Types.
    pub async fn type_text(&mut self, text: &str) -> anyhow::Result<()> {
        self.wish(&json!({"do": "type", "text": text})).await
    }

    /// Types much, at the pace at which it is taken.
    pub async fn paste(&mut self, text: &str) -> anyhow::Result<()> {
        self.wish(&json!({"do": "paste", "text": text})).await
    }

    /// What it tells next. Dropping the future loses nothing.
    pub async fn next(&mut self) -> anyhow::Result<Told> {
        Ok(match self.line().await? {
            Line::State { phase } if phase == "ready" => Told::Up,
            Line::State { phase } if phase == "closed" => bail!("the circuit is closed"),
            Line::State { .. } => Told::Down,
            Line::Exited {} => Told::Exited,
            Line::Detached { message } => Told::Detached(message),
            Line::Unsent { bytes } => Told::Unsent(BASE64.decode(bytes.as_bytes())?),
            Line::Failed { message } => bail!("it failed: {message}"),
            Line::Paired {}
            | Line::Started { .. }
            | Line::Opened {}
            | Line::Output { .. }
            | Line::Gap(_)
            | Line::Resized {}
            | Line::Drives {}
            | Line::Snapshot {}
            | Line::Clipboard {} => Told::Seen,
        })
    }

    /// The session it looks at; empty before it was started.
    pub fn session(&self) -> &str {
        &self.session
    }

    /// What it has seen of its session.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Its next line. Output and gaps go into its history.
    async fn line(&mut self) -> anyhow::Result<Line> {
        let line = serde_json::from_str(&self.lines.next_line().await?.context("it has ended")?)?;
        match &line {
            Line::Output { offset, bytes } => self.history.output(*offset, &BASE64.decode(bytes.as_bytes())?),
            Line::Gap(gap) => self.history.gap(*gap),
            _ => {}
        }
        Ok(line)
    }

    async fn until(&mut self, wanted: impl Fn(&Line) -> bool) -> anyhow::Result<Line> {
        loop {
            let line = tokio::time::timeout(LIMIT, self.line()).await.context("it tells nothing")??;
            if wanted(&line) {
                return Ok(line);
            }
        }
    }

    async fn wish(&mut self, wish: &serde_json::Value) -> anyhow::Result<()> {
        Ok(self.stdin.write_all(format!("{wish}\n").as_bytes()).await?)
    }
}

/// The client's program, bundled once for each run of the tests.
fn built() -> anyhow::Result<&'static str> {
    static BUILT: OnceLock<Result<(), String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| build().map_err(|error| format!("{error:#}")));
    built.clone().map_err(anyhow::Error::msg)?;
    Ok(concat!(env!("CARGO_MANIFEST_DIR"), "/viewer/dist/main.js"))
}

fn build() -> anyhow::Result<()> {
    let status = std::process::Command::new("npm")
        .args(["run", "--silent", "build"])
        .stdout(Stdio::null())
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/viewer"))
        .status()
        .context("npm is not installed")?;
    if status.success() { Ok(()) } else { bail!("npm run build failed in tests/viewer; is `npm ci` done?") }
}
