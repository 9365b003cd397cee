//! A client that greets by the book, and lets a test change what it says.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{
    Algorithm, ClientKind, DeviceKey, Greet, Hello, Next, Nonce, Prove, Ready, Side, Signature, Transcript, Welcome,
};
use homie_protocol::version::SPOKEN;
use homie_trust::{KeyPair, device_id};

use crate::machine::{HOST, ORIGIN};

/// A device's private key, of either algorithm.
pub(crate) enum Key {
    Ed25519(KeyPair),
    P256(EcdsaKeyPair),
}

impl Key {
    pub(crate) fn ed25519() -> Self {
        Self::Ed25519(KeyPair::generate().expect("a key"))
    }

    pub(crate) fn p256() -> Self {
        Self::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"))
    }

    pub(crate) fn both() -> [Self; 2] {
        [Self::ed25519(), Self::p256()]
    }

    pub(crate) fn device(&self) -> DeviceKey {
        match self {
            Self::Ed25519(pair) => pair.device_key(),
            Self::P256(pair) => {
                let key = pair.public_key().as_ref().to_vec();
                DeviceKey { id: device_id(&key), alg: Algorithm::P256, key }
            }
        }
    }

    pub(crate) fn prove(&self, bytes: &[u8]) -> Prove {
        let sig = match self {
            Self::Ed25519(pair) => pair.sign(bytes).expect("a signature"),
            Self::P256(pair) => {
                let signed = pair.sign(&SystemRandom::new(), bytes).expect("a signature");
                Signature(signed.as_ref().try_into().expect("64 bytes"))
            }
        };
        Prove { sig, roster: None }
    }
}

/// What a page says.
pub(crate) fn hello(device: Option<DeviceKey>) -> Hello {
    Hello {
        versions: SPOKEN,
        device,
        kind: ClientKind::Web,
        agent: "test 1".to_owned(),
        nonce: Nonce([7; 32]),
        host: HOST.to_owned(),
        origin: Some(ORIGIN.to_owned()),
    }
}

/// What a program on `local.sock` says.
pub(crate) fn local_hello(device: Option<DeviceKey>) -> Hello {
    Hello { kind: ClientKind::Cli, host: "local".to_owned(), origin: None, ..hello(device) }
}

/// What one of the two sides signs.
pub(crate) fn transcript(hello: &Hello, welcome: &Welcome, side: Side) -> Vec<u8> {
    Transcript::of(hello, welcome).bytes(side)
}

/// The whole greeting of this key.
pub(crate) fn greet(greeter: &mut dyn Greet, side: Side, key: &Key, hello: Hello) -> Result<Ready, Refusal> {
    let said = hello.clone();
    let (welcome, next) = greeter.hello(hello)?;
    assert_eq!(next, Next::Prove, "a device must prove its key");
    greeter.prove(&key.prove(&transcript(&said, &welcome, side)))
}

/// The same, for tests that ask only why not.
pub(crate) fn refused(greeter: &mut dyn Greet, side: Side, key: &Key, hello: Hello) -> Option<Code> {
    greet(greeter, side, key, hello).err().map(|refusal| refusal.code)
}
