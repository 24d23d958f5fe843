//! Tokens of an app's installation on GitHub: a statement that the app's key has signed is exchanged for one, which is
//! valid for an hour
//! (<https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app>).

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, fmt::rfc2822::DateTimeParser};
use serde_json::{Value, json};

use crate::base::{
    clock,
    environment::{Redactor, Secret},
    http::{
        self, Authorization, Client, Fetching, Grant, HttpError, Limits, Method, Request, Response,
        Token, Url, sign_jwt,
    },
};

/// How long before now a statement was made, in its own words: clocks differ.
const BEFORE: i64 = 60;
/// How long a statement is valid; GitHub takes ten minutes at most.
const VALID: i64 = 540;
/// A difference of clocks for which a refused statement is signed again.
const CLOCK_DIFFERENCE: SignedDuration = SignedDuration::from_secs(30);

/// An app, and the installation whose tokens are wanted.
#[derive(Debug, Clone)]
pub struct AppGrant {
    /// Address of the API, such as `https://api.github.com`. Nothing is sent elsewhere.
    pub api: Url,
    /// Id or client id of the app.
    pub app: String,
    /// The app's private key in PEM form.
    pub key: Secret,
    /// Whose installation it is.
    pub installation: Installation,
}

/// An installation of an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Installation {
    /// The one with this id.
    Id(u64),
    /// That of this organisation or user.
    Of(String),
}

impl AppGrant {
    async fn ask(&self, client: &Client, limits: Limits) -> Result<Token, HttpError> {
        let now = clock::now(None);
        let refused = match self.ask_at(client, limits, now).await? {
            Ok(token) => return Ok(token),
            Err(refused) => refused,
        };
        // A statement of a clock that is wrong has no end, or has ended: the server's own time is taken.
        if let Some(time) = time_of(&refused)
            && time.duration_since(now).abs() > CLOCK_DIFFERENCE
            && let Ok(token) = self.ask_at(client, limits, time).await?
        {
            return Ok(token);
        }
        Err(refused.refusal())
    }

    /// Asks with a statement of this time.
    async fn ask_at(
        &self,
        client: &Client,
        limits: Limits,
        now: Timestamp,
    ) -> Result<Result<Token, Response>, HttpError> {
        let at = now.as_second();
        let claims = json!({"iat": at - BEFORE, "exp": at + VALID, "iss": self.app});
        let statement = sign_jwt(&claims, &self.key)
            .map_err(|error| HttpError::no_proof(format!("the private key of the app {error}")))?;
        let call = Call { client, limits, api: &self.api, statement: &statement };
        let id = match &self.installation {
            Installation::Id(id) => *id,
            Installation::Of(owner) => match self.find(&call, owner).await? {
                Ok(id) => id,
                Err(refused) => return Ok(Err(refused)),
            },
        };
        let path = format!("/app/installations/{id}/access_tokens");
        let response = call.send(Method::Post, &path).await?;
        if response.status != 201 {
            return Ok(Err(response));
        }
        let answer: Value = response.json()?;
        let Some(secret) = answer["token"].as_str() else {
            return Err(HttpError::no_proof("GitHub's answer has no `token`"));
        };
        let end = answer["expires_at"].as_str().and_then(|time| time.parse::<Timestamp>().ok());
        // Both times are the server's.
        let lifetime = end.map(|end| end.duration_since(time_of(&response).unwrap_or(now)));
        let permissions = answer["permissions"].as_object().map(|all| {
            let level = |(name, level): (&String, &Value)| {
                (name.clone(), level.as_str().unwrap_or_default().to_owned())
            };
            all.iter().map(level).collect()
        });
        Ok(Ok(Token {
            secret: Secret::new(secret),
            lifetime: lifetime.map(|life| Duration::try_from(life).unwrap_or_default()),
            permissions,
        }))
    }

