//! Delivery of notifications: one `POST` to the webhook of the settings.

use callboard_planner::{Webhook, effect::Notification};
use serde_json::{Value, json};

use super::World;
use crate::{
    base::{
        http::{HeaderMap, Method},
        origin::server_of,
    },
    forge::{ApiError, Client},
};

/// A notification that was not sent, or of which nobody knows.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The settings name no webhook.
    #[error("the settings name no webhook in `scaffold.notifications`")]
    NoWebhook,
    /// The variable with the address of the webhook is not set.
    #[error("the variable `{0}` with the address of the webhook is not set")]
    NotSet(String),
    /// The address cannot be called.
    #[error("the address of the webhook{0} cannot be called")]
    Address(String),
    /// The webhook did not take it.
    #[error("the webhook{name} did not take the notification{}", status_words(.error))]
    Refused {
        /// Which webhook, for messages.
        name: String,
        /// What happened. Its text may have the address.
        error: Box<ApiError>,
    },
}

impl DeliveryError {
    /// Whether it may have been sent.
    pub fn may_be_sent(&self) -> bool {
        matches!(self, Self::Refused { error, .. } if error.may_be_done())
    }
}

fn status_words(error: &ApiError) -> String {
    match error.status() {
        Some(status) => format!(": it answered {status}"),
        None if error.may_be_done() => ", or its answer did not come".to_owned(),
        None => ": it cannot be reached".to_owned(),
    }
}

/// Sends a notification once. It is not sent again, whatever the answer is.
///
/// # Errors
/// It was not sent, or nobody knows.
pub fn deliver(world: &World<'_>, notification: &Notification) -> Result<(), DeliveryError> {
    let settings = world.settings;
    let webhook = settings.notifications.as_ref().ok_or(DeliveryError::NoWebhook)?;
    // An address that is a secret is named by its variable only.
    let (url, name) = match webhook {
        Webhook::Url(url) => (url.clone(), String::new()),
        Webhook::Variable(name) => {
            let url = world.environment.secret(name);
            let url = url.ok_or_else(|| DeliveryError::NotSet(name.clone()))?;
            (url.reveal().trim().to_owned(), format!(" of `{name}`"))
        }
    };
    let base = server_of(&url).ok_or_else(|| DeliveryError::Address(name.clone()))?;
    let refused = |error| DeliveryError::Refused { name: name.clone(), error: Box::new(error) };
    let credential = match webhook {
        Webhook::Url(_) => world.credential_of(&url),
        Webhook::Variable(_) => None,
    };
    let client =
        Client::plain(world.connections, base, credential, world.redactor).map_err(refused)?;
    let path = match &url[base.len()..] {
        "" => "/",
        path => path,
    };
    let body = message(notification).to_string();
    let response =
        client.request(Method::Post, path, HeaderMap::new(), Some(body)).map_err(refused)?;
    match response.status {
        200..300 => Ok(()),
        _ => Err(refused(client.refusal(Method::Post, &response).into())),
    }
}

/// The body: the fields of the notification, and all of it as `text`, which chats read.
fn message(notification: &Notification) -> Value {
    let Notification { title, info, link, severity, scope, recipients, id } = notification;
    let parts = [Some(title), info.as_ref(), link.as_ref()];
    let parts: Vec<_> = parts.into_iter().flatten().map(|part| escape(part)).collect();
    let recipients = match &**recipients {
        [] => json!({"type": "broadcast"}),
        references => json!({"type": "entity", "entityRefs": references}),
    };
    let mut body = json!({
        "text": parts.join("\n\n"), "title": title, "severity": severity, "recipients": recipients, "id": id,
    });
    for (key, value) in [("info", info), ("link", link), ("scope", scope)] {
        if let Some(value) = value {
            body[key] = value.as_str().into();
        }
    }
    body
}

/// A text for a chat: what could start a mention or markup of Slack (`<!channel>`) is escaped as Slack wants it, which
/// others show as it was.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
