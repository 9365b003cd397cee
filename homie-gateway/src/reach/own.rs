//! This machine's own gateway as a way to other machines, for the command line: machines that cannot be dialled have left
//! connections there. What goes that way is sealed, so that it does not matter who answers at the port.

use std::net::SocketAddr;
use std::sync::Arc;

use homie_circuit::client::{ABOUT, Dial, Dialling, Web, tcp};
use homie_protocol::id::NodeId;
use homie_trust::KeyPair;

use super::keyed::{NoKey, pinned};

/// The way to this machine, for whoever has this key of the roster, through the gateway that listens there under this name.
pub fn own_gateway(machine: NodeId, addr: SocketAddr, host: &str, own: &Arc<KeyPair>) -> Result<Web, NoKey> {
    Ok(Web {
        targets: vec![addr.ip().to_string()],
        port: addr.port(),
        through: Some(Arc::new(Loopback)),
        name: "this machine's gateway".to_owned(),
        authority: host.to_owned(),
        path: ABOUT.to_owned(),
        tls: pinned(machine, own)?,
    })
}

/// A port of this machine, where nobody speaks TLS.
#[derive(Debug)]
struct Loopback;

impl Dial for Loopback {
    fn dial<'a>(&'a self, target: &'a str, port: u16) -> Dialling<'a> {
        Box::pin(tcp(target, port))
    }

    fn is_proved(&self) -> bool {
        true
    }
}
