//! `homie status`: what runs on this machine, and where it listens.

use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use anyhow::{Context, anyhow};
use homie_protocol::id::NodeId;
use homie_trust::{ClosedDoor, GatewayFile, OpenDoor, StateDir, check_peer};
use rustix::process::Pid;
use serde::Serialize;

use crate::cli::StatusOptions;
use crate::here::{Here, with_node};
use crate::outcome::{Outcome, say, say_json};
use crate::pair;

/// What programs are told. Its fields only ever become more.
#[derive(Debug, Serialize)]
struct Status {
    version: &'static str,
    node: NodeStatus,
    listeners: Vec<Listener>,
    /// Why no other machine of the tailnet comes in, if the gateway has found that out.
    closed: Option<ClosedDoor>,
}

#[derive(Debug, Serialize)]
struct NodeStatus {
    id: NodeId,
    name: String,
    pid: i32,
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
}

/// Tells it.
pub(crate) fn status(options: &StatusOptions) -> Outcome {
    with_node(async |here| {
        let status = ask(&here)?;
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
            });
        }
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
    let mut closed = None;
    if let Some(gateway) = GatewayFile::read(&here.state)?
        && pair::is_ours(gateway.addr, &here.id)
    {
        let url = format!("http://localhost:{}/", gateway.addr.port());
        listeners.push(Listener::Http { service: "gateway", address: gateway.addr.to_string(), url });
        listeners.extend(gateway.door.map(|OpenDoor { kind, origin, why, .. }| {
            let url = format!("{origin}/");
            Listener::Tailnet { service: "gateway", door: kind, url, why }
        }));
        closed = gateway.closed;
    }
    let node = NodeStatus { id: here.id, name: here.machine.clone(), pid };
    Ok(Status { version: env!("CARGO_PKG_VERSION"), node, listeners, closed })
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
