//! An Ed25519 key and the file it lives in.

use std::fmt;
use std::path::Path;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use homie_protocol::codec;
use homie_protocol::hello::{Algorithm, DeviceKey, MachineKey, Signature};
use homie_protocol::id::NodeId;
use homie_protocol::roster::{Entry, SignedEntry, signed_bytes};

use crate::device::{device_id, node_id};
use crate::error::TrustError;
use crate::private_file;
use crate::state_dir::StateDir;

const REMEDY: &str = "put back a copy that works, or move it away to be a new machine to all who know this one";

/// A private key and its public half.
pub struct KeyPair {
    pair: Ed25519KeyPair,
    public: MachineKey,
}

impl KeyPair {
    /// The machine's key: `machine.key`, made at the first start.
    pub fn machine(dir: &StateDir) -> Result<Self, TrustError> {
        Self::load_or_create(dir, "machine.key")
    }

    /// The key in this file of the state directory, made if it is not there. Of several who come first at once, all get
    /// the same key.
    pub fn load_or_create(dir: &StateDir, name: &str) -> Result<Self, TrustError> {
        let path = dir.path().join(name);
        if let Some(key) = Self::load(&path)? {
            return Ok(key);
        }
        let writing = dir.writing()?;
        if let Some(key) = Self::load(&path)? {
            return Ok(key);
        }
        let key = Self::generate()?;
        private_file::replace(&writing, &path, &key.to_pkcs8()?)?;
        Ok(key)
    }

    /// The key in this file of the state directory; `None` if there is no such file.
    pub fn look(dir: &StateDir, name: &str) -> Result<Option<Self>, TrustError> {
        Self::load(&dir.path().join(name))
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
        DeviceKey { id: device_id(&self.public.0), alg: Algorithm::Ed25519, key: self.public.0.to_vec() }
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

    fn load(path: &Path) -> Result<Option<Self>, TrustError> {
        let Some(bytes) = private_file::read(path)? else { return Ok(None) };
        let pair = Ed25519KeyPair::from_pkcs8(&bytes)
            .map_err(|_| TrustError::corrupt(path, "it is not an Ed25519 key in PKCS#8", REMEDY))?;
        Self::new(pair).map(Some)
    }

    fn new(pair: Ed25519KeyPair) -> Result<Self, TrustError> {
        let public = pair.public_key().as_ref().try_into().map_err(|_| TrustError::Crypto("reading a public key"))?;
        Ok(Self { pair, public: MachineKey(public) })
    }

    pub(crate) fn to_pkcs8(&self) -> Result<Vec<u8>, TrustError> {
        let der = self.pair.to_pkcs8v1().map_err(|_| TrustError::Crypto("writing a key"))?;
        Ok(der.as_ref().to_vec())
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyPair({})", self.node_id())
    }
}
