//! Tokens that a server gives for a limited time: fetched when they are needed, kept until shortly before their end, and
//! fetched again when they are refused.

use std::{
    collections::BTreeMap,
    fmt,
    pin::Pin,
    sync::{Arc, Mutex as StdMutex, PoisonError},
    time::Duration,
};

use tokio::sync::Mutex;

use super::{Client, HttpError, Reason, Request, authorization::Credentials, error::TokenError};
use crate::base::environment::{Redactor, Secret};

/// Most bytes of an answer with a token.
pub(super) const MAX_ANSWER: u64 = 1_000_000;
/// A token is renewed this long before its end, or after nine tenths of its lifetime when that is short.
const MARGIN: Duration = Duration::from_mins(5);

/// A token as a server gives it.
#[derive(Debug, Clone)]
pub struct Token {
    /// What is sent.
    pub secret: Secret,
    /// How long it is valid; `None` for one that is used until it is refused.
    pub lifetime: Option<Duration>,
    /// What it may do, where the server says it: a level such as `write` for each permission.
    pub permissions: Option<BTreeMap<String, String>>,
}

/// How long a request for a token may take, and how often it is repeated.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The time of one attempt.
    pub timeout: Duration,
    /// Most repetitions.
    pub retries: u32,
}

impl From<&Request> for Limits {
    fn from(request: &Request) -> Self {
        Self { timeout: request.timeout, retries: request.retries }
    }
}

impl Limits {
    /// The request for a token with these limits: only its address is set.
    pub fn request(self, url: super::Url) -> Request {
        let Self { timeout, retries } = self;
        Request { timeout, retries, max_bytes: MAX_ANSWER, ..Request::new(url) }
    }
}

/// A token that is being fetched.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Token, HttpError>> + Send + 'a>>;

/// A way to get tokens, such as a client's id and secret.
pub trait Grant: Send + Sync {
    /// Asks for a new token. Errors contain no secret.
    fn fetch<'a>(&'a self, client: &'a Client, limits: Limits) -> Fetching<'a>;
}

/// Fetches tokens, one at a time, and keeps the last one. Clones share it.
#[derive(Clone)]
pub struct TokenSource(Arc<Shared>);

struct Shared {
    grant: Box<dyn Grant>,
    kept: Mutex<Option<KeptToken>>,
    /// What learns each token.
    redactors: StdMutex<Vec<Redactor>>,
}

struct KeptToken {
    token: Token,
    credentials: Credentials,
    /// When to renew it, on the client's clock.
    renew_at: Option<Duration>,
}

impl TokenSource {
    /// Makes the source of the tokens of a grant.
    pub fn new(grant: impl Grant + 'static) -> Self {
        let grant = Box::new(grant);
        Self(Arc::new(Shared { grant, kept: Mutex::default(), redactors: StdMutex::default() }))
    }

    /// Makes a redactor learn each token that is fetched from now on.
    pub fn tell(&self, redactor: &Redactor) {
        self.redactors().push(redactor.clone());
    }

    /// Returns a valid token. Must not be called within a runtime; blocks.
    ///
    /// # Errors
    /// There is none, and none can be fetched.
    pub fn token(&self, client: &Client) -> Result<Token, HttpError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| HttpError::cannot_start(&error))?;
        let limits = Limits { timeout: Duration::from_secs(30), retries: 2 };
        runtime.block_on(async { Ok(self.valid(client, limits).await?.0) })
    }

    /// Forgets a token that was refused, unless it has been replaced already. Blocks, as [`Self::token`] does.
    pub fn forget(&self, refused: &Secret) {
        self.0.kept.blocking_lock().take_if(|kept| kept.token.secret == *refused);
    }

    /// Returns the token's header. Requests that come while a token is being fetched wait for it.
    pub(super) async fn credentials(
        &self,
        client: &Client,
        request: &Request,
    ) -> Result<Credentials, HttpError> {
        let (token, credentials) = self.valid(client, request.into()).await?;
        request.redactor.learn(&token.secret);
        Ok(credentials)
    }

    /// Forgets a token that was refused, unless another request has replaced it already.
    pub(super) async fn refused(&self, refused: &Credentials) {
        let mut kept = self.0.kept.lock().await;
        kept.take_if(|kept| kept.credentials.header == refused.header);
    }

    async fn valid(
        &self,
        client: &Client,
        limits: Limits,
    ) -> Result<(Token, Credentials), HttpError> {
        let mut kept = self.0.kept.lock().await;
        let asked_at = client.now();
        if let Some(kept) = &*kept
            && kept.renew_at.is_none_or(|at| asked_at < at)
        {
            return Ok((kept.token.clone(), kept.credentials.clone()));
        }
        let token = self.0.grant.fetch(client, limits).await?;
        self.redactors().iter().for_each(|redactor| redactor.learn(&token.secret));
        let credentials = Credentials::bearer(token.secret.reveal()).map_err(|error| {
            let reason = Reason::Token(TokenError::Unusable(error));
            HttpError { method: "POST", url: String::new(), attempts: 1, reason }
        })?;
        let margin = |life: Duration| asked_at + life.saturating_sub(MARGIN.min(life / 10));
        let renew_at = token.lifetime.map(margin);
        let all = (token.clone(), credentials.clone());
        *kept = Some(KeptToken { token, credentials, renew_at });
        Ok(all)
    }

    fn redactors(&self) -> std::sync::MutexGuard<'_, Vec<Redactor>> {
        self.0.redactors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSource")
    }
}
