//! GitHub: github.com and GitHub Enterprise Server.

use super::Dialect;
use crate::base::http::Method;

pub(super) struct GitHub;

/// What paths end with, and the permission of a fine-grained token or an app that they need to be changed.
const PERMISSIONS: &[(&str, &str)] = &[
    ("/protection", "`Administration: write`"),
    ("/required_signatures", "`Administration: write`"),
    ("/topics", "`Administration: write`"),
    ("/collaborators/", "`Administration: write`"),
    (
        "/teams/",
        "`Administration: write` of the repository and `Members: read` of the organisation",
    ),
    ("/actions/variables", "`Variables: write`"),
    ("/actions/secrets", "`Secrets: write`"),
    ("/actions/workflows", "`Actions: write`"),
    ("/actions/oidc", "`Actions: write`"),
    ("/environments", "`Administration: write` and `Environments: write`"),
    ("/hooks", "`Webhooks: write`"),
    ("/keys", "`Administration: write`"),
    ("/pages", "`Pages: write` and `Administration: write`"),
    ("/issues", "`Issues: write`"),
    ("/labels", "`Issues: write`"),
    ("/pulls", "`Pull requests: write`"),
    ("/statuses", "`Commit statuses: write`"),
    ("/git/", "`Contents: write`"),
    ("/subscription", "`Metadata: read`"),
];

impl Dialect for GitHub {
    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")]
    }

    fn is_limit(&self, status: u16, message: &str) -> bool {
        status == 429 || status == 403 && message.contains("rate limit")
    }

    fn account(&self) -> (&'static str, &'static str) {
        ("/user", "/login")
    }

    fn permission(&self, method: Method, path: &str) -> &'static str {
        if method == Method::Get {
            return "`Metadata: read` of this repository";
        }
        let known = PERMISSIONS.iter().find(|(part, _)| path.contains(part));
        known.map_or("`Administration: write` (of a classic token: `repo`)", |(_, name)| name)
    }
}
