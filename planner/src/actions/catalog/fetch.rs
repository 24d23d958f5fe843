//! `catalog:fetch`: entities of the catalog as outputs.

use serde_json::{Map, Value, json};

use crate::{
    actions::{
        Action, StepContext, StepPlan, StepResults,
        input::{flag, text},
    },
    base::{
        diagnostics::Diagnostic,
        text::{count, did_you_mean},
    },
    catalog::{EntityRef, reference::DEFAULT_NAMESPACE},
};

pub(in crate::actions) struct Fetch;

impl Action for Fetch {
    fn id(&self) -> &'static str {
        "catalog:fetch"
    }

    fn description(&self) -> &'static str {
        "Reads entities of the catalog"
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        vec![
            ("entity", "The entity of `entityRef`"),
            (
                "entities",
                "List of the entities of `entityRefs`, in their order; null for one that is not there",
            ),
        ]
    }

    fn schema(&self) -> Value {
        let text = |description: &str| json!({"type": "string", "description": description});
        json!({
            "type": "object",
            "properties": {
                "entityRef": text("Reference of an entity"),
                "entityRefs": {
                    "type": "array", "items": {"type": "string"}, "description": "References of entities"
                },
                "optional": {
                    "type": "boolean", "description": "Gives null for an entity that is not there, which is an error otherwise"
                },
                "defaultKind": text("Kind of references that name none"),
                "defaultNamespace": text("Namespace of references that name none")
            }
        })
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        _results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let mut output = Map::new();
        let mut number = 0;
        if let Some(reference) = text(input, "entityRef") {
            number += 1;
            output.insert("entity".to_owned(), find(cx, input, "entityRef", reference)?);
        }
        if let Some(references) = input.get("entityRefs").and_then(Value::as_array) {
            number += references.len();
            let references = references.iter().filter_map(Value::as_str).enumerate();
            let (mut entities, mut problems) = (Vec::new(), Vec::new());
            for (index, reference) in references {
                match find(cx, input, &format!("entityRefs/{index}"), reference) {
                    Ok(entity) => entities.push(entity),
                    Err(found) => problems.extend(found),
                }
            }
            if !problems.is_empty() {
                return Err(problems);
            }
            output.insert("entities".to_owned(), Value::Array(entities));
        }
        if number == 0 && output.is_empty() && !flag(input, "optional") {
            return Err(cx.wrong("", "one of `entityRef` and `entityRefs` is needed"));
        }
        let message = format!("read {}", count(number, "entity", "entities"));
        Ok(StepPlan { output, message, ..StepPlan::default() })
    }
}

/// The document of an entity, or null for one that is optional and not there.
fn find(
    cx: &StepContext<'_>,
    input: &Value,
    pointer: &str,
    text: &str,
) -> Result<Value, Vec<Diagnostic>> {
    let default = |key: &str| input.get(key).and_then(Value::as_str);
    let namespace = default("defaultNamespace").unwrap_or(DEFAULT_NAMESPACE);
    let reference = EntityRef::parse(text, default("defaultKind"), namespace).map_err(|error| {
        let hint = error.hint();
        hinted(cx.wrong(pointer, error), Some(hint))
    })?;
    match cx.plan.catalog.get(&reference) {
        Some(entity) => Ok(Value::clone(&entity.document)),
        None if flag(input, "optional") => Ok(Value::Null),
        None => Err(missing(cx, pointer, &reference)),
    }
}

/// The diagnostic of an entity that is not there.
pub(in crate::actions) fn missing(
    cx: &StepContext<'_>,
    pointer: &str,
    reference: &EntityRef,
) -> Vec<Diagnostic> {
    let entities = cx.plan.catalog.entities().iter();
    let same_kind = entities.filter(|entity| entity.reference.kind() == reference.kind());
    let near = did_you_mean(reference.as_str(), same_kind.map(|e| e.reference.as_str()));
    hinted(cx.wrong(pointer, format!("`{reference}` is not in the catalog")), near)
}

fn hinted(problems: Vec<Diagnostic>, hint: Option<String>) -> Vec<Diagnostic> {
    problems.into_iter().map(|problem| problem.hint_opt(hint.clone())).collect()
}
