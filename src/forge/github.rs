//! GitHub: github.com and GitHub Enterprise Server.

use super::{Dialect, Permission};
use crate::base::http::Method;

pub(super) struct GitHub;

const ADMINISTRATION: &[&str] = &["administration: write"];
/// What paths have, and the permission of a fine-grained token or an app that they need to be changed.
const PERMISSIONS: &[(&str, Permission)] = &[
    ("/protection", Permission::new("`Administration: write`", ADMINISTRATION)),
    ("/required_signatures", Permission::new("`Administration: write`", ADMINISTRATION)),
    ("/topics", Permission::new("`Administration: write`", ADMINISTRATION)),
    ("/collaborators/", Permission::new("`Administration: write`", ADMINISTRATION)),
    (
        "/teams/",
        Permission {
            text: "`Administration: write` of the repository and `Members: read` of the organisation",
            grants: &["administration: write", "members: read"],
            scopes: &["repo", "read:org"],
        },
    ),
    ("/actions/variables", Permission::new("`Variables: write`", &["actions_variables: write"])),
    ("/actions/secrets", Permission::new("`Secrets: write`", &["secrets: write"])),
    ("/actions/workflows", Permission::new("`Actions: write`", &["actions: write"])),
    ("/actions/oidc", Permission::new("`Actions: write`", &["actions: write"])),
    (
        "/environments",
        Permission::new(
            "`Administration: write` and `Environments: write`",
            &["administration: write", "environments: write"],
        ),
    ),
    ("/hooks", Permission::new("`Webhooks: write`", &["repository_hooks: write"])),
    ("/keys", Permission::new("`Administration: write`", ADMINISTRATION)),
    (
        "/pages",
        Permission::new(
            "`Pages: write` and `Administration: write`",
            &["pages: write", "administration: write"],
        ),
    ),
    ("/issues", Permission::new("`Issues: write`", &["issues: write"])),
    ("/labels", Permission::new("`Issues: write`", &["issues: write"])),
    ("/pulls", Permission::new("`Pull requests: write`", &["pull_requests: write"])),
    ("/statuses", Permission::new("`Commit statuses: write`", &["statuses: write"])),
    ("/git/", CONTENTS),
    ("/subscription", METADATA),
];
const METADATA: Permission =
    Permission::new("`Metadata: read` of this repository", &["metadata: read"]);
const CONTENTS: Permission = Permission::new("`Contents: write`", &["contents: write"]);
const WORKFLOWS: Permission = Permission {
    text: "`Contents: write` and `Workflows: write`",
    grants: &["contents: write", "workflows: write"],
    scopes: &["repo", "workflow"],
};
const OTHERS: Permission =
    Permission::new("`Administration: write` (of a classic token: `repo`)", ADMINISTRATION);

/// The folder of workflows, which not everybody may push to who may push.
const WORKFLOW_FOLDER: &str = ".github/workflows/";
/// Scopes of classic tokens that include others.
const INCLUDING: &[(&str, &str)] = &[("admin:org", "read:org"), ("write:org", "read:org")];

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

    fn permission(&self, method: Method, path: &str) -> &'static Permission {
        if method == Method::Get {
            return &METADATA;
        }
        let known = PERMISSIONS.iter().find(|(part, _)| path.contains(part));
        known.map_or(&OTHERS, |(_, permission)| permission)
    }

    fn push_permission(&self, paths: &[&str]) -> &'static Permission {
        match paths.iter().any(|path| path.starts_with(WORKFLOW_FOLDER)) {
            true => &WORKFLOWS,
            false => &CONTENTS,
        }
    }

    fn wanted_scopes(&self, permission: &Permission) -> &'static [&'static str] {
        permission.scopes
    }

    fn includes(&self, scope: &str, wanted: &str) -> bool {
        scope == wanted || INCLUDING.contains(&(scope, wanted))
    }

    fn where_given(&self) -> &'static str {
        "an app's permissions are in its settings under Permissions & events, and the owner of the installation accepts them; a token's under Settings, Developer settings, Personal access tokens"
    }
}
