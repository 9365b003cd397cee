//! Waits for what tailscaled comes to know: it is asked again after each change that it tells of.

use std::time::Duration;

use homie_tailnet::LocalApi;
use tokio::time::timeout;

/// Far more than anything takes.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// The first answer that is the one that was waited for.
pub(crate) async fn after_changes<T>(api: &LocalApi, what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let waiting = async {
        let mut changes = api.changes().await.unwrap();
        loop {
            if let Some(found) = ask().await {
                return found;
            }
            changes.next().await.unwrap();
        }
    };
    timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}
