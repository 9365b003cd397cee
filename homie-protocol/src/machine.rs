//! The arithmetic of offsets, acknowledgements and channels, as state machines without a clock or a socket.

pub mod answers;
pub mod channels;
pub mod liveness;

pub mod ledger;
pub mod viewer;
