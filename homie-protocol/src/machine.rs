//! The arithmetic of offsets, acknowledgements and channels, as state machines without a clock or a socket.

pub mod answers;
pub mod backoff;
pub mod channels;
pub mod ledger;
pub mod liveness;
pub mod outbox;
pub mod receiver;
pub mod sent;
pub mod viewer;
pub mod window;
