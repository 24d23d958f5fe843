//! OAuth 2.0 client credentials (RFC 6749, 4.4): fetches a token for a client's id and secret, and
//! caches it until shortly before it expires.
//!
//! Neither the secret nor a token is part of an error, a log or a `Debug` text.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::Value;
use tokio::sync::Mutex;
use url::{Url, form_urlencoded};

use super::{
    Client, HttpError, Reason, Request, Response, authorization::Credentials, error::TokenError,
};
use crate::base::environment::{Redactor, Secret};

const MAX_ANSWER: u64 = 1_000_000;
/// A token is renewed this long before it expires, or after nine tenths of its lifetime when that is
/// short.
const MARGIN: Duration = Duration::from_mins(1);

/// What a client sends to get a token.
#[derive(Debug, Clone)]
pub struct ClientCredentials {
    /// Address of the token endpoint.
    pub token_url: Url,
    /// The client's id.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: Secret,
    /// The scopes of the token, separated by spaces.
    pub scope: Option<String>,
    /// The audience of the token, for servers that want it.
    pub audience: Option<String>,
}

/// Fetches tokens, one at a time, and caches the last one.
pub(super) struct TokenSource {
    client: ClientCredentials,
    /// Id and secret in the form of a header.
    basic: HeaderValue,
    /// Replaces the secret in every form in which it is sent.
    redactor: Redactor,
    cache: Mutex<TokenCache>,
}

#[derive(Default)]
struct TokenCache {
    token: Option<Token>,
    /// Whether the server wants the secret in the body instead of a header.
    secret_in_body: bool,
}

struct Token {
    credentials: Credentials,
    secret: Secret,
    /// When to renew it, on the client's clock; `None` for a token without an expiry, which is used
    /// until it is refused.
    renew_at: Option<Duration>,
}

impl TokenSource {
    pub(super) fn new(client: ClientCredentials) -> Self {
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let id: String = encoded(&client.client_id);
        let secret: String = encoded(client.client_secret.reveal());
        let pair = BASE64_STANDARD.encode(format!("{id}:{secret}"));
        let mut basic = HeaderValue::try_from(format!("Basic {pair}"))
            .expect("base64 has no character that a header refuses");
        basic.set_sensitive(true);
        let secrets = [client.client_secret.clone(), Secret::new(secret)];
        Self { client, basic, redactor: Redactor::new(secrets), cache: Mutex::default() }
    }

    /// Returns the token's header. Requests that come while a token is being fetched wait for it.
    pub(super) async fn credentials(
        &self,
        client: &Client,
        request: &Request,
    ) -> Result<Credentials, HttpError> {
        let mut cache = self.cache.lock().await;
        let asked_at = client.now();
        if let Some(token) = &cache.token
            && token.renew_at.is_none_or(|at| asked_at < at)
        {
            return Ok(token.credentials.clone());
        }
        let answer = self.ask(client, request, &mut cache.secret_in_body).await?;
        let token = token(&answer, asked_at).map_err(|reason| answer.error(reason))?;
        request.redactor.learn(&token.secret);
        let credentials = token.credentials.clone();
        cache.token = Some(token);
        Ok(credentials)
    }

    /// Forgets a token that was refused, unless another request has replaced it already.
    pub(super) async fn forget(&self, refused: &Credentials) {
        let mut cache = self.cache.lock().await;
        cache.token.take_if(|token| token.credentials.header == refused.header);
    }

    /// Sends the secret in the header, which every server must accept (RFC 6749, 2.3.1), and then in
    /// the body, because some servers accept it only there.
    async fn ask(
        &self,
        client: &Client,
        request: &Request,
        secret_in_body: &mut bool,
    ) -> Result<Response, HttpError> {
        let first = self.ask_once(client, request, *secret_in_body).await;
        match first {
            Err(error) if !*secret_in_body && doubts_client(&error) => {
                match self.ask_once(client, request, true).await {
                    Ok(answer) => {
                        *secret_in_body = true;
                        Ok(answer)
                    }
                    Err(second) if doubts_client(&second) => Err(error),
                    Err(second) => Err(second),
                }
            }
            other => other,
        }
    }

    async fn ask_once(
        &self,
        client: &Client,
        bounds: &Request,
        secret_in_body: bool,
    ) -> Result<Response, HttpError> {
        let (headers, form) = self.question(secret_in_body);
        let request = Request {
            headers,
            timeout: bounds.timeout,
            retries: bounds.retries,
            max_bytes: MAX_ANSWER,
            redactor: self.redactor.clone(),
            ..Request::new(self.client.token_url.clone())
        };
        client.post(&request, form).await
    }

    /// The headers and the form of the request for a token.
    fn question(&self, secret_in_body: bool) -> (HeaderMap, String) {
        let ClientCredentials { client_id, client_secret, scope, audience, .. } = &self.client;
        let mut headers = HeaderMap::new();
        let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(CONTENT_TYPE, form_type);
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        if secret_in_body {
            form.append_pair("client_id", client_id)
                .append_pair("client_secret", client_secret.reveal());
        } else {
            headers.insert(AUTHORIZATION, self.basic.clone());
        }
        for (key, value) in [("scope", scope), ("audience", audience)] {
            if let Some(value) = value {
                form.append_pair(key, value);
            }
        }
        (headers, form.finish())
    }
}

/// True when a server did not recognise the client, possibly because it expects the secret elsewhere.
fn doubts_client(error: &HttpError) -> bool {
    match &error.reason {
        Reason::Status { status, excerpt, .. } => {
            let says = |code| excerpt.contains(code);
            status.as_u16() == 401
                || status.as_u16() == 400 && (says("invalid_client") || says("invalid_request"))
        }
        _ => false,
    }
}

/// Reads the response (RFC 6749, 5.1). Errors quote nothing of it: any part may be the token.
fn token(answer: &Response, asked_at: Duration) -> Result<Token, Reason> {
    let answer: Value = answer.json().map_err(|e| e.reason)?;
    let text = answer.get("access_token").and_then(Value::as_str).filter(|text| !text.is_empty());
    let text = text.ok_or(Reason::Token(TokenError::Missing))?;
    if let Some(other) = answer.get("token_type").and_then(Value::as_str)
        && !other.eq_ignore_ascii_case("bearer")
    {
        return Err(Reason::Token(TokenError::OtherType));
    }
    let credentials =
        Credentials::bearer(text).map_err(|error| Reason::Token(TokenError::Unusable(error)))?;
    let lifetime = answer.get("expires_in").and_then(seconds);
    let renew_at = lifetime.map(|life| asked_at + life.saturating_sub(MARGIN.min(life / 10)));
    Ok(Token { credentials, secret: Secret::new(text), renew_at })
}

/// Reads a number of seconds, which some servers write as a text.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Duration::try_from_secs_f64(seconds.clamp(0.0, 1e9)).ok()
}
