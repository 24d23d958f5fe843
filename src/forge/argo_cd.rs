//! Argo CD.

use serde_json::{Value, json};

use super::{Dialect, Permission, permission::Question};
use crate::base::http::Method;

pub(super) struct ArgoCd;

const READ: Permission = Permission::new("`get` of applications and projects", &[]);
const DELETE: Permission = Permission::new("`delete` of applications and projects", &[]);
const PROJECTS: Permission = Permission::new("`projects, create`", &[]);
const APPLICATIONS: Permission = Permission::new("`applications, create`", &[]);

impl Dialect for ArgoCd {
    fn account(&self) -> (&'static str, &'static str) {
        ("/api/v1/session/userinfo", "/username")
    }

    fn permission(&self, method: Method, path: &str) -> &'static Permission {
        match method {
            Method::Get => &READ,
            Method::Delete => &DELETE,
            _ if path.contains("/projects") => &PROJECTS,
            _ => &APPLICATIONS,
        }
    }

    /// The server says of each right whether the account has it, for all names at once.
    fn questions(&self, _: Method, path: &str, _: &Permission) -> Vec<Question> {
        let resource = if path.contains("/projects") { "projects" } else { "applications" };
        let question = |action: &str| Question {
            right: format!("`{resource}, {action}`"),
            method: Method::Get,
            path: format!("/api/v1/account/can-i/{resource}/{action}/*"),
            body: Value::Null,
            yes: Some(("/value", json!("yes"))),
        };
        ["get", "create"].map(question).into()
    }

    fn where_given(&self) -> &'static str {
        "the policy of Argo CD (`argocd-rbac-cm`) says what an account may do"
    }
}
