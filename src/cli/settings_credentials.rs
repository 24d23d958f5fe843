//! `credentials` of `callboard.yaml`: which environment variable has the credential of which server, and by which
//! authorities it is trusted.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    settings_access::{host_of, owner_in},
    settings_forges::unusable_address,
};
use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        environment::{Environment, Secret},
        forges::{Forge, ForgeHost},
        http::Url,
        origin::Origin,
    },
    catalog::issue::escape,
    scaffold::{CredentialForm, CredentialNames},
    snapshot::variable_names,
};

/// Credentials by origin: `https://host`, or `https://host/path` for what is below the path.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(super) struct CredentialSettings(pub(super) BTreeMap<String, OriginCredential>);

/// How one origin is reached. A credential is `token`, `app` or `oidc`; without one, `ca` says whom to trust.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OriginCredential {
    /// Variable with the token or password.
    pub(super) token: Option<String>,
    /// Variable with the user name; without it `x-access-token`, as forges accept it with a token.
    pub(super) user: Option<String>,
    /// How APIs of forges get it; without it as the forge wants a token.
    pub(super) send: Option<CredentialForm>,
    /// An app of GitHub: its key signs for tokens of an hour.
    pub(super) app: Option<App>,
    /// A workload identity: the job's own token is exchanged for one of the server.
    pub(super) oidc: Option<Oidc>,
    /// Certificate authorities that the server is trusted by, in addition to the machine's: a PEM file of the portal, or
    /// `${VARIABLE}` with PEM text.
    pub(super) ca: Option<String>,
}

/// An app of GitHub.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct App {
    /// Its id or client id.
    pub(super) id: AppId,
    /// Id of its installation; without it that of the owner whom the origin names (`https://github.com/acme`).
    pub(super) installation: Option<u64>,
    /// Variable with its private key in PEM form.
    pub(super) private_key: String,
}

/// The id of an app, which is a number, or its client id, which is a text.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum AppId {
    Number(u64),
    Text(String),
}

/// A workload identity.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Oidc {
    /// Id of the tenant of Microsoft Entra.
    pub(super) tenant: String,
    /// Id of the client (application) as which the job acts.
    pub(super) client_id: String,
    /// The audience of GitHub's token; `api://AzureADTokenExchange` when missing.
    pub(super) audience: Option<String>,
    /// The token endpoint; that of the tenant at Microsoft Entra when missing.
    pub(super) token_url: Option<String>,
    /// Scope of the token; that of Azure DevOps when missing.
    pub(super) scope: Option<String>,
    /// Id of the service connection whose identity a job of Azure Pipelines has.
    pub(super) service_connection: Option<String>,
    /// Variable with the job's token, for GitLab (`id_tokens`).
    pub(super) id_token: Option<String>,
}

impl CredentialSettings {
    /// Origins to which no credential can be sent, and credentials that cannot be made.
    pub(super) fn problems(
        &self,
        hosts: &BTreeMap<String, ForgeHost>,
        at: impl Fn(&str) -> Place,
    ) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        for (name, credential) in &self.0 {
            let pointer = format!("/credentials/{}", escape(name));
            if let Some(reason) = unusable_origin(name) {
                let message = format!("`{name}` cannot be the origin of a credential: {reason}");
                let hint = "write it as `https://host` or `https://host/path`";
                problems
                    .push(Diagnostic::error("invalid-settings", at(&pointer), message).hint(hint));
            } else if let Some((key, message, hint)) = credential.problem(name, hosts) {
                let place = at(&format!("{pointer}{key}"));
                problems.push(Diagnostic::error("invalid-settings", place, message).hint(hint));
            }
        }
        problems
    }

    /// Names of all variables of all origins.
    pub(super) fn variables(&self) -> BTreeSet<String> {
        let names = self.0.values().flat_map(|names| {
            let key = names.app.as_ref().map(|app| &app.private_key);
            let id_token = names.oidc.as_ref().and_then(|oidc| oidc.id_token.as_ref());
            let authority = names.ca.as_deref().into_iter().flat_map(variable_names);
            let names = names.token.iter().chain(&names.user).chain(key).chain(id_token);
            names.cloned().chain(authority.map(str::to_owned))
        });
        names.collect()
    }

    /// Whether the job's own identity is exchanged for a credential.
    pub(super) fn needs_identity(&self) -> bool {
        self.0.values().any(|names| names.oidc.as_ref().is_some_and(|oidc| oidc.id_token.is_none()))
    }

    /// The secrets of all origins that are set.
    pub(super) fn secrets(&self, environment: &Environment) -> Vec<Secret> {
        let names = self.0.values().flat_map(|names| {
            let key = names.app.as_ref().map(|app| &app.private_key);
            let id_token = names.oidc.as_ref().and_then(|oidc| oidc.id_token.as_ref());
            names.token.iter().chain(key).chain(id_token)
        });
        let of_jobs = ["ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SYSTEM_ACCESSTOKEN"];
        let of_jobs = of_jobs.into_iter().filter(|_| self.0.values().any(|o| o.oidc.is_some()));
        let names = names.map(String::as_str).chain(of_jobs);
        names.filter_map(|name| environment.secret(name)).collect()
    }

    /// The names of the variables of each origin.
    pub(super) fn names(&self) -> Vec<(Origin, CredentialNames)> {
        let name = |(origin, names): (&String, &OriginCredential)| {
            let (token, user) = (names.variable()?, names.user.clone());
            let names = CredentialNames { token, user, form: names.send };
            Some((Origin::parse(origin)?, names))
        };
        self.0.iter().filter_map(name).collect()
    }
}

