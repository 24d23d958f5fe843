//! `http:request`: one request to an API of which nothing is known. What is read is known after apply; what changes
//! something is done at most once, because nobody can be asked whether it was done.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{OUTPUTS, params, properties};
use crate::{
    actions::{
        Action, StepContext, StepPlan, StepResults,
        input::{flag, text},
        texts::{shown, unknown_outputs},
    },
    base::{
        diagnostics::Diagnostic,
        origin::{Origin, server_of},
        percent::decode_lossy,
    },
    effect::{Effect, EffectKind, HttpRequestInput, Method, Target},
    engine,
    settings::ServerKind,
};

pub(in crate::actions) struct Request;

/// Headers that the client writes itself.
const RESERVED: [&str; 8] = [
    "connection",
    "content-length",
    "cookie",
    "host",
    "proxy-authorization",
    "te",
    "transfer-encoding",
    "upgrade",
];

impl Action for Request {
    fn id(&self) -> &'static str {
        "http:request"
    }

    fn description(&self) -> &'static str {
        "Sends one request to a server of the settings; what changes something is sent at most once"
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        OUTPUTS.to_vec()
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec!["url", "headers", "params", "body"]
    }

    fn schema(&self) -> Value {
        let mut all = properties();
        let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
        all.extend([
            ("method".to_owned(), json!({"enum": methods, "description": "Method of the request"})),
            (
                "url".to_owned(),
                json!({
                    "type": "string",
                    "description": "The address, on a server of `servers` or `credentials` of the settings"
                }),
            ),
        ]);
        json!({"type": "object", "required": ["url", "method"], "properties": all})
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        _results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let (base, url) = address(cx, input)?;
        let mut warnings = Vec::new();
        let headers = headers(cx, input, &mut warnings)?;
        let method = method_of(text(input, "method").unwrap_or_default());
        let request = HttpRequestInput {
            base: base.clone(),
            url: url.clone(),
            method,
            headers,
            body: input.get("body").cloned().unwrap_or_default(),
            takes_refusals: flag(input, "continueOnBadResponse"),
        };
        warnings.extend(cx.unused(input, &["timeout"]));
        let url = shown(&url);
        let path = url[base.len()..].split('?').next().unwrap_or_default();
        let word = text(input, "method").unwrap_or_default();
        let summary = match method {
            Method::Get => format!("reads {base}{path}"),
            _ => format!("sends {word} {base}{path}, at most once"),
        };
        let credential = cx.plan.settings.credential_of(&format!("{base}{path}"));
        let effect = Effect {
            id: String::new(),
            kind: EffectKind::HttpRequest,
            // A part of the path may be known only after apply, so that it is not in the target.
            target: Target { origin: base, path: String::new() },
            input: serde_json::to_value(request).unwrap_or_default(),
            summary,
            secrets: credential.map(|names| names.token.clone()).into_iter().collect(),
            undo: None,
            claims: Vec::new(),
            files: None,
            changes_workspace: false,
        };
        Ok(StepPlan {
            output: unknown_outputs(cx, &OUTPUTS.map(|(name, _)| name)),
            message: format!("{} answered {word}", effect.target.origin),
            effects: vec![effect],
            warnings,
            ..StepPlan::default()
        })
    }
}

fn method_of(word: &str) -> Method {
    match word {
        "GET" => Method::Get,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        _ => Method::Post,
    }
}

/// The server of the request, and the whole address with the query. The settings must list the server.
fn address(cx: &StepContext<'_>, input: &Value) -> Result<(String, Value), Vec<Diagnostic>> {
    let written = input.get("url").unwrap_or(&Value::Null);
    let start = engine::known_start(written).unwrap_or_default();
    let whole = shown(written);
    let wrong = |message: &str| cx.wrong("url", message);
    let base = server_of(start).filter(|base| match start.get(base.len()..) {
        // What follows decides the host until the path begins.
        Some("") => !engine::contains_unknown(written),
        Some(rest) => rest.starts_with(['/', '?']),
        None => false,
    });
    let Some(base) = base else {
        let message = "it must start with the scheme, the host and the port as they are sent, such as `https://api.acme.example/`";
        return Err(wrong(message));
    };
    let path = whole[base.len()..].split('?').next().unwrap_or_default();
    if path.split('/').any(|segment| matches!(&*decode_lossy(segment), "." | "..")) {
        return Err(wrong("its path has a segment `.` or `..`"));
    }
    if whole.contains(|c: char| matches!(c, '#' | '\\') || c.is_control()) {
        return Err(wrong("it has a character that an address cannot have"));
    }
    allow(cx, base, path)?;
    let mut parts = vec![written.clone()];
    if path.is_empty() {
        // An address without a path is that of the root.
        let rest = whole[base.len()..].to_owned();
        parts = vec![format!("{base}/{rest}").into()];
    }
    let mut separator = if whole.contains('?') { "&" } else { "?" };
    for (name, value) in params(input) {
        parts.extend([separator.into(), engine::path_part(&name.into()), "=".into()]);
        parts.push(engine::path_part(&value));
        separator = "&";
    }
    Ok((base.to_owned(), engine::concat(&parts)))
}

/// Refuses a server that the settings do not list.
fn allow(cx: &StepContext<'_>, base: &str, path: &str) -> Result<(), Vec<Diagnostic>> {
    let settings = cx.plan.settings;
    let mut servers = settings.servers.values().filter(|server| server.kind == ServerKind::Http);
    let address = format!("{base}{path}");
    let is_listed = servers
        .any(|server| Origin::parse(&server.url).is_some_and(|o| o.covers_url(&address)))
        || settings.credential_of(&address).is_some();
    if is_listed {
        return Ok(());
    }
    let message = format!("the settings do not allow requests to `{base}`");
    let hint =
        format!("list it in `servers` of `callboard.yaml`: `NAME: {{type: http, url: {base}}}`");
    let problems = cx.wrong("url", message);
    Err(problems.into_iter().map(|problem| problem.hint(hint.clone())).collect())
}

/// The headers of the request. That of a credential is noted and left out.
fn headers(
    cx: &StepContext<'_>,
    input: &Value,
    notes: &mut Vec<Diagnostic>,
) -> Result<BTreeMap<String, Value>, Vec<Diagnostic>> {
    let mut headers = BTreeMap::new();
    for (name, value) in input.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let lower = name.to_ascii_lowercase();
        let pointer = format!("headers/{}", crate::catalog::issue::escape(name));
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        let is_line = |text: &str| !text.chars().any(|c| c.is_control() && c != '\t');
        if lower == "authorization" {
            let message = "the credential is that of the server in `credentials` of the settings";
            notes.push(cx.ignored(&pointer, message));
        } else if RESERVED.contains(&&*lower) {
            return Err(cx.wrong(&pointer, "this header is written by the client itself"));
        } else if lower.is_empty() || !lower.chars().all(is_token) {
            return Err(cx.wrong(&pointer, "this is no name of a header"));
        } else if !is_line(&shown(value)) {
            return Err(cx.wrong(&pointer, "a header is one line"));
        } else {
            let value = match value {
                Value::Number(_) | Value::Bool(_) => shown(value).into(),
                value => value.clone(),
            };
            if !value.is_string() && !engine::is_unknown(&value) {
                return Err(cx.wrong(&pointer, "a header is a text"));
            }
            headers.insert(lower, value);
        }
    }
    Ok(headers)
}
