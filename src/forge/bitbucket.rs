//! Bitbucket Cloud, and Bitbucket Server or Data Center.

use super::{Dialect, Permission};
use crate::base::http::Method;

pub(super) struct Bitbucket;

const SERVER_READ: Permission = Permission::new("`Repository read`", &[]);
const SERVER: Permission =
    Permission::new("`Project admin`, or that to create repositories in the project", &[]);
const READ: Permission = Permission::new("`repository`", &[]);
const DELETE: Permission = Permission::new("`repository:delete`", &[]);
const CLOUD: Permission =
    Permission::new("`repository:admin`, and to create repositories in the project", &[]);

impl Dialect for Bitbucket {
    fn account(&self) -> (&'static str, &'static str) {
        ("/user", "/display_name")
    }

    fn permission(&self, method: Method, path: &str) -> &'static Permission {
        match (method, path.contains("/projects/")) {
            (Method::Get, true) => &SERVER_READ,
            (_, true) => &SERVER,
            (Method::Get, false) => &READ,
            (Method::Delete, false) => &DELETE,
            (_, false) => &CLOUD,
        }
    }

    fn where_given(&self) -> &'static str {
        "scopes are those of the access token or app password; rights are in the settings of the project"
    }
}
