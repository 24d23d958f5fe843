//! `notification:send`: a message to the webhook of the settings and by mail, at most once.

use serde_json::{Value, json};

use super::{
    Action, StepContext, StepPlan, StepResults,
    input::{flag, text},
    texts::shown,
};
use crate::{
    base::diagnostics::Diagnostic,
    catalog::{Catalog, EntityRef, Issue, reference::DEFAULT_NAMESPACE},
    effect::{Effect, EffectKind, Notification, NotificationInput, Target},
    engine,
};

pub(super) struct Send;

impl Action for Send {
    fn id(&self) -> &'static str {
        "notification:send"
    }

    fn description(&self) -> &'static str {
        "Sends a notification to the webhook of the settings, and by mail to users, at most once"
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec!["title", "info", "link", "scope"]
    }

    fn schema(&self) -> Value {
        let text = |description: &str| json!({"type": "string", "description": description});
        json!({
            "type": "object",
            "required": ["recipients", "title"],
            "properties": {
                "recipients": {"enum": ["broadcast", "entity"], "description": "Everybody, or those of `entityRefs`"},
                "entityRefs": {
                    "type": "array", "items": {"type": "string"}, "description": "References of users and groups"
                },
                "title": {"type": "string", "minLength": 1, "maxLength": 1000, "description": "What it is about"},
                "info": {"type": "string", "maxLength": 10_000, "description": "Its text"},
                "link": text("An address to read more at"),
                "severity": {
                    "enum": ["low", "normal", "high", "critical"], "description": "How much it matters; `normal` without it"
                },
                "scope": text("What a later notification with the same scope replaces"),
                "icon": text("Not used"),
                "optional": {"type": "boolean", "description": "Whether the run goes on when it cannot be sent"}
            }
        })
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        _results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let recipients = recipients(cx, input)?;
        let title = shown(&input["title"]);
        let (mut effects, mut warnings) = (Vec::new(), cx.unused(input, &["icon"]));
        if let Some(webhook) = &cx.plan.settings.notifications {
            let to = match recipients.len() {
                0 => "everybody".to_owned(),
                _ => format!("`{}`", recipients.join("`, `")),
            };
            let secret = webhook.secret(cx.plan.settings).into_iter().collect();
            let summary = format!("notifies {to} of `{title}`, at most once");
            effects.push(effect(
                cx,
                input,
                (webhook.target(), secret),
                recipients.clone(),
                None,
                summary,
            ));
        }
        if let Some(mail) = &cx.plan.settings.mail {
            for reference in &recipients {
                let Some(address) = address_of(cx.plan.catalog, reference) else {
                    let why = "it is no user with `spec.profile.email`";
                    let message = format!("`{reference}` gets no mail: {why}");
                    warnings.push(cx.ignored("entityRefs", &message));
                    continue;
                };
                let target = (mail.target(&address), mail.variables());
                let summary = format!("mails `{title}` to `{reference}`, at most once");
                let to = vec![reference.clone()];
                effects.push(effect(cx, input, target, to, Some(address), summary));
            }
        }
        if effects.is_empty() {
            let message = "nothing is sent, because the settings name no webhook, and nobody has an address of mail";
            let hint =
                "name a webhook or a mail server in `scaffold.notifications` of `callboard.yaml`";
            let note = Issue::note("no-webhook", cx.action(), message).hint(hint);
            warnings.push(cx.template().diagnostic(note));
            return Ok(StepPlan { message: message.to_owned(), warnings, ..StepPlan::default() });
        }
        let message = format!("`{title}` was sent");
        Ok(StepPlan { message, effects, warnings, ..StepPlan::default() })
    }
}

/// The address of mail of a person; `None` for another entity.
pub fn address_of(catalog: &Catalog, reference: &str) -> Option<String> {
    let reference = EntityRef::parse(reference, None, DEFAULT_NAMESPACE).ok()?;
    let user = catalog.get(&reference).filter(|_| reference.kind() == "user")?;
    user.value("/spec/profile/email").and_then(Value::as_str).map(str::to_owned)
}

/// The effect of one notification: to the webhook, or to an address of mail.
fn effect(
    cx: &StepContext<'_>,
    input: &Value,
    (target, secrets): (Target, Vec<String>),
    recipients: Vec<String>,
    address: Option<String>,
    summary: String,
) -> Effect {
    let given = |key: &str| input.get(key).map(|_| String::new());
    let mut data = serde_json::to_value(NotificationInput {
        notification: Notification {
            title: String::new(),
            info: given("info"),
            link: given("link"),
            severity: text(input, "severity").unwrap_or("normal").to_owned(),
            scope: given("scope"),
            recipients,
            id: String::new(),
        },
        address,
        optional: flag(input, "optional"),
    })
    .unwrap_or_default();
    let request = format!("{}/", cx.plan.request.id);
    data["notification"]["id"] = engine::concat(&[request.into(), cx.turn()]);
    // These may be known only after apply.
    for key in ["title", "info", "link", "scope"] {
        if let Some(value) = input.get(key) {
            data["notification"][key] = value.clone();
        }
    }
    Effect {
        id: String::new(),
        kind: EffectKind::Notification,
        target,
        input: data,
        summary,
        secrets,
        undo: None,
        claims: Vec::new(),
        files: None,
        changes_workspace: false,
    }
}

/// The references of those who are notified; none for everybody.
fn recipients(cx: &StepContext<'_>, input: &Value) -> Result<Vec<String>, Vec<Diagnostic>> {
    if text(input, "recipients") == Some("broadcast") {
        return Ok(Vec::new());
    }
    let references = input.get("entityRefs").and_then(Value::as_array);
    let references = references.filter(|references| !references.is_empty()).ok_or_else(|| {
        cx.wrong("recipients", "`entityRefs` says who is notified, unless it is `broadcast`")
    })?;
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for (index, reference) in references.iter().enumerate() {
        let pointer = format!("entityRefs/{index}");
        let reference = reference.as_str().unwrap_or_default();
        match EntityRef::parse(reference, Some("user"), DEFAULT_NAMESPACE) {
            Err(error) => problems.extend(cx.wrong(&pointer, error)),
            Ok(reference) if cx.plan.catalog.get(&reference).is_none() => {
                problems.extend(super::catalog::missing(cx, &pointer, &reference));
            }
            Ok(reference) => found.push(reference.to_string()),
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}
