//! Prepares the requests of an API source: replaces environment variables in addresses, headers,
//! credentials and certificates, and makes the client.

use std::path::Path;

use jaq_json::Val;

use super::{
    program::shorten,
    raw::{RawAuth, RawTls},
    report::{Failure, FailureKind},
    secrets::Secrets,
    source::{Code, HttpSource, RequestSpec, Source},
    template::{ResolvedTemplate, Template},
    value_error::{ValueError, ValueProblem},
};
use crate::base::{
    diagnostics::Diagnostic,
    environment::{Environment, Redactor, Secret},
    fs,
    http::{self, Authorization, Client, ClientCredentials, HeaderMap, Tls, Url},
    percent,
    yaml::EntryPart,
};

/// The client, the credentials and the requests of an API.
pub(super) struct ApiAccess<'s> {
    /// The client, with the source's certificates and rate limit.
    pub(super) client: Client,
    /// The credentials.
    pub(super) authorization: Authorization,
    /// The requests, in the order of the source.
    pub(super) requests: Vec<RequestTemplate<'s>>,
    /// The request for the name of the account.
    pub(super) identity: Option<RequestTemplate<'s>>,
    /// For each request, the one for a single record that is no longer in the list.
    pub(super) vanished: Vec<Option<RequestTemplate<'s>>>,
    /// Replaces the source's values from the environment, other than those of hosts.
    pub(super) redactor: Redactor,
}

/// A request whose environment variables are replaced; the values of a record may still be missing.
pub(super) struct RequestTemplate<'s> {
    url: ResolvedTemplate<'s>,
    query: Vec<(String, ResolvedTemplate<'s>)>,
    headers: Vec<(String, String, ResolvedTemplate<'s>)>,
    /// JSON pointer of the request.
    pointer: &'s str,
    /// Replaces the source's values from the environment, other than those of hosts.
    pub(super) redactor: Redactor,
}

/// Prepares the requests of a source.
///
/// # Errors
/// Every variable that is not set and every value that cannot be used, each with its place in the file.
pub(super) fn prepare<'s>(
    source: &Source,
    http: &'s HttpSource,
    (environment, secrets): (&Environment, &Secrets),
    client: &Client,
) -> Result<ApiAccess<'s>, Failure> {
    let mut preparation = Preparation { environment, problems: Vec::new() };
    let redactor = secrets.requests.clone();
    let authorization = http.auth.as_ref().and_then(|auth| preparation.authorization(auth));
    let client = match &http.tls {
        Some(tls) => preparation.tls(tls, client),
        None => Some(client.clone()),
    };
    let requests: Vec<_> =
        http.requests.iter().filter_map(|spec| preparation.request(spec, &redactor)).collect();
    let identity = http.identity.as_ref();
    let identity = identity.and_then(|spec| preparation.request(&spec.request, &redactor));
    let vanished = http.requests.iter().map(|spec| {
        let spec = spec.vanished.as_ref()?;
        preparation.template(&spec.request, &redactor)
    });
    let vanished: Vec<_> = vanished.collect();
    match client {
        Some(client) if preparation.problems.is_empty() => {
            let client = match &http.pace {
                Some(pace) => client.with_pace(pace.clone()),
                None => client,
            };
            let authorization = authorization.unwrap_or_default();
            Ok(ApiAccess { client, authorization, requests, identity, vanished, redactor })
        }
        _ => {
            let problems =
                preparation.problems.into_iter().map(|ValueProblem { pointer, error }| {
                    let place = source.file.place(&pointer, EntryPart::Value);
                    Diagnostic::error("invalid-request", place, error.to_string())
                });
            Err(Failure::new(FailureKind::Settings, problems.collect()))
        }
    }
}

/// Replaces environment variables, and collects the values that cannot be used.
struct Preparation<'a> {
    environment: &'a Environment,
    problems: Vec<ValueProblem>,
}

