//! Asks the servers of the settings whose each credential is, and whether it may do what the portal's templates need.

use std::collections::BTreeSet;

use callboard_planner::effect::Api;
use serde::Serialize;

use super::needs::{OriginNeeds, Right, RightState};

use crate::{
    base::{environment::Redactor, files::Directory, forges::Forge, http::Reason, origin::Origin},
    cli::{
        Failure,
        output::{BOLD, DIM, GOOD, Output},
        settings::Settings,
        settings_access::{OriginAccess, host_of},
    },
    forge::{Account, ApiError, Client, Connections, Rights},
    scaffold::{ServerKind, example_plans},
};

/// What is known of one credential.
#[derive(Debug, Serialize)]
pub(super) struct CredentialReport {
    /// The server or the path on it.
    origin: String,
    /// The variable with the token.
    variable: String,
    /// Whether all is well.
    pub(super) ok: bool,
    /// Who the server says it is, or what is wrong.
    message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// What the portal's templates need of it.
    permissions: Vec<Right>,
}

/// A server that a credential is for.
struct Server {
    api: Api,
    base: String,
}

/// Checks each credential of the settings.
pub(super) fn check(
    settings: &Settings,
    output: &Output,
) -> Result<Vec<CredentialReport>, Failure> {
    let scaffold = settings.scaffold();
    let connections = settings.connections()?;
    let (catalog, _) = settings.load_catalog()?;
    let plans = example_plans(&Directory::new(&settings.portal), &catalog, &scaffold);
    for (template, _) in plans.iter().filter(|(_, plan)| plan.is_none()) {
        let why = "so that it is not known what it needs: `callboard check` says more";
        output.note(format!("no request for `{template}` can be guessed that has a plan, {why}"));
    }
    let planned = plans.iter().filter_map(|(template, plan)| Some((template, plan.as_ref()?)));
    let origins: Vec<_> = settings.access().iter().map(|access| &access.origin).collect();
    let needs = OriginNeeds::of(planned, &origins);
    let check = |(access, needs): (&OriginAccess, &OriginNeeds)| {
        check_one(&connections, access, server_of(&access.origin, &scaffold).as_ref(), needs)
    };
    Ok(settings.access().iter().zip(&needs).map(check).collect())
}

/// The server of an origin: a forge, a cluster or Argo CD; `None` for one whose API is not known, such as plain git.
fn server_of(origin: &Origin, settings: &crate::scaffold::Settings) -> Option<Server> {
    if let Some(host) = host_of(origin, &settings.hosts) {
        let api = match host.forge {
            Forge::GitHub => Api::GitHub,
            Forge::GitLab => Api::GitLab,
            Forge::Gitea => Api::Gitea,
            Forge::AzureDevOps => Api::AzureDevOps,
            Forge::BitbucketCloud | Forge::BitbucketServer | Forge::Gerrit => return None,
        };
        // The paths of Azure DevOps start with the organisation, which the origin has.
        let base = if api == Api::AzureDevOps { origin.to_string() } else { host.api };
        return Some(Server { api, base });
    }
    let server = settings.servers.values().find(|server| origin.is_on(&server.url))?;
    let api = match server.kind {
        ServerKind::Kubernetes => Api::Kubernetes,
        ServerKind::ArgoCd => Api::ArgoCd,
        ServerKind::Http => return None,
    };
    Some(Server { api, base: server.url.clone() })
}

fn check_one(
    connections: &Connections,
    access: &OriginAccess,
    server: Option<&Server>,
    needs: &OriginNeeds,
) -> CredentialReport {
    let finding = |ok: bool, message: String, hint: Option<String>| CredentialReport {
        origin: access.origin.to_string(),
        variable: access.variable.clone(),
        ok,
        message,
        hint,
        permissions: Vec::new(),
    };
    let credential = match &access.credential {
        Ok((api, _)) => api,
        Err(reason) => {
            let hint = "set it where the job has its secrets".to_owned();
            return finding(false, reason.clone(), Some(hint));
        }
    };
    let Some(Server { api, base }) = server else {
        return finding(true, "is set; git asks this server when it is needed".to_owned(), None);
    };
    let asked = || {
        let redactor = Redactor::default();
        let client = Client::new(connections, *api, base, Some(credential), &redactor)?;
        let account = client.account(credential)?;
        let permissions = needs.check(&client, &account)?;
        Ok((client.where_given(), account, permissions))
    };
    match asked() {
        Ok((place, account, permissions)) => {
            let ok = permissions.iter().all(|right| right.state != RightState::Missing);
            let hint = (!ok).then(|| format!("{place}; `callboard help forges` has the table"));
            CredentialReport { permissions, ..finding(ok, described(&account), hint) }
        }
        Err(error) => {
            let is_tls = matches!(
                &error,
                ApiError::NoAnswer { error, .. } if matches!(error.reason, Reason::Tls { .. })
            );
            let hint = is_tls.then(|| {
                "`ca` of its credential names the authority that certifies the server".to_owned()
            });
            finding(false, error.to_string(), hint)
        }
    }
}

/// Whose a credential is, and what the server lists of it.
fn described(account: &Account) -> String {
    let name = match &account.name {
        Some(name) => format!("is `{name}`"),
        None => "is an installation of the app".to_owned(),
    };
    let name = match &account.ends {
        Some(time) => format!("{name}, until {time}"),
        None => name,
    };
    match &account.rights {
        Rights::Unlisted => name,
        Rights::Scopes(all) if all.is_empty() => format!("{name}, without any scope"),
        Rights::Scopes(all) => format!("{name}, with the scopes {}", all.join(", ")),
        Rights::Permissions(all) if all.is_empty() => format!("{name}, without any permission"),
        Rights::Permissions(all) => format!("{name}, with the permissions {}", all.join(", ")),
    }
}

/// Prints what is known of one credential.
pub(super) fn print(finding: &CredentialReport, output: &Output) {
    let CredentialReport { origin, variable, ok, message, hint, permissions } = finding;
    let mark = if *ok { format!("{GOOD}✓{GOOD:#}") } else { "✗".to_owned() };
    output.line(format!("{mark} {BOLD}{origin}{BOLD:#} {DIM}({variable}){DIM:#}: {message}"));
    let of = |state| permissions.iter().filter(move |right| right.state == state);
    let names = |state| {
        let names: BTreeSet<_> = of(state).map(|right| right.permission.as_str()).collect();
        let names: Vec<_> = names.into_iter().collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    if let Some(names) = names(RightState::Granted) {
        output.line(format!("    {DIM}has what templates need: {names}{DIM:#}"));
    }
    for right in of(RightState::Missing) {
        output.line(format!("    {}", right.lack()));
    }
    if let Some(names) = names(RightState::Unknown) {
        let what = "templates need, and the server does not say whether it has";
        output.line(format!("    {DIM}{what}: {names}{DIM:#}"));
    }
    if let Some(hint) = hint {
        output.line(format!("    {DIM}{hint}{DIM:#}"));
    }
}
