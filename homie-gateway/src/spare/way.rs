//! A spare as a way like any other: whoever dials on it gets a connection that the machine itself has brought, and that needs
//! no other proof.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use homie_circuit::client::{Dial, Dialling, Web};
use homie_protocol::id::NodeId;
use homie_trust::Machine;
use rustls::ClientConfig;

use super::{PATIENCE, Spares};

/// The way to a machine on one of its spares. It is asked for its own id, as at a key door.
pub(crate) fn way(spares: &Spares, machine: &Machine, tls: Arc<ClientConfig>) -> Web {
    let id = machine.id();
    let through = Some(Arc::new(OnSpare { spares: spares.clone(), machine: id }) as Arc<dyn Dial>);
    let (targets, name, authority) = (vec![machine.name.clone()], machine.name.clone(), id.to_string());
    Web { targets, port: 0, through, name, authority, path: String::new(), tls }
}

#[derive(Debug)]
struct OnSpare {
    spares: Spares,
    machine: NodeId,
}

impl Dial for OnSpare {
    fn dial<'a>(&'a self, _: &'a str, _: u16) -> Dialling<'a> {
        Box::pin(async { self.spares.take(self.machine).await.map_err(io::Error::other) })
    }

    fn is_proved(&self) -> bool {
        true
    }

    fn patience(&self) -> Duration {
        PATIENCE
    }
}
