//! Both sides of the greeting, with a signature that everyone can make.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{
    Algorithm, Carry, DeviceKey, Greet, Hello, Identity, MachineKey, Next, Nonce, Prove, Ready, Role, Service, Side,
    Signature, Transcript, Welcome,
};
use homie_protocol::id::CircuitId;
use homie_protocol::roster::{EntryHash, RosterOffer, SignedEntry};
use homie_protocol::version::SPOKEN;

/// The key every fake server has.
pub(in crate::tests) const KEY: MachineKey = MachineKey([9; 32]);

/// A signature that any fake accepts of any other: the first bytes of what was signed.
pub(in crate::tests) fn sign(bytes: &[u8]) -> Signature {
    let mut signature = [0; 64];
    signature.copy_from_slice(&bytes[bytes.len() - 64..]);
    Signature(signature)
}

/// A client's half. It has a device if asked to, and expects [`KEY`].
#[derive(Debug, Default)]
pub(in crate::tests) struct Me {
    pub(in crate::tests) device: Option<DeviceKey>,
    pub(in crate::tests) carried: Option<Arc<Bag>>,
    pub(in crate::tests) nonces: AtomicUsize,
}

impl Identity for Me {
    fn device(&self) -> Option<DeviceKey> {
        self.device.clone()
    }

    fn sign(&self, bytes: &[u8]) -> Result<Signature, Refusal> {
        Ok(sign(bytes))
    }

    fn check_machine(&self, key: &MachineKey, bytes: &[u8], signature: &Signature) -> Result<(), Refusal> {
        let is_right = *key == KEY && *signature == sign(bytes);
        if is_right { Ok(()) } else { Err(Refusal::new(Code::Unauthenticated, "another machine answers")) }
    }

    /// Each begins with other bytes: ids are cut from them.
    fn nonce(&self) -> [u8; 32] {
        let count = self.nonces.fetch_add(1, Ordering::Relaxed) as u64;
        let mut nonce = [1; 32];
        nonce[..8].copy_from_slice(&count.to_be_bytes());
        nonce
    }

    fn carried(&self) -> Option<Arc<dyn Carry>> {
        self.carried.clone().map(|bag| bag as Arc<dyn Carry>)
    }
}

/// A roster of one entry, that takes whatever is not called bad.
#[derive(Debug)]
pub(in crate::tests) struct Bag {
    pub(in crate::tests) offer: RosterOffer,
    pub(in crate::tests) taken: Mutex<Vec<SignedEntry>>,
}

/// The name of its entry.
pub(in crate::tests) const OURS: EntryHash = EntryHash([1; 32]);

/// An entry of this content.
pub(in crate::tests) fn entry(content: &[u8]) -> SignedEntry {
    SignedEntry { entry: content.to_vec(), sig: Signature([0; 64]) }
}

impl Carry for Bag {
    fn offer(&self) -> Result<RosterOffer, Refusal> {
        Ok(self.offer)
    }

    fn entries(&self) -> Result<Vec<(EntryHash, SignedEntry)>, Refusal> {
        Ok(vec![(OURS, entry(b"ours"))])
    }

    fn take(&self, entries: Vec<SignedEntry>) -> Result<(), Refusal> {
        let (bad, good): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.entry == b"bad");
        self.taken.lock().unwrap().extend(good);
        if bad.is_empty() { Ok(()) } else { Err(Refusal::new(Code::Unauthenticated, "entries.0: bad")) }
    }
}

/// A server's half.
#[derive(Debug, Clone)]
pub(in crate::tests) struct Greeter {
    /// Refuses every hello with this.
    pub(in crate::tests) refuses: Option<Refusal>,
    /// Signs with something else.
    pub(in crate::tests) forges: bool,
    /// What it says of its roster.
    pub(in crate::tests) roster: Option<RosterOffer>,
    /// What it lets the client do.
    pub(in crate::tests) role: Role,
    pub(in crate::tests) to_prove: Option<Vec<u8>>,
}

impl Default for Greeter {
    fn default() -> Self {
        Self { refuses: None, forges: false, roster: None, role: READY.role, to_prove: None }
    }
}

pub(in crate::tests) const READY: Ready = Ready { role: Role::Operator, circuit: CircuitId::from_bytes([8; 16]) };

impl Greeter {
    const fn ready(&self) -> Ready {
        Ready { role: self.role, ..READY }
    }
}

impl Greet for Greeter {
    fn hello(&mut self, hello: Hello) -> Result<(Welcome, Next), Refusal> {
        if let Some(refusal) = &self.refuses {
            return Err(refusal.clone());
        }
        let version = hello.versions.common(SPOKEN).unwrap();
        let nonce = Nonce([3; 32]);
        let transcript = Transcript {
            server: &KEY,
            device: hello.device.as_ref().map(|device| &device.id),
            client_nonce: &hello.nonce,
            server_nonce: &nonce,
            client_versions: hello.versions,
            server_versions: SPOKEN,
            version,
            host: &hello.host,
            origin: hello.origin.as_deref(),
            exporter: None,
        };
        let sig = if self.forges { Signature([0; 64]) } else { sign(&transcript.bytes(Side::Node)) };
        let next = if hello.device.is_some() { Next::Prove } else { Next::Ready(self.ready()) };
        self.to_prove = Some(transcript.bytes(Side::ClientOfNode));
        let (service, alg) = (Service::Node, Algorithm::Ed25519);
        let name = "fake".to_owned();
        Ok((Welcome { version, versions: SPOKEN, service, key: KEY, alg, nonce, name, sig, roster: self.roster }, next))
    }

    fn prove(&mut self, prove: &Prove) -> Result<Ready, Refusal> {
        let is_right = self.to_prove.as_ref().is_some_and(|bytes| prove.sig == sign(bytes));
        if is_right { Ok(self.ready()) } else { Err(Refusal::new(Code::Unauthenticated, "a wrong signature")) }
    }
}
