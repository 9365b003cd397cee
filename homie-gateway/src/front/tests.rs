//! Which door opens, what is said where none does, and that others in the Serve configuration notice nothing.

use std::path::PathBuf;
use std::time::Duration;

use axum::Router;
use homie_tailnet::fake::{Certificates, FakePeer, FakeTailscaled, Rights};
use homie_tailnet::{BackendState, Status};
use homie_trust::{GatewayFile, HostOrigin, KeyPair, OpenDoor, Policy, Roster, StateDir};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::yield_now;
use tokio::time::timeout;

use super::serving::serve;
use super::*;
use crate::hop::Hop;
use crate::names::Names;
use crate::tasks::{Stopper, tasks};
use crate::told::Told;

const PATIENCE: Duration = Duration::from_secs(30);
const SOCKET: &str = "/run/us/serve.sock";
const NAME: &str = "gw.tail.test";
const SITE: &str = "gw.tail.test:4663";

struct Net {
    fake: FakeTailscaled,
    folder: TempDir,
}

fn net() -> Net {
    let folder = tempfile::tempdir().unwrap();
    let fake = FakeTailscaled::start(folder.path().join("ts.sock"), FakePeer::user("alice@example.com", "gw", 1));
    let fake = fake.unwrap();
    fake.set_certificates(certificates());
    Net { fake, folder }
}

fn certificates() -> Certificates {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([NAME.to_owned()]).unwrap();
    Certificates::Pair { key: signing_key.serialize_pem(), chain: cert.pem() }
}

impl Net {
    async fn status(&self) -> Status {
        self.fake.api().status().await.unwrap()
    }

    async fn serve(&self) -> Result<(u16, bool), Hindrance> {
        let served = serve(&self.fake.api(), &self.status().await, PathBuf::from(SOCKET), 4663).await?;
        Ok((served.mount.port, served.is_added))
    }
}

fn site(key: &str, proxy: &str) -> Value {
    json!({ key: { "Handlers": { "/": { "Proxy": proxy } } } })
}

#[tokio::test]
async fn a_port_of_serve_is_added_once_and_beside_others() {
    let net = net();
    net.fake.set_serve_config(json!({
        "TCP": { "4663": { "HTTPS": true } }, "Web": site(SITE, "http://127.0.0.1:3000"), "Later": 1,
    }));
    assert_eq!(net.serve().await, Ok((4664, true)));
    let config = net.fake.serve_config();
    assert_eq!(config["Web"][SITE]["Handlers"]["/"]["Proxy"], "http://127.0.0.1:3000");
    assert_eq!(config["Web"]["gw.tail.test:4664"]["Handlers"]["/"]["Proxy"], format!("unix:{SOCKET}"));
    assert_eq!(config["Later"], 1);
    assert_eq!(net.serve().await, Ok((4664, false)), "it is there already");
}

/// The situations in which nobody comes in, each with the one command that helps.
#[tokio::test]
async fn what_is_in_the_way_of_serve_is_said_with_one_command() {
    let net = net();
    let https = || json!({ "4663": { "HTTPS": true } });
    let us = format!("unix:{SOCKET}");
    net.fake.set_serve_config(json!({ "TCP": https(), "Web": site(SITE, &us), "AllowFunnel": { SITE: true } }));
    let funnel = net.serve().await.unwrap_err();
    assert!(!funnel.sentence.contains("sudo"), "the command stands once: {funnel:?}");
    assert!(funnel.sentence.contains("internet") && funnel.command == "sudo tailscale funnel --https=4663 off");
    let mount = json!({ SITE: { "Handlers": { "/": { "Proxy": us }, "/x": { "Path": "/srv" } } } });
    net.fake.set_serve_config(json!({ "TCP": https(), "Web": mount }));
    let foreign = net.serve().await.unwrap_err();
    assert!(foreign.sentence.contains("/x") && foreign.command.contains("--set-path=/x off"), "{foreign:?}");
    let taken: Value = (4663..=4672).map(|port| (port.to_string(), json!({ "TCPForward": "127.0.0.1:22" }))).collect();
    net.fake.set_serve_config(json!({ "TCP": taken }));
    let taken = net.serve().await.unwrap_err();
    assert!(taken.command.contains("--tcp=4663 off"), "{taken:?}");
    net.fake.set_serve_config(json!({}));
    for rights in [Rights::Reader, Rights::Operator] {
        net.fake.set_rights(rights);
        let root = net.serve().await.unwrap_err();
        assert_eq!(root.command, format!("sudo tailscale serve --bg --https=4663 unix:{SOCKET}"));
    }
    net.fake.set_certificates(Certificates::Off);
    let off = net.serve().await.unwrap_err();
    assert!(off.sentence.contains("HTTPS") && off.command == "sudo tailscale cert gw.tail.test", "{off:?}");
    assert_eq!(net.fake.serve_config(), json!({}), "nothing was changed");
}

struct Running {
    report: watch::Receiver<Option<Report>>,
    names: Names,
    state: StateDir,
    stopper: Stopper,
}

