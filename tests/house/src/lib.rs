//! The rules of the house, as tests over the files of the repository. It has nothing but tests.
//!
//! In reading order: `crates`, `wire` and `packages` hold the walls (who may use whom, in Rust and in TypeScript),
//! `catalogue` holds the list of attacks against the tests, `clocks` who may read the clock that can be set, `dependencies` wants every dependency used and pinned, `tidy` looks at size, words and scripts, `repository` lists
//! and reads the files.
#![cfg(test)]

mod catalogue;
mod clocks;
mod crates;
mod dependencies;
mod packages;
mod repository;
mod tidy;
mod wire;
