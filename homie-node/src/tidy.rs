//! Once an hour: what is older than it may be goes.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::interval;

use crate::over::forget_the_oldest;
use crate::shared::Shared;

/// How often. What goes is a month old: an hour more harms nobody.
const EVERY: Duration = Duration::from_hours(1);

/// Runs until the node stops.
pub(crate) async fn tidy(shared: Arc<Shared>) {
    let mut hours = interval(EVERY);
    loop {
        tokio::select! {
            _ = hours.tick() => {}
            () = shared.tasks.stopping() => return,
        }
        forget_the_oldest(&shared);
        shared.recordings.remove_the_oldest().await;
    }
}
