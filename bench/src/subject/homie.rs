//! Homie: a node and its holders, seen at the node's socket or through a gateway's splice.

use std::collections::HashMap;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use homie_protocol::hello::{ClientKind, Role};
use homie_protocol::id::SessionId;
use homie_protocol::limits::REQUESTS;
use homie_protocol::methods::session::{Delivery, List, ListParams, SessionInfo, SessionState, Start, StartParams};
use homie_trust::{Actor, Device, DeviceIdentity, GatewayFile, KeyPair, Roster, StateDir};

use super::{Errand, Server, Terminal, Want};
use crate::homie::{Circuit, Crowd, Viewer, Way};
use crate::process;
use crate::stage::Stage;
use crate::view::{LIMIT, View};

pub(crate) struct Homie {
    folder: PathBuf,
    state: StateDir,
    node: Child,
    gateway: Option<Child>,
    control: Circuit,
    way: Way,
    identity: Arc<DeviceIdentity>,
    sessions: HashMap<String, SessionId>,
}

impl Homie {
    pub(crate) fn start(stage: &Stage, folder: &Path, with_gateway: bool) -> anyhow::Result<Self> {
        let place = folder.join("home");
        DirBuilder::new().mode(0o700).create(&place)?;
        let dir = StateDir::open(&place)?;
        let machine = KeyPair::machine(&dir)?;
        let mut node = run(&place, &["node"])?;
        let local = Arc::new(DeviceIdentity::without_key(machine.machine_key())?);
        let here = Way::Local { socket: dir.local_sock() };
        let control = patiently(&mut node, || Circuit::open(&here, &local))?;
        let mut homie = Self {
            folder: stage.folder.clone(),
            state: dir,
            node,
            gateway: None,
            control,
            way: here,
            identity: local,
            sessions: HashMap::new(),
        };
        if with_gateway {
            homie.add_gateway(&place, &machine)?;
        }
        Ok(homie)
    }

    /// Starts a gateway, and looks through it from now on, as an enrolled device.
    fn add_gateway(&mut self, home: &Path, machine: &KeyPair) -> anyhow::Result<()> {
        let key = KeyPair::generate()?;
        let device = Device::new(key.device_key(), "bench", Role::Owner, ClientKind::Web, 0)?;
        Roster::open(&self.state, "bench")?.enrol(&device, &Actor::local("bench"))?;
        let gateway = self.gateway.insert(run(home, &["gateway", "--port", "0"])?);
        let file = patiently(gateway, || GatewayFile::read(&self.state)?.context("no gateway yet"))?;
        let path = format!("/m/{}", machine.node_id());
        self.way = Way::Gateway { host: file.addr.to_string(), path };
        self.identity = Arc::new(DeviceIdentity::with_key(key, machine.machine_key())?);
        patiently(gateway, || Circuit::open(&self.way, &self.identity)).map(drop)
    }

    fn params(&self, name: &str, script: &str) -> anyhow::Result<StartParams> {
        let script = self.folder.join(script).to_str().context("path")?.to_owned();
        Ok(StartParams { name: Some(format!("s{name}")), command: Some(vec![script]), ..StartParams::default() })
    }

    /// Its holders, as they have written themselves down.
    fn holders(&self) -> anyhow::Result<Vec<u32>> {
        let Ok(entries) = fs::read_dir(self.state.path().join("holders")) else { return Ok(Vec::new()) };
        let mut pids = Vec::new();
        for entry in entries {
            let Ok(text) = fs::read_to_string(entry?.path().join("spec.json")) else { continue };
            let record: serde_json::Value = serde_json::from_str(&text)?;
            let pid = record.get("holder").and_then(serde_json::Value::as_u64).context("a record without holder")?;
            pids.push(u32::try_from(pid)?);
        }
        Ok(pids)
    }

    fn running(&mut self) -> anyhow::Result<usize> {
        let mut params = ListParams::default();
        let mut count = 0;
        loop {
            let page = self.control.request::<List>(&params)?;
            // Its holder is known once the node has spoken with it.
            let runs = |session: &&SessionInfo| session.state == SessionState::Running && session.holder_pid.is_some();
            count += page.sessions.iter().filter(runs).count();
            match page.next {
                Some(next) => params.after = Some(next),
                None => return Ok(count),
            }
        }
    }
}

