//! TLS between a client and a node, inside of whatever carries it: who passes the bytes on reads none of them, and changes
//! none unseen.
//!
//! No authority is asked: the node shows its bare key (RFC 7250), and the client expects that one, whatever it is called. What
//! both ends then know of the handshake alone ([`Exporter`]) is signed in the greeting, so that a greeting is of no use over
//! another connection.
//!
//! [`keyed`] is TLS in which the client shows its bare key as well, for doors that take those of the roster alone.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{Identity, MachineKey, Signature};
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::ServerName;
use rustls::version::TLS13;
use rustls::{ClientConfig, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, join};
use tokio::net::UnixStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::bridge::bridge;
use crate::open::unix;
use crate::reader::FrameReader;
use crate::writer::FrameWriter;

mod judged;
pub mod keyed;
mod pinned;
mod shown;

use pinned::Pinned;
use shown::Shown;

/// What both ends of a handshake know, and nobody else.
pub type Exporter = [u8; 32];

/// Of which purpose it is.
const LABEL: &[u8] = b"EXPORTER-homie-hello-v1";

/// Nobody reads it: there is one machine at the other end, known by its key.
pub const NAME: &str = "homie.invalid";

/// What proves a machine: its key, and what signs with it.
pub trait Prove: Send + Sync {
    /// The machine's key.
    fn key(&self) -> MachineKey;

    /// Signs with it.
    fn sign(&self, bytes: &[u8]) -> Result<Signature, Refusal>;
}

/// Decides whose key a door takes.
pub trait Judge: Send + Sync {
    /// Refuses whoever is not to come in, or has not signed these bytes with this key.
    fn check(&self, key: &MachineKey, bytes: &[u8], signature: &Signature) -> Result<(), Refusal>;
}

/// A circuit over such a connection.
#[derive(Debug)]
pub struct Sealed {
    /// What comes.
    pub reader: FrameReader,
    /// What goes.
    pub writer: FrameWriter,
    /// What both ends know of it.
    pub exporter: Exporter,
}

/// The node's side. Cheap to clone.
#[derive(Clone)]
pub struct Sealer(TlsAcceptor);

impl Sealer {
    /// For this machine.
    pub fn new(machine: Arc<dyn Prove>) -> Result<Self, Refusal> {
        let builder = ServerConfig::builder_with_provider(provider()).with_protocol_versions(&[&TLS13]);
        let resolver = Arc::new(Shown::resolver(machine));
        let mut config = builder.map_err(|error| broken(&error))?.with_no_client_auth().with_cert_resolver(resolver);
        // Each circuit is a handshake of its own.
        config.send_tls13_tickets = 0;
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    /// Waits for the client's handshake; `early` is what has come of it already.
    pub async fn accept(&self, socket: UnixStream, early: Bytes) -> Result<Sealed, Refusal> {
        let (from, to) = socket.into_split();
        let tls = self.0.accept(join(io::Cursor::new(early).chain(from), to)).await.map_err(|error| broken(&error))?;
        let exporter = tls.get_ref().1.export_keying_material(Exporter::default(), LABEL, None);
        framed(tls, exporter.map_err(|error| broken(&error))?)
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Sealer").finish_non_exhaustive()
    }
}

/// The client's side: the machine that this one expects must be at the other end.
pub(crate) async fn connect(socket: UnixStream, identity: Arc<dyn Identity>) -> Result<Sealed, Refusal> {
    let builder = ClientConfig::builder_with_provider(provider()).with_protocol_versions(&[&TLS13]);
    let verifier = Arc::new(Pinned::new(identity));
    let builder = builder.map_err(|error| broken(&error))?.dangerous().with_custom_certificate_verifier(verifier);
    let mut config = builder.with_no_client_auth();
    config.enable_sni = false;
    let name = ServerName::try_from(NAME).map_err(|error| broken(&error))?;
    let tls = TlsConnector::from(Arc::new(config)).connect(name, socket).await.map_err(|error| unproved(&error))?;
    let exporter = tls.get_ref().1.export_keying_material(Exporter::default(), LABEL, None);
    framed(tls, exporter.map_err(|error| broken(&error))?)
}

/// Reader and writer want a socket: between them and TLS there is a pair of them.
fn framed(tls: impl AsyncRead + AsyncWrite + Send + 'static, exporter: Exporter) -> Result<Sealed, Refusal> {
    let (near, far) = UnixStream::pair().map_err(|error| broken(&error))?;
    // It ends with either of its ends.
    tokio::spawn(bridge(tls, far));
    let (reader, writer) = unix(near);
    Ok(Sealed { reader, writer, exporter })
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(default_provider())
}

fn broken(error: &impl std::fmt::Display) -> Refusal {
    Refusal::new(Code::Unreachable, format!("the sealed connection broke: {error}"))
}

/// A wrong key is no broken connection: somebody else answers.
fn unproved(error: &io::Error) -> Refusal {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    match cause {
        Some(rustls::Error::InvalidCertificate(_) | rustls::Error::PeerIncompatible(_)) => {
            Refusal::new(Code::Unauthenticated, "another machine answers than the one expected")
        }
        _ => broken(error),
    }
}