impl OriginCredential {
    /// The variable with the credential, or what stands for it; `None` when there is none.
    pub(super) fn variable(&self) -> Option<String> {
        let key = self.app.as_ref().map(|app| app.private_key.clone());
        let identity = self.oidc.as_ref().map(|oidc| match &oidc.id_token {
            Some(variable) => variable.clone(),
            None => format!("the identity {}", oidc.client_id),
        });
        self.token.clone().or(key).or(identity)
    }

    /// Why no credential can be made of it: the rest of a JSON Pointer, the message and the hint.
    fn problem(
        &self,
        origin: &str,
        hosts: &BTreeMap<String, ForgeHost>,
    ) -> Option<(&'static str, String, &'static str)> {
        let ways = [self.token.is_some(), self.app.is_some(), self.oidc.is_some()];
        let count = ways.iter().filter(|way| **way).count();
        if count > 1 || count == 0 && self.ca.is_none() {
            let message = format!("the credential of `{origin}` is not one of three");
            return Some(("", message, "name one of `token`, `app` and `oidc`"));
        }
        if self.token.is_none() && (self.user.is_some() || self.send.is_some()) {
            let message =
                "`user` and `send` say how a `token` is sent, and there is none".to_owned();
            return Some(("", message, "leave them out"));
        }
        if let Some(app) = &self.app {
            let host = Origin::parse(origin).and_then(|origin| host_of(&origin, hosts));
            if host.is_none_or(|host| host.forge != Forge::GitHub) {
                let message = format!("`{origin}` is no GitHub, which alone has such apps");
                return Some(("/app", message, "list a host of GitHub Enterprise in `forges`"));
            }
            if app.installation.is_none() && owner_in(origin).is_none() {
                let message = "which installation of the app is meant?".to_owned();
                let hint = "write the origin with its owner, as `https://github.com/acme`, or name the id of the `installation`";
                return Some(("/app", message, hint));
            }
        }
        if let Some(oidc) = &self.oidc
            && let Some(reason) = unusable_address(&oidc.address())
        {
            let message = format!("`{}` cannot be a token endpoint: {reason}", oidc.address());
            return Some(("/oidc", message, "correct `tenant` or `token_url`"));
        }
        None
    }
}

/// Why no credential can be sent to an origin; `None` when one can.
fn unusable_origin(origin: &str) -> Option<String> {
    match Url::parse(origin) {
        Ok(_) if origin.contains(['{', '}']) => Some("it has a placeholder".to_owned()),
        _ => unusable_address(origin),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::yaml;

    fn problems(origin: &str) -> usize {
        let text = format!("'{origin}': {{token: T}}\n");
        let settings: CredentialSettings = yaml::from_str(&text).expect("a map");
        settings.problems(&BTreeMap::new(), |_| Place::file("callboard.yaml")).len()
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
