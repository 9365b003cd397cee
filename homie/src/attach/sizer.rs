//! The pump that passes the terminal's size on: only the latest counts, and it waits while there is no link.

use std::sync::Arc;

use homie_circuit::client::Attachment;
use homie_protocol::methods::session::Size;
use tokio::sync::watch;

/// What the session's terminal should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) size: Size,
    /// How often the program was to paint anew, which programs do at a new size.
    pub(super) nudges: u32,
}

/// Runs until the wishes end.
pub(super) async fn pass_on(attachment: Arc<Attachment>, mut wishes: watch::Receiver<Wish>) {
    let mut nudges = wishes.borrow().nudges;
    while wishes.changed().await.is_ok() {
        let wish = *wishes.borrow_and_update();
        let other = smaller(wish.size).filter(|_| wish.nudges != nudges);
        nudges = wish.nudges;
        for size in other.into_iter().chain([wish.size]) {
            // A session that is over has no size; its end is told elsewhere.
            let _resized = attachment.resize(size).await;
        }
    }
}

fn smaller(size: Size) -> Option<Size> {
    Size::new(size.cols(), size.rows().checked_sub(1)?)
}
