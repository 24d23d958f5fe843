//! The inputs of effects that are one request each: to an API of which nothing is known, and to the webhook for
//! notifications.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Method;

/// Input of [`EffectKind::HttpRequest`](super::EffectKind::HttpRequest).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpRequestInput {
    /// Scheme, host and port of the server.
    pub base: String,
    /// The whole address with its query, which starts with the base. A part may be known only after apply.
    pub url: Value,
    /// The method.
    pub method: Method,
    /// Headers beside that of the credential: names in lower case, and texts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Value>,
    /// The body: a text is sent as it is, another value as JSON; `null` for none.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
    /// Whether a refusal is an answer like others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub takes_refusals: bool,
}

/// Input of [`EffectKind::Notification`](super::EffectKind::Notification).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationInput {
    /// What is sent.
    pub notification: Notification,
    /// The e-mail address that the notification is sent to; without one, it is posted to the webhook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Whether the run goes on when it cannot be sent.
    pub optional: bool,
}

/// A message to people.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// What it is about, in one line.
    pub title: String,
    /// Its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub info: Option<String>,
    /// An address to read more at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// How much it matters: `low`, `normal`, `high` or `critical`.
    pub severity: String,
    /// What a later notification with the same scope replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// References of the users and groups that it is for; everybody without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<String>,
    /// What no other notification has, such as the id of an effect with that of its request.
    pub id: String,
}
