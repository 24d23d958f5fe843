//! Kubernetes: the API server of a cluster.

use super::Dialect;
use crate::base::http::Method;

pub(super) struct Kubernetes;

impl Dialect for Kubernetes {
    /// Server-side apply has a type of its own; JSON is YAML.
    fn content_type(&self, method: Method) -> Option<&'static str> {
        (method == Method::Patch).then_some("application/apply-patch+yaml")
    }

    fn account(&self) -> (&'static str, &'static str) {
        ("/version", "/gitVersion")
    }

    fn permission(&self, method: Method, _: &str) -> &'static str {
        match method {
            Method::Get => "`get` of this kind",
            Method::Delete => "`delete` of this kind",
            _ => "`create` and `patch` of this kind",
        }
    }
}
