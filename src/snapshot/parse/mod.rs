//! Makes a [`Source`] of its file: applies defaults, checks values, and compiles programs.

mod access;
mod requests;

use std::{sync::Arc, time::Duration};

use super::{
    files::Globs,
    mapping::Mapping,
    program::Program,
    raw::{RawAuth, RawKind, RawSource},
    source::{Code, FileSource, GitSource, Source, SourceFile, SourceKind},
    value_error::ValueError,
};
use crate::base::{diagnostics::Diagnostic, path::RelativePath, yaml::EntryPart};

/// The default `globs`.
pub(super) const GLOBS: &[&str] = &["**/catalog-info.yaml"];
/// The default `concurrency`.
const CONCURRENCY: usize = 4;

/// The default `timeout` of a repository.
const REPOSITORY_TIMEOUT: Duration = Duration::from_mins(5);

/// Makes a source of its file. The error lists everything that is invalid.
pub(super) fn parse(
    name: &str,
    file: SourceFile,
    raw: RawSource,
    mapping: Mapping,
) -> Result<Source, Vec<Diagnostic>> {
    let mut problems = Problems { file: &file, found: Vec::new() };
    let (role, shrink) = (raw.role.unwrap_or_default(), raw.shrink.clone().unwrap_or_default());
    for (pointer, message) in shrink.problems() {
        problems.add(&format!("/shrink{pointer}"), message);
    }
    let max_failures = raw.max_failures.unwrap_or_default();
    if !(0.0..=1.0).contains(&max_failures.share) {
        problems.add("/max_failures/share", "a share is a number from 0 to 1");
    }
    let on_error = raw.on_error.unwrap_or_default();
    let kind = source_kind(raw, &mut problems);
    let found = problems.found;
    match kind {
        Some(kind) if found.is_empty() => {
            let name = name.to_owned();
            Ok(Source { name, file, role, kind, shrink, max_failures, on_error, mapping })
        }
        _ => Err(found),
    }
}

fn source_kind(raw: RawSource, problems: &mut Problems<'_>) -> Option<SourceKind> {
    let Some(kind) = raw.kind else {
        problems.add("", "a source has a `kind` (`http`, `file` or `git`) or a `preset`");
        return None;
    };
    misplaced(&raw, kind, problems);
    if raw.concurrency == Some(0) {
        problems.add("/concurrency", "at least one request must be possible at a time");
    }
    let concurrency = raw.concurrency.unwrap_or(CONCURRENCY);
    let docs = raw.docs.unwrap_or(true);
    match kind {
        RawKind::Http => {
            Some(SourceKind::Http(Box::new(requests::http(raw, concurrency, problems))))
        }
        RawKind::File => {
            let Some(path) = raw.path else {
                problems.add("", "a source of files has a `path`, a folder of the portal");
                return None;
            };
            let path = match path.trim_start_matches("./").trim_end_matches('/') {
                "" | "." => None,
                path => RelativePath::new(path)
                    .map_err(|error| problems.add("/path", error.to_string()))
                    .ok(),
            };
            Some(SourceKind::Files(FileSource { path, globs: globs(raw.globs, problems), docs }))
        }
        RawKind::Git => {
            let mut limits = access::limits(&raw, problems);
            if raw.timeout.is_none() {
                limits.timeout = REPOSITORY_TIMEOUT;
            }
            if let Some(auth) = &raw.auth {
                access::auth(auth, problems);
                if matches!(auth, RawAuth::Oauth2 { .. }) {
                    problems.add("/auth/type", ValueError::GitCredentials.to_string());
                }
            }
            let repositories = raw.repositories.unwrap_or_default();
            if repositories.is_empty() {
                problems.add("", "a source of repositories has `repositories`, each with a `url`");
                return None;
            }
            let repositories = repositories.into_iter().map(|r| (r.url, r.reference)).collect();
            let globs = globs(raw.globs, problems);
            let auth = raw.auth;
            Some(SourceKind::Git(GitSource {
                repositories,
                globs,
                docs,
                auth,
                limits,
                concurrency,
            }))
        }
    }
}

