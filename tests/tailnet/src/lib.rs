//! A real tailnet under test: `scripts/tailnet test` builds it (tests/tailnet/README.md) and runs the tests inside.
//!
//! In reading order: [`lab`] (the tailnet: its hosts, its policy, its control server), [`host`] (one machine of it, and
//! commands of the people there), [`backend`] (a server that tells what reached it), [`program`] (what runs beside a test),
//! [`homie`] (Homie on a host), [`viewer`] (a client on another), [`tunnel`] (`ssh` between two).

pub mod backend;
pub mod homie;
pub mod host;
pub mod lab;
pub mod program;
pub mod tunnel;
pub mod viewer;
