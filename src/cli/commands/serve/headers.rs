//! Response headers from the file `_headers` of a site, so that `serve` sends the headers that a host would.
//!
//! The format is that of Netlify and Cloudflare Pages: a line with a path, in which `*` stands for any text, and
//! below it lines ` Name: value`. All rules that match a path apply; of equal names the last one counts.

use std::path::PathBuf;

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, header::CACHE_CONTROL},
    middleware::Next,
    response::Response,
};

use crate::base::files::{Directory, Files};

/// Name of the file at the top of the site.
const FILE: &str = "_headers";

/// Adds the headers of the site to each answer. The file is read each time, because a build replaces the
/// directory.
pub(super) async fn add(site: PathBuf, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut answer = next.run(request).await;
    let rules = Directory::new(&site).text(FILE).ok().flatten().unwrap_or_default();
    // A missing file may exist after the next build, and with `--watch` browsers must not cache.
    let is_kept = answer.status().is_success() && !answer.headers().contains_key(CACHE_CONTROL);
    for (name, value) in matching(&rules, &path) {
        if name != CACHE_CONTROL || is_kept {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}

/// The headers of all rules that match a path, in their order.
fn matching<'r>(
    rules: &'r str,
    path: &'r str,
) -> impl Iterator<Item = (HeaderName, HeaderValue)> + use<'r> {
    let mut fits = false;
    let lines = rules.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines.filter_map(move |line| {
        if !line.starts_with(char::is_whitespace) {
            fits = is_match(line.trim_end(), path);
            return None;
        }
        let (name, value) = line.trim().split_once(':').filter(|_| fits)?;
        Some((name.trim().parse().ok()?, HeaderValue::from_str(value.trim()).ok()?))
    })
}

/// Whether a path matches a pattern.
fn is_match(pattern: &str, path: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_rules_that_fit_count_and_the_last_is_strongest() {
        for (pattern, path, expected) in [
            ("/*", "/", true),
            ("/*.svg", "/docs/a.svg", true),
            ("/*.svg", "/docs/a.svg.html", false),
            ("/a/*/c", "/a/b/c", true),
            ("/a*a", "/a", false),
            ("/x", "/x", true),
            ("/x", "/xy", false),
        ] {
            assert_eq!(is_match(pattern, path), expected, "{pattern} {path}");
        }
        let rules = "# all\n/*\n  A: 1\n  B: 2; c: d\n\n/*.svg\n  A: 3\n  no header\n  C d: x\n";
        let of = |path| {
            let pairs = matching(rules, path);
            pairs.map(|(name, value)| format!("{name}={value:?}")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of("/x"), "a=\"1\" b=\"2; c: d\"");
        assert_eq!(of("/x.svg"), "a=\"1\" b=\"2; c: d\" a=\"3\"");
    }
}
