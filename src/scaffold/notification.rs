//! Delivery of notifications: one `POST` to the webhook of the settings, or one mail.

use callboard_planner::{MailSettings, Webhook, effect::Notification};
use serde_json::{Value, json};

use super::World;
use crate::{
    base::{
        environment::Environment,
        http::{HeaderMap, Method},
        mail::{Mail, MailAccess, MailError},
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
    /// The settings name no mail server.
    #[error("the settings name no mail server in `scaffold.notifications`")]
    NoMail,
    /// A variable of the settings is not set.
    #[error("the variable `{0}` of `scaffold.notifications` is not set")]
    NotSet(String),
    /// The mail server is none.
    #[error("`{0}` cannot be a mail server: {1}")]
    Server(String, &'static str),
    /// The mail was not sent, or nobody knows.
    #[error(transparent)]
    Mail(#[from] MailError),
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
        match self {
            Self::Refused { error, .. } => error.may_be_done(),
            Self::Mail(error) => error.may_be_sent(),
            _ => false,
        }
    }
}

fn status_words(error: &ApiError) -> String {
    match error.status() {
        Some(status) => format!(": it answered {status}"),
        None if error.may_be_done() => ", or its answer did not come".to_owned(),
        None => ": it cannot be reached".to_owned(),
    }
}

/// Sends a notification once, to an address of mail or to the webhook. It is not sent again, whatever the answer is.
///
/// # Errors
/// It was not sent, or nobody knows.
pub fn deliver(
    world: &World<'_>,
    notification: &Notification,
    address: Option<&str>,
) -> Result<(), DeliveryError> {
    match address {
        Some(address) => mail(world, notification, address),
        None => post(world, notification),
    }
}

/// The mail server of the settings, with what the variables have.
///
/// # Errors
/// A variable is not set, or the server is none.
pub fn mail_access(
    settings: &MailSettings,
    environment: &Environment,
) -> Result<MailAccess, DeliveryError> {
    let secret =
        |name: &String| environment.secret(name).ok_or_else(|| DeliveryError::NotSet(name.clone()));
    let server = settings.server.parse();
    let account = settings.account.as_ref();
    Ok(MailAccess {
        server: server.map_err(|why| DeliveryError::Server(settings.server.clone(), why))?,
        account: account
            .map(|(user, name)| Ok::<_, DeliveryError>((user.clone(), secret(name)?)))
            .transpose()?,
        ca: settings.ca.as_ref().map(secret).transpose()?,
    })
}

fn mail(
    world: &World<'_>,
    notification: &Notification,
    address: &str,
) -> Result<(), DeliveryError> {
    let settings = world.settings.mail.as_ref().ok_or(DeliveryError::NoMail)?;
    let Notification { title, info, link, id, .. } = notification;
    let parts: Vec<&str> = info.iter().chain(link).map(String::as_str).collect();
    let text = match parts.is_empty() {
        true => title.clone(),
        false => parts.join("\n\n"),
    };
    let mail = Mail {
        from: &settings.from,
        to: address,
        subject: title,
        text: &text,
        id: &format!("{id}/{address}"),
        time: (world.clock)(),
    };
    Ok(mail_access(settings, world.environment)?.send(&mail)?)
}

fn post(world: &World<'_>, notification: &Notification) -> Result<(), DeliveryError> {
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
