//! The wire: what holder, node, gateway and client say to each other. `spec/PROTOCOL.md` tells it in prose.
//!
//! In reading order: [`frame`] (16 bytes before every payload), [`stream`] (frames on a socket without messages),
//! [`codec`] (the only place that encodes or decodes), [`control`] (envelopes), [`hello`] (the signed greeting),
//! [`pairing`] (what a new device and a gateway prove to each other), [`roster`] (who belongs to a mesh),
//! [`method`] and [`mod@methods`] (each declared once), [`event`] (what is told without being asked), [`holder`] (node and
//! holder), [`machine`] (the arithmetic of offsets, acknowledgements and channels), [`name`], [`limits`] and [`code`].
//!
//! Everything here is pure: no runtime, no clock, no files. Whoever has a clock passes `now` in.

pub mod code;
pub mod codec;
pub mod control;
pub mod event;
pub mod frame;
pub mod hello;
pub mod holder;
pub mod id;
pub mod limits;
pub mod machine;
#[macro_use]
pub mod method;
pub mod methods;
pub mod name;
pub mod pairing;
mod parts;
pub mod roster;
pub mod stream;
pub mod tag;
mod tagged;
#[cfg(feature = "ts")]
pub mod typescript;
pub mod version;
