//! The tailnet around this process, where `scripts/tailnet` runs it: two of its hosts, and the way from the near one to the far
//! one.

use std::env;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use homie_tailnet_lab::host::{Host, Who};
use homie_tailnet_lab::lab::Lab;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore};
use tokio::runtime::{Builder, Runtime};

use crate::link::Link;

/// Its folder, if there is one.
pub(crate) fn place() -> Option<PathBuf> {
    env::var_os("HOMIE_TAILNET").map(PathBuf::from)
}

/// Two machines of one person.
pub(crate) struct Tailnet {
    pub(crate) near: Host,
    pub(crate) far: Host,
    /// The address of the far one.
    pub(crate) address: IpAddr,
    runtime: Arc<Runtime>,
}

impl Tailnet {
    /// As it was when it was built, whatever was done on it before.
    pub(crate) fn open() -> anyhow::Result<Arc<Self>> {
        let lab = Lab::open()?;
        let (near, far) = (lab.laptop(), lab.desk());
        // The threads stay in that host's network, and so does what they dial. As many as the command has.
        let build = || Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = Arc::new(near.inside(Who::Person, build)??);
        let address = far.v4()?;
        Ok(Arc::new(Self { near, far, address, runtime }))
    }

    /// Waits for something that the near host does. What it dials it has to spawn.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// A connection from the near host to a port of the far one.
    pub(crate) fn dial(&self, port: u16) -> anyhow::Result<TcpStream> {
        let at = SocketAddr::new(self.address, port);
        let stream = self.wait(self.runtime.spawn(tokio::net::TcpStream::connect(at)))??.into_std()?;
        stream.set_nonblocking(false)?;
        Ok(stream)
    }

    /// What its dialling runs on.
    pub(crate) const fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }

    /// Has no more than this reach the near host.
    pub(crate) fn narrow(&self, link: &Link) -> anyhow::Result<()> {
        self.near.set_rate(Some(link.rate))
    }

    /// Has all reach it that its cable can carry.
    pub(crate) fn widen(&self) -> anyhow::Result<()> {
        self.near.set_rate(None)
    }
}

/// A TLS client that believes the authority in this file, and has met nobody.
pub(crate) fn believing(authority: &Path) -> anyhow::Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(authority).with_context(|| authority.display().to_string())? {
        roots.add(certificate?)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let config = config.with_protocol_versions(&[&TLS13])?.with_root_certificates(roots);
    Ok(Arc::new(config.with_no_client_auth()))
}