/// A door of a gateway without rooms behind it.
fn running(net: &Net) -> Running {
    let state = StateDir::open(&net.folder.path().join("homie")).unwrap();
    let file = GatewayFile::loopback(1, ([127, 0, 0, 1], 4663).into());
    let (tasks, stopper) = tasks();
    let key = KeyPair::machine(&state).unwrap().machine_key();
    let names = Names::new(HostOrigin::from(&file), homie_trust::node_id(&key), None);
    let (roster, name) = (Roster::open(&state, "gw").unwrap(), "gw".to_owned());
    let entry = OwnEntry { roster, key, name, keyed: std::sync::Arc::default(), public: None };
    let told = Told::begin(&state, file.clone()).unwrap();
    let inside = Inside {
        state: state.clone(),
        file,
        told,
        was_added: false,
        names: names.clone(),
        entry,
        router: Router::new(),
        tasks: tasks.clone(),
    };
    let tailnet = Tailnet { api: net.fake.api(), policy: Policy::default() };
    let (tell, report) = watch::channel(None);
    let config = TailnetConfig { tailnet, port: 46_630 };
    tasks.spawn_polite(|stopping| keep_open(config, inside, tell, stopping));
    Running { report, names, state, stopper }
}

impl Running {
    async fn until(&mut self, is_so: impl Fn(&Report) -> bool) -> Report {
        let found = timeout(PATIENCE, self.report.wait_for(|report| report.as_ref().is_some_and(&is_so))).await;
        found.unwrap().unwrap().clone().unwrap()
    }
}

/// The fake runs as our own user, as a tailscaled without root would: `serve.sock` stays closed, whatever Serve says.
#[tokio::test]
async fn the_own_addresses_are_the_door_where_tailscaled_is_our_own_user() {
    let net = net();
    let mut running = running(&net);
    let Report::Open(OpenDoor { kind, origin, is_added, .. }) = running.until(|_| true).await else {
        panic!("it is open")
    };
    assert!(kind == "tailnet" && origin.starts_with("https://gw.tail.test:46") && !is_added, "{kind} {origin}");
    assert!(!running.state.path().join("serve.sock").exists() && net.fake.serve_config().is_null());
    let host = origin.strip_prefix("https://").unwrap();
    let at_tailnet = running.names.at(Hop::Serve);
    assert!(at_tailnet.host(host).is_ok() && running.names.at(Hop::Loopback(None)).host(host).is_err());
    let file = GatewayFile::read(&running.state).unwrap().unwrap();
    assert!(file.hosts.contains(&host.to_owned()) && file.origins.contains(&origin) && file.door.is_some());
    let roster = Roster::find(&running.state).unwrap();
    let told = async {
        while roster.members().unwrap().machines()[0].origins != [origin.clone()] {
            yield_now().await;
        }
    };
    timeout(PATIENCE, told).await.expect("the other machines of the mesh find the page in the roster");
    running.stopper.stop().await;
}

#[tokio::test]
async fn a_door_opens_as_soon_as_it_can() {
    let mut net = net();
    net.fake.stop().await;
    let mut running = running(&net);
    let closed = |words: &'static str| move |report: &Report| matches!(report, Report::Closed(why) if why.command.contains(words));
    running.until(closed("systemctl")).await;
    net.fake.set_state(&BackendState::NeedsLogin);
    net.fake.resume().unwrap();
    running.until(closed("tailscale up")).await;
    net.fake.set_certificates(Certificates::Off);
    net.fake.set_state(&BackendState::Running);
    running.until(closed("tailscale cert gw.tail.test")).await;
    net.fake.set_certificates(certificates());
    net.fake.set_own(FakePeer::user("alice@example.com", "gw", 1));
    running.until(|report| matches!(report, Report::Open(_))).await;
    running.stopper.stop().await;
}

/// What comes to a port of Serve never reaches us: Funnel on it keeps the direct door closed too, and a port of others is
/// passed over.
#[tokio::test]
async fn no_port_of_serve_is_taken_for_a_direct_door() {
    let net = net();
    let others = |port: &str| json!({ "TCP": { port: { "TCPForward": "127.0.0.1:22" } } });
    let mut funnel = others("46630");
    funnel["AllowFunnel"] = json!({ "gw.tail.test:46630": true });
    net.fake.set_serve_config(funnel);
    let mut running = running(&net);
    let Report::Closed(why) = running.until(|_| true).await else { panic!("it is closed") };
    assert_eq!(why.command, "sudo tailscale funnel --https=46630 off");
    let closed = GatewayFile::read(&running.state).unwrap().unwrap().closed.unwrap();
    assert_eq!((closed.kind.as_str(), closed.sentence), ("funnel", why.sentence));
    net.fake.set_serve_config(others("46630"));
    net.fake.set_own(FakePeer::user("alice@example.com", "gw", 1));
    let Report::Open(door) = running.until(|report| matches!(report, Report::Open(_))).await else {
        panic!("it is open")
    };
    assert!(!door.origin.ends_with(":46630"), "{}", door.origin);
    running.stopper.stop().await;
}

/// Without an interface there are no addresses to listen on.
#[tokio::test]
async fn a_userspace_tailscaled_of_our_own_user_gets_no_door() {
    let net = net();
    net.fake.set_tun(false);
    let mut running = running(&net);
    let Report::Closed(why) = running.until(|_| true).await else { panic!("it is closed") };
    assert!(why.sentence.contains("without an interface"), "{why:?}");
    running.stopper.stop().await;
}
