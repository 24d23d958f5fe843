//! Fills the environment into the requests of a source.

use super::{
    report::{Failure, FailureKind},
    source::{RequestSpec, Source},
};
use crate::base::{
    diagnostics::{Diagnostic, Place},
    environment::{Environment, Redactor, Secret},
    http::{self, Url},
    yaml::{At, locate},
};

/// A request with all its values.
pub(super) struct Ready {
    /// Where, the query included.
    pub(super) url: Url,
    /// Headers.
    pub(super) headers: http::HeaderMap,
    /// Knows the values that came from the environment, other than those of the host and path.
    pub(super) redactor: Redactor,
}

/// Completes every request of a source.
///
/// # Errors
/// Names every variable that is not set and every value that cannot be used, with its place.
pub(super) fn resolve(source: &Source, environment: &Environment) -> Result<Vec<Ready>, Failure> {
    let mut problems = Vec::new();
    let mut ready = Vec::new();
    for spec in &source.requests {
        match complete(spec, environment) {
            Ok(request) => ready.push(request),
            Err(found) => problems.extend(found.into_iter().map(|(pointer, message)| {
                let place = Place::at(&source.file, locate(&source.text, 0, &pointer, At::Value));
                Diagnostic::error("invalid-request", place, message)
            })),
        }
    }
    match problems.is_empty() {
        true => Ok(ready),
        false => Err(Failure::new(FailureKind::Settings, problems)),
    }
}

fn complete(spec: &RequestSpec, environment: &Environment) -> Result<Ready, Vec<(String, String)>> {
    let mut problems = Vec::new();
    let mut expand = |pointer: String, text: &str| match environment.expand(text) {
        Ok(text) => Some(text),
        Err(error) => {
            problems.push((pointer, error.to_string()));
            None
        }
    };
    let url_pointer = format!("{}/url", spec.pointer);
    let url = expand(url_pointer.clone(), &spec.url);
    let mut secrets = secrets(environment, spec.url.split_once('?').map_or("", |(_, q)| q));
    let mut query = Vec::new();
    for (key, value) in &spec.query {
        secrets.extend(self::secrets(environment, value));
        query.extend(expand(format!("{}/query/{key}", spec.pointer), value).map(|v| (key, v)));
    }
    let mut values = Vec::new();
    for (pointer, name, value) in &spec.headers {
        secrets.extend(self::secrets(environment, value));
        values.extend(expand(pointer.clone(), value).map(|value| (pointer, name, value)));
    }
    let mut headers = http::HeaderMap::new();
    for (pointer, name, value) in values {
        match http::header(name, &value) {
            Ok((name, value)) => drop(headers.insert(name, value)),
            Err(message) => problems.push((pointer.clone(), message)),
        }
    }
    let url = url.and_then(|text| match absolute(&text) {
        Some(mut url) => {
            if !query.is_empty() {
                url.query_pairs_mut().extend_pairs(query);
            }
            Some(url)
        }
        None => {
            let message = format!("`{}` is not an `http` or `https` URL", spec.url);
            problems.push((url_pointer, message));
            None
        }
    });
    match url {
        Some(url) if problems.is_empty() => Ok(Ready {
            url,
            headers,
            redactor: Redactor::new(secrets),
        }),
        _ => Err(problems),
    }
}

fn absolute(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(url)
}

/// The values of the variables that a text names.
fn secrets(environment: &Environment, text: &str) -> Vec<Secret> {
    text.split("${")
        .skip(1)
        .filter_map(|rest| environment.secret(rest.split_once('}')?.0))
        .collect()
}
