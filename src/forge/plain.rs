//! A server of whose API nothing is known.

use super::{Dialect, Permission};
use crate::base::http::Method;

pub(super) struct Plain;

const CALL: Permission = Permission::new("for this call", &[]);

impl Dialect for Plain {
    fn account(&self) -> (&'static str, &'static str) {
        ("/", "")
    }

    fn permission(&self, _: Method, _: &str) -> &'static Permission {
        &CALL
    }

    fn where_given(&self) -> &'static str {
        "the administrator of the server gives it"
    }
}
