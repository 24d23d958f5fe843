//! Requests that may change something: each is sent once, and a failure says whether the server can have got it.

use reqwest::header::CONTENT_TYPE;

use super::{
    Client, HttpError, Reason, Request, Response, authorization::Credentials, cause::failed,
    error::Redaction, response::receive_any, shown,
};

/// The method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

impl Method {
    /// The method as HTTP writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A request without a response.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct SendError {
    /// What happened.
    #[source]
    pub error: HttpError,
    /// Whether the server can have got the request, and done what it asks for.
    pub may_be_done: bool,
}

impl Client {
    /// Sends a request once, with its body as JSON unless its headers name another type. No redirect is followed. The
    /// response may have any status. Where a fetched token is refused (401), so that nothing was done, the request is
    /// sent again with a new one.
    ///
    /// # Errors
    /// There is no whole response.
    pub async fn send(&self, method: Method, request: &Request) -> Result<Response, SendError> {
        let (response, credentials) = self.send_once(method, request).await?;
        if response.status == 401 && request.authorization.refused(&credentials).await {
            return Ok(self.send_once(method, request).await?.0);
        }
        Ok(response)
    }

    async fn send_once(
        &self,
        method: Method,
        request: &Request,
    ) -> Result<(Response, Credentials), SendError> {
        let fail = |reason: Reason, may_be_done| SendError {
            error: HttpError {
                method: method.as_str(),
                url: request.redactor.redact(&shown(&request.url)),
                attempts: 1,
                reason,
            },
            may_be_done,
        };
        let credentials = request.authorization.credentials(self, request).await;
        let credentials = credentials.map_err(|error| SendError { error, may_be_done: false })?;
        let redaction = Redaction::new(&request.redactor, &credentials.redactor);
        let client = self.client_for(request);
        let mut builder = match method {
            Method::Get => client.get(request.url.clone()),
            Method::Post => client.post(request.url.clone()),
            Method::Put => client.put(request.url.clone()),
            Method::Patch => client.patch(request.url.clone()),
            Method::Delete => client.delete(request.url.clone()),
        };
        if let Some((name, header)) = credentials.header.clone() {
            builder = builder.header(name, header);
        }
        if let Some(body) = &request.body {
            if !request.headers.contains_key(CONTENT_TYPE) {
                builder = builder.header(CONTENT_TYPE, "application/json");
            }
            builder = builder.body(body.clone());
        }
        let sent = builder.headers(request.headers.clone()).timeout(request.timeout).send().await;
        let answer = sent.map_err(|error| {
            fail(failed(&error, request, &redaction), !error.is_connect() && !error.is_builder())
        })?;
        let received = receive_any(answer, request, &redaction).await;
        let response = received.map_err(|reason| fail(reason, true))?;
        Ok((Response { method: method.as_str(), ..response }, credentials))
    }
}
