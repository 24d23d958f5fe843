//! An app of GitHub with one installation: gives tokens for what its key has signed.

use std::{
    collections::BTreeSet,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::http::HeaderMap;
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use rustls::{crypto::ring, pki_types::alg_id};
use serde_json::{Value, json};

/// The private key of the app, in PEM form as GitHub gives it.
pub const APP_KEY: &str = include_str!("../keys/app.pem");
/// Its public key.
const PUBLIC_KEY: &[u8] = include_bytes!("../keys/app.der");
/// Its id.
pub const APP_ID: &str = "1234";
/// Id of the installation.
const INSTALLATION: u64 = 77;

/// An app that is installed for one owner.
#[derive(Debug, Default)]
pub struct App {
    /// The owner.
    pub owner: String,
    /// What the installation may do.
    pub permissions: Value,
    /// The tokens that are valid.
    pub valid: BTreeSet<String>,
    /// All tokens that were given.
    pub given: Vec<String>,
    /// Whether all tokens end when git asks the next time.
    pub ends_with_git: bool,
}

impl App {
    /// Answers a request that is the app's own, and one of git without a valid token; `None` for others.
    pub(crate) fn answer(
        &mut self,
        path: &str,
        headers: &HeaderMap,
        is_git: bool,
    ) -> Option<(u16, Value)> {
        if is_git && std::mem::take(&mut self.ends_with_git) {
            self.valid.clear();
        }
        if is_git && !self.knows(headers) {
            return Some((401, Value::Null));
        }
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let is_own = parts[0] == "app" || parts.last() == Some(&"installation");
        if !is_own {
            return None;
        }
        if let Err(reason) = verify(sent(headers).unwrap_or_default().as_str()) {
            return Some((401, json!({"message": reason})));
        }
        let id = INSTALLATION.to_string();
        Some(match &*parts {
            ["orgs", owner, "installation"] if *owner == self.owner => {
                (200, json!({"id": INSTALLATION}))
            }
            ["app", "installations", wanted, "access_tokens"] if *wanted == id => {
                let token = format!("ghs_installation+token/{}", self.given.len());
                self.valid.insert(token.clone());
                self.given.push(token.clone());
                let end = "2100-01-01T00:00:00Z";
                (201, json!({"token": token, "expires_at": end, "permissions": self.permissions}))
            }
            _ => (404, json!({"message": "Not Found"})),
        })
    }

    /// Whether a request has a valid token.
    pub(crate) fn knows(&self, headers: &HeaderMap) -> bool {
        sent(headers).is_some_and(|token| self.valid.contains(&token))
    }
}

/// The token in the header of a request, or the password of git's.
fn sent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get("authorization")?.to_str().ok()?;
    match text.split_once(' ')? {
        ("Bearer", token) => Some(token.to_owned()),
        ("Basic", pair) => {
            let pair = String::from_utf8(BASE64_STANDARD.decode(pair).ok()?).ok()?;
            Some(pair.strip_prefix("x-access-token:")?.to_owned())
        }
        _ => None,
    }
}

/// Checks the signature and the claims of a statement, as GitHub does.
fn verify(statement: &str) -> Result<(), &'static str> {
    let wrong = "A JSON web token could not be decoded";
    let (text, signature) = statement.rsplit_once('.').ok_or(wrong)?;
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_| wrong)?;
    let algorithms = ring::default_provider().signature_verification_algorithms.all;
    let algorithm = algorithms.iter().find(|algorithm| {
        algorithm.public_key_alg_id() == alg_id::RSA_ENCRYPTION
            && algorithm.signature_alg_id() == alg_id::RSA_PKCS1_SHA256
    });
    let algorithm = algorithm.expect("TLS has this algorithm");
    algorithm
        .verify_signature(PUBLIC_KEY, text.as_bytes(), &signature)
        .map_err(|_| "the signature is wrong")?;
    let claims = text.split('.').nth(1).and_then(|part| BASE64_URL_SAFE_NO_PAD.decode(part).ok());
    let claims: Value =
        claims.and_then(|claims| serde_json::from_slice(&claims).ok()).ok_or(wrong)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let time = |name: &str| claims[name].as_u64().unwrap_or_default();
    match () {
        () if claims["iss"] != APP_ID => Err("'Issuer' claim ('iss') must be the app"),
        () if time("iat") > now => Err("'Issued at' claim ('iat') must be in the past"),
        () if time("exp") <= now => Err("'Expiration time' claim ('exp') is in the past"),
        () if time("exp") > now + 600 => Err("'Expiration time' claim ('exp') is too far away"),
        () => Ok(()),
    }
}
