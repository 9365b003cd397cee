//! Where the machines of the roster are, as things are now: for whoever follows them, and for whoever passes circuits on.

use std::sync::Arc;

use homie_circuit::client::Web;
use homie_protocol::id::NodeId;
use homie_tailnet::{LocalApi, Status};
use homie_trust::{Machine, Roster};
use rustls::ClientConfig;
use tokio::sync::{OnceCell, watch};
use tokio::task::spawn_blocking;

use super::peers::{self, Peers};
use super::place::{Known, Place};
use super::{tls_client, web};
use crate::tasks::Tasks;

/// What it is worked out of. Clones share all of it.
#[derive(Clone)]
pub(crate) struct Atlas {
    roster: Roster,
    own: NodeId,
    api: Option<LocalApi>,
    peers: watch::Receiver<Peers>,
    /// Whose certificates are believed, or why nobody's are; found out once somebody else is to be called.
    tls: Arc<OnceCell<Result<Arc<ClientConfig>, String>>>,
}

/// Where one of them is.
pub(crate) struct There {
    /// The way to it.
    pub(crate) web: Web,
    /// Whether the tailnet calls it off.
    pub(crate) is_off: bool,
}

impl Atlas {
    /// Begins to listen to the tailnet, if there is one.
    pub(crate) fn begin(roster: &Roster, own: NodeId, api: Option<LocalApi>, tasks: &Tasks) -> Self {
        let (known, peers) = watch::channel(Err("this gateway is not told to look at a tailnet".to_owned()));
        match api.clone() {
            Some(api) => tasks.spawn(peers::keep(api, known)),
            // Whoever waits for other peers waits for ever.
            None => tasks.spawn(async move { known.closed().await }),
        }
        Self { roster: roster.clone(), own, api, peers, tls: Arc::default() }
    }

    /// Waits until the tailnet says something else.
    pub(crate) async fn changed(&mut self) {
        if self.peers.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Where a machine of the roster is, if it is of the mesh; `None` if it is not. A roster that cannot be read knows nobody.
    pub(crate) async fn of(&self, id: NodeId) -> Option<Result<There, String>> {
        let members = self.roster.members().inspect_err(|error| tracing::error!("the mesh is not known: {error}"));
        let members = members.ok()?;
        let machine = members.machine(id)?;
        Some(self.there(members.machines(), machine).await)
    }

    /// Where this one of these machines is.
    pub(crate) async fn there(&self, machines: &[Machine], machine: &Machine) -> Result<There, String> {
        let peers = self.peers.borrow().clone();
        let known = Known { machines, own: self.own, status: peers.as_deref().map_err(Clone::clone) };
        let place = known.of_machine(machine).map_err(|why| why.to_string())?;
        let status = known.status.as_ref().ok();
        let is_off = status.is_some_and(|status| is_off(status, &place));
        let tailnet = self.api.as_ref().zip(status.copied());
        Ok(There { web: web(&place, tailnet, self.believed().await?), is_off })
    }

    /// Reads a long file, once.
    async fn believed(&self) -> Result<Arc<ClientConfig>, String> {
        let read = async || {
            let found = spawn_blocking(|| tls_client().map_err(|error| error.to_string())).await;
            found.unwrap_or_else(|lost| Err(lost.to_string()))
        };
        self.tls.get_or_init(read).await.clone()
    }
}

/// Whether the tailnet calls a machine off. While this one is off itself that says nothing.
fn is_off(status: &Status, place: &Place) -> bool {
    let is_it = |name: &str| name.trim_end_matches('.').eq_ignore_ascii_case(&place.name);
    status.own.online && status.peers.iter().any(|peer| is_it(&peer.dns_name) && !peer.online)
}
