//! A circuit's transport: one ordered stream of frames between a client and a machine, over a WebSocket or a unix socket.
//!
//! In reading order: [`Frame`] (what arrives), [`Socket`] (what carries it), [`FrameReader`] and [`FrameWriter`] (the two
//! halves; whoever has bytes writes them at once), [`unix`] and [`websocket`] (how halves are made), [`upgrade`] (from
//! HTTP to a circuit), [`handed`] (a client's socket, from gateway to node), [`sealed`] (from whoever passes it on), [`Lobby`] (who waits for a greeting), [`greet`] (the server's greeting), [`Grants`] (what open circuits may do), [`serve()`] (the server's loop),
//! [`Subscribers`] (who is told of changes), [`client`] (the other side, with
//! patience).
//!
//! This crate knows neither keys nor sessions: signing comes in through `homie_protocol::hello`, everything a method
//! does through [`Handler`].

mod bridge;
pub mod client;
mod door;
mod frame;
mod framing;
mod grant;
mod greet;
pub mod handed;
mod lobby;
mod open;
mod pulse;
mod reader;
pub mod sealed;
mod serve;
mod socket;
mod subscribers;
#[cfg(test)]
mod tests;
pub mod upgrade;
mod writer;

pub use door::open_door;
pub use frame::Frame;
pub use grant::{Granted, Grants};
pub use greet::greet;
pub use lobby::{Lobby, Place};
pub use open::{unix, websocket};
pub use pulse::Pulse;
pub use reader::FrameReader;
pub use serve::{Admission, AnswerBook, Handler, Turn, serve};
pub use socket::Socket;
pub use subscribers::Subscribers;
pub use writer::{Closed, FrameWriter};
