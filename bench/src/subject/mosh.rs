//! mosh on loopback: a server for each session, and its client without prediction, so that what is measured is an echo.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use super::{Server, Terminal, Want};
use crate::process;
use crate::stage::Stage;
use crate::view::View;

pub(crate) struct Mosh {
    folder: PathBuf,
    sessions: HashMap<String, (String, String)>,
    servers: Vec<u32>,
}

impl Mosh {
    pub(crate) fn new(stage: &Stage) -> Self {
        Self { folder: stage.folder.clone(), sessions: HashMap::new(), servers: Vec::new() }
    }
}

impl Server for Mosh {
    fn start(&mut self, session: &str, script: &str) -> anyhow::Result<()> {
        let script = self.folder.join(script);
        let done = Command::new("mosh-server")
            .args(["new", "-i", "127.0.0.1", "--"])
            .arg(script)
            .env("LC_ALL", "C.UTF-8")
            .env("TERM", "xterm-256color")
            .stdin(Stdio::null())
            .output()
            .context("mosh-server")?;
        let said = String::from_utf8_lossy(&done.stdout);
        let connect = said.lines().find_map(|line| line.strip_prefix("MOSH CONNECT "));
        let Some((port, key)) = connect.and_then(|line| line.split_once(' ')) else { bail!("mosh-server said {said}") };
        let told = String::from_utf8_lossy(&done.stderr);
        let pid = told.split("pid = ").nth(1).and_then(|rest| rest.split(']').next()).context("mosh-server's pid")?;
        self.servers.push(pid.parse()?);
        self.sessions.insert(session.to_owned(), (port.to_owned(), key.trim().to_owned()));
        Ok(())
    }

    fn look(&mut self, session: &str, _want: Want) -> anyhow::Result<Box<dyn View>> {
        let (port, key) = self.sessions.get(session).context("no such session")?;
        let env = [("MOSH_KEY", key.as_str()), ("MOSH_PREDICTION_DISPLAY", "never"), ("MOSH_TITLE_NOPREFIX", "1")];
        Terminal::parked(&["mosh-client", "127.0.0.1", port], &env)
    }

    fn roots(&self) -> anyhow::Result<Vec<u32>> {
        Ok(self.servers.clone())
    }

    /// It starts the program when the client has come, and takes no other.
    fn needs_viewers(&self) -> bool {
        true
    }
}

impl Drop for Mosh {
    fn drop(&mut self) {
        process::end(&self.servers);
    }
}
