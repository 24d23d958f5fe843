//! Argo CD.

use super::Dialect;
use crate::base::http::Method;

pub(super) struct ArgoCd;

impl Dialect for ArgoCd {
    fn account(&self) -> (&'static str, &'static str) {
        ("/api/v1/session/userinfo", "/username")
    }

    fn permission(&self, method: Method, path: &str) -> &'static str {
        match method {
            Method::Get => "`get` of applications and projects",
            Method::Delete => "`delete` of applications and projects",
            _ if path.contains("/projects") => "`projects, create`",
            _ => "`applications, create`",
        }
    }
}
