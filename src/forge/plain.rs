//! A server of whose API nothing is known.

use super::Dialect;
use crate::base::http::Method;

pub(super) struct Plain;

impl Dialect for Plain {
    fn account(&self) -> (&'static str, &'static str) {
        ("/", "")
    }

    fn permission(&self, _: Method, _: &str) -> &'static str {
        "for this call"
    }
}