impl Preparation<'_> {
    fn wrong(&mut self, pointer: &str, error: impl Into<ValueError>) {
        self.problems.push(ValueProblem { pointer: pointer.to_owned(), error: error.into() });
    }

    fn text(&mut self, pointer: &str, text: &str) -> Option<String> {
        let filled = self.environment.expand(text);
        filled.map_err(|e| self.wrong(pointer, e)).ok()
    }

    fn secret(&mut self, pointer: &str, text: &str) -> Option<Secret> {
        let secret = self.text(pointer, text)?;
        if secret.is_empty() {
            self.wrong(pointer, ValueError::Empty(text.to_owned()));
            return None;
        }
        Some(Secret::new(secret))
    }

    fn authorization(&mut self, auth: &RawAuth) -> Option<Authorization> {
        let made = match auth {
            RawAuth::Basic { username, password } => {
                let username = self.text("/auth/username", username);
                let password = self.secret("/auth/password", password);
                Authorization::basic(&username?, &password?)
                    .map_err(|error| ("/auth/username", ValueError::User(error)))
            }
            RawAuth::Bearer { token } => {
                let token = self.secret("/auth/token", token)?;
                Authorization::bearer(&token)
                    .map_err(|error| ("/auth/token", ValueError::Token(error)))
            }
            RawAuth::Oauth2 { token_url, client_id, client_secret, scope, audience } => {
                let url = self.text("/auth/token_url", token_url);
                let client_id = self.text("/auth/client_id", client_id);
                let client_secret = self.secret("/auth/client_secret", client_secret);
                let mut optional = |pointer, text: &Option<String>| {
                    text.as_ref().map(|text| self.text(pointer, text))
                };
                let scope = optional("/auth/scope", scope);
                let audience = optional("/auth/audience", audience);
                match absolute(&url?) {
                    Some(token_url) => Ok(Authorization::oauth2(ClientCredentials {
                        token_url,
                        client_id: client_id?,
                        client_secret: client_secret?,
                        scope: scope.flatten(),
                        audience: audience.flatten(),
                    })),
                    None => Err(("/auth/token_url", ValueError::Address(token_url.clone()))),
                }
            }
        };
        made.map_err(|(pointer, error)| self.wrong(pointer, error)).ok()
    }

    fn tls(&mut self, tls: &RawTls, client: &Client) -> Option<Client> {
        let mut pem = |key: &str, text: &Option<String>| {
            text.as_ref().map(|text| self.pem(&format!("/tls/{key}"), text))
        };
        let (ca, certificate) = (pem("ca", &tls.ca), pem("certificate", &tls.certificate));
        let key = pem("key", &tls.key);
        let identity = match (certificate, key) {
            (Some(certificate), Some(key)) => Some((certificate?, key?)),
            _ => None,
        };
        let ca = match ca {
            Some(ca) => Some(ca?),
            None => None,
        };
        let made = client.with_tls(&Tls { ca, identity });
        made.map_err(|error| self.wrong(&format!("/tls/{}", error.setting), error)).ok()
    }

    /// Returns a PEM text itself, and the content of the file whose path anything else is.
    fn pem(&mut self, pointer: &str, written: &str) -> Option<Secret> {
        let text = self.text(pointer, written)?;
        if text.trim_start().starts_with("-----BEGIN") {
            return Some(Secret::new(text));
        }
        // The error does not quote the text: it may be a key without its first line.
        let read = fs::read_text(Path::new(text.trim()));
        let wrong = ValueError::Pem(written.to_owned());
        read.map(Secret::new).map_err(|_| self.wrong(pointer, wrong)).ok()
    }

    /// Prepares a request. One that is sent for no record must be valid already.
    fn request<'s>(
        &mut self,
        spec: &'s RequestSpec,
        redactor: &Redactor,
    ) -> Option<RequestTemplate<'s>> {
        let before = self.problems.len();
        let template = self.template(spec, redactor)?;
        if spec.each.is_none()
            && let Err(wrong) = template.request(None)
        {
            self.problems.extend(wrong);
        }
        (self.problems.len() == before).then_some(template)
    }

    /// Replaces the environment variables of a request.
    fn template<'s>(
        &mut self,
        spec: &'s RequestSpec,
        redactor: &Redactor,
    ) -> Option<RequestTemplate<'s>> {
        let url_pointer = format!("{}/url", spec.pointer);
        let mut fill = |pointer: &str, template: &'s Template| {
            template.fill(|text| self.text(pointer, text).ok_or(())).ok()
        };
        let url = fill(&url_pointer, &spec.url);
        let query = spec.query.iter().map(|(key, value)| {
            Some((key.clone(), fill(&format!("{}/query/{key}", spec.pointer), value)?))
        });
        let query: Option<Vec<_>> = query.collect();
        let headers = spec.headers.iter().map(|(pointer, name, value)| {
            Some((pointer.clone(), name.clone(), fill(pointer, value)?))
        });
        let headers: Option<Vec<_>> = headers.collect();
        let (url, query, headers) = (url?, query?, headers?);
        let redactor = redactor.clone();
        Some(RequestTemplate { url, query, headers, pointer: &spec.pointer, redactor })
    }
}

