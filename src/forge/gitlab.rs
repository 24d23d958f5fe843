//! GitLab: gitlab.com and installations of one's own.

use super::Dialect;
use crate::base::http::Method;

pub(super) struct GitLab;

impl Dialect for GitLab {
    fn account(&self) -> (&'static str, &'static str) {
        ("/user", "/username")
    }

    fn permission(&self, method: Method, path: &str) -> &'static str {
        match method {
            Method::Get => "`read_api`, and the role Reporter",
            _ if path.contains("/variables") || path.contains("/hooks") => {
                "`api`, and the role Maintainer"
            }
            _ => "`api`, and the role Developer or Maintainer of the group",
        }
    }
}
