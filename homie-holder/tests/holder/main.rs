//! The holder as nodes meet it: a real process, a real shell, a real socket.
//!
//! `cfg(test)` is true anyway; said of the modules, it lets their helpers panic like the tests they help.

#[cfg(test)]
mod acts;
#[cfg(test)]
mod ends;
#[cfg(test)]
mod folder;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod inherited;
#[cfg(test)]
mod input;
#[cfg(test)]
mod links;
#[cfg(test)]
mod lossless;
#[cfg(test)]
mod node;
#[cfg(test)]
mod output;
#[cfg(test)]
mod pipes;
#[cfg(test)]
mod process;
#[cfg(test)]
mod screen;
#[cfg(test)]
mod skips;
#[cfg(test)]
mod snapshots;
#[cfg(test)]
mod view;
