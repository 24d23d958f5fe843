//! Signs in to the mail server of the settings, and sends nothing.

use super::Check;
use crate::{cli::settings::Settings, scaffold::notification::mail_access};

/// Whether the mail server lets the portal in; `None` without one in the settings.
pub(super) fn check(settings: &Settings) -> Option<Check> {
    let mail = settings.scaffold().mail?;
    let subject = format!("mail server {}", mail.server);
    let access = mail_access(&mail, &settings.environment);
    Some(match access.and_then(|access| Ok(access.verify()?)) {
        Ok(()) => match mail.account {
            Some((user, _)) => Check::ok(subject, format!("lets `{user}` in")),
            None => Check::ok(subject, "can be reached"),
        },
        Err(error) => Check::failed(subject, error.to_string()),
    })
}
