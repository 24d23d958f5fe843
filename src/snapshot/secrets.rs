//! Secrets of a source: redacts messages about it, and refuses files that contain its credentials.
//!
//! A server may quote a request in an error or in a record. So messages that contain data of a source
//! are redacted before they leave this layer, and no file with one of its credentials is written.

use std::borrow::Cow;

use base64::{Engine, prelude::BASE64_STANDARD};
use rayon::prelude::*;
use serde_json::Value;

use super::{
    Companions, Entities,
    raw::{RawAuth, RawTls},
    report::Failure,
    source::{GitSource, HttpSource, RequestSpec, Source, SourceKind},
};
use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        environment::{Environment, GIT_TOKEN, Redactor, Secret},
        json::search_texts,
    },
    catalog::load::ENTITIES,
};

/// Least bytes of a credential that is searched for in files whatever it consists of. A shorter one may
/// be an ordinary word.
const LONG: usize = 8;
/// Least bytes of a credential that is searched for when it has letters and digits.
const SHORTEST: usize = 6;

/// The redactors of a source, for its values from the environment.
pub(super) struct Secrets {
    /// Redacts messages and records that are shown: all values but those in hosts and paths.
    pub(super) messages: Redactor,
    /// Redacts messages about requests: all values but those in hosts.
    pub(super) requests: Redactor,
    /// Finds the credentials of this source in entities and documentation.
    credentials: Redactor,
}

/// An environment variable that a source uses.
struct Variable<'a> {
    name: &'a str,
    value: Cow<'a, str>,
    part: Part,
    is_credential: bool,
}

/// The part of a request that a variable is used in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Headers, query and authentication.
    Message,
    Path,
    Host,
}

impl Secrets {
    /// Collects the environment variables of a source.
    pub(super) fn of(source: &Source, environment: &Environment) -> Self {
        Self::new(of_source(source, environment), environment)
    }

    fn new<'a>(mut variables: Vec<Variable<'a>>, environment: &'a Environment) -> Self {
        variables.extend(found(GIT_TOKEN, environment, Part::Message, true));
        let labelled = |wanted: &dyn Fn(&Variable<'_>) -> bool| {
            let wanted = variables.iter().filter(|variable| wanted(variable));
            let labelled = wanted
                .map(|variable| (format!("${{{}}}", variable.name), Secret::new(&*variable.value)));
            labelled.collect::<Vec<_>>()
        };
        let base = Redactor::default();
        Self {
            messages: base.beside(labelled(&|v| v.is_credential || v.part == Part::Message)),
            requests: base.beside(labelled(&|v| v.is_credential || v.part != Part::Host)),
            credentials: base.beside(labelled(&|v| v.is_credential && is_telling(&v.value))),
        }
    }

    /// Reports credentials of the source in fields of entities, and in files and paths of what
    /// comes along with them. `apiVersion` and `kind` are not searched, because their values are known words.
    pub(super) fn in_files(
        &self,
        source: &Source,
        entities: &Entities,
        companions: &[&Companions],
    ) -> Vec<Diagnostic> {
        let place = || Place::file(format!("{ENTITIES}/{}", source.name));
        let in_entities = entities.par_iter().flat_map_iter(|(reference, entity)| {
            self.in_value(entity).into_iter().map(move |(pointer, label)| {
                let field = pointer.trim_start_matches('/').replace('/', ".");
                let message = format!(
                    "`{reference}`: `{field}` holds the value of `{label}`, a credential of this source"
                );
                refused(place(), message)
            })
        });
        let mut problems: Vec<_> = in_entities.collect();
        for (reference, files) in companions.iter().copied().flatten() {
            for (path, bytes) in files {
                let of_path = self.credentials.find(path.as_bytes());
                if let Some(label) = of_path.or_else(|| self.credentials.find(bytes)) {
                    let message = format!(
                        "`{reference}`: its file `{path}` holds the value of `{label}`, a credential of this source"
                    );
                    problems.push(refused(place(), message));
                }
            }
        }
        problems
    }

    fn in_value(&self, entity: &Value) -> Vec<(String, String)> {
        let mut found = search_texts(entity, &|text, _| self.credentials.find(text.as_bytes()));
        found.retain(|(pointer, _)| !matches!(pointer.as_str(), "/apiVersion" | "/kind"));
        found
    }
}

