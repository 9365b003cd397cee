//! `homie pair --here`: one more one-use link to the gateway that runs on this machine.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::anyhow;
use homie_protocol::id::NodeId;
use homie_protocol::limits::LINK_MS;
use homie_trust::{GatewayFile, KeyPair, node_id};

use crate::home;
use crate::outcome::{Failure, Outcome, say, say_json};
use crate::up::LINK_IS_GOOD_FOR;

/// How long the gateway may take to answer; it is on this machine.
const PATIENCE: Duration = Duration::from_secs(2);

/// Bytes of its answer that are read: it has a few hundred.
const ANSWER_BYTES: u64 = 16 * 1024;

/// Prints the link.
pub(super) fn pair_here(as_json: bool) -> Outcome {
    let state = home::state()?;
    let gateway = GatewayFile::read(&state)?.ok_or_else(|| no_gateway("none has written down where it is"))?;
    check_that_it_is_ours(gateway.addr, &node_id(&KeyPair::machine_public(&state)?))?;
    let link = homie_gateway::link(&state, gateway.addr)?;
    if as_json {
        return say_json(&serde_json::json!({ "link": link, "valid_ms": LINK_MS }));
    }
    say(&link);
    say(LINK_IS_GOOD_FOR);
    Ok(())
}

/// Whether this machine's gateway answers there.
pub(crate) fn is_ours(addr: SocketAddr, node: &NodeId) -> bool {
    ask(addr).is_ok_and(|about| about.contains(&node.to_string()))
}

/// A gateway that was killed leaves its file behind, and another program may have its port by now.
fn check_that_it_is_ours(addr: SocketAddr, node: &NodeId) -> Outcome {
    let about = ask(addr).map_err(|error| no_gateway(&format!("{addr} does not answer ({error})")))?;
    if about.contains(&node.to_string()) {
        return Ok(());
    }
    Err(no_gateway(&format!("another program listens on {addr}")))
}

fn ask(addr: SocketAddr) -> io::Result<String> {
    let mut socket = TcpStream::connect_timeout(&addr, PATIENCE)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    write!(socket, "GET /.well-known/homie HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", addr.port())?;
    let mut answer = Vec::new();
    socket.take(ANSWER_BYTES).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn no_gateway(why: &str) -> Failure {
    Failure::Unreachable(anyhow!("no gateway runs here: {why}. Start one with `homie up`"))
}
