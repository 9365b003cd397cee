//! An invitation into the mesh, for a machine outside of its tailnet: a text that somebody carries from one machine to the other.
//! It says where the machine is, which key it has, which mesh that is, and a secret, which is never sent: both sides prove it
//! over all that they know of each other and of the one connection between them.
//!
//! `store` is where a machine keeps those that it has given, `joining` what a machine says that has one; here is their text and their
//! arithmetic, which are pure.

use std::fmt;
use std::str::FromStr;

use homie_protocol::hello::{DeviceKey, MachineKey};
use homie_protocol::id::{LinkSecret, NodeId, base32, from_base32};
use homie_protocol::pairing::Mac;

use crate::error::TrustError;
use crate::link_file;
use crate::origin::{key_door, key_door_origin};
use crate::pairing::proof::{self, Prover};

mod joining;
mod store;

pub use joining::Joining;
pub use store::Invitations;

/// How its text begins, and which version it is of.
const BEGIN: &str = "homie-join.1";

/// Of which purpose a proof is.
const LABEL: &[u8] = b"homie-join-v1";

/// It.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Where the machine's key door is.
    pub at: Vec<(String, u16)>,
    /// The machine, by the fingerprint of its key.
    pub machine: NodeId,
    /// Its mesh.
    pub root: MachineKey,
    /// What is proved.
    pub secret: LinkSecret,
}

/// It is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no invitation; `homie invite` on a machine of the mesh prints one, which begins with {BEGIN}")]
pub struct NoInvitation;

/// What both sides know of one attempt: whose keys there are at its ends, and the connection between them.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// The machine that has invited.
    pub host: NodeId,
    /// Its mesh.
    pub root: &'a MachineKey,
    /// The machine that joins, as it has proved in TLS.
    pub machine: &'a MachineKey,
    /// The device that joins with it.
    pub device: &'a DeviceKey,
    /// What it is called.
    pub name: &'a str,
    /// What both ends of TLS know, and nobody else.
    pub exporter: &'a [u8; 32],
}

impl Attempt<'_> {
    /// What the device signs: each part behind its length.
    pub fn bytes(&self) -> Vec<u8> {
        let Self { host, root, machine, device, name, exporter } = self;
        let parts: [&[u8]; 7] =
            [LABEL, host.as_bytes(), &root.0, &machine.0, &device.key, name.as_bytes(), &exporter[..]];
        parts.iter().flat_map(|part| [&(part.len() as u64).to_be_bytes()[..], part].concat()).collect()
    }

    /// What a side proves that knows the secret.
    pub fn mac(&self, prover: Prover, secret: &LinkSecret) -> Result<Mac, TrustError> {
        proof::mac(prover, secret.as_bytes(), LABEL, &self.bytes())
    }
}

impl Invitation {
    /// How it is called where it was given: whoever hears it cannot use it.
    pub fn id(&self) -> String {
        link_file::name(&self.secret)
    }
}

impl fmt::Display for Invitation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at.iter().map(|(host, port)| key_door_origin(host, *port).replacen("homie://", "", 1));
        let at = at.collect::<Vec<_>>().join(",");
        write!(formatter, "{BEGIN}.{}.{}.{}.{at}", self.machine, base32(&self.root.0), self.secret)
    }
}

impl FromStr for Invitation {
    type Err = NoInvitation;

