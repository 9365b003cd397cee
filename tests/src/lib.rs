//! Whole machines under test. In reading order: [`history`] (what a viewer saw, compared with the truth), [`typed`]
//! (what it typed, compared with what arrived), [`chaos`] (a link that can be delayed, stalled and cut), [`mesh`] (machines in
//! one process or in real ones), [`viewer`] (clients in Rust and TypeScript behind one face), [`story`] (what they go through).

pub mod chaos;
pub mod history;
pub mod typed;
