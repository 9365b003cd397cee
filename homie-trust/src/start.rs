//! One start of this machine's gateway, and how it finds out that its machine's key is used elsewhere: by a signature with that
//! key over this start, which is random and was nobody's before, by a start that is another. Only one gateway has a state directory,
//! so who has signed it holds a copy. Old signatures, and all that strangers could say, are of no use for that.

mod board;
#[cfg(test)]
mod model;

use std::sync::Arc;

use homie_protocol::hello::{Algorithm, MachineKey};
use homie_protocol::id::{NodeId, StartId};
use homie_protocol::methods::start::{StartSignature, signed_bytes};

pub use board::Board;

use crate::device::node_id;
use crate::error::TrustError;
use crate::key_pair::KeyPair;
use crate::random::{Random, random_bytes};
use crate::signature::verify;

/// A start. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Start {
    id: StartId,
    key: Arc<KeyPair>,
}

impl Start {
    /// A new one, of the machine with this key.
    pub fn new(key: Arc<KeyPair>, random: &dyn Random) -> Result<Self, TrustError> {
        Ok(Self { id: StartId::from_bytes(random_bytes(random)?), key })
    }

    /// Its name.
    pub fn id(&self) -> StartId {
        self.id
    }

    /// Whose it is.
    pub fn machine(&self) -> NodeId {
        node_id(&self.key.machine_key())
    }

    /// Signs another start: so this one lives after that began. What is this one itself is not signed.
    pub fn sign(&self, other: StartId) -> Result<StartSignature, TrustError> {
        if other == self.id {
            return Err(TrustError::BadKey("a start does not sign itself"));
        }
        Ok(StartSignature { start: other, sig: self.key.sign(&signed_bytes(&self.id, &other))? })
    }

    /// Whether this is the word of another one that holds the key of this machine while this start lives.
    pub fn is_twin(&self, said: &StartSignature) -> bool {
        said.start != self.id && has_signed(&self.key.machine_key(), said.start, self.id, said)
    }
}

/// Whether this start has signed that one with this key.
fn has_signed(key: &MachineKey, start: StartId, other: StartId, said: &StartSignature) -> bool {
    verify(Algorithm::Ed25519, &key.0, &signed_bytes(&start, &other), &said.sig).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    fn start(key: &Arc<KeyPair>) -> Start {
        Start::new(Arc::clone(key), &SystemRandom).expect("a start")
    }

    /// What one says of another, as that one is told it.
    fn word(by: &Start, of: StartId) -> StartSignature {
        StartSignature { start: by.id(), ..by.sign(of).expect("signed") }
    }

    #[test]
    fn a_twin_proves_itself_and_nobody_else_does() {
        let (key, stranger) =
            (Arc::new(KeyPair::generate().expect("a key")), Arc::new(KeyPair::generate().expect("a key")));
        let (own, twin, other) = (start(&key), start(&key), start(&stranger));
        assert!(own.is_twin(&word(&twin, own.id())) && twin.is_twin(&word(&own, twin.id())));
        assert!(!own.is_twin(&word(&other, own.id())), "another key");
        assert!(!own.is_twin(&word(&twin, start(&key).id())), "what was said of another start");
        assert!(!own.is_twin(&StartSignature { start: other.id(), ..word(&twin, own.id()) }), "in another's name");
        // What this machine has signed itself, sent back to it.
        assert!(!own.is_twin(&word(&own, twin.id())));
        assert!(!own.is_twin(&StartSignature { start: twin.id(), ..word(&own, twin.id()) }));
        assert!(own.sign(own.id()).is_err());
    }
}
