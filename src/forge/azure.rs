//! Azure DevOps: Services, and Server on premise.

use super::{Dialect, Permission};
use crate::base::{
    environment::Secret,
    http::{Authorization, AuthorizationError, Method, Response, Url},
};

pub(super) struct AzureDevOps;

const RESOURCE: Permission = Permission::new(
    "to administer the resource, such as `Service connections: read, query and manage`",
    &[],
);
const BUILD: Permission = Permission::new("`Build: read and execute`", &[]);
const READ: Permission = Permission::new("`Code: read`", &[]);
const WRITE: Permission = Permission::new("`Code: read and write`", &[]);
const MANAGE: Permission = Permission::new("`Code: read, write and manage`", &[]);

/// The header, and the parameter of an address, that lead to the next page.
const CONTINUATION: &str = "x-ms-continuationtoken";

impl Dialect for AzureDevOps {
    /// Personal access tokens and `System.AccessToken` are passwords without a user.
    fn authorization(
        &self,
        user: Option<&str>,
        token: &Secret,
    ) -> Result<Authorization, AuthorizationError> {
        Authorization::basic(user.unwrap_or_default(), token)
    }

    /// An expired token is answered 401 then, instead of a redirect to the page for signing in.
    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[("x-tfs-fedauthredirect", "Suppress")]
    }

    fn next_page(&self, response: &Response, asked: &Url) -> Option<Url> {
        let token = response.header(CONTINUATION)?;
        let mut next = asked.clone();
        let others: Vec<(String, String)> = asked
            .query_pairs()
            .filter(|(key, _)| key != "continuationToken")
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .collect();
        next.query_pairs_mut().clear().extend_pairs(others).append_pair("continuationToken", token);
        Some(next)
    }

    /// A wrong token gets the page for signing in, with 203 or as a redirect.
    fn status(&self, response: &Response) -> u16 {
        let is_sign_in = |to: &str| to.contains("/_signin");
        match response.status {
            203 => 401,
            302 if response.header("location").is_some_and(is_sign_in) => 401,
            status => status,
        }
    }

    fn account(&self) -> (&'static str, &'static str) {
        ("/_apis/connectionData", "/authenticatedUser/providerDisplayName")
    }

    fn permission(&self, method: Method, path: &str) -> &'static Permission {
        match method {
            _ if path.contains("/_apis/pipelines/pipelinePermissions") => &RESOURCE,
            _ if path.contains("/_apis/pipelines") || path.contains("/_apis/build") => &BUILD,
            Method::Get => &READ,
            _ if path.contains("/pullrequests") => &WRITE,
            _ => &MANAGE,
        }
    }

    fn push_permission(&self, _: &[&str]) -> &'static Permission {
        &WRITE
    }

    fn where_given(&self) -> &'static str {
        "a token's scopes are under User settings, Personal access tokens; an account's rights in the settings of the project"
    }
}
