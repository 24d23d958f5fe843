//! What a credential may do: what a server says of it, compared with what calls need. Nothing is changed.

use serde_json::Value;

use super::{ApiError, Client, Credential};
use crate::base::http::{Method, Token, TokenSource};

/// The header with the scopes of a classic token of GitHub.
const SCOPES: &str = "x-oauth-scopes";
/// The header with the end of a token of GitHub.
const ENDS: &str = "github-authentication-token-expiration";

/// A permission of a credential.
#[derive(Debug, PartialEq, Eq)]
pub struct Permission {
    /// How the settings of the server name it.
    pub text: &'static str,
    /// How the server lists it, where it does: all of them are needed.
    pub grants: &'static [&'static str],
    /// The scopes of a classic token of GitHub that it is part of.
    pub scopes: &'static [&'static str],
}

impl Permission {
    pub(super) const fn new(text: &'static str, grants: &'static [&'static str]) -> Self {
        Self { text, grants, scopes: &["repo"] }
    }
}

/// What a server lists of a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rights {
    /// Permissions with levels, such as `contents: write`.
    Permissions(Vec<String>),
    /// Scopes of a token.
    Scopes(Vec<String>),
    /// It lists nothing.
    Unlisted,
}

/// Whose a credential is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name, as the server says it; `None` for an installation of an app.
    pub name: Option<String>,
    /// What it may do.
    pub rights: Rights,
    /// When it ends, as the server says it.
    pub ends: Option<String>,
}

/// Whether a credential may do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum May {
    /// The server says so.
    Yes,
    /// It does not have these.
    No(Vec<String>),
    /// The server does not say it.
    Unknown,
}

/// A question to a server about a right, which changes nothing.
#[derive(Debug)]
pub(super) struct Question {
    /// The right.
    pub(super) right: String,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Value,
    /// JSON Pointer of the answer and its value when the right is there; `None` where only a refusal (403) says
    /// something.
    pub(super) yes: Option<(&'static str, Value)>,
}

impl Client<'_> {
    /// Asks whose the credential is, and what it may do.
    ///
    /// # Errors
    /// The server refuses, or gives no answer that can be read.
    pub fn account(&self, credential: &Credential) -> Result<Account, ApiError> {
        // An app's token is nobody's, and comes with what it may do.
        if let Some(source) = credential.source()
            && let Some(permissions) = self.fetched(source)?.permissions
        {
            let all = permissions.iter().map(|(name, level)| format!("{name}: {level}")).collect();
            return Ok(Account { name: None, rights: Rights::Permissions(all), ends: None });
        }
        let (path, pointer) = self.dialect.account();
        let response = self.send_json(Method::Get, self.address(path)?, &Value::Null)?;
        let answer = self.answer(Method::Get, &response)?;
        let name = answer.body.pointer(pointer).and_then(Value::as_str).unwrap_or("somebody");
        let (rights, ends) = match (response.header(SCOPES), self.dialect.token()) {
            (None, Some(path)) => self.token(path)?,
            (scopes, _) => {
                let all = scopes.map(|scopes| {
                    let all = scopes.split(',').map(str::trim).filter(|scope| !scope.is_empty());
                    Rights::Scopes(all.map(str::to_owned).collect())
                });
                let ends = response.header(ENDS).map(|time| response.redact(time));
                (all.unwrap_or(Rights::Unlisted), ends)
            }
        };
        Ok(Account { name: Some(response.redact(name)), rights, ends })
    }