impl Server for Homie {
    fn start(&mut self, session: &str, script: &str) -> anyhow::Result<()> {
        let params = self.params(session, script)?;
        let started = self.control.request::<Start>(&params)?;
        self.sessions.insert(session.to_owned(), started.session.id);
        Ok(())
    }

    /// As many as a circuit may ask for at once are asked for before the first answer is read, as a script would that starts
    /// a day's work.
    fn start_many(&mut self, first: usize, count: usize, script: &str) -> anyhow::Result<()> {
        let names: Vec<String> = (first..first + count).map(|number| number.to_string()).collect();
        for names in names.chunks(REQUESTS) {
            let mut asked = Vec::new();
            for name in names {
                let params = self.params(name, script)?;
                asked.push(self.control.ask::<Start>(&params)?);
            }
            for (name, asked) in names.iter().zip(asked) {
                let started = self.control.answer::<Start>(asked)?;
                self.sessions.insert(name.clone(), started.session.id);
            }
        }
        Ok(())
    }

    fn look(&mut self, session: &str, want: Want) -> anyhow::Result<Box<dyn View>> {
        let session = *self.sessions.get(session).context("no such session")?;
        let delivery = match want {
            Want::Screen => Delivery::Screen,
            Want::Everything => Delivery::Lossless,
        };
        Ok(Box::new(Viewer::new(self.way.clone(), Arc::clone(&self.identity), session, delivery)))
    }

    fn roots(&self) -> anyhow::Result<Vec<u32>> {
        let mut roots = self.holders()?;
        roots.push(self.node.id());
        roots.extend(self.gateway.as_ref().map(Child::id));
        Ok(roots)
    }

    fn gateway(&self) -> Option<u32> {
        self.gateway.as_ref().map(Child::id)
    }

    fn join(&mut self, crowd: &mut Crowd) -> anyhow::Result<()> {
        let Way::Gateway { host, .. } = &self.way else { bail!("it has no gateway") };
        let own = Way::Gateway { host: host.clone(), path: "/ws".to_owned() };
        let sessions: Vec<SessionId> = self.sessions.values().copied().collect();
        crowd.join([&self.way, &own], &self.identity, &sessions)
    }

    fn run(&mut self, errand: Errand, session: &str) -> anyhow::Result<Box<dyn View>> {
        let (program, home) = (program()?, self.state.path().to_str().context("path")?.to_owned());
        let words = errand.words(program.to_str().context("path")?, &format!("s{session}"));
        Terminal::parked(&words.iter().map(String::as_str).collect::<Vec<_>>(), &[("HOMIE_HOME", &home)])
    }

    fn adopt(&mut self, sessions: usize) -> anyhow::Result<()> {
        self.node.kill()?;
        self.node.wait()?;
        self.node = run(self.state.path(), &["node"])?;
        let way = Way::Local { socket: self.state.local_sock() };
        self.control = patiently(&mut self.node, || Circuit::open(&way, &self.identity))?;
        let begun = Instant::now();
        while self.running()? < sessions {
            if begun.elapsed() > LIMIT {
                bail!("the sessions are not all adopted");
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }
}

impl Drop for Homie {
    fn drop(&mut self) {
        // The node first: it would notice that its holders go.
        let mut daemons = vec![self.node.id()];
        daemons.extend(self.gateway.as_ref().map(Child::id));
        let roots = self.roots().unwrap_or_default();
        process::end(&daemons);
        process::end(&roots);
        // They are dead; this only takes notice.
        let _ = self.node.wait();
        if let Some(gateway) = &mut self.gateway {
            let _ = gateway.wait();
        }
    }
}

/// The binary beside this one.
pub(super) fn program() -> anyhow::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name("homie"))
}

fn run(home: &Path, words: &[&str]) -> anyhow::Result<Child> {
    let program = program()?;
    let log = home.with_file_name(format!("{}.log", words.first().copied().unwrap_or_default()));
    let log = fs::OpenOptions::new().create(true).append(true).open(log)?;
    let mut command = Command::new(&program);
    command.args(words).env("HOMIE_HOME", home).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    command.spawn().with_context(|| program.display().to_string())
}

/// Tries until it works, while the daemon lives.
fn patiently<T>(daemon: &mut Child, mut attempt: impl FnMut() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        match attempt() {
            Ok(done) => return Ok(done),
            Err(error) if Instant::now() > until => return Err(error),
            Err(_) if daemon.try_wait()?.is_some() => bail!("the daemon has ended"),
            Err(_) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}
