//! Credentials and authorities of the settings, with the values of one run: how each origin is reached.

use std::collections::BTreeMap;

use super::{
    Failure,
    exit::outside,
    output::Output,
    settings::Settings,
    settings_credentials::{App, AppId, CredentialSettings, Oidc, OriginCredential},
};
use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        environment::{Environment, GIT_TOKEN, Secret},
        files::Files,
        forges::{ForgeHost, backstage_hosts},
        http::{Tls, TokenSource, Url},
        origin::Origin,
        path::RelativePath,
    },
    catalog::issue::escape,
    forge::{
        self, Connections,
        grants::{AppGrant, IdToken, Installation, WorkloadGrant},
    },
    git::transport,
    scaffold::{CredentialForm, CredentialNames},
};

/// For whom the token of a job is that Microsoft Entra exchanges.
const AUDIENCE: &str = "api://AzureADTokenExchange";
/// The scope of Azure DevOps.
const AZURE_DEVOPS: &str = "499b84ac-1321-427f-aa17-267ca6975798/.default";

/// How an origin is reached in this run.
#[derive(Debug, Clone)]
pub(super) struct OriginAccess {
    /// The origin.
    pub(super) origin: Origin,
    /// The variable with the credential, or what stands for it.
    pub(super) variable: String,
    /// The credential, for the API and for git; the text says why there is none.
    pub(super) credential: Result<(forge::Credential, transport::Credential), String>,
}

impl Settings {
    /// How each origin is reached that has a credential.
    pub(super) fn access(&self) -> &[OriginAccess] {
        &self.access
    }

    /// The connections to servers, with the credentials that are set.
    pub(super) fn connections(&self) -> Result<Connections, Failure> {
        let credential = |access: &OriginAccess| {
            let (api, _) = access.credential.as_ref().ok()?;
            Some((access.origin.clone(), api.clone()))
        };
        let mut connections = Connections::new(self.access.iter().filter_map(credential).collect());
        for (origin, tls) in &self.trusted {
            connections.trust(origin.clone(), tls).map_err(outside)?;
        }
        Ok(connections)
    }

    /// Makes an output replace the credentials of all servers, and the tokens that are fetched later.
    pub(super) fn hide_credentials(&self, output: &Output) {
        self.credentials().iter().for_each(|secret| output.learn(secret));
        let credentials = self.access.iter().filter_map(|access| access.credential.as_ref().ok());
        for (api, _) in credentials {
            if let Some(source) = api.source() {
                source.tell(output.redactor());
            }
        }
    }

    /// The credentials of all servers, to be replaced in what is printed and recorded.
    pub(super) fn credentials(&self) -> Vec<Secret> {
        let mut secrets = self.file.credentials.secrets(&self.environment);
        secrets.extend(self.environment.secret(GIT_TOKEN));
        secrets.extend(self.file.scaffold.secret_values(&self.environment));
        secrets
    }
}

impl CredentialSettings {
    /// How each origin is reached, with the values of the environment. A token is fetched when it is needed.
    pub(super) fn access(
        &self,
        environment: &Environment,
        hosts: &BTreeMap<String, ForgeHost>,
    ) -> Vec<OriginAccess> {
        let access = |(name, names): (&String, &OriginCredential)| {
            let (origin, variable) = (Origin::parse(name)?, names.variable()?);
            let credential = names.credential(name, environment, hosts);
            Some(OriginAccess { origin, variable, credential })
        };
        self.0.iter().filter_map(access).collect()
    }

    /// The authorities that servers are trusted by in addition: each with the origin of the settings and, for a forge
    /// whose API is elsewhere, with that of its API. A variable that is not set has none.
    pub(super) fn authorities(
        &self,
        files: &dyn Files,
        environment: &Environment,
        hosts: &BTreeMap<String, ForgeHost>,
        at: impl Fn(&str) -> Place,
    ) -> Result<Vec<(Origin, Tls)>, Vec<Diagnostic>> {
        let (mut trusted, mut problems) = (Vec::new(), Vec::new());
        for (name, credential) in &self.0 {
            let (Some(ca), Some(origin)) = (&credential.ca, Origin::parse(name)) else { continue };
            let found = match pem(ca, files, environment) {
                Ok(None) => continue,
                Ok(Some(pem)) => {
                    let tls = Tls { ca: Some(pem), identity: None };
                    tls.verify().map(|()| tls).map_err(|error| error.problem)
                }
                Err(problem) => Err(problem),
            };
            match found {
                Ok(tls) => {
                    let of_forge = host_of(&origin, hosts);
                    let api = of_forge.and_then(|host| Origin::parse(&host.api));
                    trusted.extend(api.map(|api| (api, tls.clone())));
                    trusted.push((origin, tls));
                }
                Err(problem) => {
                    let place = at(&format!("/credentials/{}/ca", escape(name)));
                    let message = format!("`{ca}` {problem}");
                    let hint = "`ca` is a PEM file of the portal, or `${VARIABLE}` with PEM text";
                    problems.push(Diagnostic::error("invalid-settings", place, message).hint(hint));
                }
            }
        }
        if problems.is_empty() { Ok(trusted) } else { Err(problems) }
    }
}

