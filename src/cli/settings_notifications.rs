//! `scaffold.notifications` of `callboard.yaml`: the webhook and the mail server that notifications go to.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        mail::{MailServer, is_address},
        origin::server_of,
    },
    cli::settings_forges::unusable_address,
    scaffold::{MailSettings, Webhook},
};

/// Where notifications go: to a webhook, by its address or the environment variable that has it, and by mail.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NotificationSettings {
    /// The address of the webhook. A credential is that of its origin in `credentials`.
    url: Option<String>,
    /// The environment variable with the whole address, where the address itself is the secret, as in chats.
    variable: Option<String>,
    /// The server by which users with `spec.profile.email` get mails.
    mail: Option<MailServerSettings>,
    /// Whether who asked is told how the run of a merged request ended.
    #[serde(default)]
    pub(super) runs: bool,
}

/// A mail server.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MailServerSettings {
    /// Its address: `smtps://host` with TLS from the start, or `smtp://host` with STARTTLS, with a port if it is not 465 or 587.
    server: String,
    /// Who sends: an address of mail, which may have a name before it, such as `Portal <portal@acme.example>`.
    from: String,
    /// The account on the server.
    user: Option<String>,
    /// The environment variable with the password of the account.
    password: Option<String>,
    /// The environment variable with the certificate authority of the server (PEM), in addition to the system's.
    ca: Option<String>,
}

impl NotificationSettings {
    /// The webhook.
    pub(super) fn webhook(&self) -> Option<Webhook> {
        let url = self.url.clone().map(Webhook::Url);
        url.or_else(|| self.variable.clone().map(Webhook::Variable))
    }

    /// How notifications are mailed.
    pub(super) fn mail(&self) -> Option<MailSettings> {
        let MailServerSettings { server, from, user, password, ca } = self.mail.as_ref()?;
        Some(MailSettings {
            server: server.clone(),
            from: from.clone(),
            account: user.clone().zip(password.clone()),
            ca: ca.clone(),
        })
    }

    /// Names of the variables with secrets.
    pub(super) fn secret_variables(&self) -> Vec<String> {
        let password = self.mail.as_ref().and_then(|mail| mail.password.as_ref());
        self.variable.iter().chain(password).cloned().collect()
    }

    /// A webhook or a mail server that cannot be called.
    pub(super) fn problems(&self, at: impl Fn(&str) -> Place) -> Vec<Diagnostic> {
        let wrong = |key: &str, message: String| {
            let place = at(&format!("/scaffold/notifications{key}"));
            Diagnostic::error("invalid-settings", place, message)
        };
        let mut problems = Vec::new();
        match (&self.url, &self.variable, &self.mail) {
            (Some(url), None, _) => {
                let reason = match server_of(url) {
                    None => Some("it is not of the form `https://host/path`".to_owned()),
                    // A query may be part of the address.
                    Some(_) => unusable_address(url.split('?').next().unwrap_or_default()),
                };
                problems.extend(reason.map(|reason| {
                    wrong("/url", format!("`{url}` cannot be the address of a webhook: {reason}"))
                }));
            }
            (None, Some(name), _) if !name.is_empty() => {}
            (None, None, Some(_)) => {}
            (None, None, None) => {
                let message = "notifications go to a webhook (`url` or `variable`) or by `mail`";
                problems.push(wrong("", message.to_owned()));
            }
            _ => problems.push(wrong("", "a webhook has either `url` or `variable`".to_owned())),
        }
        if let Some(mail) = &self.mail {
            problems.extend(mail.problems(|key, message| wrong(&format!("/mail{key}"), message)));
        }
        problems
    }
}

impl MailServerSettings {
    fn problems(&self, wrong: impl Fn(&str, String) -> Diagnostic) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        if let Err(reason) = self.server.parse::<MailServer>() {
            let message = format!("`{}` cannot be a mail server: {reason}", self.server);
            problems.push(wrong("/server", message));
        }
        if !is_address(&self.from) {
            problems.push(wrong("/from", format!("`{}` is not an address of mail", self.from)));
        }
        if self.user.is_some() != self.password.is_some() {
            let message = "an account has both `user` and `password`, the variable with it";
            problems.push(wrong("", message.to_owned()));
        }
        problems
    }
}
