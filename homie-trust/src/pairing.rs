//! Pairing, at the gateway: one offer at a time, and who has answered it. Pure: the boot clock's time and chance are passed in.
//!
//! In reading order: [`Desk`] (everything that can happen), `offer` (one pairing and how far it is), `exchange` (what a
//! device has begun, and whether what it reveals is true), [`Admission`] (a device that may come in), [`proof`] (the
//! arithmetic of both sides), `words` (what is said to whom).

mod admission;
mod desk;
mod exchange;
mod offer;
pub mod proof;
mod secret;
mod words;

pub use admission::Admission;
pub use desk::{Begun, Desk, Newcomer, Revealed};
pub use secret::{Secret, SharedSecret};
