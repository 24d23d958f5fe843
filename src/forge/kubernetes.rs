//! Kubernetes: the API server of a cluster.

use serde_json::{Value, json};

use super::{Dialect, Permission, permission::Question};
use crate::base::http::Method;

pub(super) struct Kubernetes;

const READ: Permission = Permission::new("`get` of this kind", &[]);
const DELETE: Permission = Permission::new("`delete` of this kind", &[]);
const APPLY: Permission = Permission::new("`create` and `patch` of this kind", &[]);

/// What applying an object needs: it is looked up, made, and changed.
const VERBS: [&str; 3] = ["get", "create", "patch"];

impl Dialect for Kubernetes {
    /// Server-side apply has a type of its own; JSON is YAML.
    fn content_type(&self, method: Method) -> Option<&'static str> {
        (method == Method::Patch).then_some("application/apply-patch+yaml")
    }

    fn account(&self) -> (&'static str, &'static str) {
        ("/version", "/gitVersion")
    }

    fn permission(&self, method: Method, _: &str) -> &'static Permission {
        match method {
            Method::Get => &READ,
            Method::Delete => &DELETE,
            _ => &APPLY,
        }
    }

    /// The server reviews each verb (`SelfSubjectAccessReview`), which makes nothing.
    fn questions(&self, _: Method, path: &str, _: &Permission) -> Vec<Question> {
        let Some((group, namespace, resource)) = object(path) else { return Vec::new() };
        let place = match namespace {
            "" => String::new(),
            _ => format!(" in namespace `{namespace}`"),
        };
        let question = |verb: &str| Question {
            right: format!("`{verb}` of `{resource}`{place}"),
            method: Method::Post,
            path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews".to_owned(),
            body: json!({
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SelfSubjectAccessReview",
                "spec": {"resourceAttributes": {
                    "group": group, "namespace": namespace, "resource": resource, "verb": verb,
                }},
            }),
            yes: Some(("/status/allowed", json!(true))),
        };
        VERBS.map(question).into()
    }

    /// What is applied in a namespace that is being deleted is answered 200 and vanishes.
    fn place(&self, path: &str) -> Option<(String, String)> {
        let (_, namespace, _) = object(path).filter(|(_, namespace, _)| !namespace.is_empty())?;
        let name = format!("the namespace `{namespace}`");
        Some((name, format!("/api/v1/namespaces/{namespace}")))
    }

    fn is_ending(&self, thing: &Value) -> bool {
        thing.pointer("/metadata/deletionTimestamp").is_some_and(|time| !time.is_null())
            || thing.pointer("/status/phase").is_some_and(|phase| phase == "Terminating")
    }

    fn where_given(&self) -> &'static str {
        "a role of the cluster gives it to the account, with a binding"
    }
}

/// Group, namespace and plural of the object at a path, such as `/apis/apps/v1/namespaces/shop/deployments/cart`.
fn object(path: &str) -> Option<(&str, &str, &str)> {
    let path = path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let (group, rest) = match &*parts {
        ["api", _, rest @ ..] => ("", rest),
        ["apis", group, _, rest @ ..] => (*group, rest),
        _ => return None,
    };
    match rest {
        ["namespaces", namespace, plural, _] => Some((group, namespace, plural)),
        [plural, _] => Some((group, "", plural)),
        _ => None,
    }
}
