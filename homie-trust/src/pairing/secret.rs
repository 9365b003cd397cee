//! What a device must prove that it knows.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use homie_protocol::hello::Role;
use homie_protocol::id::PairingSecret;
use homie_protocol::pairing::SixDigits;

/// Bytes of a shared secret: 160 bits, made here and never chosen by anybody.
const SHARED: usize = 20;

/// The secret of a pairing.
#[derive(Clone, Copy)]
pub enum Secret {
    /// In a QR code.
    Qr(PairingSecret),
    /// Six digits that people tell each other.
    Code(SixDigits),
    /// The machine's.
    Shared([u8; SHARED]),
    /// None: whose machine joins the tailnet says, and the digits whether it is this one.
    Nothing,
}

/// The machine's shared secret, and what whoever knows it becomes. Not there unless the owner wants it.
#[derive(Clone, Copy)]
pub struct SharedSecret {
    /// The secret.
    pub secret: [u8; SHARED],
    /// The role: never owner.
    pub role: Role,
}

impl Secret {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Qr(secret) => secret.as_bytes(),
            Self::Code(code) => code.as_bytes(),
            Self::Shared(secret) => secret,
            Self::Nothing => &[],
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SharedSecret(… for {:?})", self.role)
    }
}

/// In constant time: how much of a guess was right is told to nobody.
pub(super) fn same(one: &[u8], other: &[u8]) -> bool {
    verify_slices_are_equal(one, other).is_ok()
}
