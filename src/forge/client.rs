//! The client of one server's API.

use callboard_planner::effect::Api;
use serde_json::Value;

use super::{ApiError, Connections, Credential, Dialect, Refused, TIMEOUT, dialect, plain::Plain};
use crate::base::{
    environment::Redactor,
    http::{self, HeaderMap, Method, Reason, Request, Response, SendError, Url, is_loopback},
};

/// Most pages of a list that are read.
const MOST_PAGES: usize = 100;
/// Most bytes of an answer.
const MOST_BYTES: u64 = 50_000_000;

/// The client of one server's API.
pub struct Client<'a> {
    pub(super) connections: &'a Connections,
    pub(super) dialect: &'static dyn Dialect,
    pub(super) base: Url,
    /// A request with the headers, the credential and the limits of all.
    request: Request,
}

/// A successful answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its JSON; `null` when it is empty.
    pub body: Value,
}

impl<'a> Client<'a> {
    /// Makes the client of an API at an address, which sends a credential.
    ///
    /// # Errors
    /// The address or the credential cannot be used.
    pub fn new(
        connections: &'a Connections,
        api: Api,
        base: &str,
        credential: Option<&Credential>,
        redactor: &Redactor,
    ) -> Result<Self, ApiError> {
        Self::of_dialect(connections, dialect(api), base, credential, redactor)
    }

    /// Makes the client of a server of whose API nothing is known.
    ///
    /// # Errors
    /// The address or the credential cannot be used.
    pub fn plain(
        connections: &'a Connections,
        base: &str,
        credential: Option<&Credential>,
        redactor: &Redactor,
    ) -> Result<Self, ApiError> {
        Self::of_dialect(connections, &Plain, base, credential, redactor)
    }

    fn of_dialect(
        connections: &'a Connections,
        dialect: &'static dyn Dialect,
        base: &str,
        credential: Option<&Credential>,
        redactor: &Redactor,
    ) -> Result<Self, ApiError> {
        let wrong = |reason| ApiError::Address(base.to_owned(), reason);
        let url = Url::parse(base).map_err(|_| wrong("it is no URL"))?;
        if url.scheme() != "https" && !is_loopback(&url) {
            return Err(wrong("credentials and changes need `https`"));
        }
        let mut headers = HeaderMap::new();
        for (name, value) in dialect.headers() {
            let header = http::header(name, value);
            headers.extend(header.map(|(name, value)| (Some(name), value)));
        }
        let mut request = Request::new(url.clone());
        if let Some(credential) = credential {
            request.authorization = credential
                .authorization(dialect)
                .map_err(|error| ApiError::Credential(base.to_owned(), error.to_string()))?;
        }
        let request = Request {
            headers,
            timeout: TIMEOUT,
            max_bytes: MOST_BYTES,
            redactor: redactor.clone(),
            ..request
        };
        Ok(Self { connections, dialect, base: url, request })
    }

    /// Sends one request with headers and a body to a path below the base. The response may have any status.
    ///
    /// # Errors
    /// There is no whole response.
    pub fn request(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Option<String>,
    ) -> Result<Response, ApiError> {
        let mut request = Request { url: self.address(path)?, body, ..self.request.clone() };
        request.headers.extend(headers);
        self.exchange(method, request)
    }

    /// What a refusal says, for messages.
    pub fn refusal(&self, method: Method, response: &Response) -> Refused {
        self.refused(method, response)
    }

    /// Sends one request with a JSON body (`null`: none) to a path below the base.
    ///
    /// # Errors
    /// The server refuses, or gives no answer that can be read.
    pub fn send(&self, method: Method, path: &str, body: &Value) -> Result<Answer, ApiError> {
        let response = self.send_json(method, self.address(path)?, body)?;
        self.answer(method, &response)
    }

    /// Name and path of what a thing at a path is in, where that may be deleted with all that is in it.
    pub fn place(&self, path: &str) -> Option<(String, String)> {
        self.dialect.place(path)
    }

