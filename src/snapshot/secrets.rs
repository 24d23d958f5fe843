//! Keeps secrets out of what is told of a source.
//!
//! A server may quote what it was sent, in an error or in a record. So nothing that names a source's
//! data leaves this layer before the values of its variables are taken out.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;
use url::form_urlencoded;

use super::{
    raw::RawAuth,
    report::Failure,
    source::{HttpSource, Reading, RequestSpec, Source},
};
use crate::base::{
    diagnostics::Diagnostic,
    environment::{Environment, Redactor, Secret},
};

/// Knows the values that a source takes from the environment and that may be secret: all but those of
/// the hosts and paths that it reads.
pub(super) fn redactor(source: &Source, environment: &Environment) -> Redactor {
    match &source.reading {
        Reading::Http(http) => of_http(http, environment),
        Reading::Files(_) | Reading::Git(_) => Redactor::default(),
    }
}

/// The same, for an API.
pub(super) fn of_http(http: &HttpSource, environment: &Environment) -> Redactor {
    let mut texts: Vec<&str> = http.auth.iter().map(secret_of).collect();
    http.requests.iter().for_each(|spec| texts.extend(hidden_in(spec)));
    let names = texts.into_iter().flat_map(|text| text.split("${").skip(1));
    let names = names.filter_map(|rest| Some(rest.split_once('}')?.0));
    let values = names.filter_map(|name| environment.get(name));
    let forms = values.flat_map(forms).chain(http.auth.as_ref().and_then(|a| pair(a, environment)));
    Redactor::new(forms.map(Secret::new))
}

/// How a server may quote a value: as it is, without the spaces around it, as part of an address or of
/// JSON.
fn forms(value: &str) -> impl Iterator<Item = String> {
    let address = form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let json = Value::from(value).to_string().trim_matches('"').to_owned();
    [value.to_owned(), value.trim().to_owned(), address, json].into_iter()
}

/// User and password as a header has them.
fn pair(auth: &RawAuth, environment: &Environment) -> Option<String> {
    let RawAuth::Basic { username, password } = auth else { return None };
    let filled = |text| environment.expand(text).ok();
    Some(BASE64_STANDARD.encode(format!("{}:{}", filled(username)?, filled(password)?)))
}

fn secret_of(auth: &RawAuth) -> &str {
    match auth {
        RawAuth::Basic { password, .. } => password,
        RawAuth::Bearer { token } => token,
        RawAuth::Oauth2 { client_secret, .. } => client_secret,
    }
}

/// Texts of a request that are not part of what an error shows of its address.
fn hidden_in(spec: &RequestSpec) -> impl Iterator<Item = &str> {
    let mut in_query = false;
    let address = spec.url.texts().filter_map(move |text| {
        let query = text.split_once('?').map(|(_, query)| query);
        let hidden = if in_query { Some(text) } else { query };
        in_query = in_query || query.is_some();
        hidden
    });
    let query = spec.query.iter().flat_map(|(_, value)| value.texts());
    let headers = spec.headers.iter().flat_map(|(_, _, value)| value.texts());
    address.chain(query).chain(headers)
}

/// Takes secrets out of what is wrong.
pub(super) fn told(
    mut problems: Vec<Diagnostic>,
    redact: impl Fn(&str) -> String,
) -> Vec<Diagnostic> {
    for problem in &mut problems {
        problem.message = redact(&problem.message);
        problem.hint = problem.hint.take().map(|hint| redact(&hint));
    }
    problems
}

/// Takes secrets out of the texts of a value.
pub(super) fn hidden(value: Value, redact: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(redact(&text)),
        Value::Array(items) => items.into_iter().map(|item| hidden(item, redact)).collect(),
        Value::Object(map) => {
            let entries = map.into_iter().map(|(key, value)| (key, hidden(value, redact)));
            Value::Object(entries.collect())
        }
        other => other,
    }
}

impl Failure {
    /// Takes secrets out of what is wrong.
    pub(super) fn told(mut self, redact: impl Fn(&str) -> String) -> Self {
        self.problems = told(self.problems, redact);
        self
    }
}
