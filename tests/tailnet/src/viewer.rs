//! The TypeScript client on a host, looking at a machine from elsewhere, and what it tells.

use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use data_encoding::BASE64;
use homie_protocol::id::Offset;
use homie_protocol::methods::session::Gap;
use homie_tests::history::History;
use serde_json::{Value, json};

use crate::host::{Host, Who};
use crate::program::{PATIENCE, Program};

/// A client with the circuit that it keeps.
#[derive(Debug)]
pub struct Viewer {
    program: Program,
    history: History,
    text: String,
    circuits: usize,
}

/// Bytes of what was shown that are searched.
const SHOWN: usize = 64 << 10;

impl Viewer {
    /// A client of the person on a host, with a key that nobody knows. It opens this address.
    pub fn open(host: &Host, address: &str) -> anyhow::Result<Self> {
        Self::open_saying(host, address, &json!({}))
    }

    /// The same with these headers besides.
    pub fn open_saying(host: &Host, address: &str, headers: &Value) -> anyhow::Result<Self> {
        let program = format!("{}/viewer/main.js", host.lab().display());
        let authority = format!("NODE_EXTRA_CA_CERTS={}/ca.pem", host.lab().display());
        let words = ["env", &authority, "node", &program, address, &headers.to_string()];
        let program = Program::start(&mut host.command(Who::Person, &words), &host.folder().join("viewer.log"))?;
        Ok(Self { program, history: History::default(), text: String::new(), circuits: 0 })
    }

    /// The same, once its circuit is up; and the role that it was told.
    pub fn ready(host: &Host, address: &str) -> anyhow::Result<(Self, String)> {
        let mut viewer = Self::open(host, address)?;
        let role = viewer.is_up()?;
        Ok((viewer, role))
    }

    /// Waits for the six digits that it shows.
    pub fn digits(&mut self) -> anyhow::Result<String> {
        let told = self.until(PATIENCE, |told| told["at"] == "digits")?;
        Ok(told["digits"].as_str().context("no digits")?.to_owned())
    }

    /// Waits until its circuit is up; the role that it is told.
    pub fn is_up(&mut self) -> anyhow::Result<String> {
        let state = self.until(PATIENCE, |told| told["at"] == "state" && told["phase"] == "ready")?;
        Ok(state["role"].as_str().context("no role")?.to_owned())
    }

    /// Waits until it gives its circuit up for good; the code of the refusal.
    pub fn is_out(&mut self, within: Duration) -> anyhow::Result<String> {
        let state = self.until(within, |told| told["at"] == "state" && told["phase"] == "closed")?;
        Ok(state["why"]["code"].as_str().context("no reason")?.to_owned())
    }

    /// Starts a session and looks at it from its birth.
    pub fn start(&mut self, command: &[&str]) -> anyhow::Result<()> {
        match self.try_start(command)? {
            Ok(()) => Ok(()),
            Err(code) => bail!("it may not start anything: {code}"),
        }
    }

    /// The same, or the code of the refusal.
    pub fn try_start(&mut self, command: &[&str]) -> anyhow::Result<Result<(), String>> {
        self.wish(&json!({"do": "start", "command": command}))?;
        let answer = self.until(PATIENCE, |told| told["at"] == "started" || told["at"] == "failed")?;
        if let Some(code) = answer["code"].as_str() {
            return Ok(Err(code.to_owned()));
        }
        let session = answer["session"].as_str().with_context(|| answer.to_string())?.to_owned();
        self.attach(&session).map(Ok)
    }

    /// Looks at a session.
    pub fn attach(&mut self, session: &str) -> anyhow::Result<()> {
        self.wish(&json!({"do": "attach", "session": session}))?;
        self.until(PATIENCE, |told| told["at"] == "opened").map(drop)
    }

    /// Types.
    pub fn types(&mut self, text: &str) -> anyhow::Result<()> {
        self.wish(&json!({"do": "type", "text": text}))
    }

    /// Waits until this has been shown.
    pub fn sees(&mut self, text: &str) -> anyhow::Result<()> {
        let end = Instant::now() + PATIENCE;
        while !self.text.contains(text) {
            let told = self.next(end)?;
            ensure!(told.is_some(), "{text:?} is not in {:?}", self.text);
        }
        Ok(())
    }

    /// What it tells next, if it is what is waited for; nothing of what came before is kept but output.
    pub fn until(&mut self, within: Duration, is_it: impl Fn(&Value) -> bool) -> anyhow::Result<Value> {
        let (end, mut before) = (Instant::now() + within, Vec::new());
        loop {
            let told = self.next(end).with_context(|| format!("after {before:?}"))?;
            let told = told.with_context(|| format!("not within {within:?}, but {before:?}"))?;
            if is_it(&told) {
                return Ok(told);
            }
            if told["at"] != "output" {
                before.push(told.to_string());
            }
        }
    }

    /// What it tells next, if anything until then.
    pub fn next(&mut self, end: Instant) -> anyhow::Result<Option<Value>> {
        let Some(line) = self.program.line_before(end)? else { return Ok(None) };
        let told: Value = serde_json::from_str(&line)?;
        match told["at"].as_str() {
            Some("output") => {
                let bytes = BASE64.decode(told["bytes"].as_str().context("no bytes")?.as_bytes())?;
                self.history.output(offset(&told["offset"])?, &bytes);
                self.show(&String::from_utf8_lossy(&bytes));
            }
            Some("state") if told["phase"] == "ready" => self.circuits += 1,
            Some("gap") => self.history.gap(Gap { from: offset(&told["from"])?, to: offset(&told["to"])? }),
            _ => {}
        }
        Ok(Some(told))
    }

    /// How many circuits it has had, one after another.
    pub const fn circuits(&self) -> usize {
        self.circuits
    }

    /// What it has seen of its session.
    pub const fn history(&self) -> &History {
        &self.history
    }

    fn show(&mut self, text: &str) {
        self.text.push_str(text);
        let old = self.text.len().saturating_sub(SHOWN);
        let old = (old..self.text.len()).find(|at| self.text.is_char_boundary(*at)).unwrap_or_default();
        self.text.drain(..old);
    }

    fn wish(&mut self, wish: &Value) -> anyhow::Result<()> {
        self.program.tell(&wish.to_string())
    }
}

fn offset(told: &Value) -> anyhow::Result<Offset> {
    told.as_u64().and_then(Offset::new).with_context(|| format!("{told} is no offset"))
}