impl OriginCredential {
    fn credential(
        &self,
        origin: &str,
        environment: &Environment,
        hosts: &BTreeMap<String, ForgeHost>,
    ) -> Result<(forge::Credential, transport::Credential), String> {
        let set = |variable: &str| {
            let value = environment.secret(variable);
            value.ok_or_else(|| format!("the variable `{variable}` is not set"))
        };
        let fetched = |source: TokenSource| {
            (forge::Credential::fetched(source.clone()), transport::Credential::fetched(source))
        };
        if let Some(app) = &self.app {
            let host = Origin::parse(origin).and_then(|origin| host_of(&origin, hosts));
            let host = host.ok_or("its host is no forge of the settings")?;
            return Ok(fetched(TokenSource::new(app.grant(
                origin,
                &host,
                set(&app.private_key)?,
            )?)));
        }
        if let Some(oidc) = &self.oidc {
            return Ok(fetched(TokenSource::new(oidc.grant(environment)?)));
        }
        let variable = self.token.as_deref().unwrap_or_default();
        let token = set(variable)?;
        let names = CredentialNames {
            token: variable.to_owned(),
            user: self.user.clone(),
            form: self.send,
        };
        let api = forge::Credential::read(&names, environment);
        let user = self.user.as_ref().and_then(|name| environment.get(name));
        let user = user.or(match self.send {
            Some(CredentialForm::JobToken) => Some("gitlab-ci-token"),
            _ => None,
        });
        let git = match user {
            Some(user) => transport::Credential::of_user(user, token),
            None => transport::Credential::token(token),
        };
        Ok((api.ok_or("it has no value")?, git))
    }
}

impl App {
    fn grant(&self, origin: &str, host: &ForgeHost, key: Secret) -> Result<AppGrant, String> {
        let installation = match (self.installation, owner_in(origin)) {
            (Some(id), _) => Installation::Id(id),
            (None, Some(owner)) => Installation::Of(owner),
            (None, None) => return Err("the installation of the app is not named".to_owned()),
        };
        let app = match &self.id {
            AppId::Number(id) => id.to_string(),
            AppId::Text(id) => id.clone(),
        };
        let api = Url::parse(&host.api).map_err(|error| error.to_string())?;
        Ok(AppGrant { api, app, key, installation })
    }
}

impl Oidc {
    /// The address of the token endpoint.
    pub(super) fn address(&self) -> String {
        let own = || format!("https://login.microsoftonline.com/{}/oauth2/v2.0/token", self.tenant);
        self.token_url.clone().unwrap_or_else(own)
    }

    fn grant(&self, environment: &Environment) -> Result<WorkloadGrant, String> {
        let id_token = if let Some(variable) = &self.id_token {
            let token = environment.secret(variable);
            IdToken::Known(token.ok_or(format!("the variable `{variable}` is not set"))?)
        } else {
            let audience = self.audience.as_deref().unwrap_or(AUDIENCE);
            IdToken::of(environment, audience, self.service_connection.as_deref())?
        };
        Ok(WorkloadGrant {
            token_url: Url::parse(&self.address()).map_err(|error| error.to_string())?,
            client_id: self.client_id.clone(),
            scope: self.scope.clone().unwrap_or_else(|| AZURE_DEVOPS.to_owned()),
            id_token,
        })
    }
}

/// The forge on whose host an origin is: one of the settings, or a public one.
pub(super) fn host_of(origin: &Origin, hosts: &BTreeMap<String, ForgeHost>) -> Option<ForgeHost> {
    let public = backstage_hosts().filter_map(|(name, _)| ForgeHost::public(name));
    let codeberg = ForgeHost::public("codeberg.org");
    let mut all = hosts.values().cloned().chain(public).chain(codeberg);
    all.find(|host| origin.is_on(&host.web))
}

/// The owner in an origin such as `https://github.com/acme`: the last part of its path.
pub(super) fn owner_in(origin: &str) -> Option<String> {
    let url = Url::parse(origin).ok()?;
    let last = url.path().trim_end_matches('/').rsplit('/').next()?;
    Some(last.to_owned()).filter(|owner| !owner.is_empty())
}

/// The PEM text of `ca`; `None` for a variable that is not set. The error is the rest of a sentence whose subject is `ca`.
fn pem(ca: &str, files: &dyn Files, environment: &Environment) -> Result<Option<Secret>, String> {
    if let Some(variable) = ca.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
        return Ok(environment.secret(variable));
    }
    let path =
        RelativePath::new(ca).map_err(|error| format!("is no path in the portal: {error}"))?;
    match files.text(path.as_str()) {
        Ok(Some(text)) => Ok(Some(Secret::new(text))),
        Ok(None) => Err("does not exist".to_owned()),
        Err(error) => Err(format!("cannot be read: {error}")),
    }
}
