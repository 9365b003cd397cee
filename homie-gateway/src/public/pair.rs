//! A certificate and its key, in the two files that certbot, acme.sh and their like write: whether they can be read, belong together, and
//! have the name that is dialled.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use homie_tailnet::Certificate;
use rustls::client::verify_server_name;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;

use super::validity::Validity;

/// Bytes of a file that are read; a long chain has some thousand.
const MOST: u64 = 256 * 1024;

/// Where they lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairFiles {
    /// The certificate first, then those that lead to the authority's.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Why they cannot be shown. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum BadPair {
    /// A file is not there, or not for us.
    #[error("cannot read {}: {why}; this user must be able to read it, and search the folders above it", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// It is something else.
    #[error("{} holds no certificate in PEM; `public-certificate` is the file with the whole chain, fullchain.pem", .0.display())]
    NoCertificate(PathBuf),
    /// It is something else.
    #[error("{} holds no private key in PEM; `public-key` is the key of that certificate, privkey.pem", .0.display())]
    NoKey(PathBuf),
    /// They are of two different renewals, or of two names.
    #[error("the key in {} is not the one of the certificate in {}; both are written by the same renewal", key.display(), certificate.display())]
    Apart {
        /// The key's file.
        key: PathBuf,
        /// The certificate's.
        certificate: PathBuf,
    },
    /// Another name would be dialled than it has.
    #[error("the certificate in {} is not for {name}, which `public-origin` says", certificate.display())]
    OtherName {
        /// Its file.
        certificate: PathBuf,
        /// What is dialled.
        name: String,
    },
}

/// What they hold.
pub(super) struct Pair {
    pub(super) certificate: Certificate,
    pub(super) validity: Validity,
}

/// Which writing of the files was read: a renewal replaces or rewrites them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp([Option<OfFile>; 2]);

/// Device, number, time of the last write in seconds and their parts, and length.
type OfFile = (u64, u64, i64, i64, u64);

impl PairFiles {
    /// From when to when what lies there is good, if it can be shown for this name.
    pub fn look(&self, name: &str) -> Result<Validity, BadPair> {
        Ok(self.read(name)?.validity)
    }

    /// Whether everybody on this machine can read the key.
    pub fn is_key_open(&self) -> bool {
        fs::metadata(&self.key).is_ok_and(|key| key.mode() & 0o004 != 0)
    }

    pub(super) fn read(&self, name: &str) -> Result<Pair, BadPair> {
        let no_certificate = || BadPair::NoCertificate(self.certificate.clone());
        let chain = CertificateDer::pem_slice_iter(&read(&self.certificate)?).collect::<Result<Vec<_>, _>>();
        let chain: Vec<CertificateDer<'static>> = chain.map_err(|_| no_certificate())?;
        let first = chain.first().ok_or_else(no_certificate)?;
        let validity = Validity::of(first).ok_or_else(no_certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&read(&self.key)?);
        let key = key.map_err(|_: pem::Error| BadPair::NoKey(self.key.clone()))?;
        self.check_name(first, name)?;
        let apart = |_| BadPair::Apart { key: self.key.clone(), certificate: self.certificate.clone() };
        CertifiedKey::from_der(chain.clone(), key.clone_key(), &default_provider()).map_err(apart)?;
        Ok(Pair { certificate: Certificate { chain, key }, validity })
    }

    fn check_name(&self, certificate: &CertificateDer<'_>, name: &str) -> Result<(), BadPair> {
        let other = || BadPair::OtherName { certificate: self.certificate.clone(), name: name.to_owned() };
        let parsed = ParsedCertificate::try_from(certificate);
        let parsed = parsed.map_err(|_| BadPair::NoCertificate(self.certificate.clone()))?;
        let name = ServerName::try_from(name).map_err(|_| other())?;
        verify_server_name(&parsed, &name).map_err(|_| other())
    }

    pub(super) fn stamp(&self) -> Stamp {
        let of = |path: &Path| {
            let file = fs::metadata(path).ok()?;
            Some((file.dev(), file.ino(), file.mtime(), file.mtime_nsec(), file.len()))
        };
        Stamp([of(&self.certificate), of(&self.key)])
    }
}

fn read(path: &Path) -> Result<Vec<u8>, BadPair> {
    let unreadable = |why| BadPair::Unreadable { path: path.to_owned(), why };
    let (mut bytes, file) = (Vec::new(), File::open(path).map_err(unreadable)?);
    if !file.metadata().map_err(unreadable)?.is_file() {
        return Err(unreadable(io::Error::other("it is no file")));
    }
    file.take(MOST).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

#[cfg(test)]
pub(super) mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};
    use tempfile::TempDir;

    use super::*;

    pub(crate) const NAME: &str = "home.example.org";

    /// A folder with both files, which are written anew by [`write`].
    pub(crate) fn files() -> (TempDir, PairFiles) {
        let folder = tempfile::tempdir().unwrap();
        let files =
            PairFiles { certificate: folder.path().join("fullchain.pem"), key: folder.path().join("privkey.pem") };
        (folder, files)
    }

    /// A certificate of this name until then, and its key.
    pub(crate) fn made(name: &str, until: i32) -> (String, String) {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(1999, 1, 1), date_time_ymd(until, 1, 1));
        let key = KeyPair::generate().unwrap();
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    }

    pub(crate) fn write(files: &PairFiles, (certificate, key): &(String, String)) {
        fs::write(&files.certificate, certificate).unwrap();
        fs::write(&files.key, key).unwrap();
    }

    #[test]
    fn a_good_pair_is_taken_with_the_end_of_its_time() {
        let (_folder, files) = files();
        write(&files, &made(NAME, 2090));
        assert_eq!(files.look(NAME).unwrap().last_day(), "2090-01-01");
        write(&files, &made("*.example.org", 2090));
        assert!(files.look(NAME).is_ok());
    }

    #[test]
    fn what_cannot_be_shown_is_told_with_what_to_do() {
        let (folder, files) = files();
        let words = |files: &PairFiles| files.look(NAME).unwrap_err().to_string();
        assert!(words(&files).contains("fullchain.pem: No such file"), "{}", words(&files));
        let (good, other) = (made(NAME, 2090), made(NAME, 2090));
        write(&files, &(good.0.clone(), other.1.clone()));
        assert!(words(&files).contains("is not the one of the certificate"), "{}", words(&files));
        write(&files, &made("other.example.org", 2090));
        assert!(words(&files).contains("is not for home.example.org"), "{}", words(&files));
        for (certificate, key, told) in [
            ("", &*good.1, "no certificate"),
            (&*good.1, &*good.1, "no certificate"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", &*good.1, "no certificate"),
            (&good.0[..good.0.len() / 2], &*good.1, "no certificate"),
            (&*good.0, "", "no private key"),
            (&*good.0, &*good.0, "no private key"),
        ] {
            write(&files, &(certificate.to_owned(), key.to_owned()));
            assert!(words(&files).contains(told), "{told}: {}", words(&files));
        }
        let directory = PairFiles { certificate: folder.path().to_owned(), ..files };
        assert!(words(&directory).contains("it is no file"));
    }
}
