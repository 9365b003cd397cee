//! The two halves of the greeting, as traits: whoever has keys implements them, whoever has a socket calls them.

use std::sync::Arc;

use super::{DeviceKey, Hello, MachineKey, Prove, Ready, Signature, Welcome};
use crate::code::Refusal;
use crate::roster::{EntryHash, RosterOffer, SignedEntry};

/// What follows a server's welcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The client named a device and must prove it.
    Prove,
    /// The door itself says who calls: the circuit is open.
    Ready(Ready),
}

/// The server's half, for one circuit.
pub trait Greet: Send {
    /// Checks the hello and answers it, signed.
    fn hello(&mut self, hello: Hello) -> Result<(Welcome, Next), Refusal>;

    /// Checks the client's signature.
    fn prove(&mut self, prove: &Prove) -> Result<Ready, Refusal>;
}

/// The client's half, for all its circuits.
pub trait Identity: Send + Sync {
    /// The device it speaks for; `None` where the door says who calls.
    fn device(&self) -> Option<DeviceKey>;

    /// Signs with the device's key.
    fn sign(&self, bytes: &[u8]) -> Result<Signature, Refusal>;

    /// Whether this machine is the one expected, and the signature its own.
    fn check_machine(&self, key: &MachineKey, bytes: &[u8], signature: &Signature) -> Result<(), Refusal>;

    /// 32 fresh random bytes.
    fn nonce(&self) -> [u8; 32];

    /// The roster that it carries from machine to machine, if it does.
    fn carried(&self) -> Option<Arc<dyn Carry>> {
        None
    }
}

/// A roster that a client carries. Whoever implements it checks what it takes.
pub trait Carry: Send + Sync {
    /// What it has, for a greeting.
    fn offer(&self) -> Result<RosterOffer, Refusal>;

    /// All that owners signed, with its names, each entry after those that it follows.
    fn entries(&self) -> Result<Vec<(EntryHash, SignedEntry)>, Refusal>;

    /// Takes entries, each after those that it follows, and keeps those that are good; it waits for the disk. The refusal
    /// names the first that is not.
    fn take(&self, entries: Vec<SignedEntry>) -> Result<(), Refusal>;
}