    /// Finds the installation of an organisation or a user.
    async fn find(&self, call: &Call<'_>, owner: &str) -> Result<Result<u64, Response>, HttpError> {
        for kind in ["orgs", "users"] {
            let response = call.send(Method::Get, &format!("/{kind}/{owner}/installation")).await?;
            match response.status {
                404 => {}
                200 => {
                    let answer: Value = response.json()?;
                    let id = answer["id"].as_u64();
                    return id.map(Ok).ok_or_else(|| {
                        HttpError::no_proof("GitHub's answer has no `id` of an installation")
                    });
                }
                _ => return Ok(Err(response)),
            }
        }
        let app = &self.app;
        Err(HttpError::no_proof(format!(
            "the app `{app}` is not installed for `{owner}`: install it there, or name the installation"
        )))
    }
}

/// What all requests of the app have.
struct Call<'a> {
    client: &'a Client,
    limits: Limits,
    api: &'a Url,
    statement: &'a Secret,
}

impl Call<'_> {
    async fn send(&self, method: Method, path: &str) -> Result<Response, HttpError> {
        let base = self.api.as_str().trim_end_matches('/');
        let url = Url::parse(&format!("{base}{path}"))
            .map_err(|_| HttpError::no_proof("the owner of the installation is no name"))?;
        let authorization = Authorization::bearer(self.statement)
            .map_err(|error| HttpError::no_proof(error.to_string()))?;
        let headers = http::header("accept", "application/vnd.github+json").into_iter().collect();
        let request = Request {
            authorization,
            headers,
            redactor: Redactor::new([self.statement.clone()]),
            ..self.limits.request(url)
        };
        self.client.send(method, &request).await.map_err(|failure| failure.error)
    }
}

impl Grant for AppGrant {
    fn fetch<'a>(&'a self, client: &'a Client, limits: Limits) -> Fetching<'a> {
        Box::pin(self.ask(client, limits))
    }
}

/// The server's time, as it says it.
fn time_of(response: &Response) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(response.header("date")?).ok()
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    use callboard_testing::{APP_ID, APP_KEY, JSON, Server, say};

    use super::*;

    /// The time in the statement of a request.
    fn issued_at(request: &str) -> i64 {
        let (_, rest) = request.split_once("authorization: Bearer ").expect("a statement");
        let claims = rest.split('.').nth(1).expect("claims");
        let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).expect("base64");
        let claims: Value = serde_json::from_slice(&claims).expect("JSON");
        claims["iat"].as_i64().expect("a time") + BEFORE
    }

    #[tokio::test]
    async fn a_statement_of_a_clock_that_is_wrong_is_signed_again_with_the_time_of_the_server() {
        // The server's clock is 75 years ahead.
        const DATE: &str = "Date: Fri, 01 Jan 2100 10:00:00 GMT";
        let server = Server::new(|number, _, to| {
            let refusal = ("401 Unauthorized", r#"{"message": "'exp' is in the past"}"#);
            let token = r#"{"token": "ghs_1", "expires_at": "2100-01-01T11:00:00Z"}"#;
            let (status, body) = if number == 0 { refusal } else { ("201 Created", token) };
            say(to, status, &[JSON, DATE], body);
        });
        let grant = AppGrant {
            api: server.url.clone(),
            app: APP_ID.to_owned(),
            key: Secret::new(APP_KEY),
            installation: Installation::Id(7),
        };
        let client = Client::new().expect("a client");
        let limits = Limits { timeout: Duration::from_secs(9), retries: 0 };
        let token = grant.fetch(&client, limits).await.expect("a token");
        assert_eq!(token.secret.reveal(), "ghs_1");
        assert_eq!(token.lifetime, Some(Duration::from_hours(1)), "by the server's own clock");
        let times: Vec<_> = server.requests().iter().map(|request| issued_at(request)).collect();
        let there: Timestamp = "2100-01-01T10:00:00Z".parse().expect("a time");
        assert_eq!(times[1], there.as_second());
        assert!((clock::now(None).as_second() - times[0]).abs() < 60, "{times:?}");
    }
}
