//! `homie up`, `homie node`, `homie gateway`: the daemons of this machine, together or apart.
//!
//! Together they are in one process, and still meet on `mesh.sock` alone.

use std::sync::Arc;

use anyhow::{Context, anyhow};
use homie_gateway::{Gateway, GatewayConfig, KeyDoorConfig, Page, PublicConfig};
use homie_node::{HolderProgram, Node, NodeConfig, RecordingLimits};
use homie_protocol::hello::Role;
use homie_trust::ClonedFile;
use tokio::runtime::Runtime;

use crate::background::leave_the_terminal;
use crate::cli::{GatewayOptions, NodeOptions, TailnetOptions, UpOptions};
use crate::doors::{Doors, say_hindrance};
use crate::join::join;
use crate::manager::Manager;
use crate::outcome::{Outcome, remark, say};
use crate::recover::show_in_terminal;
use crate::settings::Settings;
use crate::stop::Stop;
use crate::wanted::Wanted;
use crate::{background, dial_out, first, home, key_door, keys, log, pair, public_door};

/// Before the page's address.
pub(crate) const PAGE: &str = "Homie's page: ";

/// Before a link.
pub(crate) const LINK: &str = "One-use link: ";

/// What is said below every link.
pub(crate) const LINK_IS_GOOD_FOR: &str =
    "It lets in one browser on this machine, once, within a minute. `homie pair --here` prints another.";

/// Node and gateway, here or in the background, once this machine has joined the mesh that is named.
pub(crate) fn begin(options: &UpOptions) -> Outcome {
    let settings = Settings::read()?;
    keys::ready(&home::state()?, options.gateway.node.key_store, options.starter.service)?;
    if let Some(first) = &options.join {
        let name = options.gateway.node.name.clone();
        let name = name.unwrap_or_else(|| settings.name());
        if !join(first, &name)? {
            remark("homie: it runs here already, and goes on");
            return Ok(());
        }
    }
    if options.detach { background::detach(options) } else { up(options) }
}

/// By which ways others come in.
struct WaysIn {
    doors: Doors,
    key_door: Wanted<KeyDoorConfig>,
    /// With what callers get at most who come so.
    dial_out: Wanted<Role>,
    public: Wanted<PublicConfig>,
}

impl WaysIn {
    fn of(options: &TailnetOptions, settings: &Settings) -> anyhow::Result<Self> {
        Ok(Self {
            doors: Doors::of(options, settings, &home::state()?)?,
            key_door: Wanted::of(settings.key_door(), options, key_door::root),
            dial_out: Wanted::of(settings.dial_out().then(|| settings.ceiling()), options, dial_out::root),
            public: Wanted::of(settings.public(), options, public_door::root),
        })
    }

    /// Those that need no tailnet; or why none at all is open.
    fn say_keyed(&self, gateway: &Gateway) -> anyhow::Result<()> {
        if let Some(hindrance) = gateway.cloned() {
            say_hindrance(hindrance);
            return Ok(());
        }
        let state = home::state()?;
        self.public.say(|config| public_door::say_open(config, gateway));
        self.key_door.say(|_| key_door::say_open(gateway));
        self.dial_out.say(|_| dial_out::say_open(&state));
        Ok(())
    }
}

/// Node and gateway.
fn up(options: &UpOptions) -> Outcome {
    if options.starter.background {
        leave_the_terminal()?;
    }
    let (is_service, options, settings) = (options.starter.service, &options.gateway, Settings::read()?);
    first::ask_whose(&options.node.tailnet, &settings)?;
    run(async |stop| {
        let manager = if is_service { Manager::find().context("the service manager")? } else { Manager::none() };
        let ways = WaysIn::of(&options.node.tailnet, &settings)?;
        let node = start_node(&options.node, &settings, &ways).await?;
        let gateway = match start_gateway(options, &settings, &ways).await {
            Ok(gateway) => gateway,
            Err(error) => {
                node.stop().await;
                return Err(error);
            }
        };
        let page = page(&gateway);
        // A link in a log would be there for whoever reads it first.
        if is_service {
            say_page(&gateway);
            ways.say_keyed(&gateway)?;
        } else {
            say_where(&gateway, &ways).await?;
            show_in_terminal(&home::state()?)?;
            pair::invite().await?;
        }
        manager.ready(&page).await;
        let alive = manager.keep_alive();
        let gateway = until_stopped(gateway, stop, options, &settings, &ways).await;
        manager.stopping().await;
        let ended = match gateway {
            Ok(gateway) => {
                gateway.stop().await;
                Ok(())
            }
            Err(error) => Err(error),
        };
        node.stop().await;
        drop(alive);
        ended?;
        say("Homie has stopped. The shells go on; `homie up` finds them again.");
        Ok(())
    })
}

