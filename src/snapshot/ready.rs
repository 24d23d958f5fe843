//! Fills the environment into the requests of a source.

use super::{
    report::{Failure, FailureKind},
    source::{RequestSpec, Source},
};
use crate::base::{
    diagnostics::{Diagnostic, Place},
    environment::{Environment, Redactor, Secret},
    http::{self, HeaderMap, Url},
    yaml::{At, locate},
};

/// A request with all its values.
pub(super) struct Ready {
    /// Where, the query included.
    pub(super) url: Url,
    /// Headers.
    pub(super) headers: HeaderMap,
    /// Knows the values that came from the environment, other than those of the host and path.
    pub(super) redactor: Redactor,
}

/// Completes every request of a source.
///
/// # Errors
/// Names every variable that is not set and every value that cannot be used, with its place.
pub(super) fn fill(source: &Source, environment: &Environment) -> Result<Vec<Ready>, Failure> {
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
    if problems.is_empty() {
        return Ok(ready);
    }
    Err(Failure::new(FailureKind::Settings, problems))
}

/// Fills in values, and collects what is wrong (JSON pointer, message) and what is secret.
struct Filling<'a> {
    environment: &'a Environment,
    problems: Vec<(String, String)>,
    secrets: Vec<Secret>,
}

impl Filling<'_> {
    fn fill(&mut self, pointer: &str, text: &str) -> Option<String> {
        let filled = self.environment.expand(text);
        filled.map_err(|e| self.problems.push((pointer.to_owned(), e.to_string()))).ok()
    }

    /// Takes the values of the variables that a text names as secrets.
    fn hide(&mut self, text: &str) {
        let names = text.split("${").skip(1);
        let names = names.filter_map(|rest| Some(rest.split_once('}')?.0));
        self.secrets.extend(names.filter_map(|name| self.environment.secret(name)));
    }

    fn url(&mut self, spec: &RequestSpec) -> Option<Url> {
        let pointer = format!("{}/url", spec.pointer);
        self.hide(spec.url.split_once('?').map_or("", |(_, query)| query));
        let text = self.fill(&pointer, &spec.url);
        let mut url = text.as_deref().and_then(absolute);
        if text.is_some() && url.is_none() {
            let message = format!("`{}` is not an `http` or `https` URL", spec.url);
            self.problems.push((pointer, message));
        }
        for (key, value) in &spec.query {
            self.hide(value);
            let value = self.fill(&format!("{}/query/{key}", spec.pointer), value);
            if let (Some(url), Some(value)) = (&mut url, value) {
                url.query_pairs_mut().append_pair(key, &value);
            }
        }
        url
    }

    fn headers(&mut self, spec: &RequestSpec) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (pointer, name, value) in &spec.headers {
            self.hide(value);
            let Some(value) = self.fill(pointer, value) else {
                continue;
            };
            match http::header(name, &value) {
                Ok((name, value)) => drop(headers.insert(name, value)),
                Err(message) => self.problems.push((pointer.clone(), message)),
            }
        }
        headers
    }
}

fn complete(spec: &RequestSpec, environment: &Environment) -> Result<Ready, Vec<(String, String)>> {
    let mut filling = Filling { environment, problems: Vec::new(), secrets: Vec::new() };
    let (url, headers) = (filling.url(spec), filling.headers(spec));
    match url {
        Some(url) if filling.problems.is_empty() => {
            Ok(Ready { url, headers, redactor: Redactor::new(filling.secrets) })
        }
        _ => Err(filling.problems),
    }
}

fn absolute(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(url)
}
