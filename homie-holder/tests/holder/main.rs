//! The holder as nodes meet it: a real process, a real shell, a real socket.

mod ends;
mod folder;
mod input;
mod links;
mod node;
mod output;
mod process;
