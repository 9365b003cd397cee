//! Whose certificates are believed: those of this system, and those that `SSL_CERT_FILE` names besides.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

/// Why nobody's certificate can be checked.
#[derive(Debug, thiserror::Error)]
pub enum NoRoots {
    /// There is no list at all.
    #[error("this system has no list of authorities, so no certificate can be checked; install ca-certificates")]
    Nowhere,
    /// A list cannot be read.
    #[error("cannot read the authorities in {}{}: {why}", path.display(), of_environment(*is_named))]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Whether the environment names it.
        is_named: bool,
        /// Why.
        why: String,
    },
    /// The protocol cannot be had.
    #[error("no TLS: {0}")]
    Tls(#[from] rustls::Error),
}

const fn of_environment(is_named: bool) -> &'static str {
    if is_named { ", which SSL_CERT_FILE names" } else { "" }
}

/// A client that believes them.
pub fn client() -> Result<Arc<ClientConfig>, NoRoots> {
    let named = std::env::var_os(VARIABLE);
    let roots = roots(&OF_SYSTEM.map(PathBuf::from), named.as_deref())?;
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// One file of the system is enough: they are all the same.
fn roots(of_system: &[PathBuf], named: Option<&OsStr>) -> Result<RootCertStore, NoRoots> {
    let mut roots = RootCertStore::empty();
    let found = of_system.iter().find(|path| path.exists());
    let unreadable = |path: &Path, is_named| {
        let path = path.to_owned();
        move |why| NoRoots::Unreadable { path, is_named, why }
    };
    if let Some(path) = found {
        add(&mut roots, path).map_err(unreadable(path, false))?;
    }
    if let Some(path) = named.filter(|named| !named.is_empty()).map(Path::new) {
        add(&mut roots, path).map_err(unreadable(path, true))?;
    }
    if roots.is_empty() { Err(NoRoots::Nowhere) } else { Ok(roots) }
}

/// A list may hold what is too old or too new to be read; that one is not believed.
fn add(roots: &mut RootCertStore, path: &Path) -> Result<(), String> {
    let read = CertificateDer::pem_file_iter(path).map_err(|error| error.to_string())?;
    let read: Vec<_> = read.filter_map(Result::ok).collect();
    let (added, _) = roots.add_parsable_certificates(read);
    if added == 0 { Err("there is none in it".to_owned()) } else { Ok(()) }
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
            roots(of_system, named.map(Path::as_os_str)).map(|roots| roots.len()).map_err(|error| error.to_string())
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
