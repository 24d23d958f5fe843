//! `http:backstage:request`: a question to Backstage's catalog, which the plan answers from the catalog of the portal.
//!
//! Everything else that Backstage's backend can be asked for needs that backend, and is refused.

use serde_json::{Map, Value, json};

use super::{
    OUTPUTS,
    catalog::{self, Answer, Question},
    params, properties,
};
use crate::{
    actions::{
        Action, StepContext, StepPlan, StepResults,
        catalog::missing,
        input::{flag, text},
        texts::shown,
    },
    base::{
        diagnostics::Diagnostic,
        percent::decode_lossy,
        text::{shorten, visible},
    },
    engine,
};

pub(in crate::actions) struct BackstageRequest;

impl Action for BackstageRequest {
    fn id(&self) -> &'static str {
        "http:backstage:request"
    }

    fn description(&self) -> &'static str {
        "Asks Backstage's catalog, for which the catalog of the portal answers"
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        OUTPUTS.to_vec()
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec!["headers"]
    }

    fn schema(&self) -> Value {
        let mut all = properties();
        let methods = ["GET", "HEAD", "OPTIONS", "POST", "UPDATE", "DELETE", "PUT", "PATCH"];
        all.extend([
            ("method".to_owned(), json!({"enum": methods, "description": "Method of the request"})),
            (
                "path".to_owned(),
                json!({
                    "type": "string",
                    "description": "Path of the catalog, such as `/api/catalog/entities/by-name/component/default/shop`"
                }),
            ),
            (
                "useBackstageToken".to_owned(),
                json!({"type": "boolean", "description": "Not used: the portal's own catalog is read"}),
            ),
            (
                "idempotencyKey".to_owned(),
                json!({"type": "string", "description": "Not used: nothing is changed"}),
            ),
        ]);
        json!({"type": "object", "required": ["path", "method"], "properties": all})
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        _results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let method = text(input, "method").unwrap_or_default();
        let written = text(input, "path").unwrap_or_default();
        let (path, query) = written.split_once('?').unwrap_or((written, ""));
        let path = path.trim_start_matches('/');
        let path = path.strip_prefix("api/").unwrap_or(path).trim_end_matches('/');
        let mut parameters = pairs(query);
        parameters.extend(params(input).into_iter().map(|(name, value)| (name, shown(&value))));
        let segments: Vec<_> = path.split('/').map(decode_lossy).collect();
        let segments: Vec<_> = segments.iter().map(AsRef::as_ref).collect();
        let question = Question {
            method,
            segments: &segments,
            parameters: &parameters,
            body: input.get("body").unwrap_or(&Value::Null),
        };
        let answer = catalog::answer(cx.plan.catalog, &question).map_err(|why| {
            let place = if why.input.is_empty() { "path" } else { why.input };
            let pointer = format!("{}/{place}", cx.input());
            let code = if why.is_unsupported { "unsupported-action" } else { "invalid-input" };
            vec![cx.template().wrong(&pointer, code, why.message).hint_opt(why.hint)]
        })?;
        let (code, body) = match answer {
            Answer::Found(body) => (200, body),
            Answer::Missing(reference) if flag(input, "continueOnBadResponse") => {
                let message = format!("No entity named '{reference}'");
                (404, json!({"error": {"name": "NotFoundError", "message": message}}))
            }
            Answer::Missing(reference) => return Err(missing(cx, "path", &reference)),
        };
        // A name of a source that starts with the reserved character would be taken for an unknown value.
        engine::refuse_reserved_keys(&body).map_err(|error| cx.wrong("path", error))?;
        let headers = json!({"content-type": "application/json; charset=utf-8"});
        let output = Map::from_iter([
            ("code".to_owned(), json!(code)),
            ("headers".to_owned(), headers),
            ("body".to_owned(), body),
        ]);
        let log = match input.get("logRequestPath") {
            Some(Value::Bool(false)) => Vec::new(),
            _ => vec![format!("{method} {}", visible(&shorten(written, 300)))],
        };
        let message = format!("the catalog answered {code}");
        Ok(StepPlan { output, message, log, ..StepPlan::default() })
    }
}

/// The parameters of a query.
fn pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| decode_lossy(&text.replace('+', " ")).into_owned();
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (decode(name), decode(value))
    };
    query.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}