fn refused(place: Place, message: String) -> Diagnostic {
    Diagnostic::error("own-credential", place, message)
        .hint("the server quotes the request in its response: leave the field out in the mapping, and renew the credential")
}

/// A variable, when it is set and not empty.
fn found<'a>(
    name: &'a str,
    environment: &'a Environment,
    part: Part,
    is_credential: bool,
) -> Option<Variable<'a>> {
    let value = environment.get(name).filter(|value| !value.is_empty())?;
    Some(Variable { name, value: value.into(), part, is_credential })
}

/// The names of the variables in a text, with their offsets.
fn names(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices("${").filter_map(|(at, _)| Some((at, text[at + 2..].split_once('}')?.0)))
}

/// True when a variable of this name is a credential of the source, wherever it is used and whatever its value is.
pub(super) fn is_credential_of(source: &Source, name: &str) -> bool {
    let environment = Environment::default().with(name, "set");
    of_source(source, &environment).iter().any(|variable| variable.is_credential)
}

fn of_source<'a>(source: &'a Source, environment: &'a Environment) -> Vec<Variable<'a>> {
    match &source.kind {
        SourceKind::Http(http) => of_http(http, environment),
        SourceKind::Git(git) => of_git(git, environment),
        SourceKind::Files(_) => Vec::new(),
    }
}

fn of_http<'a>(http: &'a HttpSource, environment: &'a Environment) -> Vec<Variable<'a>> {
    let mut variables = of_access(http.auth.as_ref(), http.tls.as_ref(), environment);
    let vanished = http.requests.iter().filter_map(|spec| Some(&spec.vanished.as_ref()?.request));
    let identity = http.identity.iter().map(|spec| &spec.request);
    for spec in http.requests.iter().chain(vanished).chain(identity) {
        variables.extend(of_request(spec, environment));
    }
    variables
}

/// The variables of credentials and of the client's private key.
fn of_access<'a>(
    auth: Option<&'a RawAuth>,
    tls: Option<&'a RawTls>,
    environment: &'a Environment,
) -> Vec<Variable<'a>> {
    let secret = auth.map(|auth| match auth {
        RawAuth::Basic { password, .. } => password,
        RawAuth::Bearer { token } => token,
        RawAuth::Oauth2 { client_secret, .. } => client_secret,
    });
    let key = tls.and_then(|tls| tls.key.as_ref());
    let texts = secret.into_iter().chain(key);
    let named = texts.flat_map(|text| names(text).map(|(_, name)| name));
    let secrets = named.filter_map(|name| found(name, environment, Part::Message, true));
    let others = match auth {
        Some(RawAuth::Oauth2 { token_url, .. }) => of_address(token_url, environment),
        Some(RawAuth::Basic { username, password }) => {
            pair(username, password, environment).into_iter().collect()
        }
        Some(RawAuth::Bearer { .. }) | None => Vec::new(),
    };
    secrets.chain(others).collect()
}

/// User and password as encoded in the header (RFC 7617), which a server may quote.
fn pair<'a>(user: &str, password: &'a str, environment: &Environment) -> Option<Variable<'a>> {
    let (_, name) = names(password).next()?;
    let user = environment.expand(user).ok()?;
    let value = format!("{user}:{}", environment.expand(password).ok()?);
    let value = BASE64_STANDARD.encode(value).into();
    Some(Variable { name, value, part: Part::Message, is_credential: true })
}

/// The variables of an address.
fn of_address<'a>(address: &'a str, environment: &'a Environment) -> Vec<Variable<'a>> {
    let variables = names(address).filter_map(|(at, name)| {
        let part = part_of_address(&address[..at]);
        let is_credential = is_user(part, &address[at..]) || is_credential(name, part, environment);
        found(name, environment, part, is_credential)
    });
    variables.collect()
}