    fn from_str(text: &str) -> Result<Self, NoInvitation> {
        let rest = text.trim().strip_prefix(BEGIN).and_then(|rest| rest.strip_prefix('.')).ok_or(NoInvitation)?;
        let parts: Vec<_> = rest.splitn(4, '.').collect();
        let [machine, root, secret, at] = parts.as_slice() else { return Err(NoInvitation) };
        let root = from_base32(root).and_then(|root| root.try_into().ok()).map(MachineKey).ok_or(NoInvitation)?;
        let at = at.split(',').map(|at| {
            let origin = format!("homie://{at}");
            key_door(&origin).map(|(host, port)| (host.to_owned(), port)).ok_or(NoInvitation)
        });
        Ok(Self {
            at: at.collect::<Result<_, _>>()?,
            machine: machine.parse().map_err(|_| NoInvitation)?,
            root,
            secret: secret.parse().map_err(|_| NoInvitation)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        fn any_invitation()(
            at in prop::collection::vec(("[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?(\\.[a-z0-9]{1,9}){0,3}", 1..=u16::MAX), 1..9),
            machine: [u8; 16], root: [u8; 32], secret: [u8; 16],
        ) -> Invitation {
            let (machine, root) = (NodeId::from_bytes(machine), MachineKey(root));
            Invitation { at, machine, root, secret: LinkSecret::from_bytes(secret) }
        }
    }

    proptest! {
        #[test]
        fn any_that_is_written_is_read_again(invitation in any_invitation()) {
            prop_assert_eq!(invitation.to_string().parse(), Ok(invitation));
        }

        /// There is one way to write each, and a text that was mistyped is another one or none.
        #[test]
        fn any_that_is_read_is_written_so(
            text in "(homie-join\\.1\\.)?\\PC*", invitation in any_invitation(), at: prop::sample::Index, with: char,
        ) {
            let mut broken: Vec<char> = invitation.to_string().chars().collect();
            let at = at.index(broken.len());
            broken[at] = with;
            for text in [text, broken.into_iter().collect()] {
                if let Ok(read) = text.parse::<Invitation>() {
                    prop_assert_eq!(read.to_string(), text.trim());
                }
            }
        }
    }

    fn invitation() -> Invitation {
        Invitation {
            at: vec![("192.0.2.7".to_owned(), 4664), ("2001:db8::7".to_owned(), 1), ("home.example.org".to_owned(), 2)],
            machine: NodeId::from_bytes([1; 16]),
            root: MachineKey([2; 32]),
            secret: LinkSecret::from_bytes([3; 16]),
        }
    }

    #[test]
    fn what_is_written_is_read_again_and_nothing_else_is() {
        let text = invitation().to_string();
        assert_eq!(format!(" {text}\n").parse(), Ok(invitation()));
        for bad in
            ["", "homie-join.1", "homie-join.2", &text[1..], &text[..40], &text[..text.len() - 30], &format!("{text}/")]
        {
            assert_eq!(bad.parse::<Invitation>(), Err(NoInvitation), "{bad}");
        }
    }

    /// A proof is good for one connection between two machines, one device and one secret, and for one side of it.
    #[test]
    fn everything_counts() {
        let (host, root, machine) = (NodeId::from_bytes([1; 16]), MachineKey([2; 32]), MachineKey([3; 32]));
        let key = crate::key_pair::as_device(&MachineKey([4; 32]));
        let attempt = Attempt { host, root: &root, machine: &machine, device: &key, name: "shed", exporter: &[5; 32] };
        let secret = LinkSecret::from_bytes([6; 16]);
        let mac = attempt.mac(Prover::Device, &secret).unwrap();
        let other = crate::key_pair::as_device(&MachineKey([9; 32]));
        for changed in [
            Attempt { host: NodeId::from_bytes([9; 16]), ..attempt },
            Attempt { root: &machine, ..attempt },
            Attempt { machine: &root, ..attempt },
            Attempt { device: &other, ..attempt },
            Attempt { name: "she", ..attempt },
            Attempt { exporter: &[9; 32], ..attempt },
        ] {
            assert_ne!(changed.mac(Prover::Device, &secret).unwrap(), mac, "{changed:?}");
        }
        assert_ne!(attempt.mac(Prover::Gateway, &secret).unwrap(), mac);
        assert_ne!(attempt.mac(Prover::Device, &LinkSecret::from_bytes([9; 16])).unwrap(), mac);
    }
}
