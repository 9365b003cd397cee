//! Where another machine is: for the command line, which has a name that somebody typed, and for the mesh, which has the
//! roster.
//!
//! `address` reads what was typed, `place` finds out where that is (pure, both), `roots` is whose certificates are believed.

mod address;
mod place;
mod roots;

pub use address::{Address, Host, NoMachine};
pub use place::{Known, Place, Unplaced, first_label};
pub use roots::{NoRoots, client as tls_client};
