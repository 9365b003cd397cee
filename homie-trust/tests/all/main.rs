//! Trust as the other crates use it: files on a real disk, greetings with real keys.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test says what it expected and fails")]

mod audit;
mod client;
mod files;
mod gateway_file;
mod hello;
mod hello_attacks;
mod keys;
mod links;
mod locks;
mod machine;
mod pairing;
mod roster;
mod tries;