/// The node alone.
pub(crate) fn node(options: &NodeOptions) -> Outcome {
    let settings = Settings::read()?;
    keys::ready(&home::state()?, options.key_store, false)?;
    run(async |stop| {
        let ways = WaysIn::of(&options.tailnet, &settings)?;
        let node = start_node(options, &settings, &ways).await?;
        show_in_terminal(&home::state()?)?;
        say("Homie's node is up. A gateway on this machine shows its sessions: `homie gateway`.");
        stop.wait().await;
        node.stop().await;
        say("The node has stopped. The shells go on; `homie node` finds them again.");
        Ok(())
    })
}

/// The gateway alone.
pub(crate) fn gateway(options: &GatewayOptions) -> Outcome {
    let settings = Settings::read()?;
    keys::ready(&home::state()?, options.node.key_store, false)?;
    run(async |stop| {
        let ways = WaysIn::of(&options.node.tailnet, &settings)?;
        let gateway = start_gateway(options, &settings, &ways).await?;
        say_where(&gateway, &ways).await?;
        pair::invite().await?;
        until_stopped(gateway, stop, options, &settings, &ways).await?.stop().await;
        say("The gateway has stopped. Node and shells go on.");
        Ok(())
    })
}

fn run(daemon: impl AsyncFnOnce(Stop) -> anyhow::Result<()>) -> Outcome {
    log::start();
    let runtime = Runtime::new().context("cannot start threads")?;
    runtime.block_on(async {
        // Before anything is started, so that a signal never meets a half-started daemon unheard.
        let stop = Stop::listen().context("cannot listen for signals")?;
        daemon(stop).await
    })?;
    Ok(())
}

async fn start_node(options: &NodeOptions, settings: &Settings, ways: &WaysIn) -> anyhow::Result<Node> {
    let holders = HolderProgram::current().context("cannot tell where this program lies")?;
    let config = NodeConfig {
        state: home::state()?,
        name: options.name.clone().unwrap_or_else(|| settings.name()),
        tags: settings.tags(),
        spawn: Arc::new(holders),
        history_memory: settings.history_memory(),
        recordings: RecordingLimits::default(),
        tailnet: ways.doors.tailnet(),
        keyed: ways.key_door.way().map(|door| door.highest).or(ways.dial_out.way().copied()),
        public: ways.public.way().map(|door| door.highest),
    };
    Ok(Node::start(config).await?)
}

async fn start_gateway(options: &GatewayOptions, settings: &Settings, ways: &WaysIn) -> anyhow::Result<Gateway> {
    gateway_at(options.port.or_else(|| settings.port()), options, settings, ways).await
}

async fn gateway_at(
    port: Option<u16>,
    options: &GatewayOptions,
    settings: &Settings,
    ways: &WaysIn,
) -> anyhow::Result<Gateway> {
    let config = GatewayConfig {
        state: home::state()?,
        port,
        name: options.node.name.clone().unwrap_or_else(|| settings.name()),
        page: Page::embedded(),
        tailnet: ways.doors.config(settings),
        shared_secret: settings.shared_secret(),
        finding: settings.finding(),
        key_door: ways.key_door.way().cloned(),
        public: ways.public.way().cloned(),
        dial_out: ways.dial_out.way().copied(),
    };
    Ok(Gateway::start(config).await?)
}

/// Waits until somebody wants it to end. A gateway whose key another machine has as well is started anew, with closed doors, and once
/// more when a person has said which is the original. What runs in sessions is the node's, and notices nothing.
async fn until_stopped(
    mut gateway: Gateway,
    mut stop: Stop,
    options: &GatewayOptions,
    settings: &Settings,
    ways: &WaysIn,
) -> anyhow::Result<Gateway> {
    let wanted = options.port.or_else(|| settings.port());
    loop {
        tokio::select! {
            () = stop.next() => return Ok(gateway),
            () = gateway.turned() => {}
        }
        // Nothing would keep the next one closed: no gateway is better.
        if gateway.cloned().is_none() && !ClonedFile::lies(&home::state()?) {
            gateway.stop().await;
            return Err(anyhow!(
                "another machine has this one's key, which cannot be written down; make room in {}, then start it again",
                home::state_path()?.display()
            ));
        }
        // The page is known by its port, whoever has chosen it.
        let port = if wanted == Some(0) { Some(gateway.addr().port()) } else { wanted };
        gateway.stop().await;
        gateway = gateway_at(port, options, settings, ways).await?;
        match gateway.cloned() {
            Some(hindrance) => say_hindrance(hindrance),
            None => say("This machine keeps its key, and its doors open again."),
        }
    }
}

fn page(gateway: &Gateway) -> String {
    format!("{PAGE}http://localhost:{}/", gateway.addr().port())
}

fn say_page(gateway: &Gateway) {
    say(&page(gateway));
    if let Some(moved) = gateway.moved() {
        say_hindrance(&moved);
    }
}

async fn say_where(gateway: &Gateway, ways: &WaysIn) -> anyhow::Result<()> {
    say_page(gateway);
    if gateway.cloned().is_none() {
        ways.doors.say(gateway).await;
    }
    ways.say_keyed(gateway)?;
    say(&format!("{LINK}{}", gateway.link()?));
    say(LINK_IS_GOOD_FOR);
    Ok(())
}
