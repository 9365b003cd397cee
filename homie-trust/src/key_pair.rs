//! An Ed25519 key, and how it is found and made in the store of its state directory.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use homie_protocol::codec;
use homie_protocol::hello::{Algorithm, DeviceKey, MachineKey, Signature};
use homie_protocol::id::NodeId;
use homie_protocol::roster::{Entry, SignedEntry, signed_bytes};

use crate::device::{device_id, node_id};
use crate::error::TrustError;
use crate::key_store::{MACHINE, Place};
use crate::os_keyring::{GLANCE, PATIENCE};
use crate::state_dir::StateDir;

const REMEDY: &str = "put back a copy that works, or move it away to be a new machine to all who know this one";

/// A private key and its public half.
pub struct KeyPair {
    pair: Arc<Ed25519KeyPair>,
    public: MachineKey,
}

impl KeyPair {
    /// The machine's key: `machine.key`, made at the first start. It may wait for the keyring.
    pub fn machine(dir: &StateDir) -> Result<Self, TrustError> {
        Self::load_or_create(dir, MACHINE)
    }

    /// The public half of the machine's key, for which no keyring is asked.
    pub fn machine_public(dir: &StateDir) -> Result<MachineKey, TrustError> {
        Self::public(dir, MACHINE)
    }

    /// The key of this name in the state directory's store, made if there is none. Of several who come first at once, all get
    /// the same key.
    pub fn load_or_create(dir: &StateDir, name: &str) -> Result<Self, TrustError> {
        let place = Place::of(dir, name)?;
        if let Some(key) = place.load(PATIENCE)? {
            return Ok(key);
        }
        let key = Self::generate()?;
        place.prepare(&key)?;
        let writing = dir.writing()?;
        if Place::of(dir, name)?.public()?.is_none() {
            place.settle(&writing, &key)?;
            return Ok(key);
        }
        drop(writing);
        place.forget(&key.machine_key());
        Self::load_or_create(dir, name)
    }

    /// The public half of the same.
    pub(crate) fn public(dir: &StateDir, name: &str) -> Result<MachineKey, TrustError> {
        match Place::of(dir, name)?.public()? {
            Some(public) => Ok(public),
            None => Ok(Self::load_or_create(dir, name)?.machine_key()),
        }
    }

    /// The public half of the machine's key, for who only looks; `None` if it was not made or cannot be read.
    pub fn known(dir: &StateDir) -> Option<MachineKey> {
        Place::of(dir, MACHINE).ok()?.public().ok()?
    }

    /// The key of this name, for who only looks: a keyring has two seconds; `None` if it was not made.
    pub fn look(dir: &StateDir, name: &str) -> Result<Option<Self>, TrustError> {
        Place::of(dir, name)?.load(GLANCE)
    }

    /// The key of this secret.
    pub(crate) fn from_seed(seed: &[u8; 32]) -> Result<Self, TrustError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| TrustError::Crypto("making a key"))?;
        Self::new(pair)
    }

    /// A key that is in memory only.
    pub fn generate() -> Result<Self, TrustError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| TrustError::Crypto("making a key"))?;
        Self::new(pair)
    }

    /// The public key, as that of a machine.
    pub fn machine_key(&self) -> MachineKey {
        self.public
    }

    /// The machine's name on the wire.
    pub fn node_id(&self) -> NodeId {
        node_id(&self.public)
    }

    /// The public key, as that of a device.
    pub fn device_key(&self) -> DeviceKey {
        as_device(&self.public)
    }

    /// Signs.
    pub fn sign(&self, bytes: &[u8]) -> Result<Signature, TrustError> {
        let signature = self.pair.try_sign(bytes).ok();
        let signature = signature.and_then(|signature| signature.as_ref().try_into().ok());
        signature.map(Signature).ok_or(TrustError::Crypto("signing"))
    }

    /// Signs an entry of the roster of this root.
    pub(crate) fn sign_entry(&self, root: &MachineKey, entry: &Entry) -> Result<SignedEntry, TrustError> {
        let entry = codec::encode(entry).map_err(|_| TrustError::Crypto("writing an entry of the roster"))?;
        let sig = self.sign(&signed_bytes(root, &entry))?;
        Ok(SignedEntry { entry, sig })
    }

    /// What was read from this file.
    pub(crate) fn from_pkcs8(path: &Path, bytes: &[u8]) -> Result<Self, TrustError> {
        let pair = Ed25519KeyPair::from_pkcs8(bytes)
            .map_err(|_| TrustError::corrupt(path, "it is not an Ed25519 key in PKCS#8", REMEDY))?;
        Self::new(pair)
    }

    /// The same key once more.
    pub(crate) fn again(&self) -> Self {
        Self { pair: Arc::clone(&self.pair), public: self.public }
    }

    fn new(pair: Ed25519KeyPair) -> Result<Self, TrustError> {
        let public = pair.public_key().as_ref().try_into().map_err(|_| TrustError::Crypto("reading a public key"))?;
        Ok(Self { pair: Arc::new(pair), public: MachineKey(public) })
    }

    pub(crate) fn to_pkcs8(&self) -> Result<Vec<u8>, TrustError> {
        let der = self.pair.to_pkcs8v1().map_err(|_| TrustError::Crypto("writing a key"))?;
        Ok(der.as_ref().to_vec())
    }
}

/// A public key as that of a device.
pub(crate) fn as_device(public: &MachineKey) -> DeviceKey {
    DeviceKey { id: device_id(&public.0), alg: Algorithm::Ed25519, key: public.0.to_vec() }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyPair({})", self.node_id())
    }
}
