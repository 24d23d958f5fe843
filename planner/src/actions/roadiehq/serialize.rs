//! `roadiehq:utils:serialize:json` and `:yaml`: values as texts.

use serde_json::{Map, Value, json};

use super::json::{space, stringify};
use crate::{
    actions::{Action, StepContext, StepPlan, StepResults, input::texts},
    base::{diagnostics::Diagnostic, yaml},
    engine,
};

/// As JSON.
pub(in crate::actions) struct SerializeJson;

/// As YAML.
pub(in crate::actions) struct SerializeYaml;

const OUTPUTS: &[(&str, &str)] = &[("serialized", "The text")];

/// The plan of a step that gives a text, of data that may be known only after apply.
fn plan(cx: &StepContext<'_>, data: &Value, text: String) -> StepPlan {
    let text = if engine::contains_unknown(data) {
        engine::unknown(&cx.step().id, "output.serialized")
    } else {
        text.into()
    };
    StepPlan {
        output: Map::from_iter([("serialized".to_owned(), text)]),
        message: "serialized a value".to_owned(),
        ..StepPlan::default()
    }
}

impl Action for SerializeJson {
    fn id(&self) -> &'static str {
        "roadiehq:utils:serialize:json"
    }

    fn description(&self) -> &'static str {
        "Writes a value as JSON"
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
            "required": ["data"],
            "properties": {
                "data": {"description": "The value"},
                "replacer": {
                    "type": "array", "items": {"type": "string"}, "description": "The only keys of maps that are written"
                },
                "space": {"type": ["number", "string"], "description": "Indentation: a number of spaces, or a text"}
            }
        })
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        _results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let mut data = input.get("data").cloned().unwrap_or_default();
        if input.get("replacer").is_some_and(Value::is_array) && !engine::contains_unknown(&data) {
            keep_keys(&mut data, &texts(input, "replacer"));
        }
        Ok(plan(cx, &data, stringify(&data, &space(input.get("space")))))
    }
}

/// Removes all other keys from all maps.
fn keep_keys(value: &mut Value, keys: &[&str]) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| keep_keys(item, keys)),
        Value::Object(map) => {
            map.retain(|key, _| keys.contains(&key.as_str()));
            map.iter_mut().for_each(|(_, item)| keep_keys(item, keys));
        }
        _ => {}
    }
}

impl Action for SerializeYaml {
    fn id(&self) -> &'static str {
        "roadiehq:utils:serialize:yaml"
    }

    fn description(&self) -> &'static str {
        "Writes a value as YAML"
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
            "required": ["data"],
            "properties": {
                "data": {"description": "The value"},
                "options": {"type": "object", "description": "Not used: there is one way of writing YAML"}
            }
        })
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        _results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let data = input.get("data").cloned().unwrap_or_default();
        let text = yaml::value_to_string(&engine::display(&data));
        Ok(plan(cx, &data, text.map_err(|error| cx.wrong("data", error.message))?))
    }
}
