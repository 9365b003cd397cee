//! What a terminal shows. Bytes of a program go in; out come snapshots, text, history, signals and answers.
//!
//! In reading order: [`Screen`] (the whole, as others use it), `split` (bytes into whole units), `term` (the emulator: it
//! follows xterm.js in every point where terminals differ), `page` (one of its two screens), `history` (lines that
//! scrolled away, stored small), `snapshot` (escape bytes that put a fresh xterm.js into the same state; `redraw` in it is
//! for other terminals, and [`Window`] for those of another size) and [`width`] (the table both sides share).
//!
//! Everything here is pure: no clock, no files, no threads. Whatever a program can make grow has a bound in [`Limits`].

mod capture;
mod cell;
mod charset;
#[cfg(feature = "dump")]
mod dump;
mod grid;
mod history;
mod intern;
mod limits;
mod page;
mod palette;
mod resize;
mod row;
mod screen;
mod search;
mod signal;
mod skip;
mod snapshot;
mod split;
mod style;
mod term;
mod text;
mod utf8;
pub mod width;
mod window;

pub use capture::{Capture, Part};
#[cfg(feature = "dump")]
pub use dump::Dump;
pub use history::{Found, Line};
pub use homie_protocol::methods::session::Size;
pub use limits::Limits;
pub use palette::Theme;
pub use screen::Screen;
pub use signal::{Command, Effects, Signal};
pub use skip::SkipMark;
pub use snapshot::History;
pub use window::Window;
