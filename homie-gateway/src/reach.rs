//! Where another machine is, and how it is called: for the command line, which has a name that somebody typed, and for the
//! gateway, which has the roster.
//!
//! `address` reads what was typed, `place` finds out where that is (pure, both), `peers` is what the tailnet says, `atlas` where
//! the machines of the roster are now, `roots` is whose certificates are believed, `through` lets tailscaled call, `call` makes
//! the way out of all of it, `keyed` that to a machine's key door, which needs neither a tailnet nor a certificate, and `internet` that to its page on the internet.

mod address;
mod atlas;
mod call;
mod internet;
mod keyed;
mod own;
mod peers;
mod place;
mod roots;
mod through;

pub use crate::limits::DETOURS;
pub use address::{Address, Host, NoMachine};
pub(crate) use atlas::{Atlas, There};
pub(crate) use call::path;
pub use call::{at_ports, config, config_nowhere, detours, web};
pub use internet::internet_ways;
pub(crate) use keyed::TRIED;
pub use keyed::{NoKey, in_order, keyed_way, keyed_ways, with_keyed};
pub use own::own_gateway;
pub use place::{Known, Place, Unplaced, first_label};
pub use roots::{NoRoots, client as tls_client};
