//! `roadiehq:utils:jsonata`, `:jsonata:json:transform` and `:jsonata:yaml:transform`: values computed by a query language (<https://docs.jsonata.org>).

use serde_json::{Map, Value, json};

use super::{files, json::stringify};
use crate::{
    actions::{
        Action, StepContext, StepPlan, StepResults,
        input::{file_of, flag, text},
    },
    base::{diagnostics::Diagnostic, yaml},
    engine, jsonata,
};

/// Computes a value of data.
pub(in crate::actions) struct Jsonata;

/// Computes a value of a JSON file.
pub(in crate::actions) struct TransformJson;

/// Computes a value of a YAML file.
pub(in crate::actions) struct TransformYaml;

/// How a result is given.
type ToText = fn(&Value) -> Result<String, String>;

/// The plan of a step with a result; undefined is no output.
fn plan(result: Option<Value>) -> StepPlan {
    StepPlan {
        output: result.map(|result| ("result".to_owned(), result)).into_iter().collect(),
        message: "computed a value".to_owned(),
        ..StepPlan::default()
    }
}

fn evaluate(
    cx: &StepContext<'_>,
    input: &Value,
    data: &Value,
    results: &StepResults,
) -> Result<Option<Value>, Vec<Diagnostic>> {
    let expression = text(input, "expression").unwrap_or_default();
    let result = jsonata::evaluate(expression, data, &results.budget);
    result.map_err(|error| cx.wrong("expression", error))
}

/// Computes a value of a file that has been read, if it is known.
fn transform(
    cx: &StepContext<'_>,
    input: &Value,
    results: &StepResults,
    (parser, to_text): (&str, ToText),
) -> Result<StepPlan, Vec<Diagnostic>> {
    let (path, file) = file_of(cx, input, "path", results)?;
    if !file.is_known {
        return Ok(plan(Some(engine::unknown(&cx.step().id, "output.result"))));
    }
    let wrong = |message: String| cx.wrong("path", format!("`{path}`: {message}"));
    let content = file.text().ok_or_else(|| wrong("it is not a text".to_owned()))?;
    let data = files::parse(content, Some(parser)).map_err(wrong)?;
    let result = evaluate(cx, input, &data, results)?;
    let is_object = text(input, "as") == Some("object");
    let shown = |result: Value| match is_object {
        true => Ok(result),
        false => to_text(&result).map(Value::String),
    };
    Ok(plan(result.map(shown).transpose().map_err(|message| cx.wrong("expression", message))?))
}

/// The schema of an action that reads a file.
fn schema(more: Option<(&str, Value)>) -> Value {
    let mut properties = Map::from_iter([
        ("path".to_owned(), json!({"type": "string", "description": "The file"})),
        (
            "expression".to_owned(),
            json!({"type": "string", "description": "An expression of JSONata"}),
        ),
        (
            "as".to_owned(),
            json!({
                "enum": ["string", "object"], "description": "How the result is given: as text, or as the value itself"
            }),
        ),
        (
            "options".to_owned(),
            json!({
                "type": "object", "description": "Not used: there is one way of writing a value"
            }),
        ),
    ]);
    properties.extend(more.map(|(name, schema)| (name.to_owned(), schema)));
    json!({"type": "object", "required": ["path", "expression"], "properties": properties})
}

const OUTPUTS: &[(&str, &str)] = &[("result", "The value, or its text")];

impl Action for Jsonata {
    fn id(&self) -> &'static str {
        "roadiehq:utils:jsonata"
    }

    fn description(&self) -> &'static str {
        "Computes a value of data by an expression of JSONata"
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        OUTPUTS.to_vec()
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec!["data"]
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "required": ["data", "expression"],
            "properties": {
                "data": {"description": "What the expression reads"},
                "expression": {"type": "string", "description": "An expression of JSONata"}
            }
        })
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let data = input.get("data").unwrap_or(&Value::Null);
        if engine::contains_unknown(data) {
            return Ok(plan(Some(engine::unknown(&cx.step().id, "output.result"))));
        }
        evaluate(cx, input, data, results).map(plan)
    }
}

impl Action for TransformJson {
    fn id(&self) -> &'static str {
        "roadiehq:utils:jsonata:json:transform"
    }

    fn description(&self) -> &'static str {
        "Computes a value of a JSON file of the workspace by an expression of JSONata"
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        OUTPUTS.to_vec()
    }

    fn schema(&self) -> Value {
        schema(None)
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        transform(cx, input, results, ("json", |value| Ok(stringify(value, ""))))
    }
}

impl Action for TransformYaml {
    fn id(&self) -> &'static str {
        "roadiehq:utils:jsonata:yaml:transform"
    }

    fn description(&self) -> &'static str {
        "Computes a value of a YAML file of the workspace by an expression of JSONata"
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        OUTPUTS.to_vec()
    }

    fn schema(&self) -> Value {
        schema(Some((
            "loadAll",
            json!({"type": "boolean", "description": "Reads the list of all documents of the file"}),
        )))
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let parser = if flag(input, "loadAll") { "multiyaml" } else { "yaml" };
        let to_text: ToText = |value| yaml::value_to_string(value).map_err(|error| error.message);
        transform(cx, input, results, (parser, to_text))
    }
}