    /// Whether a thing is being deleted, so that changes of it are lost.
    pub fn is_ending(&self, thing: &Value) -> bool {
        self.dialect.is_ending(thing)
    }

    /// Where a missing permission is given.
    pub fn where_given(&self) -> &'static str {
        self.dialect.where_given()
    }

    /// Checks that the credential is somebody's, where the server takes a wrong one for none. One that may not ask whose it is
    /// is somebody's.
    ///
    /// # Errors
    /// It is nobody's, or the server does not answer.
    pub fn check_credential(&self) -> Result<(), ApiError> {
        if !self.dialect.takes_wrong_for_none() {
            return Ok(());
        }
        match self.send(Method::Get, self.dialect.account().0, &Value::Null) {
            Err(error) if error.status() == Some(403) => Ok(()),
            account => account.map(drop),
        }
    }

    /// Looks for the first item of a list that is wanted, on all its pages. The list is at a JSON Pointer of each page.
    ///
    /// # Errors
    /// The server refuses, gives no answer that can be read, or the list has too many pages.
    pub fn find(
        &self,
        path: &str,
        items: &str,
        is_wanted: &dyn Fn(&Value) -> bool,
    ) -> Result<Option<Value>, ApiError> {
        let mut found = None;
        self.visit(path, items, &mut |item| {
            let is_found = is_wanted(&item);
            if is_found {
                found = Some(item);
            }
            is_found
        })?;
        Ok(found)
    }

    /// Reads all items of a list, as [`Self::find`] does.
    ///
    /// # Errors
    /// As there.
    pub fn all(&self, path: &str, items: &str) -> Result<Vec<Value>, ApiError> {
        let mut all = Vec::new();
        self.visit(path, items, &mut |item| {
            all.push(item);
            false
        })?;
        Ok(all)
    }

    /// Passes the items of a list to a function until it says that it has enough.
    fn visit(
        &self,
        path: &str,
        items: &str,
        visit: &mut dyn FnMut(Value) -> bool,
    ) -> Result<(), ApiError> {
        let mut address = self.address(path)?;
        for _ in 0..MOST_PAGES {
            let response = self.send_json(Method::Get, address.clone(), &Value::Null)?;
            let mut page = self.answer(Method::Get, &response)?.body;
            let list = page.pointer_mut(items).map(Value::take);
            if let Some(Value::Array(list)) = list
                && list.into_iter().any(&mut *visit)
            {
                return Ok(());
            }
            match self.dialect.next_page(&response, &address) {
                None => return Ok(()),
                // A page elsewhere would get the credential.
                Some(next) if next.origin() != self.base.origin() => return Ok(()),
                Some(next) => address = next,
            }
        }
        Err(ApiError::Address(path.to_owned(), "its list has more than 100 pages"))
    }

    /// The address of a path below the base.
    pub(super) fn address(&self, path: &str) -> Result<Url, ApiError> {
        let wrong = || ApiError::Address(path.to_owned(), "it leads out of the API");
        let base = self.base.as_str().trim_end_matches('/');
        let url = Url::parse(&format!("{base}{path}")).map_err(|_| wrong())?;
        let below = self.base.path().trim_end_matches('/');
        let is_below = url.origin() == self.base.origin() && url.path().starts_with(below);
        // Dots in a path would have been resolved to another one.
        let written = path.split(['?', '#']).next().unwrap_or_default();
        let is_same = url.path().len() >= below.len() + written.len();
        (path.starts_with('/') && is_below && is_same).then_some(url).ok_or_else(wrong)
    }

    pub(super) fn send_json(
        &self,
        method: Method,
        url: Url,
        body: &Value,
    ) -> Result<Response, ApiError> {
        let body = (!body.is_null()).then(|| body.to_string());
        let mut request = Request { url, body, ..self.request.clone() };
        if let Some(kind) = self.dialect.content_type(method) {
            request.headers.extend(http::header("content-type", kind));
        }
        self.exchange(method, request)
    }

    fn exchange(&self, method: Method, request: Request) -> Result<Response, ApiError> {
        let connection = self
            .connections
            .get(&request.url)
            .map_err(|error| ApiError::NoAnswer { error, may_be_done: false })?;
        let sent = connection.runtime.block_on(connection.http.send(method, &request));
        sent.map_err(|SendError { error, may_be_done }| match &error.reason {
            // A response of the API may have any status: this one refused to give a token.
            Reason::Status { status, .. } if matches!(status.as_u16(), 400..=407) => {
                ApiError::Credential(self.base.to_string(), format!("cannot be had: {error}"))
            }
            Reason::Proof(_) => {
                ApiError::Credential(self.base.to_string(), format!("cannot be had: {error}"))
            }
            _ => ApiError::NoAnswer { error, may_be_done },
        })
    }

    pub(super) fn answer(&self, method: Method, response: &Response) -> Result<Answer, ApiError> {
        if !(200..300).contains(&self.dialect.status(response)) {
            return Err(self.refused(method, response).into());
        }
        let body = match response.body.trim_ascii().is_empty() {
            true => Value::Null,
            false => {
                response.json().map_err(|error| ApiError::NoAnswer { error, may_be_done: true })?
            }
        };
        Ok(Answer { status: response.status, body })
    }

    /// Where a redirect leads: the name of a repository that was renamed, where the server says it at its new address.
    fn location(&self, response: &Response, status: u16) -> Option<String> {
        let to = response.header("location")?;
        let url = response.url.join(to).ok().filter(|url| url.origin() == self.base.origin());
        let name = url.filter(|_| (300..400).contains(&status)).and_then(|url| {
            let found = self.send_json(Method::Get, url, &Value::Null).ok()?;
            let found: Value = found.json().ok()?;
            ["html_url", "web_url", "full_name"]
                .iter()
                .find_map(|key| found[*key].as_str().map(|name| response.redact(name)))
        });
        Some(name.unwrap_or_else(|| response.redact(to)))
    }

    fn refused(&self, method: Method, response: &Response) -> Refused {
        let status = self.dialect.status(response);
        // A page for signing in says nothing.
        let message = if status == response.status { message(response) } else { String::new() };
        let after = response.requested_pause();
        let is_limit = self.dialect.is_limit(status, &message) || status == 403 && after.is_some();
        Refused {
            call: format!("{} {}", method.as_str(), response.redact(&http::shown(&response.url))),
            status,
            message,
            permission: self.dialect.permission(method, response.url.path()).text,
            is_limit,
            after,
            location: self.location(response, status),
        }
    }
}

