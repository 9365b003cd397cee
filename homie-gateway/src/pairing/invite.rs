//! What is drawn for an offer, and what is passed on of it.

use homie_protocol::id::{PairingId, PairingSecret};
use homie_protocol::limits::{PAIRING_CODE_MS, PAIRING_MS};
use homie_protocol::methods::pairing::{OfferOutput, OfferedWay};
use homie_protocol::pairing::{Invitation, digits_of};
use homie_trust::pairing::Secret;
use homie_trust::{GatewayFile, Server, TrustError, random_bytes};

/// An offer to be put on the desk.
pub(super) struct Invited {
    pub(super) id: PairingId,
    pub(super) secret: Secret,
    pub(super) output: OfferOutput,
}

impl Invited {
    /// Draws one.
    pub(super) fn draw(server: &Server, way: OfferedWay) -> Result<Self, TrustError> {
        let id = PairingId::from_bytes(random_bytes(&*server.random)?);
        let file = GatewayFile::read(&server.dir)?;
        let origin = file.as_ref().map(GatewayFile::front).unwrap_or_default().to_owned();
        match way {
            OfferedWay::Qr => {
                let secret = PairingSecret::from_bytes(random_bytes(&*server.random)?);
                Ok(Self::by_picture(&Invitation { id, gateway: server.key.node_id(), secret, origin }))
            }
            OfferedWay::Code => {
                let code = digits_of(&random_bytes(&*server.random)?);
                let link = format!("{origin}/#code");
                let output = OfferOutput { id, link, deep_link: None, code: Some(code), valid_ms: ms(PAIRING_CODE_MS) };
                Ok(Self { id, secret: Secret::Code(code), output })
            }
        }
    }

    fn by_picture(invitation: &Invitation) -> Self {
        let output = OfferOutput {
            id: invitation.id,
            link: invitation.link(),
            deep_link: Some(invitation.deep_link()),
            code: None,
            valid_ms: ms(PAIRING_MS),
        };
        Self { id: invitation.id, secret: Secret::Qr(invitation.secret), output }
    }
}

fn ms(long: u64) -> u32 {
    u32::try_from(long).unwrap_or(u32::MAX)
}
