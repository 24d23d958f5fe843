//! OAuth 2.0 client credentials (RFC 6749, 4.4): a client proves itself by its secret, or by a statement that another
//! server has signed (RFC 7523, 2.2).
//!
//! Neither a secret nor a token is part of an error, a log or a `Debug` text.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::{
    Client, HttpError, Reason, Request, Response,
    authorization::Credentials,
    error::TokenError,
    token::{Fetching, Grant, Limits, Token},
};
use crate::base::environment::{Redactor, Secret};

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

/// Fetches tokens for a client's id and secret.
pub(super) struct ClientGrant {
    client: ClientCredentials,
    /// Id and secret in the form of a header.
    basic: HeaderValue,
    /// Replaces the secret in every form in which it is sent.
    redactor: Redactor,
    /// Whether the server wants the secret in the body instead of a header.
    secret_in_body: AtomicBool,
}

impl ClientGrant {
    pub(super) fn new(client: ClientCredentials) -> Self {
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let id: String = encoded(&client.client_id);
        let secret: String = encoded(client.client_secret.reveal());
        let pair = BASE64_STANDARD.encode(format!("{id}:{secret}"));
        let mut basic = HeaderValue::try_from(format!("Basic {pair}"))
            .expect("base64 has no character that a header refuses");
        basic.set_sensitive(true);
        let redactor = Redactor::new([client.client_secret.clone(), Secret::new(secret)]);
        Self { client, basic, redactor, secret_in_body: AtomicBool::new(false) }
    }

    /// Sends the secret in the header, which every server must accept (RFC 6749, 2.3.1), and then in
    /// the body, because some servers accept it only there.
    async fn ask(&self, client: &Client, limits: Limits) -> Result<Token, HttpError> {
        let is_in_body = self.secret_in_body.load(Ordering::Relaxed);
        match self.ask_once(client, limits, is_in_body).await {
            Err(error) if !is_in_body && doubts_client(&error) => {
                match self.ask_once(client, limits, true).await {
                    Ok(token) => {
                        self.secret_in_body.store(true, Ordering::Relaxed);
                        Ok(token)
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
        limits: Limits,
        secret_in_body: bool,
    ) -> Result<Token, HttpError> {
        let (headers, form) = self.question(secret_in_body);
        let redactor = self.redactor.clone();
        let request =
            Request { headers, redactor, ..limits.request(self.client.token_url.clone()) };
        let answer = client.post(&request, form).await?;
        token(&answer).map_err(|reason| answer.error(reason))
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

impl Grant for ClientGrant {
    fn fetch<'a>(&'a self, client: &'a Client, limits: Limits) -> Fetching<'a> {
        Box::pin(self.ask(client, limits))
    }
}

/// What a client sends to get a token for a statement that another server has signed about it (RFC 7523, 2.2).
#[derive(Debug, Clone)]
pub struct ClientAssertion {
    /// Address of the token endpoint.
    pub token_url: Url,
    /// The client's id.
    pub client_id: String,
    /// The scope of the token.
    pub scope: String,
    /// The statement, a JWT.
    pub assertion: Secret,
}

impl ClientAssertion {
    /// Exchanges the statement for a token.
    ///
    /// # Errors
    /// The server refuses, or does not answer.
    pub async fn exchange(&self, client: &Client, limits: Limits) -> Result<Token, HttpError> {
        let mut headers = HeaderMap::new();
        let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(CONTENT_TYPE, form_type);
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &self.client_id)
            .append_pair("scope", &self.scope)
            .append_pair(
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            )
            .append_pair("client_assertion", self.assertion.reveal())
            .finish();
        let redactor = Redactor::new([self.assertion.clone()]);
        let request = Request { headers, redactor, ..limits.request(self.token_url.clone()) };
        let answer = client.post(&request, form).await?;
        token(&answer).map_err(|reason| answer.error(reason))
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
fn token(answer: &Response) -> Result<Token, Reason> {
    let answer: Value = answer.json().map_err(|e| e.reason)?;
    let text = answer.get("access_token").and_then(Value::as_str).filter(|text| !text.is_empty());
    let text = text.ok_or(Reason::Token(TokenError::Missing))?;
    if let Some(other) = answer.get("token_type").and_then(Value::as_str)
        && !other.eq_ignore_ascii_case("bearer")
    {
        return Err(Reason::Token(TokenError::OtherType));
    }
    Credentials::bearer(text).map_err(|error| Reason::Token(TokenError::Unusable(error)))?;
    let lifetime = answer.get("expires_in").and_then(seconds);
    Ok(Token { secret: Secret::new(text), lifetime, permissions: None })
}

/// Reads a number of seconds, which some servers write as a text.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Duration::try_from_secs_f64(seconds.clamp(0.0, 1e9)).ok()
}
