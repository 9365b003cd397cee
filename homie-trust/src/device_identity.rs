//! The client's half of the hello, for programs: a key or none, and the one machine it expects.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{Algorithm, Carry, DeviceKey, Identity, MachineKey, Signature};
use homie_protocol::id::NodeId;

use crate::device::node_id;
use crate::error::TrustError;
use crate::key_pair::KeyPair;
use crate::random::{Random, SystemRandom, random_bytes};
use crate::roster::Roster;
use crate::sha256::sha256;
use crate::signature::verify;

/// Who a program is, and whom it talks to.
pub struct DeviceIdentity {
    key: Option<Arc<KeyPair>>,
    machine: NodeId,
    nonces: Nonces,
    carried: Option<Roster>,
}

impl DeviceIdentity {
    /// For a door that knows the caller by its socket.
    pub fn without_key(machine: MachineKey) -> Result<Self, TrustError> {
        Ok(Self { key: None, machine: node_id(&machine), nonces: Nonces::new(&SystemRandom)?, carried: None })
    }

    /// For any door of the machine with this key.
    pub fn with_key(key: KeyPair, machine: MachineKey) -> Result<Self, TrustError> {
        Self::for_node(key, node_id(&machine))
    }

    /// For any door of the machine with this id, which no other key has. The machine's own key is refused: one key for two
    /// purposes lets each be used for the other.
    pub fn for_node(key: impl Into<Arc<KeyPair>>, machine: NodeId) -> Result<Self, TrustError> {
        let key = key.into();
        if node_id(&key.machine_key()) == machine {
            return Err(TrustError::BadKey("the machine's key cannot be a device's as well; make one of its own"));
        }
        Ok(Self { key: Some(key), machine, nonces: Nonces::new(&SystemRandom)?, carried: None })
    }

    /// For the key door of a copy of this very machine, which has its key too. TLS keeps the signatures of its two ends apart; who
    /// greets takes [`DeviceIdentity::for_node`].
    pub fn for_copy(own: impl Into<Arc<KeyPair>>) -> Result<Self, TrustError> {
        let key = own.into();
        let machine = key.node_id();
        Ok(Self { key: Some(key), machine, nonces: Nonces::new(&SystemRandom)?, carried: None })
    }

    /// Carries this roster to the machine, and brings back what that one knows.
    #[must_use]
    pub fn carrying(self, roster: Roster) -> Self {
        Self { carried: Some(roster), ..self }
    }
}

impl std::fmt::Debug for DeviceIdentity {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("DeviceIdentity").field("key", &self.key).finish_non_exhaustive()
    }
}

impl Identity for DeviceIdentity {
    fn device(&self) -> Option<DeviceKey> {
        self.key.as_ref().map(|key| key.device_key())
    }

    fn sign(&self, bytes: &[u8]) -> Result<Signature, Refusal> {
        let key = self.key.as_ref();
        let key = key.ok_or_else(|| Refusal::new(Code::Unauthenticated, "this client has no key to sign with"))?;
        Ok(key.sign(bytes)?)
    }

    fn check_machine(&self, key: &MachineKey, bytes: &[u8], signature: &Signature) -> Result<(), Refusal> {
        if node_id(key) != self.machine {
            return Err(Refusal::new(Code::Unauthenticated, "another machine answers than the one expected"));
        }
        verify(Algorithm::Ed25519, &key.0, bytes, signature)
    }

    fn nonce(&self) -> [u8; 32] {
        self.nonces.next()
    }

    fn carried(&self) -> Option<Arc<dyn Carry>> {
        self.carried.clone().map(|roster| Arc::new(roster) as Arc<dyn Carry>)
    }
}

/// Nonces that cannot fail when they are needed: a secret of this process and a number, hashed.
struct Nonces {
    secret: [u8; 32],
    count: AtomicU64,
}

impl Nonces {
    fn new(random: &dyn Random) -> Result<Self, TrustError> {
        Ok(Self { secret: random_bytes(random)?, count: AtomicU64::new(0) })
    }

    fn next(&self) -> [u8; 32] {
        let number = self.count.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        sha256(&[&self.secret[..], &number].concat())
    }
}
