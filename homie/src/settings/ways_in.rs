//! The settings of the ways in that need no tailnet: the key door, dialling out, and the door to the internet.

use homie_gateway::{KeyDoorConfig, PublicConfig};

use super::{Key, Settings};
use crate::key_door;
use crate::public_door::Written;

impl Settings {
    /// The door for keys of the roster, if somebody has written where.
    pub(crate) fn key_door(&self) -> Option<KeyDoorConfig> {
        let listen = key_door::listening(self.key_door.as_deref()?).ok()?;
        let at = self.key_door_at.as_deref().and_then(|at| key_door::dialled(at).ok()).unwrap_or_default();
        Some(KeyDoorConfig { listen, at, highest: self.ceiling() })
    }

    /// Whether this machine leaves connections with others, because they cannot dial it.
    pub(crate) fn dial_out(&self) -> bool {
        self.dial_out.unwrap_or(false)
    }

    /// The door to the internet, if somebody has written one.
    pub(crate) fn public(&self) -> Option<PublicConfig> {
        self.public_written().read(self.ceiling()).ok()?
    }

    pub(super) fn public_written(&self) -> Written<'_> {
        Written {
            origin: self.public_origin.as_ref(),
            listen: self.public_listen.as_deref(),
            certificate: self.public_certificate.as_ref(),
            key: self.public_key.as_ref(),
        }
    }

    /// Those of the door to the internet.
    pub(super) fn keys_of_the_internet(&self) -> Vec<Key> {
        let path = |path: &Option<std::path::PathBuf>| path.clone().unwrap_or_default().to_string_lossy().into();
        vec![
            Key {
                name: "public-origin",
                about: "The address of this machine's page on the internet: https://home.example.org, with a port if that is not 443; left \
                    out, it has none. Whoever can dial gets the page and as far as the greeting, devices of the mesh get in.",
                value: self.public_origin.as_deref().unwrap_or_default().into(),
                is_set: self.public_origin.is_some(),
            },
            Key {
                name: "public-listen",
                about: "Where it listens, addresses and ports of this machine: 0.0.0.0:443 and [::]:443 are all of them.",
                value: self.public_listen.clone().unwrap_or_default().into(),
                is_set: self.public_listen.is_some(),
            },
            Key {
                name: "public-certificate",
                about: "The file with the certificate for that name and those that lead to its authority, in PEM: fullchain.pem. It is \
                    read again when it changes.",
                value: path(&self.public_certificate),
                is_set: self.public_certificate.is_some(),
            },
            Key {
                name: "public-key",
                about: "The file with the certificate's private key, in PEM: privkey.pem.",
                value: path(&self.public_key),
                is_set: self.public_key.is_some(),
            },
        ]
    }

    pub(super) fn keys_of_ways_in(&self) -> Vec<Key> {
        let list = |written: &Option<Vec<String>>| written.clone().unwrap_or_default().into();
        vec![
            Key {
                name: "key-door",
                about: "Where other machines of the mesh come in besides the tailnet, by their keys: addresses and ports of this \
                    machine, 192.168.1.5:4664 or [::]:4664; left out, nowhere.",
                value: list(&self.key_door),
                is_set: self.key_door.is_some(),
            },
            Key {
                name: "key-door-at",
                about: "What they dial for that, a name or an address and a port: home.example.org:4664; left out, where it listens.",
                value: list(&self.key_door_at),
                is_set: self.key_door_at.is_some(),
            },
            Key {
                name: "dial-out",
                about: "Whether this machine, which others cannot dial, leaves connections at their key doors, so that they reach it \
                    through those.",
                value: self.dial_out().into(),
                is_set: self.dial_out.is_some(),
            },
        ]
    }
}
