//! Homie on a machine that is reached through another one: by the Rust client, whose circuit the gateway in between passes on to
//! the other's, sealed, and reads nothing of. A third machine leads there too. Or the other one has left connections with the one in
//! between. All three are in a network beside ours.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use homie_circuit::client::{Client, Config, Detour, Dial, Route, Web};
use homie_protocol::hello::{ClientKind, Identity, Service};
use homie_protocol::id::SessionId;
use homie_protocol::methods::session::{Start, StartParams};
use homie_tests::cabled::{Back, Cabled, PORT};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use super::homie::program;
use super::{Errand, Link, Server, Terminal, Want};
use crate::homie::Patient;
use crate::link::{Road, road};
use crate::stage::Stage;
use crate::tailnet::believing;
use crate::view::{LIMIT, View};

pub(crate) struct Mesh {
    folder: PathBuf,
    cabled: Cabled,
    road: Arc<Road>,
    config: Config,
    /// Left out until a session is to be started: it has a circuit of its own, that ends with the gateway in between.
    control: Option<Client>,
    sessions: HashMap<String, SessionId>,
    /// The last to end: all of the above live on its threads.
    runtime: Arc<Runtime>,
}

impl Mesh {
    pub(crate) fn start(stage: &Stage, back: Back) -> anyhow::Result<Self> {
        // As many threads as the command has.
        let runtime = Arc::new(Builder::new_multi_thread().worker_threads(2).enable_all().build()?);
        let cabled = runtime.block_on(Cabled::begin(back))?;
        let road = road();
        let config = config(&cabled, &road)?;
        let (folder, sessions) = (stage.folder.clone(), HashMap::new());
        Ok(Self { folder, cabled, road, config, control: None, sessions, runtime })
    }

    fn control(&mut self) -> anyhow::Result<&Client> {
        if self.control.is_none() {
            let connecting = async { timeout(LIMIT, Client::connect(self.config.clone())).await };
            self.control = Some(self.runtime.block_on(connecting)??);
        }
        self.control.as_ref().context("there is no circuit")
    }
}

/// Through the first that leads there, and through the other when that is gone.
fn config(cabled: &Cabled, road: &Arc<Road>) -> anyhow::Result<Config> {
    let tls = believing(&cabled.authority())?;
    let [front, spare] = cabled.leading().map(|(target, name)| {
        let authority = format!("{name}:{PORT}");
        let web = Web {
            targets: vec![target],
            port: PORT,
            through: Some(Arc::<Road>::clone(road) as Arc<dyn Dial>),
            name,
            authority: authority.clone(),
            path: format!("/m/{}", cabled.back_id()),
            tls: Arc::clone(&tls),
        };
        Detour { route: Route::Sealed(web), through: Some(authority.clone()), host: authority }
    });
    Ok(Config {
        host: front.host,
        route: front.route,
        detours: vec![spare],
        service: Service::Node,
        kind: ClientKind::Cli,
        agent: "bench".to_owned(),
        origin: None,
        identity: cabled.device() as Arc<dyn Identity>,
    })
}

impl Server for Mesh {
    fn start(&mut self, session: &str, script: &str) -> anyhow::Result<()> {
        let command = vec![self.folder.join(script).to_str().context("path")?.to_owned()];
        let params =
            StartParams { name: Some(format!("s{session}")), command: Some(command), ..StartParams::default() };
        let control = self.control()?.clone();
        let started = self.runtime.block_on(async { timeout(LIMIT, control.request::<Start>(&params)).await })??;
        self.sessions.insert(session.to_owned(), started.session.id);
        Ok(())
    }

    fn look(&mut self, session: &str, want: Want) -> anyhow::Result<Box<dyn View>> {
        let session = *self.sessions.get(session).context("no such session")?;
        Ok(Box::new(Patient::new(&self.runtime, self.config.clone(), session, want)))
    }

    fn roots(&self) -> anyhow::Result<Vec<u32>> {
        Ok([self.cabled.processes()?, self.cabled.back.holders()?].concat())
    }

    fn links(&self) -> &'static [Link] {
        &Link::ALL
    }

    fn narrow(&self, link: &Link) -> anyhow::Result<()> {
        self.road.lengthen(link.round_trip);
        self.cabled.cable.narrow(Some(link.rate))
    }

    fn widen(&self) -> anyhow::Result<()> {
        self.road.lengthen(Duration::ZERO);
        self.cabled.cable.narrow(None)
    }

    fn lose_gateway(&mut self) -> anyhow::Result<()> {
        self.runtime.block_on(self.cabled.lose_front())
    }

    fn restore_gateway(&mut self) -> anyhow::Result<()> {
        self.runtime.block_on(self.cabled.restore_front())
    }

    /// Typed at the machine in between, which knows of the other's sessions what their gateways have told each other.
    fn run(&mut self, errand: Errand, session: &str) -> anyhow::Result<Box<dyn View>> {
        let network = self.cabled.cable.network().to_string();
        let (program, home) = (program()?, format!("HOMIE_HOME={}", self.cabled.front.home().display()));
        let authority = format!("SSL_CERT_FILE={}", self.cabled.authority().display());
        let words = errand.words(program.to_str().context("path")?, &format!("back:s{session}"));
        let there = ["nsenter", "--target", &network, "--net", "--", "env", &home, &authority];
        Terminal::parked_beyond(&there, &words.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn until_listed(&mut self, session: &str) -> anyhow::Result<()> {
        let begun = Instant::now();
        let name = format!("s{session}");
        while !self.runtime.block_on(self.cabled.front.says(&["ls"]))?.contains(&name) {
            if begun.elapsed() > LIMIT {
                bail!("{name} is not told to the machine in between");
            }
        }
        Ok(())
    }
}

impl Drop for Mesh {
    fn drop(&mut self) {
        // Its end is told while somebody listens.
        self.control.take();
    }
}
