//! `fetch:template` and `fetch:template:file`: render files into the workspace.

use serde_json::{Map, Value, json};

use super::{
    rendering::{self, Rendering},
    source,
};
use crate::{
    actions::{
        Action, StepContext, StepPlan, StepResults,
        input::{folder_of, path_of, text},
    },
    base::diagnostics::Diagnostic,
    engine,
};

/// Renders a folder.
pub(in crate::actions) struct FetchTemplate;

/// Renders one file.
pub(in crate::actions) struct FetchTemplateFile;

impl Action for FetchTemplate {
    fn id(&self) -> &'static str {
        "fetch:template"
    }

    fn description(&self) -> &'static str {
        "Renders a folder, paths and contents, into the workspace"
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec!["values"]
    }

    fn schema(&self) -> Value {
        let mut properties = rendering::folder_properties();
        properties.insert("url".to_owned(), super::url());
        properties.insert("targetPath".to_owned(), super::target());
        properties.insert("token".to_owned(), super::token());
        json!({"type": "object", "required": ["url"], "properties": properties})
    }

    /// Parses every file that the step would render, when its folder and globs are written out.
    fn check(&self, cx: &StepContext<'_>) -> Vec<Diagnostic> {
        let Some(input) = written_out(cx, self) else { return Vec::new() };
        let url = text(&input, "url").unwrap_or_default();
        let (rendering, folder) = match (Rendering::of_folder(cx, &input), source::folder(cx, url))
        {
            (Ok(rendering), Ok(folder)) => (rendering, folder),
            (rendering, folder) => {
                let problems = [rendering.err(), folder.err()];
                return problems.into_iter().flatten().flatten().collect();
            }
        };
        rendering.check(&folder)
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let rendering = Rendering::of_folder(cx, input)?;
        let source = source::folder(cx, text(input, "url").unwrap_or_default())?;
        source.note(results);
        let target = folder_of(cx, input, "targetPath")?;
        rendering.render_folder(cx, &source, target.as_ref(), results)
    }
}

impl Action for FetchTemplateFile {
    fn id(&self) -> &'static str {
        "fetch:template:file"
    }

    fn description(&self) -> &'static str {
        "Renders one file into the workspace"
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec!["values"]
    }

    fn schema(&self) -> Value {
        let mut properties = rendering::file_properties();
        properties.insert("url".to_owned(), super::url());
        let target =
            json!({"type": "string", "description": "The file that it becomes; not rendered"});
        properties.insert("targetPath".to_owned(), target);
        properties.insert("token".to_owned(), super::token());
        json!({"type": "object", "required": ["url", "targetPath"], "properties": properties})
    }

    fn check(&self, cx: &StepContext<'_>) -> Vec<Diagnostic> {
        let Some(input) = written_out(cx, self) else { return Vec::new() };
        match source::file(cx, text(&input, "url").unwrap_or_default()) {
            Ok((source, name, file)) => {
                Rendering::of_file(&input).check_file(&source, &name, &file)
            }
            Err(problems) => problems,
        }
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let (source, name, file) = source::file(cx, text(input, "url").unwrap_or_default())?;
        source.note(results);
        let target = path_of(cx, input, "targetPath")?;
        Rendering::of_file(input).render_file(cx, &source, (&name, &file), target, results)
    }
}

/// The input of a step without the values that have expressions, when its `url` has none and the rest is valid.
fn written_out(cx: &StepContext<'_>, action: &dyn Action) -> Option<Value> {
    let has_expression = |value: &Value| engine::has_expression(&value.to_string());
    let input: Map<String, Value> = cx.step().input.as_object()?.clone();
    if input.get("url").is_none_or(has_expression) {
        return None;
    }
    // What an expression gives is known only in a plan.
    let kept = |(key, value): (String, Value)| {
        let values = json!({});
        match has_expression(&value) {
            false => Some((key, value)),
            true if key == "values" => Some((key, values)),
            true if key == "targetPath" => Some((key, "./x".into())),
            true => None,
        }
    };
    let input = Value::Object(input.into_iter().filter_map(kept).collect());
    cx.check_input(action, &input).is_ok().then_some(input)
}
