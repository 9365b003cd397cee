//! tailscaled of this machine: who is calling, who is there, what it serves for us, and when any of that changes.
//!
//! In reading order: [`LocalApi`] (the handle; [`LocalApi::dial`] reaches other machines), [`find_socket`] and [`endpoint()`] (where tailscaled listens), [`Status`]
//! and [`Peer`] (this machine and the others), [`Whois`] and [`Node`] (a caller), [`Watch`] and [`Change`] (what changes),
//! [`Mount`] and [`ServeConfig`] (what is served), [`Certificate`], [`TailnetError`] (every way of failing, and what to do),
//! [`limits`].
//!
//! Every answer is bounded in bytes and in time, and read leniently: Tailscale calls its API unstable. Nothing here
//! decides who may do what.

mod answer;
mod ask;
mod backend_state;
mod bus;
mod certificate;
mod dial;
mod endpoint;
mod error;
mod exchange;
#[cfg(feature = "fake")]
pub mod fake;
mod lenient;
pub mod limits;
mod link;
mod local_api;
mod node;
mod serve;
mod status;
mod whois;

pub use backend_state::BackendState;
pub use bus::{Change, Changes, Heard, PeerPatch, Watch};
pub use certificate::Certificate;
pub use endpoint::{Endpoint, endpoint, find_socket};
pub use error::TailnetError;
pub use local_api::LocalApi;
pub use node::{Hostinfo, Node};
pub use serve::{Etag, Mount, Obstacle, Scheme, ServeConfig, Standing};
pub use status::{Peer, Status, Tailnet};
pub use whois::{Profile, Whois};
