//! tmux with a server and a socket of its own. As much history as Homie keeps, and no status line: its clock would be
//! output.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use super::{Errand, Server, Terminal, Want};
use crate::process;
use crate::stage::Stage;
use crate::view::View;

const SETTINGS: &str = "set -g status off\nset -g history-limit 10000\nset -s exit-empty off\n";

pub(crate) struct Tmux {
    folder: PathBuf,
    socket: PathBuf,
    settings: PathBuf,
    server: u32,
}

impl Tmux {
    pub(crate) fn start(stage: &Stage, folder: &Path) -> anyhow::Result<Self> {
        let (socket, settings) = (folder.join("tmux"), folder.join("tmux.conf"));
        std::fs::write(&settings, SETTINGS)?;
        let mut tmux = Self { folder: stage.folder.clone(), socket, settings, server: 0 };
        tmux.tell(&["start-server"])?;
        tmux.server = tmux.tell(&["display-message", "-p", "#{pid}"])?.trim().parse()?;
        Ok(tmux)
    }

    /// The words that attach to a session.
    pub(crate) fn attach(&self, session: &str) -> anyhow::Result<Vec<String>> {
        let socket = self.socket.to_str().context("path")?;
        Ok(["tmux", "-S", socket, "attach-session", "-t", session].map(str::to_owned).to_vec())
    }

    /// The words of an errand.
    pub(crate) fn errand(&self, errand: Errand, session: &str) -> anyhow::Result<Vec<String>> {
        let socket = self.socket.to_str().context("path")?;
        match errand {
            Errand::Attach => self.attach(session),
            Errand::List => Ok(["tmux", "-S", socket, "list-sessions"].map(str::to_owned).to_vec()),
        }
    }

    fn tell(&self, words: &[&str]) -> anyhow::Result<String> {
        let mut command = Command::new("tmux");
        command.arg("-S").arg(&self.socket).arg("-f").arg(&self.settings).args(words).env_remove("TMUX");
        let done = command.env("LC_ALL", "C.UTF-8").output().context("tmux")?;
        if !done.status.success() {
            bail!("tmux {words:?}: {}", String::from_utf8_lossy(&done.stderr));
        }
        Ok(String::from_utf8(done.stdout)?)
    }

    fn new_session(&self, session: &str, script: &str) -> anyhow::Result<Vec<String>> {
        let script = self.folder.join(script);
        let script = script.to_str().context("path")?;
        Ok(["new-session", "-d", "-s", session, "-x", "80", "-y", "24", script].map(str::to_owned).to_vec())
    }
}

impl Server for Tmux {
    fn start(&mut self, session: &str, script: &str) -> anyhow::Result<()> {
        let words = self.new_session(session, script)?;
        self.tell(&words.iter().map(String::as_str).collect::<Vec<_>>()).map(drop)
    }

    fn start_many(&mut self, first: usize, count: usize, script: &str) -> anyhow::Result<()> {
        let mut words = Vec::new();
        for number in first..first + count {
            words.extend(self.new_session(&number.to_string(), script)?);
            words.push(";".to_owned());
        }
        self.tell(&words.iter().map(String::as_str).collect::<Vec<_>>()).map(drop)
    }

    fn look(&mut self, session: &str, _want: Want) -> anyhow::Result<Box<dyn View>> {
        let words = self.attach(session)?;
        Terminal::parked(&words.iter().map(String::as_str).collect::<Vec<_>>(), &[])
    }

    fn run(&mut self, errand: Errand, session: &str) -> anyhow::Result<Box<dyn View>> {
        let words = self.errand(errand, session)?;
        Terminal::parked(&words.iter().map(String::as_str).collect::<Vec<_>>(), &[])
    }

    fn roots(&self) -> anyhow::Result<Vec<u32>> {
        Ok(vec![self.server])
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        if self.server > 0 {
            process::end(&[self.server]);
        }
    }
}
