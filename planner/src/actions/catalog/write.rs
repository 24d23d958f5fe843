//! `catalog:write`: writes an entity to a file of the workspace.

use serde_json::{Value, json};

use crate::{
    actions::{
        Action, StepContext, StepPlan, StepResults,
        input::{path_at, text},
    },
    base::{diagnostics::Diagnostic, yaml},
    engine,
    workspace::File,
};

/// The file when the input names none.
const FILE: &str = "catalog-info.yaml";

pub(in crate::actions) struct Write;

impl Action for Write {
    fn id(&self) -> &'static str {
        "catalog:write"
    }

    fn description(&self) -> &'static str {
        "Writes an entity to a file of the workspace, as YAML"
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec!["entity"]
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "required": ["entity"],
            "properties": {
                "filePath": {"type": "string", "description": "The file; `catalog-info.yaml` without it"},
                "entity": {"type": "object", "description": "The entity"}
            }
        })
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let path = path_at(cx, "filePath", text(input, "filePath").unwrap_or(FILE))?;
        let entity = input.get("entity").unwrap_or(&Value::Null);
        let written = yaml::value_to_string(&engine::display(entity));
        let written = written.map_err(|error| cx.wrong("entity", error.message))?;
        let is_known = !engine::contains_unknown(entity);
        let file = File { is_known, ..File::new(written.into_bytes()) };
        let message = format!("wrote `{path}`");
        results.workspace.insert(path, file).map_err(|error| cx.wrong("filePath", error))?;
        Ok(StepPlan { message, ..StepPlan::default() })
    }
}
