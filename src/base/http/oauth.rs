//! OAuth 2.0 client credentials (RFC 6749, 4.4): a token for a client's id and secret, kept until
//! shortly before it expires.
//!
//! Neither the secret nor a token is part of an error, a log or a `Debug` text.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::Value;
use tokio::sync::Mutex;
use url::{Url, form_urlencoded};

use super::{Client, HttpError, Reason, Request, Response, authorization::Credentials};
use crate::base::environment::{Redactor, Secret};

const MAX_ANSWER: u64 = 1_000_000;
/// A token is renewed so long before it expires, or after nine tenths of a short life.
const MARGIN: Duration = Duration::from_mins(1);

/// What a client has to get a token with.
#[derive(Debug, Clone)]
pub struct ClientCredentials {
    /// Where tokens are given.
    pub token_url: Url,
    /// The client's name.
    pub client_id: String,
    /// Its password.
    pub client_secret: Secret,
    /// What the token is to be good for, space-separated.
    pub scope: Option<String>,
    /// For whom the token is, where the server wants to know.
    pub audience: Option<String>,
}

/// Fetches tokens, one at a time, and keeps the last.
pub(super) struct TokenSource {
    client: ClientCredentials,
    /// Id and secret in the form of a header.
    basic: HeaderValue,
    /// Knows every form in which the secret is sent.
    redactor: Redactor,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    secret_in_body: bool,
}

struct Token {
    credentials: Credentials,
    secret: Secret,
    /// On the client's clock; a token without an end is kept until it is refused.
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
        Self { client, basic, redactor: Redactor::new(secrets), state: Mutex::default() }
    }

    /// Returns the token's header. Requests that come while a token is fetched wait for that one.
    pub(super) async fn credentials(
        &self,
        client: &Client,
        request: &Request,
    ) -> Result<Credentials, HttpError> {
        let mut state = self.state.lock().await;
        let asked_at = client.now();
        if let Some(token) = &state.token
            && token.renew_at.is_none_or(|at| asked_at < at)
        {
            return Ok(token.credentials.clone());
        }
        let answer = self.ask(client, request, &mut state.secret_in_body).await?;
        let token = token(&answer, asked_at).map_err(|reason| answer.error(reason))?;
        request.redactor.learn(&token.secret);
        let credentials = token.credentials.clone();
        state.token = Some(token);
        Ok(credentials)
    }

    /// Forgets a token that was refused, unless another request has replaced it already.
    pub(super) async fn forget(&self, refused: &Credentials) {
        let mut state = self.state.lock().await;
        state.token.take_if(|token| token.credentials.header == refused.header);
    }

    /// Asks with the secret in the header, as every server must take it (RFC 6749, 2.3.1), and then in
    /// the body, which is the only place where some look for it.
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

    /// The headers and the form that ask for a token.
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

/// True when a server did not recognise the client, which may be because it looked elsewhere for it.
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

/// Reads the answer (RFC 6749, 5.1). Nothing of it is quoted: any part may be the token.
fn token(answer: &Response, asked_at: Duration) -> Result<Token, Reason> {
    let answer: Value = answer.json().map_err(|e| e.reason)?;
    let text = answer.get("access_token").and_then(Value::as_str).filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| Reason::Token("has no `access_token`".to_owned()))?;
    if let Some(other) = answer.get("token_type").and_then(Value::as_str)
        && !other.eq_ignore_ascii_case("bearer")
    {
        return Err(Reason::Token("has a token of another type than `Bearer`".to_owned()));
    }
    let credentials = Credentials::bearer(text)
        .map_err(|problem| Reason::Token(format!("has an `access_token` that {problem}")))?;
    let lifetime = answer.get("expires_in").and_then(seconds);
    let renew_at = lifetime.map(|life| asked_at + life.saturating_sub(MARGIN.min(life / 10)));
    Ok(Token { credentials, secret: Secret::new(text), renew_at })
}

/// Some servers write the number as a text.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Duration::try_from_secs_f64(seconds.clamp(0.0, 1e9)).ok()
}
