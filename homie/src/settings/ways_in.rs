//! The settings of the ways in that need no tailnet: the key door, and dialling out.

use homie_gateway::KeyDoorConfig;

use super::{Key, Settings};
use crate::key_door;

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
