//! Gitea and Forgejo.

use serde_json::Value;

use super::{Dialect, Permission, permission::Question};
use crate::base::http::Method;

pub(super) struct Gitea;

const READ: Permission = Permission::new("`read:repository`", &["read:repository"]);
const ORGANIZATION: Permission = Permission::new(
    "`write:organization` and `write:repository`",
    &["write:organization", "write:repository"],
);
const ISSUE: Permission = Permission::new("`write:issue`", &["write:issue"]);
const USER: Permission =
    Permission::new("`write:user` and `write:repository`", &["write:user", "write:repository"]);
const REPOSITORY: Permission = Permission::new("`write:repository`", &["write:repository"]);

/// What may be read only with a scope of this subject.
const READS: &[(&str, &str)] = &[
    ("repository", "/user/repos?limit=1"),
    ("organization", "/user/orgs?limit=1"),
    ("user", "/user/emails"),
    ("issue", "/repos/issues/search?limit=1"),
];

impl Dialect for Gitea {
    fn account(&self) -> (&'static str, &'static str) {
        ("/user", "/login")
    }

    fn takes_wrong_for_none(&self) -> bool {
        true
    }

    fn permission(&self, method: Method, path: &str) -> &'static Permission {
        match method {
            Method::Get => &READ,
            _ if path.contains("/orgs/") => &ORGANIZATION,
            _ if path.contains("/issues") => &ISSUE,
            _ if path.contains("/user/") => &USER,
            _ => &REPOSITORY,
        }
    }

    fn push_permission(&self, _: &[&str]) -> &'static Permission {
        &REPOSITORY
    }

    /// No server lists the scopes of a token to itself. What cannot even be read has no scope of its subject.
    fn questions(&self, _: Method, _: &str, permission: &Permission) -> Vec<Question> {
        let question = |grant: &&'static str| {
            let (_, subject) = grant.split_once(':')?;
            let (_, path) = READS.iter().find(|(known, _)| *known == subject)?;
            Some(Question {
                right: (*grant).to_owned(),
                method: Method::Get,
                path: (*path).to_owned(),
                body: Value::Null,
                yes: None,
            })
        };
        permission.grants.iter().filter_map(question).collect()
    }

    fn where_given(&self) -> &'static str {
        "the scopes of a token do not change: make another one under Settings, Applications of the account"
    }
}
