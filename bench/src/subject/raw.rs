//! The limit of all: a program on a PTY that this process reads.

use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::Context;

use super::{Server, Terminal, Want};
use crate::pty::Pty;
use crate::stage::Stage;
use crate::view::View;

pub(crate) struct Raw {
    folder: PathBuf,
    scripts: HashMap<String, PathBuf>,
    programs: Vec<u32>,
}

impl Raw {
    pub(crate) fn new(stage: &Stage) -> Self {
        Self { folder: stage.folder.clone(), scripts: HashMap::new(), programs: Vec::new() }
    }
}

impl Server for Raw {
    fn start(&mut self, session: &str, script: &str) -> anyhow::Result<()> {
        self.scripts.insert(session.to_owned(), self.folder.join(script));
        Ok(())
    }

    fn look(&mut self, session: &str, _want: Want) -> anyhow::Result<Box<dyn View>> {
        let script = self.scripts.get(session).context("no such session")?;
        let pty = Pty::parked(&[], &[script.to_str().context("path")?], &[])?;
        self.programs.push(pty.pid());
        Ok(Box::new(Terminal(pty)))
    }

    fn roots(&self) -> anyhow::Result<Vec<u32>> {
        Ok(self.programs.clone())
    }

    fn needs_viewers(&self) -> bool {
        true
    }

    fn reads_here(&self) -> bool {
        true
    }
}