impl RequestTemplate<'_> {
    /// Makes the address and headers, for a record when there is one.
    ///
    /// # Errors
    /// Names every value that cannot be used.
    pub(super) fn request(
        &self,
        record: Option<&Val>,
    ) -> Result<(Url, HeaderMap), Vec<ValueProblem>> {
        let mut problems = Vec::new();
        let mut wrong =
            |pointer: String, error: ValueError| problems.push(ValueProblem { pointer, error });
        let value = |code: &Code| match record {
            Some(record) => plain(code, record, &self.redactor),
            None => Err(ValueError::NoRecord(code.text.clone())),
        };
        let mut url = None;
        let pointer = format!("{}/url", self.pointer);
        match self.url.make(|code| value(code).and_then(|text| segment(code, &text))) {
            Err(error) => wrong(pointer, error),
            Ok(text) => match absolute(&text) {
                Some(made) => url = Some(made),
                None => wrong(pointer, ValueError::Address(self.redactor.redact(&text))),
            },
        }
        for (key, template) in &self.query {
            match (template.make(value), &mut url) {
                (Ok(text), Some(url)) => drop(url.query_pairs_mut().append_pair(key, &text)),
                (Ok(_), None) => {}
                (Err(error), _) => wrong(format!("{}/query/{key}", self.pointer), error),
            }
        }
        let mut headers = HeaderMap::new();
        for (pointer, name, template) in &self.headers {
            let header = template.make(value).and_then(|value| Ok(http::header(name, &value)?));
            match header {
                Ok((name, value)) => drop(headers.insert(name, value)),
                Err(error) => wrong(pointer.clone(), error),
            }
        }
        match url {
            Some(url) if problems.is_empty() => Ok((url, headers)),
            _ => Err(problems),
        }
    }
}

/// The one text, number or truth value that a program makes of a record.
fn plain(code: &Code, record: &Val, redactor: &Redactor) -> Result<String, ValueError> {
    let program = code.text.clone();
    let quote = |text: &str| shorten(&redactor.redact(text), 80);
    let found = match code.program.run_watched(record) {
        Ok(found) => found,
        Err(error) => {
            return Err(ValueError::Program { program, message: quote(&error.message) });
        }
    };
    match found.as_slice() {
        [Val::TStr(text)] => Ok(String::from_utf8_lossy(text).into_owned()),
        [value @ (Val::Num(_) | Val::Bool(_))] => Ok(value.to_string()),
        other => {
            let found: Vec<_> = other.iter().map(ToString::to_string).collect();
            Err(ValueError::NotOneText { program, values: quote(&found.join(", ")) })
        }
    }
}

/// Escapes a text so that it stays one segment of a path.
fn segment(code: &Code, text: &str) -> Result<String, ValueError> {
    // An address loses such segments, however they are written.
    if text.is_empty() || text == "." || text == ".." {
        return Err(ValueError::Segment { program: code.text.clone(), text: text.to_owned() });
    }
    Ok(percent::encode(text))
}

fn absolute(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(url)
}
