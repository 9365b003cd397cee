//! `homie status`: what runs on this machine, where it listens, and how the mesh is.

use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, anyhow};
use homie_protocol::id::NodeId;
use homie_protocol::methods::machine::{MachineInfo, MachineState};
use homie_trust::{ClosedDoor, DialOutFile, GatewayFile, KeptAt, KeyDoor, OpenDoor, PublicDoor, StateDir, check_peer};
use rustix::process::Pid;
use serde::Serialize;
use tokio::time::timeout;

use crate::cli::StatusOptions;
use crate::here::{Here, with_node};
use crate::mesh::Mesh;
use crate::outcome::{Outcome, say, say_json};
use crate::settings::Settings;
use crate::{dial_out, key_door, nodes, pair};

/// How long the gateway may take to tell of the mesh.
const MESH_WITHIN: Duration = Duration::from_secs(2);

/// What programs are told. Its fields only ever become more.
#[derive(Debug, Serialize)]
struct Status {
    version: &'static str,
    node: NodeStatus,
    listeners: Vec<Listener>,
    /// The mesh, as this machine's gateway knows it; null where none answers.
    mesh: Option<MeshStatus>,
    /// Where this machine leaves connections, if it dials out.
    dial_out: Option<Vec<KeptAt>>,
    /// Why no other machine of the tailnet comes in, if the gateway has found that out.
    closed: Option<ClosedDoor>,
}

#[derive(Debug, Serialize)]
struct NodeStatus {
    id: NodeId,
    name: String,
    pid: i32,
}

#[derive(Debug, Serialize)]
struct MeshStatus {
    /// This machine first.
    machines: Vec<MachineStatus>,
    /// How many run.
    sessions: usize,
}

#[derive(Debug, Serialize)]
struct MachineStatus {
    name: String,
    state: MachineState,
    why: Option<String>,
    seen_at: Option<u64>,
    /// How many run there.
    sessions: usize,
    /// What people are told where it is not there.
    #[serde(skip)]
    words: String,
}

