//! Whose certificates are believed: those of this system, and those that the environment names besides. Nothing takes one
//! away, and nothing does without.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore};

/// Each names a file with more authorities: one that other programs know too, and one for Homie alone.
const VARIABLES: [&str; 2] = ["SSL_CERT_FILE", "HOMIE_TLS_CA_FILE"];

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
    #[error("cannot read the authorities in {}{}: {why}", path.display(), of_environment(*named_by))]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What of the environment names it.
        named_by: Option<&'static str>,
        /// Why.
        why: String,
    },
    /// The protocol cannot be had.
    #[error("no TLS: {0}")]
    Tls(#[from] rustls::Error),
}

fn of_environment(named_by: Option<&str>) -> String {
    named_by.map(|variable| format!(", which {variable} names")).unwrap_or_default()
}

/// A file that the environment names, and what of it does.
type Named = (&'static str, PathBuf);

/// A client that believes them.
pub fn client() -> Result<Arc<ClientConfig>, NoRoots> {
    let named: Vec<Named> = VARIABLES.into_iter().filter_map(named).collect();
    let roots = roots(&OF_SYSTEM.map(PathBuf::from), &named)?;
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn named(variable: &'static str) -> Option<Named> {
    let path = std::env::var_os(variable).filter(|path| !path.is_empty())?;
    Some((variable, path.into()))
}

/// One file of the system is enough: they are all the same.
fn roots(of_system: &[PathBuf], named: &[Named]) -> Result<RootCertStore, NoRoots> {
    let mut roots = RootCertStore::empty();
    let of_system = of_system.iter().find(|path| path.exists()).map(|path| (None, path));
    let named = named.iter().map(|(variable, path)| (Some(*variable), path));
    for (named_by, path) in of_system.into_iter().chain(named) {
        add(&mut roots, path).map_err(|why| NoRoots::Unreadable { path: path.clone(), named_by, why })?;
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
        let count = |of_system: &[&PathBuf], named: &[Named]| {
            let of_system: Vec<PathBuf> = of_system.iter().copied().cloned().collect();
            roots(&of_system, named).map(|roots| roots.len()).map_err(|error| error.to_string())
        };
        let [usual, own] = VARIABLES;
        assert_eq!(count(&[&absent, &one, &other], &[]), Ok(1));
        assert_eq!(count(&[&one], &[(usual, other.clone()), (own, file("third"))]), Ok(3));
        assert_eq!(count(&[], &[(own, other)]), Ok(1));
        assert!(count(&[], &[]).unwrap_err().contains("ca-certificates"));
        for variable in VARIABLES {
            assert!(count(&[&one], &[(variable, absent.clone())]).unwrap_err().contains(variable));
        }
        std::fs::write(&absent, "no certificate").unwrap();
        assert!(count(&[], &[(own, absent)]).unwrap_err().contains("there is none"));
    }
}
