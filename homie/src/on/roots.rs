//! Whose certificates are believed: those of this system, and those that `SSL_CERT_FILE` names besides.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, anyhow};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore};

/// Names a file with more authorities; other programs know it too.
const VARIABLE: &str = "SSL_CERT_FILE";

/// Where Linux systems keep them: Debian and Arch, Fedora, openSUSE, Alpine.
const OF_SYSTEM: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// A client that believes them.
pub(crate) fn client() -> anyhow::Result<Arc<ClientConfig>> {
    let named = std::env::var_os(VARIABLE);
    let roots = roots(&OF_SYSTEM.map(PathBuf::from), named.as_deref())?;
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// One file of the system is enough: they are all the same.
fn roots(of_system: &[PathBuf], named: Option<&OsStr>) -> anyhow::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let found = of_system.iter().find(|path| path.exists());
    let named = named.filter(|named| !named.is_empty()).map(Path::new);
    if let Some(path) = found {
        add(&mut roots, path)?;
    }
    if let Some(path) = named {
        add(&mut roots, path).with_context(|| format!("{VARIABLE} names it"))?;
    }
    if roots.is_empty() {
        return Err(anyhow!(
            "this system has no list of authorities, so no certificate can be checked; install ca-certificates"
        ));
    }
    Ok(roots)
}

/// A list may hold what is too old or too new to be read; that one is not believed.
fn add(roots: &mut RootCertStore, path: &Path) -> anyhow::Result<()> {
    let cannot = || format!("cannot read the authorities in {}", path.display());
    let read = CertificateDer::pem_file_iter(path).map_err(|error| anyhow!("{error}")).with_context(cannot)?;
    let read: Vec<_> = read.filter_map(Result::ok).collect();
    let (added, _) = roots.add_parsable_certificates(read);
    if added == 0 { Err(anyhow!("there is none in it").context(cannot())) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_of_the_system_and_those_that_are_named_are_believed() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| {
            let certified = rcgen::generate_simple_self_signed([format!("{name}.test")]).unwrap();
            let path = folder.path().join(name);
            std::fs::write(&path, certified.cert.pem()).unwrap();
            path
        };
        let (one, other, absent) = (file("one"), file("other"), folder.path().join("absent"));
        let count = |of_system: &[PathBuf], named: Option<&Path>| {
            roots(of_system, named.map(Path::as_os_str)).map(|roots| roots.len()).map_err(|error| format!("{error:#}"))
        };
        assert_eq!(count(&[absent.clone(), one.clone(), other.clone()], None), Ok(1));
        assert_eq!(count(std::slice::from_ref(&one), Some(&other)), Ok(2));
        assert_eq!(count(&[], Some(&other)), Ok(1));
        assert!(count(&[], None).unwrap_err().contains("ca-certificates"));
        assert!(count(&[one], Some(&absent)).unwrap_err().contains("SSL_CERT_FILE"));
        std::fs::write(&absent, "no certificate").unwrap();
        assert!(count(&[], Some(&absent)).unwrap_err().contains("there is none"));
    }
}
