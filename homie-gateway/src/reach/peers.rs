//! What tailscaled says of the other machines, kept up to date for those who look for them.

use std::sync::Arc;
use std::time::Duration;

use homie_tailnet::{Heard, LocalApi, Status};
use tokio::sync::watch;
use tokio::time::sleep;

/// How long until it is asked again although nothing was heard.
const AT_LEAST: Duration = Duration::from_mins(1);

/// How long news are gathered: a tailnet that wakes up tells of every machine by itself.
const GATHERED: Duration = Duration::from_millis(500);

/// The other machines, or why nothing is known of them.
pub(crate) type Peers = Result<Arc<Status>, String>;

/// Keeps them, for ever.
pub(super) async fn keep(api: LocalApi, known: watch::Sender<Peers>) {
    let mut bus = api.watch();
    loop {
        let peers = peers(&api).await;
        known.send_if_modified(|known| {
            let is_new = *known != peers;
            *known = peers;
            is_new
        });
        tokio::select! {
            () = news(&mut bus) => sleep(GATHERED).await,
            () = sleep(AT_LEAST) => {}
        }
    }
}

async fn peers(api: &LocalApi) -> Peers {
    let status = api.status_with_peers().await.map_err(|error| error.to_string())?;
    let is_running = status.is_running();
    is_running.then(|| Arc::new(status)).ok_or_else(|| "this machine is not connected to its tailnet".to_owned())
}

/// Anything may be news: who is online comes as a patch. That the bus is lost says nothing of the others.
async fn news(bus: &mut homie_tailnet::Watch) {
    while let Heard::Lost(_) = bus.next().await {}
}
