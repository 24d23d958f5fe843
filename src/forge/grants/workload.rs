//! Tokens of a workload identity: the token by which a CI system says which job runs is exchanged for one of the server
//! (<https://learn.microsoft.com/entra/workload-id/workload-identity-federation>). No secret is kept anywhere.

use serde_json::Value;

use crate::base::{
    environment::{Environment, Redactor, Secret},
    http::{
        Authorization, Client, ClientAssertion, Fetching, Grant, HttpError, Limits, Method,
        Request, Token, Url, is_loopback,
    },
};

/// A client of a tenant, as which a job may act.
#[derive(Debug, Clone)]
pub struct WorkloadGrant {
    /// Address of the tenant's token endpoint.
    pub token_url: Url,
    /// The client's id.
    pub client_id: String,
    /// The scope of the token.
    pub scope: String,
    /// The token of the CI system.
    pub id_token: IdToken,
}

/// Where the token of the CI system comes from.
#[derive(Debug, Clone)]
pub enum IdToken {
    /// It is known.
    Known(Secret),
    /// GitHub gives it for an audience.
    GitHub {
        /// Whom to ask.
        url: Url,
        /// What proves that the job asks.
        token: Secret,
        /// For whom the token is.
        audience: String,
    },
    /// Azure Pipelines gives it for a service connection.
    AzurePipelines {
        /// Whom to ask.
        url: Url,
        /// What proves that the job asks.
        token: Secret,
        /// Id of the service connection.
        connection: String,
    },
}

impl IdToken {
    /// Finds it in the variables of GitHub or Azure Pipelines.
    ///
    /// # Errors
    /// The job has no such token; the text says what it needs.
    pub fn of(
        environment: &Environment,
        audience: &str,
        connection: Option<&str>,
    ) -> Result<Self, &'static str> {
        let from = |url: &str, token: &str| {
            let url = Url::parse(environment.get(url)?).ok()?;
            let is_safe = url.scheme() == "https" || is_loopback(&url);
            Some((url, environment.secret(token).filter(|_| is_safe)?))
        };
        if let Some((url, token)) =
            from("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
        {
            return Ok(Self::GitHub { url, token, audience: audience.to_owned() });
        }
        match (from("SYSTEM_OIDCREQUESTURI", "SYSTEM_ACCESSTOKEN"), connection) {
            (Some((url, token)), Some(connection)) => {
                Ok(Self::AzurePipelines { url, token, connection: connection.to_owned() })
            }
            (Some(_), None) => {
                Err("name the id of the service connection as `service_connection` of `oidc`")
            }
            (None, _) => Err(
                "the job has no token of its own: on GitHub it needs `permissions: {id-token: write}`, in Azure Pipelines `SYSTEM_ACCESSTOKEN: $(System.AccessToken)` in its environment, and on GitLab `id_tokens` and `id_token` of `oidc`",
            ),
        }
    }

    async fn fetch(&self, client: &Client, limits: Limits) -> Result<Secret, HttpError> {
        let (method, url, token, field) = match self {
            Self::Known(token) => return Ok(token.clone()),
            Self::GitHub { url, token, audience } => {
                let mut url = url.clone();
                url.query_pairs_mut().append_pair("audience", audience);
                (Method::Get, url, token, "value")
            }
            Self::AzurePipelines { url, token, connection } => {
                let mut url = url.clone();
                url.query_pairs_mut()
                    .append_pair("api-version", "7.1")
                    .append_pair("serviceConnectionId", connection);
                (Method::Post, url, token, "oidcToken")
            }
        };
        let authorization = Authorization::bearer(token)
            .map_err(|error| HttpError::no_proof(format!("the job's token {error}")))?;
        let body = (method == Method::Post).then(|| "{}".to_owned());
        let redactor = Redactor::new([token.clone()]);
        let request = Request { body, authorization, redactor, ..limits.request(url) };
        let response = client.send(method, &request).await.map_err(|failure| failure.error)?;
        if response.status != 200 {
            return Err(response.refusal());
        }
        let answer: Value = response.json()?;
        match answer[field].as_str() {
            Some(token) => Ok(Secret::new(token)),
            None => Err(HttpError::no_proof(format!("the CI system's answer has no `{field}`"))),
        }
    }
}

impl WorkloadGrant {
    async fn ask(&self, client: &Client, limits: Limits) -> Result<Token, HttpError> {
        let Self { token_url, client_id, scope, id_token } = self;
        let exchange = ClientAssertion {
            token_url: token_url.clone(),
            client_id: client_id.clone(),
            scope: scope.clone(),
            assertion: id_token.fetch(client, limits).await?,
        };
        exchange.exchange(client, limits).await
    }
}

impl Grant for WorkloadGrant {
    fn fetch<'a>(&'a self, client: &'a Client, limits: Limits) -> Fetching<'a> {
        Box::pin(self.ask(client, limits))
    }
}
