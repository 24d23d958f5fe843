//! `credentials` of `callboard.yaml`: which environment variable has the credential of which server.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        environment::{Environment, Secret},
        http::{Url, is_loopback},
        origin::Origin,
    },
    catalog::issue::escape,
    git::transport::{self, Credential},
    scaffold::{CredentialForm, CredentialNames},
};

/// Credentials by origin: `https://host`, or `https://host/path` for what is below the path.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(super) struct CredentialSettings(BTreeMap<String, OriginCredential>);

/// Names of the environment variables with the credential of one origin.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OriginCredential {
    /// Variable with the token or password.
    token: String,
    /// Variable with the user name; without it `x-access-token`, as forges accept it with a token.
    user: Option<String>,
    /// How APIs of forges get it; without it as the forge wants a token.
    send: Option<CredentialForm>,
}

impl CredentialSettings {
    /// Origins to which no credential can be sent.
    pub(super) fn problems(&self, at: impl Fn(&str) -> Place) -> Vec<Diagnostic> {
        let wrong = |origin: &String| {
            let reason = match Url::parse(origin) {
                Err(error) => error.to_string(),
                Ok(url) if !url.username().is_empty() || url.password().is_some() => {
                    "it has a user name".to_owned()
                }
                Ok(url) if url.query().is_some() || url.fragment().is_some() => {
                    "it has a query".to_owned()
                }
                Ok(_) if origin.contains(['{', '}']) => "it has a placeholder".to_owned(),
                Ok(url) if url.scheme() != "https" && !is_loopback(&url) => {
                    "a credential is only sent with TLS".to_owned()
                }
                Ok(_) => return None,
            };
            let message = format!("`{origin}` cannot be the origin of a credential: {reason}");
            let place = at(&format!("/credentials/{}", escape(origin)));
            let hint = "write it as `https://host` or `https://host/path`";
            Some(Diagnostic::error("invalid-settings", place, message).hint(hint))
        };
        self.0.keys().filter_map(wrong).collect()
    }

    /// Gives the credentials that are set to the transport of git: each goes to its origin only.
    pub(super) fn register(&self, environment: &Environment) {
        for (origin, names) in &self.0 {
            let Some(password) = environment.secret(&names.token) else { continue };
            let Some(origin) = Origin::parse(origin) else { continue };
            let user = names.user.as_ref().and_then(|name| environment.get(name));
            let user = user.or(match names.send {
                Some(CredentialForm::JobToken) => Some("gitlab-ci-token"),
                _ => None,
            });
            let credential = match user {
                Some(user) => Credential { username: user.to_owned(), password },
                None => Credential::token(password),
            };
            transport::add_credential(origin, credential);
        }
    }

    /// The secrets of all origins that are set.
    pub(super) fn secrets(&self, environment: &Environment) -> Vec<Secret> {
        self.0.values().filter_map(|names| environment.secret(&names.token)).collect()
    }

    /// The names of the variables of each origin.
    pub(super) fn names(&self) -> Vec<(Origin, CredentialNames)> {
        let name = |(origin, names): (&String, &OriginCredential)| {
            let (token, user) = (names.token.clone(), names.user.clone());
            let names = CredentialNames { token, user, form: names.send };
            Some((Origin::parse(origin)?, names))
        };
        self.0.iter().filter_map(name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::yaml;

    fn problems(origin: &str) -> usize {
        let text = format!("'{origin}': {{token: T}}\n");
        let settings: CredentialSettings = yaml::from_str(&text).expect("a map");
        settings.problems(|_| Place::file("callboard.yaml")).len()
    }

    #[test]
    fn an_origin_is_a_server_or_a_path_on_one() {
        for good in ["https://a.example", "https://a.example/b", "http://127.0.0.1:3000"] {
            assert_eq!(problems(good), 0, "{good}");
        }
        for bad in [
            "a.example",
            "http://a.example",
            "https://u@a.example",
            "https://{host}",
            "https://a.example/?x",
        ] {
            assert_eq!(problems(bad), 1, "{bad}");
        }
    }
}