fn of_request<'a>(spec: &'a RequestSpec, environment: &'a Environment) -> Vec<Variable<'a>> {
    let mut variables = Vec::new();
    let mut written = String::new();
    for text in spec.url.texts() {
        for (at, name) in names(text) {
            let part = part_of_address(&format!("{written}{}", &text[..at]));
            let is_credential =
                is_user(part, &text[at..]) || is_credential(name, part, environment);
            variables.extend(found(name, environment, part, is_credential));
        }
        written.push_str(text);
    }
    let query = spec.query.iter().map(|(key, value)| (key, value));
    let headers = spec.headers.iter().map(|(_, name, value)| (name, value));
    for (key, value) in query.chain(headers) {
        for (_, name) in value.texts().flat_map(names) {
            let is_credential =
                names_credential(key) || is_credential(name, Part::Message, environment);
            variables.extend(found(name, environment, Part::Message, is_credential));
        }
    }
    variables
}

fn of_git<'a>(git: &'a GitSource, environment: &'a Environment) -> Vec<Variable<'a>> {
    let mut variables = of_access(git.auth.as_ref(), None, environment);
    variables.extend(git.repositories.iter().flat_map(|(url, _)| of_address(url, environment)));
    variables
}

/// True for a user or a password in an address, which are before an `@` in the host part.
fn is_user(part: Part, rest: &str) -> bool {
    part == Part::Host && rest.split(['/', '?', '#']).next().is_some_and(|rest| rest.contains('@'))
}

/// The part of an address that follows a text. A variable at the start may be a whole address, and
/// counts as host.
fn part_of_address(before: &str) -> Part {
    let rest = before.split_once("://").map_or(before, |(_, rest)| rest);
    match (rest.contains(['/', '?', '#']), rest.contains('?')) {
        (false, _) => Part::Host,
        (true, true) => Part::Message,
        (true, false) => Part::Path,
    }
}

/// True for a variable whose name or value looks like that of a credential.
fn is_credential(name: &str, part: Part, environment: &Environment) -> bool {
    let value = environment.get(name).unwrap_or_default();
    names_credential(name) || (part != Part::Host && looks_random(value))
}

/// True for `API_KEY`, `X-Auth-Token` and the like, not for `TOKEN_URL`.
fn names_credential(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "key",
        "pat",
        "pass",
        "pwd",
        "auth",
        "sig",
        "jwt",
        "cookie",
        "session",
        "bearer",
        "signature",
    ];
    const PARTS: &[&str] = &["token", "secret", "passw", "credential", "apikey", "authorization"];
    const OTHERS: &[&str] = &[
        "url", "uri", "host", "address", "server", "endpoint", "id", "name", "user", "username",
        "realm", "path", "file", "type",
    ];
    let name = name.to_ascii_lowercase();
    let words: Vec<_> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let is_other = words.last().is_some_and(|last| OTHERS.contains(last));
    !is_other
        && words.iter().any(|word| WORDS.contains(word) || PARTS.iter().any(|p| word.contains(p)))
}

/// True for a long random word of letters and digits.
fn looks_random(value: &str) -> bool {
    let different: std::collections::BTreeSet<_> = value.bytes().collect();
    value.len() >= 16
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-+/=.~".contains(&byte))
        && has_letters_and_digits(value)
        && different.len() >= 10
}

fn has_letters_and_digits(value: &str) -> bool {
    value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// True for a value that texts do not contain by chance.
fn is_telling(value: &str) -> bool {
    let value = value.trim();
    value.len() >= LONG || (value.len() >= SHORTEST && has_letters_and_digits(value))
}

/// Redacts diagnostics.
pub(super) fn redacted(
    mut problems: Vec<Diagnostic>,
    redact: impl Fn(&str) -> String,
) -> Vec<Diagnostic> {
    for problem in &mut problems {
        problem.message = redact(&problem.message);
        problem.hint = problem.hint.take().map(|hint| redact(&hint));
        problem.place.file = redact(&problem.place.file);
    }
    problems
}

impl Failure {
    /// Redacts the problems.
    pub(super) fn redacted(mut self, redact: impl Fn(&str) -> String) -> Self {
        self.problems = redacted(self.problems, redact);
        self
    }
}
