//! Bitbucket Cloud, and Bitbucket Server or Data Center.

use super::Dialect;
use crate::base::http::Method;

pub(super) struct Bitbucket;

impl Dialect for Bitbucket {
    fn account(&self) -> (&'static str, &'static str) {
        ("/user", "/display_name")
    }

    fn permission(&self, method: Method, path: &str) -> &'static str {
        match (method, path.contains("/projects/")) {
            (Method::Get, true) => "`Repository read`",
            (_, true) => "`Project admin`, or that to create repositories in the project",
            (Method::Get, false) => "`repository`",
            (Method::Delete, false) => "`repository:delete`",
            (_, false) => "`repository:admin`, and to create repositories in the project",
        }
    }
}
