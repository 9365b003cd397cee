//! A real tailnet under test: `scripts/tailnet test` builds it (tests/tailnet/README.md) and runs the tests inside.
//!
//! In reading order: [`lab`] (the tailnet: its hosts, its policy, its control server), [`host`] (one machine of it, and
//! commands of the people there), [`backend`] (a server that tells what reached it).

pub mod backend;
pub mod host;
pub mod lab;
