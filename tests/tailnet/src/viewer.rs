//! The TypeScript client on a host, looking at a machine from elsewhere, and what it tells.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use data_encoding::BASE64;
use homie_protocol::id::Offset;
use homie_protocol::methods::session::Gap;
use homie_tests::history::History;
use rustix::process::Signal;
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

/// One thing that it tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told(Value);

impl Told {
    /// What kind of thing.
    pub fn at(&self) -> &str {
        self.text("at").unwrap_or_default()
    }

    /// A text in it.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// Whether its circuit has come to stand so.
    pub fn is_state(&self, phase: &str) -> bool {
        self.at() == "state" && self.text("phase") == Some(phase)
    }

    fn offset(&self, name: &str) -> anyhow::Result<Offset> {
        let offset = self.0.get(name).and_then(Value::as_u64).and_then(Offset::new);
        offset.with_context(|| format!("no offset {name} in {}", self.0))
    }

    fn needed(&self, name: &str) -> anyhow::Result<&str> {
        self.text(name).with_context(|| format!("no {name} in {}", self.0))
    }
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
        Self::run(host, &[address, &headers.to_string()])
    }

    /// The same with the key in this file, which is made if it is not there: one device may be at several machines.
    pub fn open_as(host: &Host, address: &str, key: &Path) -> anyhow::Result<Self> {
        Self::run(host, &[address, "{}", key.to_str().context("a path that is no text")?])
    }

    fn run(host: &Host, words: &[&str]) -> anyhow::Result<Self> {
        let program = format!("{}/viewer/main.js", host.lab().display());
        let authority = format!("NODE_EXTRA_CA_CERTS={}/ca.pem", host.lab().display());
        let words = [&["env", &authority, "node", &program], words].concat();
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
        let told = self.until(PATIENCE, |told| told.at() == "digits")?;
        Ok(told.needed("digits")?.to_owned())
    }

    /// Waits until its circuit is up; the role that it is told.
    pub fn is_up(&mut self) -> anyhow::Result<String> {
        let state = self.until(PATIENCE, |told| told.is_state("ready"))?;
        Ok(state.needed("role")?.to_owned())
    }

    /// Waits until it gives its circuit up for good; the code of the refusal.
    pub fn is_out(&mut self, within: Duration) -> anyhow::Result<String> {
        let state = self.until(within, |told| told.is_state("closed"))?;
        let code = state.0.pointer("/why/code").and_then(Value::as_str);
        Ok(code.with_context(|| format!("no reason in {}", state.0))?.to_owned())
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
        let answer = self.until(PATIENCE, |told| ["started", "failed"].contains(&told.at()))?;
        if let Some(code) = answer.text("code") {
            return Ok(Err(code.to_owned()));
        }
        self.attach(answer.needed("session")?, "interactive").map(Ok)
    }

    /// Looks at a session, without typing.
    pub fn watch(&mut self, session: &str) -> anyhow::Result<()> {
        self.attach(session, "watch")
    }

    fn attach(&mut self, session: &str, mode: &str) -> anyhow::Result<()> {
        self.wish(&json!({"do": "attach", "session": session, "mode": mode}))?;
        self.until(PATIENCE, |told| told.at() == "opened").map(drop)
    }

    /// Types.
    pub fn types(&mut self, text: &str) -> anyhow::Result<()> {
        self.wish(&json!({"do": "type", "text": text}))
    }

    /// Says yes to what it asks about: whether what was typed too long ago is to be typed now.
    pub fn resends(&mut self) -> anyhow::Result<()> {
        self.wish(&json!({"do": "resend"}))
    }

    /// Stops its process, as a machine that is suspended does.
    pub fn sleep(&self) -> anyhow::Result<()> {
        self.program.signal(Signal::STOP)
    }

    /// Has it go on.
    pub fn wake(&self) -> anyhow::Result<()> {
        self.program.signal(Signal::CONT)
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
    pub fn until(&mut self, within: Duration, is_it: impl Fn(&Told) -> bool) -> anyhow::Result<Told> {
        let (end, mut before) = (Instant::now() + within, Vec::new());
        loop {
            let told = self.next(end).with_context(|| format!("after {before:?}"))?;
            let told = told.with_context(|| format!("not within {within:?}, but {before:?}"))?;
            if is_it(&told) {
                return Ok(told);
            }
            if told.at() != "output" {
                before.push(told);
            }
        }
    }

    /// What it tells next, if anything until then.
    pub fn next(&mut self, end: Instant) -> anyhow::Result<Option<Told>> {
        let Some(line) = self.program.line_before(end)? else { return Ok(None) };
        let told = Told(serde_json::from_str(&line)?);
        match told.at() {
            "output" => {
                let bytes = BASE64.decode(told.needed("bytes")?.as_bytes())?;
                self.history.output(told.offset("offset")?, &bytes);
                self.show(&String::from_utf8_lossy(&bytes));
            }
            "state" if told.is_state("ready") => self.circuits += 1,
            "gap" => self.history.gap(Gap { from: told.offset("from")?, to: told.offset("to")? }),
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