/// A door, and who stands behind it.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Listener {
    /// A socket in the state directory.
    Unix { service: &'static str, path: PathBuf },
    /// The page.
    Http { service: &'static str, address: String, url: String },
    /// The page for other machines of the tailnet.
    Tailnet { service: &'static str, door: String, url: String, why: String },
    /// The door for keys of the roster.
    Key { service: &'static str, listening: Vec<SocketAddr>, origins: Vec<String> },
    /// The page for the internet, how long its certificate is good, and what is wrong with what lies there now.
    Public {
        service: &'static str,
        url: String,
        listening: Vec<SocketAddr>,
        certificate_until: Option<String>,
        problem: Option<String>,
    },
}

/// Tells it.
pub(crate) fn status(options: &StatusOptions) -> Outcome {
    with_node(async |here| {
        let status = Status { mesh: mesh().await, ..ask(&here)? };
        if options.json {
            return say_json(&status);
        }
        say(&format!("homie {}", status.version));
        say(&format!("node    {} ({}), process {}", status.node.name, status.node.id, status.node.pid));
        for listener in &status.listeners {
            say(&match listener {
                Listener::Unix { path, .. } => format!("socket  {}", path.display()),
                Listener::Http { url, .. } => format!("page    {url}"),
                Listener::Tailnet { url, why, .. } => format!("tailnet {url} ({why})"),
                Listener::Key { listening, origins, .. } => {
                    let door = KeyDoor { listening: listening.clone(), origins: origins.clone() };
                    format!("keys    {}", key_door::in_words(&door))
                }
                Listener::Public { url, listening, certificate_until, problem, .. } => {
                    public_line(url, listening, certificate_until.as_deref(), problem.as_deref())
                }
            });
        }
        if let Some(kept) = &status.dial_out {
            say(&format!("dials   {}", dial_out::in_words(kept)));
        }
        status.mesh.iter().flat_map(mesh_lines).for_each(|line| say(&line));
        if let Some(closed) = &status.closed {
            say(&closed.sentence);
            say(&format!("  {}", closed.command));
        }
        Ok(())
    })
}

fn ask(here: &Here) -> anyhow::Result<Status> {
    let pid = node_process(&here.state)?.as_raw_nonzero().get();
    let sockets = [here.state.local_sock(), here.state.mesh_sock()];
    let mut listeners: Vec<_> = sockets.into_iter().map(|path| Listener::Unix { service: "node", path }).collect();
    let (mut closed, mut dial_out) = (None, None);
    if let Some(gateway) = GatewayFile::read(&here.state)?
        && pair::is_ours(gateway.addr, &here.id)
    {
        let url = format!("http://localhost:{}/", gateway.addr.port());
        listeners.push(Listener::Http { service: "gateway", address: gateway.addr.to_string(), url });
        listeners.extend(gateway.door.map(|OpenDoor { kind, origin, why, .. }| {
            let url = format!("{origin}/");
            Listener::Tailnet { service: "gateway", door: kind, url, why }
        }));
        listeners.extend(gateway.keyed.map(|KeyDoor { listening, origins }| Listener::Key {
            service: "gateway",
            listening,
            origins,
        }));
        listeners.extend(gateway.public.map(public_listener));
        closed = gateway.closed;
        dial_out = DialOutFile::read(&here.state)?.map(|file| file.machines);
    }
    let node = NodeStatus { id: here.id, name: here.machine.clone(), pid };
    Ok(Status { version: env!("CARGO_PKG_VERSION"), node, listeners, mesh: None, dial_out, closed })
}

/// Its files are read as the gateway reads them.
fn public_listener(door: PublicDoor) -> Listener {
    let settings = Settings::read().ok().and_then(|settings| settings.public());
    let pair = settings.map(|config| config.files.look(&config.name).map_err(|bad| bad.to_string()));
    let (until, problem) = match pair {
        Some(Ok(validity)) => (Some(validity.last_day()), None),
        Some(Err(why)) => (None, Some(why)),
        None => (None, Some("the settings say nothing of it any more; `homie up` anew closes it".to_owned())),
    };
    let PublicDoor { listening, origin } = door;
    Listener::Public { service: "gateway", url: format!("{origin}/"), listening, certificate_until: until, problem }
}

fn public_line(url: &str, listening: &[SocketAddr], until: Option<&str>, problem: Option<&str>) -> String {
    let at: Vec<_> = listening.iter().map(ToString::to_string).collect();
    let until = until.map(|day| format!("; certificate until {day}")).unwrap_or_default();
    let problem = problem.map(|why| format!("; not taken: {why}")).unwrap_or_default();
    format!("public  {url} (at {}{until}{problem})", at.join(" "))
}

/// Whoever asks how this machine is does not wait for a gateway that stands still.
async fn mesh() -> Option<MeshStatus> {
    let mesh = timeout(MESH_WITHIN, Mesh::ask()).await.ok()?.ok()?;
    let machines: Vec<_> = mesh.machines.iter().map(|machine| machine_status(&mesh, machine)).collect();
    Some(MeshStatus { sessions: machines.iter().map(|machine| machine.sessions).sum(), machines })
}

fn machine_status(mesh: &Mesh, machine: &MachineInfo) -> MachineStatus {
    MachineStatus {
        name: machine.name.clone(),
        state: machine.state,
        why: machine.why.clone(),
        seen_at: machine.seen_at,
        sessions: mesh.running(machine.id),
        words: nodes::absence(machine).unwrap_or_default(),
    }
}

/// How many machines are there and what runs on them; and each that is not there.
fn mesh_lines(mesh: &MeshStatus) -> Vec<String> {
    let up = mesh.machines.iter().filter(|machine| machine.state == MachineState::Up).count();
    let all = match mesh.machines.len() {
        1 => "this machine alone".to_owned(),
        all => format!("{up} of {all} machines are up"),
    };
    let head = format!("mesh    {all}, sessions that run: {}", mesh.sessions);
    let absent = mesh.machines.iter().filter(|machine| !machine.words.is_empty());
    std::iter::once(head).chain(absent.map(|machine| format!("        {}", machine.words))).collect()
}

/// The process behind `local.sock`, as the kernel knows it.
pub(crate) fn node_process(state: &StateDir) -> anyhow::Result<Pid> {
    let socket = UnixStream::connect(state.local_sock()).context("the node does not answer")?;
    check_peer(&socket)?;
    let peer = rustix::net::sockopt::socket_peercred(&socket)?;
    // A peer of another PID namespace has no number here.
    if peer.pid.as_raw_nonzero().get() <= 1 {
        return Err(anyhow!("the node runs where its process cannot be seen from here"));
    }
    Ok(peer.pid)
}
