//! Whole machines under test.
//!
//! In reading order: [`truth`] (what a program printed), [`history`] (what a viewer saw, compared with it), [`typed`] (what
//! was typed, compared with what arrived), [`chaos`] (a link that can be delayed, stalled and cut), [`machine`] (one machine
//! in real processes) and [`house`] (the same in this process), [`viewer`] with [`script`] (clients in Rust and TypeScript
//! behind one face), [`story`] (what they go through), [`crowd`] (many of them at once). Of a whole mesh: [`fakes`] (many machines
//! that are not there), [`follower`] (who has all of them told by one gateway), [`apart`] (two real machines with a cable
//! between them), [`cabled`] (three in a network beside this one's), and [`lan`] (several at one local network; `network` is what
//! the kernel gives to the last three; [`mesh`] makes one of them, [`spoofed`] is who lies on its cable).

pub mod apart;
mod authority;
pub mod cabled;
pub mod chaos;
pub mod crowd;
pub mod fakes;
pub mod follower;
pub mod history;
pub mod house;
pub mod lan;
pub mod machine;
pub mod mesh;
mod network;
pub mod script;
pub mod spoofed;
pub mod story;
pub mod truth;
pub mod typed;
pub mod viewer;
