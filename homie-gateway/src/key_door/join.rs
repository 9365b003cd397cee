//! The exchange of a machine that was invited: one request, whose header proves the secret of the invitation over both keys and
//! the connection, and an answer that proves it back. What else there is to know the newcomer then asks as a machine of the mesh.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{Algorithm, ClientKind, Role};
use homie_protocol::id::base32;
use homie_protocol::pairing::Mac;
use homie_trust::pairing::proof::{Prover, same_mac};
use homie_trust::{Actor, Attempt, Device, Joining, SystemBootClock, verify};
use tokio::task::spawn_blocking;

use crate::hop::{Hop, Newcomer};
use crate::house::{House, Shared};
use crate::pairing::now_ms;

/// Where a machine joins.
pub const JOIN: &str = "/join";

/// The header with what it says.
pub const JOINING: &str = "homie-joining";

/// Answers it.
pub(crate) async fn join(shared: Shared, request: Request<Body>) -> Response {
    let Some(Hop::Newcomer(newcomer)) = request.extensions().get::<Hop>().copied() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let said: Option<Joining> = request.headers().get(JOINING).and_then(|said| said.to_str().ok()?.parse().ok());
    let Some(said) = said else {
        return (StatusCode::BAD_REQUEST, "Not a request for this door.\n").into_response();
    };
    let lost = |_| Err(Refusal::new(Code::Internal, "nobody could be entered; this machine's log says why"));
    match spawn_blocking(move || shared.take_in(&newcomer, &said)).await.unwrap_or_else(lost) {
        Ok(mac) => base32(&mac.0).into_response(),
        Err(refusal) => {
            tracing::info!("a machine that was not invited, or not any more, was sent away: {refusal}");
            (StatusCode::FORBIDDEN, format!("{}: {}\n", refusal.code, refusal.message)).into_response()
        }
    }
}

impl House {
    /// Spends the invitation, and enters machine and device. Waits for the disk.
    fn take_in(&self, newcomer: &Newcomer, said: &Joining) -> Result<Mac, Refusal> {
        let root = self.roster.members()?.root();
        let attempt = Attempt {
            host: self.node,
            root: &root,
            machine: &newcomer.key,
            device: &said.device,
            name: &said.name,
            exporter: &newcomer.exporter,
        };
        let device = Device::new(said.device.clone(), &said.name, Role::Owner, ClientKind::Cli, now_ms())?;
        verify(Algorithm::Ed25519, &said.device.key, &attempt.bytes(), &said.signature)?;
        let knows = |secret: &_| attempt.mac(Prover::Device, secret).is_ok_and(|mac| same_mac(&mac, &said.mac));
        let secret = self.invitations.redeem(&said.id, &SystemBootClock, knows).inspect_err(|_| self.note_wrong())?;
        let actor = Actor::device(device.id(), "invitation");
        self.roster.enrol_machine(&device, newcomer.key, &said.name, &actor)?;
        Ok(attempt.mac(Prover::Gateway, &secret)?)
    }

    fn note_wrong(&self) {
        if let Err(error) = self.refusals.note("invitation", Code::PairingInvalid) {
            tracing::error!("who was sent away is not written down: {error}");
        }
    }
}
