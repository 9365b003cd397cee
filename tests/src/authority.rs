//! An authority of a test's own, and what it signs for machines of the fake tailnet.

use std::fs;
use std::path::Path;

use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

/// The authority.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "authority of a test");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Ok(Self(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?))
    }

    /// Writes itself down as `authority.pem`, and for each name a certificate and its key.
    pub(crate) fn write(&self, folder: &Path, names: &[&str]) -> anyhow::Result<()> {
        fs::write(folder.join("authority.pem"), self.0.pem())?;
        for name in names {
            let (certificate, key) = self.certificate(name)?;
            fs::write(folder.join(format!("{name}.pem")), certificate.pem())?;
            fs::write(folder.join(format!("{name}.key")), key.serialize_pem())?;
        }
        Ok(())
    }

    /// For the machine of this name; `*` is each of them.
    pub(crate) fn certificate(&self, name: &str) -> anyhow::Result<(Certificate, KeyPair)> {
        let key = KeyPair::generate()?;
        let params = CertificateParams::new([format!("{name}.tail.test")])?;
        Ok((params.signed_by(&key, &self.0)?, key))
    }
}
