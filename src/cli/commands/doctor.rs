//! `callboard doctor`: asks the servers of the settings who each credential is, and changes nothing.

use std::path::Path;

use anyhow::anyhow;
use callboard_planner::effect::Api;
use serde::Serialize;

use crate::{
    base::{environment::Redactor, forges::Forge, http::Reason, origin::Origin},
    cli::{
        Failure,
        args::DoctorArgs,
        output::{BOLD, DIM, GOOD, Output},
        settings::Settings,
        settings_access::{OriginAccess, host_of},
    },
    forge::{self, Account, ApiError, Connections, Credential},
    scaffold::ServerKind,
};

/// What is known of one credential.
#[derive(Debug, Serialize)]
struct Finding {
    /// The server or the path on it.
    origin: String,
    /// The variable with the token.
    variable: String,
    /// Whether all is well.
    ok: bool,
    /// Who the server says it is, or what is wrong.
    message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// A server that a credential is for.
struct Server {
    api: Api,
    base: String,
}

/// Checks each credential of the settings.
pub(in crate::cli) fn run(
    portal: &Path,
    args: &DoctorArgs,
    output: &Output,
) -> Result<(), Failure> {
    let settings = Settings::load(portal)?;
    settings.hide_credentials(output);
    let scaffold = settings.scaffold();
    let connections = settings.connections()?;
    let check = |access: &OriginAccess| {
        check(&connections, access, server_of(&access.origin, &scaffold).as_ref())
    };
    let findings: Vec<_> = settings.access().iter().map(check).collect();
    if args.json {
        output.json(&findings)?;
    } else {
        for Finding { origin, variable, ok, message, hint } in &findings {
            let mark = if *ok { format!("{GOOD}✓{GOOD:#}") } else { "✗".to_owned() };
            output
                .line(format!("{mark} {BOLD}{origin}{BOLD:#} {DIM}({variable}){DIM:#}: {message}"));
            if let Some(hint) = hint {
                output.line(format!("    {DIM}{hint}{DIM:#}"));
            }
        }
        if findings.is_empty() {
            output.line("the settings name no credential");
        }
    }
    match findings.iter().filter(|finding| !finding.ok).count() {
        0 => Ok(()),
        bad => {
            Err(Failure::Outside(anyhow!("{bad} of {} credentials cannot be used", findings.len())))
        }
    }
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

fn check(connections: &Connections, access: &OriginAccess, server: Option<&Server>) -> Finding {
    let finding = |ok: bool, message: String, hint: Option<String>| Finding {
        origin: access.origin.to_string(),
        variable: access.variable.clone(),
        ok,
        message,
        hint,
    };
    let credential = match &access.credential {
        Ok((api, _)) => api,
        Err(reason) => {
            let hint = "set it where the job has its secrets".to_owned();
            return finding(false, reason.clone(), Some(hint));
        }
    };
    let Some(server) = server else {
        return finding(true, "is set; git asks this server when it is needed".to_owned(), None);
    };
    match account(connections, credential, server) {
        Ok(Account { name, scopes }) => {
            let shown = scopes.as_ref().map(|scopes| match scopes.is_empty() {
                true => ", without any scope".to_owned(),
                false => format!(", with the scopes {}", scopes.join(", ")),
            });
            let is_classic = credential.source().is_none();
            let lacks = scopes
                .is_some_and(|scopes| is_classic && !scopes.iter().any(|scope| scope == "repo"));
            let hint = lacks.then(|| {
                "actions that make repositories need the scope `repo`: see docs/forges.md"
                    .to_owned()
            });
            finding(true, format!("is {name}{}", shown.unwrap_or_default()), hint)
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

/// Whose a credential is. A token of an app's installation is nobody's, and says what it may do.
fn account(
    connections: &Connections,
    credential: &Credential,
    Server { api, base }: &Server,
) -> Result<Account, ApiError> {
    let client =
        forge::Client::new(connections, *api, base, Some(credential), &Redactor::default())?;
    if let Some(source) = credential.source()
        && let Some(permissions) = client.fetched(source)?.permissions
    {
        let scopes = permissions.iter().map(|(name, level)| format!("{name}: {level}")).collect();
        let name = "an installation of the app".to_owned();
        return Ok(Account { name, scopes: Some(scopes) });
    }
    let account = client.account()?;
    Ok(Account { name: format!("`{}`", account.name), ..account })
}
