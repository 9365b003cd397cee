//! The pump of a circuit's writer: one task that writes what had to wait, and ends the socket at the end.

use std::sync::Arc;

use tokio::time::{Instant, timeout_at};

use super::{Shared, Step};

/// Runs until the circuit is over. It ends by itself: the last [`super::FrameWriter`] that is dropped ends the circuit.
pub(super) async fn pump(shared: Arc<Shared>) {
    loop {
        match shared.step() {
            Step::Idle => shared.wake.notified().await,
            Step::More => tokio::task::yield_now().await,
            Step::Blocked(deadline) => {
                if !room(&shared, deadline).await {
                    shared.finish();
                }
            }
            Step::Finish => shared.finish(),
            Step::Over => return,
        }
    }
}

/// Waits until the socket takes more or something has changed; `false` when there is nothing left to wait for.
async fn room(shared: &Shared, deadline: Option<Instant>) -> bool {
    let change = async {
        tokio::select! {
            writable = shared.socket.writable() => writable.is_ok(),
            () = shared.wake.notified() => true,
        }
    };
    match deadline {
        None => change.await,
        Some(deadline) => timeout_at(deadline, change).await.unwrap_or(false),
    }
}