    /// The scopes and the end that a server says of the token itself; some kinds of tokens may not ask.
    fn token(&self, path: &str) -> Result<(Rights, Option<String>), ApiError> {
        let token = match self.send(Method::Get, path, &Value::Null) {
            Ok(answer) => answer.body,
            Err(error) if matches!(error.status(), Some(400..=404)) => Value::Null,
            Err(error) => return Err(error),
        };
        let scopes = token["scopes"].as_array().map(|all| {
            Rights::Scopes(all.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        });
        let ends = token["expires_at"].as_str().map(str::to_owned);
        Ok((scopes.unwrap_or(Rights::Unlisted), ends))
    }

    /// A valid token of a source.
    fn fetched(&self, source: &TokenSource) -> Result<Token, ApiError> {
        let found = self.connections.fetch(source, &self.base);
        found.map_err(|error| {
            ApiError::Credential(self.base.to_string(), format!("cannot be had: {error}"))
        })
    }

    /// Whether the credential may make a call, and the permission that the call needs.
    ///
    /// # Errors
    /// The server does not answer.
    pub fn may(
        &self,
        account: &Account,
        method: Method,
        path: &str,
    ) -> Result<(&'static Permission, May), ApiError> {
        let permission = self.dialect.permission(method, path);
        let questions = self.dialect.questions(method, path, permission);
        Ok((permission, self.holds(account, permission, questions)?))
    }

    /// Whether the credential may push files with these paths, as [`Self::may`] does.
    ///
    /// # Errors
    /// The server does not answer.
    pub fn may_push(
        &self,
        account: &Account,
        paths: &[&str],
    ) -> Result<(&'static Permission, May), ApiError> {
        let permission = self.dialect.push_permission(paths);
        let questions = self.dialect.questions(Method::Post, "", permission);
        Ok((permission, self.holds(account, permission, questions)?))
    }

    fn holds(
        &self,
        account: &Account,
        permission: &Permission,
        questions: Vec<Question>,
    ) -> Result<May, ApiError> {
        let missing: Vec<String> = match &account.rights {
            Rights::Permissions(all) => lacking(permission.grants, |wanted| includes(all, wanted)),
            Rights::Scopes(all) => {
                let wanted = self.dialect.wanted_scopes(permission);
                lacking(wanted, |wanted| {
                    all.iter().any(|scope| self.dialect.includes(scope, wanted))
                })
            }
            Rights::Unlisted => return self.asked(questions),
        };
        Ok(if missing.is_empty() { May::Yes } else { May::No(missing) })
    }

    fn asked(&self, questions: Vec<Question>) -> Result<May, ApiError> {
        let (mut missing, mut is_known) = (Vec::new(), !questions.is_empty());
        for Question { right, method, path, body, yes } in questions {
            match (self.send(method, &path, &body), yes) {
                (Err(error), _) if error.status() == Some(403) => missing.push(right),
                // A server that cannot be asked this says nothing.
                (Err(error), _) if error.status().is_some_and(|status| status < 500) => {
                    is_known = false;
                }
                (Err(error), _) => return Err(error),
                (Ok(_), None) => is_known = false,
                (Ok(answer), Some((pointer, value))) => {
                    if answer.body.pointer(pointer) != Some(&value) {
                        missing.push(right);
                    }
                }
            }
        }
        Ok(match (missing.is_empty(), is_known) {
            (false, _) => May::No(missing),
            (true, true) => May::Yes,
            (true, false) => May::Unknown,
        })
    }
}

fn lacking(wanted: &[&str], has: impl Fn(&str) -> bool) -> Vec<String> {
    wanted.iter().filter(|wanted| !has(wanted)).map(|wanted| (*wanted).to_owned()).collect()
}

/// Whether a permission such as `contents: read` is among others, of which a higher level includes the lower ones.
fn includes(all: &[String], wanted: &str) -> bool {
    const LEVELS: [&str; 3] = ["read", "write", "admin"];
    let level = |name: &str| LEVELS.iter().position(|level| *level == name);
    let Some((wanted, least)) = wanted.split_once(": ") else { return false };
    all.iter().filter_map(|has| has.split_once(": ")).any(|(name, has)| {
        name == wanted && level(has).zip(level(least)).is_some_and(|(has, least)| has >= least)
    })
}

#[cfg(test)]
mod tests {
    use callboard_planner::effect::Api;

    use super::{super::dialect, *};

    #[test]
    fn a_higher_level_includes_the_lower_ones() {
        let all = ["contents: write", "members: read"].map(str::to_owned);
        for (wanted, is_there) in [
            ("contents: read", true),
            ("contents: write", true),
            ("contents: admin", false),
            ("members: write", false),
            ("content: read", false),
        ] {
            assert_eq!(includes(&all, wanted), is_there, "{wanted}");
        }
    }

    /// A call of each kind that actions make, and the push of files.
    const CALLS: &[(Api, &str)] = &[
        (Api::GitHub, "/orgs/acme/repos"),
        (Api::GitHub, "/repos/acme/cart/topics"),
        (Api::GitHub, "/orgs/acme/teams/shop/repos/acme/cart"),
        (Api::GitHub, "/repos/acme/cart/actions/variables"),
        (Api::GitHub, "/repos/acme/cart/branches/main/protection"),
        (Api::GitHub, "/repos/acme/cart/pulls"),
        (Api::GitHub, "/repos/acme/cart/environments/test"),
        (Api::GitHub, "/repos/acme/cart/actions/workflows/ci.yaml/dispatches"),
        (Api::GitHub, "/repos/acme/cart/hooks"),
        (Api::GitHub, "/repos/acme/cart/issues"),
        (Api::GitHub, "/repos/acme/cart/pages"),
        (Api::GitLab, "/projects"),
        (Api::GitLab, "/projects/1/variables"),
        (Api::Gitea, "/orgs/acme/repos"),
        (Api::Gitea, "/user/repos"),
        (Api::AzureDevOps, "/p/_apis/git/repositories"),
        (Api::AzureDevOps, "/p/_apis/git/repositories/r/pullrequests"),
        (Api::AzureDevOps, "/p/_apis/build/definitions"),
        (Api::ArgoCd, "/api/v1/projects"),
        (Api::ArgoCd, "/api/v1/applications"),
    ];

    #[test]
    fn the_guide_has_each_permission() {
        let guide = include_str!("../../docs/forges.md");
        let pushes = [Api::GitHub, Api::GitLab, Api::Gitea, Api::AzureDevOps];
        let pushes = pushes.map(|api| dialect(api).push_permission(&[".github/workflows/a.yml"]));
        let calls = CALLS.iter().map(|(api, path)| dialect(*api).permission(Method::Post, path));
        for permission in calls.chain(pushes) {
            let names = permission.text.split('`').skip(1).step_by(2);
            for name in names.filter(|name| name.contains([':', ',', '_'])) {
                assert!(guide.contains(&format!("`{name}`")), "{name}");
            }
        }
    }
}