fn globs(written: Option<Vec<String>>, problems: &mut Problems<'_>) -> Arc<Globs> {
    let usual = || GLOBS.iter().map(|glob| (*glob).to_owned()).collect();
    let globs = Globs::new(&written.unwrap_or_else(usual));
    Arc::new(globs.unwrap_or_else(|error| {
        problems.add(&format!("/globs/{}", error.index), error.to_string());
        Globs::default()
    }))
}

/// Reports keys of another kind of source.
fn misplaced(raw: &RawSource, kind: RawKind, problems: &mut Problems<'_>) {
    use RawKind::{File, Git, Http};
    let given: [(&str, bool, &[RawKind]); 21] = [
        ("url", raw.url.is_some(), &[Http]),
        ("headers", !raw.headers.is_empty(), &[Http]),
        ("query", raw.query.is_some(), &[Http]),
        ("paging", raw.paging.is_some(), &[Http]),
        ("items", raw.items.is_some(), &[Http]),
        ("format", raw.format.is_some(), &[Http]),
        ("optional", raw.optional.is_some(), &[Http]),
        ("requests", raw.requests.is_some(), &[Http]),
        ("auth", raw.auth.is_some(), &[Http, Git]),
        ("identity", raw.identity.is_some(), &[Http]),
        ("tls", raw.tls.is_some(), &[Http]),
        ("hosts", raw.hosts.is_some(), &[Http]),
        ("rate", raw.rate.is_some(), &[Http]),
        ("concurrency", raw.concurrency.is_some(), &[Http, Git]),
        ("max_pages", raw.max_pages.is_some(), &[Http]),
        ("max_bytes", raw.max_bytes.is_some(), &[Http, Git]),
        ("max_values", raw.max_values.is_some(), &[Http]),
        ("path", raw.path.is_some(), &[File]),
        ("globs", raw.globs.is_some(), &[File, Git]),
        ("repositories", raw.repositories.is_some(), &[Git]),
        ("docs", raw.docs.is_some(), &[File, Git]),
    ];
    for (key, _, kinds) in given.iter().filter(|(_, given, kinds)| *given && !kinds.contains(&kind))
    {
        let kinds: Vec<_> = kinds.iter().map(|kind| format!("`{kind:?}`").to_lowercase()).collect();
        let message = format!("`{key}` is only for sources of kind {}", kinds.join(" and "));
        problems.add_key(&format!("/{key}"), message);
    }
}

/// Collects the diagnostics of a file, by JSON pointer.
struct Problems<'t> {
    file: &'t SourceFile,
    found: Vec<Diagnostic>,
}

impl Problems<'_> {
    fn add(&mut self, pointer: &str, message: impl Into<String>) {
        self.place(pointer, EntryPart::Value, message.into());
    }

    fn add_key(&mut self, pointer: &str, message: impl Into<String>) {
        self.place(pointer, EntryPart::Key, message.into());
    }

    fn place(&mut self, pointer: &str, part: EntryPart, message: String) {
        let place = self.file.place(pointer, part);
        self.found.push(Diagnostic::error("invalid-source", place, message));
    }

    /// Sets the hint of the last diagnostic.
    fn hint(&mut self, hint: Option<String>) {
        if let Some(last) = self.found.last_mut() {
            last.hint = hint;
        }
    }

    fn code(&mut self, pointer: &str, text: String) -> Option<Code> {
        match Program::compile(&text, &[]) {
            Ok(program) => return Some(Code { program, text }),
            Err(errors) => {
                for error in errors {
                    self.add(pointer, format!("in `{text}`: {}", error.message));
                    self.hint(error.hint);
                }
            }
        }
        None
    }
}
