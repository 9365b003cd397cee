//! TLS where both ends show their bare keys: the server proves that it is the machine that is meant, and the client a key that
//! the server knows. Nothing is resumed: each connection proves both anew.

use std::sync::Arc;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{Algorithm, Identity, MachineKey, Signature};
use rustls::client::Resumption;
use rustls::server::NoServerSessionStorage;
use rustls::version::TLS13;
use rustls::{ClientConfig, ConnectionCommon, ServerConfig, ServerConnection};

use super::judged::Judged;
use super::pinned::Pinned;
use super::shown::{Shown, read};
use super::{Exporter, Judge, Prove, broken, provider};

/// Of which purpose what is exported is.
const LABEL: &[u8] = b"EXPORTER-homie-join-v1";

/// A server that shows this machine's key and takes those of clients whom the judge lets in.
pub fn server(machine: Arc<dyn Prove>, judge: Arc<dyn Judge>) -> Result<ServerConfig, Refusal> {
    let builder = ServerConfig::builder_with_provider(provider()).with_protocol_versions(&[&TLS13]);
    let builder = builder.map_err(|error| broken(&error))?.with_client_cert_verifier(Arc::new(Judged::new(judge)));
    let mut config = builder.with_cert_resolver(Arc::new(Shown::resolver(machine)));
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(config)
}

/// A client that shows this one's key, and takes the machine that this one expects.
pub fn client(identity: Arc<dyn Identity>) -> Result<ClientConfig, Refusal> {
    let own = Own::of(Arc::clone(&identity))?;
    let builder = ClientConfig::builder_with_provider(provider()).with_protocol_versions(&[&TLS13]);
    let verifier = Arc::new(Pinned::new(identity));
    let builder = builder.map_err(|error| broken(&error))?.dangerous().with_custom_certificate_verifier(verifier);
    let mut config = builder.with_client_cert_resolver(Arc::new(Shown::of_client(Arc::new(own))));
    config.enable_sni = false;
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// The key that the client has proved.
pub fn proved(connection: &ServerConnection) -> Option<MachineKey> {
    read(connection.peer_certificates()?.first()?)
}

/// What both ends know of a connection that a machine joins over.
pub fn exporter<S>(connection: &ConnectionCommon<S>) -> Result<Exporter, Refusal> {
    let exporter = connection.export_keying_material(Exporter::default(), LABEL, None);
    exporter.map_err(|error| broken(&error))
}

/// A client, as it proves itself.
struct Own {
    key: MachineKey,
    identity: Arc<dyn Identity>,
}

impl Own {
    fn of(identity: Arc<dyn Identity>) -> Result<Self, Refusal> {
        let key = identity.device().filter(|device| device.alg == Algorithm::Ed25519);
        let key = key.and_then(|device| device.key.try_into().ok().map(MachineKey));
        let none = || Refusal::new(Code::Unauthenticated, "this client has no Ed25519 key to show");
        Ok(Self { key: key.ok_or_else(none)?, identity })
    }
}

impl Prove for Own {
    fn key(&self) -> MachineKey {
        self.key
    }

    fn sign(&self, bytes: &[u8]) -> Result<Signature, Refusal> {
        self.identity.sign(bytes)
    }
}
