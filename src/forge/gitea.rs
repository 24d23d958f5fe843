//! Gitea and Forgejo.

use super::Dialect;
use crate::base::http::Method;

pub(super) struct Gitea;

impl Dialect for Gitea {
    fn account(&self) -> (&'static str, &'static str) {
        ("/user", "/login")
    }

    fn takes_wrong_for_none(&self) -> bool {
        true
    }

    fn permission(&self, method: Method, path: &str) -> &'static str {
        match method {
            Method::Get => "`read:repository`",
            _ if path.contains("/orgs/") => "`write:organization` and `write:repository`",
            _ if path.contains("/issues") => "`write:issue`",
            _ if path.contains("/user/") => "`write:user` and `write:repository`",
            _ => "`write:repository`",
        }
    }
}
