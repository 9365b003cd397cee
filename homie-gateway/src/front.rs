//! The pump of the doors to the tailnet: opens the best one that can be had, and looks again whenever the tailnet changes.
//!
//! Serve comes first: it needs no certificate of ours and hides our port. If only root could set it up, we listen on our
//! own tailnet addresses. Local use goes on whatever happens here.

mod direct;
mod open;
mod report;
mod serving;
#[cfg(test)]
mod tests;

use std::pin::pin;
use std::time::Duration;

use homie_tailnet::{Change, Heard, Watch};
use homie_trust::Tailnet;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::tasks::Stopping;
pub(crate) use direct::listen_at_all;
use open::Front;
pub(crate) use open::{Inside, OwnEntry};
pub use report::{Hindrance, Report};
pub use serving::{Planned, plan_serve};

/// How long until a closed door is tried again although nothing was heard: a command run with sudo tells nobody.
const TRY_AGAIN: Duration = Duration::from_secs(30);

/// How long until an open door is looked at again: a foreign page on its port tells nobody either.
const LOOK_AGAIN: Duration = Duration::from_mins(1);

/// How long until the certificate is asked for again, which tailscaled renews by itself two weeks before it expires.
const RENEW: Duration = Duration::from_hours(12);

/// What the doors to the tailnet need.
#[derive(Debug, Clone)]
pub struct TailnetConfig {
    /// Whom to ask, and what is allowed.
    pub tailnet: Tailnet,
    /// The port that the tailnet sees; if it is taken, the next free one.
    pub port: u16,
}

/// Keeps a door open until the gateway stops; then takes away what it has added, and only that.
pub(crate) async fn keep_open(
    config: TailnetConfig,
    inside: Inside,
    told: watch::Sender<Option<Report>>,
    stopping: Stopping,
) {
    let mut bus = config.tailnet.api.watch();
    let mut front = Front::new(config, inside);
    let mut stopped = pin!(stopping.wait());
    loop {
        let report = tokio::select! {
            report = front.settle() => report,
            () = &mut stopped => break,
        };
        let rest = if matches!(report, Report::Open(_)) { LOOK_AGAIN } else { TRY_AGAIN };
        told.send_if_modified(|known| is_new(known, report));
        tokio::select! {
            () = news(&mut bus) => {}
            () = sleep(rest) => {}
            () = &mut stopped => break,
        }
    }
    front.close().await;
}

/// Keeps what is new, and writes it into the log.
fn is_new(known: &mut Option<Report>, report: Report) -> bool {
    if known.as_ref() == Some(&report) {
        return false;
    }
    match &report {
        Report::Open(door) => tracing::info!("the tailnet comes in at {}: {}", door.origin, door.why),
        Report::Closed(why) => {
            tracing::info!("nobody comes in from the tailnet. {} Run: {}", why.sentence, why.command);
        }
    }
    *known = Some(report);
    true
}

/// Waits for something that can change a door: a name, an address, whether there is a tailnet at all.
async fn news(bus: &mut Watch) {
    loop {
        if let Heard::Opened | Heard::Change(Change::Own(_) | Change::State(_)) = bus.next().await {
            return;
        }
    }
}
