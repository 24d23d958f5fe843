//! JSON Web Tokens (RFC 7519) that the program signs, with RS256 (RFC 7518, 3.3) by the cryptography of TLS.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rustls::{
    SignatureScheme,
    crypto::ring,
    pki_types::{PrivateKeyDer, pem::PemObject},
};
use serde_json::Value;

use crate::base::environment::Secret;

/// A private key that cannot sign. The text is the rest of a sentence whose subject is the key; it quotes nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a private key in PEM form.
    #[error("has no private key in PEM form (`-----BEGIN RSA PRIVATE KEY-----`)")]
    NotPem,
    /// A key of another kind, or one that is too short.
    #[error("is no RSA key of 2048 to 8192 bits")]
    NotRsa,
    /// The key does not sign.
    #[error("cannot sign")]
    Unusable,
}

/// Signs claims with an RSA key in PEM form. Its line breaks may be written as `\n`, as some CI systems keep them.
///
/// # Errors
/// The key cannot be used.
pub fn sign_jwt(claims: &Value, key: &Secret) -> Result<Secret, KeyError> {
    let pem = key.reveal().replace("\\n", "\n");
    let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| KeyError::NotPem)?;
    let provider = ring::default_provider().key_provider;
    let key = provider.load_private_key(key).map_err(|_| KeyError::NotRsa)?;
    let signer = key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]).ok_or(KeyError::NotRsa)?;
    let head = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","typ":"JWT"}"#);
    let text = format!("{head}.{}", BASE64_URL_SAFE_NO_PAD.encode(claims.to_string()));
    let signature = signer.sign(text.as_bytes()).map_err(|_| KeyError::Unusable)?;
    Ok(Secret::new(format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))))
}
