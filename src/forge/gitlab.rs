//! GitLab: gitlab.com and installations of one's own.

use super::{Dialect, Permission};
use crate::base::http::Method;

pub(super) struct GitLab;

const READ: Permission = Permission::new("`read_api`, and the role Reporter", &["read_api"]);
const MAINTAINER: Permission = Permission::new("`api`, and the role Maintainer", &["api"]);
const OTHERS: Permission =
    Permission::new("`api`, and the role Developer or Maintainer of the group", &["api"]);
const PUSH: Permission =
    Permission::new("`write_repository` or `api`, and the role Developer", &["write_repository"]);

impl Dialect for GitLab {
    fn account(&self) -> (&'static str, &'static str) {
        ("/user", "/username")
    }

    /// Tokens of people, projects and groups say it; others are refused.
    fn token(&self) -> Option<&'static str> {
        Some("/personal_access_tokens/self")
    }

    fn permission(&self, method: Method, path: &str) -> &'static Permission {
        match method {
            Method::Get => &READ,
            _ if path.contains("/variables") || path.contains("/hooks") => &MAINTAINER,
            _ => &OTHERS,
        }
    }

    fn push_permission(&self, _: &[&str]) -> &'static Permission {
        &PUSH
    }

    fn includes(&self, scope: &str, wanted: &str) -> bool {
        scope == wanted || scope == "api"
    }

    fn where_given(&self) -> &'static str {
        "the scopes of a token do not change: make another one under Access tokens of the account, group or project"
    }
}
