//! The repositories of a fake forge, by git over HTTP.

use std::path::Path;

use axum::{
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};

use crate::{
    forge::{ForgeFault, cut, page, status_of},
    git::git,
    git_server::backend,
};

/// Answers a request of git, or fails as it is told. `home` is the directory of the repositories, and whether a first push
/// makes its repository.
pub(crate) fn answer_git(
    home: (&Path, bool),
    fault: Option<ForgeFault>,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    if let Some(ForgeFault::Before(status)) = fault {
        return status_of(status).into_response();
    }
    let response = git_response(home, method, uri, headers, body);
    match fault {
        Some(ForgeFault::After(status)) => status_of(status).into_response(),
        Some(ForgeFault::Cut) => cut(),
        Some(ForgeFault::Page) => page(),
        _ => response,
    }
}

fn git_response(
    (root, creates): (&Path, bool),
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let path = git_path(&percent_decode(uri.path()));
    let repository = path.split("/info/").next().unwrap_or_default();
    let repository = repository
        .trim_end_matches("/git-upload-pack")
        .trim_end_matches("/git-receive-pack")
        .trim_start_matches('/');
    let query = uri.query().unwrap_or_default();
    // Who asks for what is there makes nothing.
    let is_push = query == "service=git-receive-pack";
    if creates && is_push && !root.join(repository).exists() {
        make_bare(root, repository);
    }
    if !root.join(repository).exists() {
        return StatusCode::NOT_FOUND.into_response();
    }
    backend(root, method, &path, query, headers, body)
}

/// The path of a repository in the directory: those of Azure DevOps have no `.git` in their addresses.
fn git_path(path: &str) -> String {
    match path.split_once("/_git/") {
        Some((project, rest)) => {
            let (name, service) = rest.split_once('/').unwrap_or((rest, ""));
            format!("{project}/{name}.git/{service}")
        }
        None => path.to_owned(),
    }
}

/// Makes an empty repository that may be pushed to.
pub(crate) fn make_bare(root: &Path, path: &str) {
    git(root, &["init", "-q", "--bare", "-b", "main", path]);
    git(&root.join(path), &["config", "http.receivepack", "true"]);
}

/// The commit of a branch; `None` without one.
pub(crate) fn tip(bare: &Path, branch: &str) -> Option<String> {
    if !bare.exists() {
        return None;
    }
    let reference = format!("refs/heads/{branch}");
    let found = git(bare, &["for-each-ref", "--format=%(objectname)", &reference]);
    Some(found.trim().to_owned()).filter(|commit| !commit.is_empty())
}

/// Merges the branch `source` into `target` by a merge commit; returns the commits of `source` and of the merge. `None` when one
/// of them is not there.
///
/// # Panics
/// When they conflict.
pub(crate) fn merge(bare: &Path, source: &str, target: &str) -> Option<(String, String)> {
    let (ours, theirs) = (tip(bare, target)?, tip(bare, source)?);
    let tree = git(bare, &["merge-tree", "--write-tree", &ours, &theirs]);
    let message = format!("Merge branch '{source}' into '{target}'");
    let arguments = ["commit-tree", tree.trim(), "-p", &ours, "-p", &theirs, "-m", &message];
    let made = git(bare, &arguments).trim().to_owned();
    git(bare, &["update-ref", &format!("refs/heads/{target}"), &made, &ours]);
    Some((theirs, made))
}

/// A path without its percent-encoding.
pub(crate) fn percent_decode(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let hex = path.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
