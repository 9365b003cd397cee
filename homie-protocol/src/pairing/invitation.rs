//! What a QR code says: an address for a browser, or a deep link for the phone's application. Clients read both
//! (`client/src/invitation.ts`); whoever prints a code writes them here.

use data_encoding::BASE64URL_NOPAD;

use super::PAIRING_VERSION;
use crate::id::{NodeId, PairingId, PairingSecret};

/// An invitation to pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Which pairing.
    pub id: PairingId,
    /// The gateway's fingerprint: the id of its key, so that nobody else can answer in its place.
    pub gateway: NodeId,
    /// The secret.
    pub secret: PairingSecret,
    /// Where the gateway is: scheme and authority, no path.
    pub origin: String,
}

impl Invitation {
    /// The address of the page. Everything secret stands behind `#`, which no server and no log ever sees. Binary, because
    /// 66 characters make a QR code that fits into a terminal of 24 rows.
    pub fn link(&self) -> String {
        let version = u8::try_from(PAIRING_VERSION).unwrap_or_default();
        let bytes =
            [&[version], self.id.as_bytes().as_slice(), self.gateway.as_bytes(), self.secret.as_bytes()].concat();
        format!("{}/#pair={}", self.origin, BASE64URL_NOPAD.encode(&bytes))
    }

    /// The same for an application that has registered the scheme.
    pub fn deep_link(&self) -> String {
        let Self { id, gateway, secret, origin } = self;
        let url = escaped(origin);
        format!("homie://pair?v={PAIRING_VERSION}&id={id}&url={url}&fp={gateway}&s={secret}")
    }
}

/// An origin inside a query: all but letters, digits and what RFC 3986 leaves alone.
fn escaped(origin: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let one = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    origin.bytes().map(one).collect()
}