/// What the server says about a refusal: the texts of its JSON, or the beginning of its body.
fn message(response: &Response) -> String {
    let Ok(body) = response.json::<Value>() else { return response.excerpt() };
    let text = |value: &Value| value.as_str().map(str::to_owned).filter(|text| !text.is_empty());
    let mut parts: Vec<String> = ["message", "error", "error_description", "errorMessage"]
        .iter()
        .filter_map(|key| match &body[*key] {
            // GitLab has a map of fields with lists of texts.
            Value::Object(fields) => Some(Value::Object(fields.clone()).to_string()),
            Value::Array(items) => {
                Some(items.iter().filter_map(text).collect::<Vec<_>>().join(", "))
            }
            value => text(value),
        })
        .collect();
    // GitHub has a list of what is wrong.
    for error in body["errors"].as_array().into_iter().flatten() {
        parts.extend(
            text(error).or_else(|| text(&error["message"])).or_else(|| text(&error["code"])),
        );
    }
    parts.dedup();
    match parts.is_empty() {
        true => response.excerpt(),
        false => response.redact(&parts.join(": ")).chars().take(500).collect(),
    }
}

impl From<callboard_planner::effect::Method> for Method {
    fn from(method: callboard_planner::effect::Method) -> Self {
        use callboard_planner::effect::Method as Planned;
        match method {
            Planned::Get => Self::Get,
            Planned::Post => Self::Post,
            Planned::Put => Self::Put,
            Planned::Patch => Self::Patch,
            Planned::Delete => Self::Delete,
        }
    }
}
