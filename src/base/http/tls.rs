//! TLS: additional certificate authorities, and the client certificate with its key.
//!
//! Errors do not quote PEM texts, because a private key may be where a certificate should be.

use reqwest::{Certificate, ClientBuilder, Identity};
use rustls::{
    RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};

use super::cause::innermost;
use crate::base::environment::Secret;

/// Certificates and a key, as PEM texts.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// Certificate authorities that are trusted in addition to the system's.
    pub ca: Option<Secret>,
    /// The client's certificate, followed by intermediate certificates, and its private key.
    pub identity: Option<(Secret, Secret)>,
}

/// A certificate or key that cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`tls.{setting}` {problem}")]
pub struct TlsError {
    /// The setting: `ca`, `certificate` or `key`.
    pub setting: &'static str,
    /// What is wrong: the rest of a sentence whose subject is the setting.
    pub problem: String,
}

/// Installs ring as the cryptography of TLS, once for the process.
pub(super) fn install() {
    // An error means that it was installed already.
    drop(ring::default_provider().install_default());
}

/// The parsed certificates of a [`Tls`].
pub(super) struct CertificateSet {
    authorities: Vec<Certificate>,
    identity: Option<Identity>,
}

impl CertificateSet {
    /// Adds the certificate authorities to a client.
    pub(super) fn trust(&self, builder: ClientBuilder) -> ClientBuilder {
        builder.tls_certs_merge(self.authorities.clone())
    }

    /// Adds the certificate authorities to a client that blocks.
    pub(super) fn trust_blocking(
        &self,
        builder: reqwest::blocking::ClientBuilder,
    ) -> reqwest::blocking::ClientBuilder {
        builder.tls_certs_merge(self.authorities.clone())
    }

    /// Adds the client certificate to a client.
    pub(super) fn identify(&self, builder: ClientBuilder) -> ClientBuilder {
        match &self.identity {
            Some(identity) => builder.identity(identity.clone()),
            None => builder,
        }
    }
}

impl Tls {
    /// Checks that all certificates and keys can be used.
    ///
    /// # Errors
    /// One cannot.
    pub fn verify(&self) -> Result<(), TlsError> {
        self.check().map(drop)
    }

    pub(super) fn check(&self) -> Result<CertificateSet, TlsError> {
        let authorities = self.ca.as_ref().map(authorities).transpose()?.unwrap_or_default();
        let pair = self.identity.as_ref();
        let identity = pair.map(|(certificate, key)| identity(certificate, key)).transpose()?;
        Ok(CertificateSet { authorities, identity })
    }

    /// Makes the error of certificates that TLS refuses although their check passed.
    pub(super) fn refused(&self, error: &reqwest::Error) -> TlsError {
        let setting = if self.ca.is_some() { "ca" } else { "certificate" };
        wrong(setting, format!("is refused: {}", innermost(error)))
    }
}

fn wrong(setting: &'static str, problem: impl Into<String>) -> TlsError {
    TlsError { setting, problem: problem.into() }
}

fn authorities(pem: &Secret) -> Result<Vec<Certificate>, TlsError> {
    let mut trusted = RootCertStore::empty();
    let certificates = certificates("ca", pem.reveal())?.into_iter().enumerate();
    certificates
        .map(|(at, der)| {
            let invalid = || wrong("ca", format!("has an invalid certificate, number {}", at + 1));
            trusted.add(der.clone()).map_err(|_| invalid())?;
            Certificate::from_der(&der).map_err(|_| invalid())
        })
        .collect()
}

fn identity(certificate: &Secret, key: &Secret) -> Result<Identity, TlsError> {
    let chain = certificates("certificate", certificate.reveal())?;
    let block = sections(key.reveal(), "PRIVATE KEY");
    if block.contains("-----BEGIN ENCRYPTED") || block.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(wrong("key", "is encrypted: a key without a pass phrase is needed"));
    }
    let der = PrivateKeyDer::from_pem_slice(block.as_bytes()).map_err(|_| {
        wrong("key", "has no private key in PEM form (`-----BEGIN PRIVATE KEY-----`)")
    })?;
    CertifiedKey::from_der(chain, der, &ring::default_provider()).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => wrong("key", "is not the key of `tls.certificate`"),
        rustls::Error::InvalidCertificate(_) => wrong("certificate", "has an invalid certificate"),
        _ => wrong("key", "is not a key that can be used: RSA, ECDSA or Ed25519 is needed"),
    })?;
    let chain = sections(certificate.reveal(), "CERTIFICATE");
    Identity::from_pem(format!("{chain}{block}").as_bytes())
        .map_err(|_| wrong("certificate", "cannot be used with `tls.key`"))
}

fn certificates(
    setting: &'static str,
    pem: &str,
) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match found {
        Err(_) => Err(wrong(setting, "is PEM that cannot be read")),
        Ok(found) if found.is_empty() => {
            Err(wrong(setting, "has no certificate in PEM form (`-----BEGIN CERTIFICATE-----`)"))
        }
        Ok(found) => Ok(found),
    }
}

/// The sections of a PEM text whose label ends with `label`. A file may also have other sections and
/// remarks.
fn sections(pem: &str, label: &str) -> String {
    let mut found = String::new();
    let mut inside = false;
    for line in pem.lines() {
        let of_label = line.trim_end().ends_with(&format!("{label}-----"));
        inside |= of_label && line.starts_with("-----BEGIN ");
        if inside {
            found.push_str(line);
            found.push('\n');
        }
        inside &= !line.starts_with("-----END ");
    }
    found
}
