//! `roadiehq:utils:fs:write`, `:append` and `:parse`.

use serde_json::{Map, Value, json};

use super::json::stringify;
use crate::{
    actions::{
        Action, StepContext, StepPlan, StepResults,
        input::{documents, file_of, flag, path_of, text},
    },
    base::diagnostics::Diagnostic,
    engine,
    workspace::File,
};

/// Writes a file.
pub(in crate::actions) struct Write;

/// Adds to a file.
pub(in crate::actions) struct Append;

/// Reads a file as a value.
pub(in crate::actions) struct Parse;

/// The schema of an action that writes `content` to `path`.
fn schema(more: &[(&str, Value)]) -> Value {
    let mut properties = Map::from_iter([
        ("path".to_owned(), json!({"type": "string", "description": "The file"})),
        ("content".to_owned(), json!({"type": "string", "description": "What is written"})),
    ]);
    properties.extend(more.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())));
    json!({"type": "object", "required": ["path", "content"], "properties": properties})
}

/// Puts a text into the workspace, and returns the plan of the step.
pub(super) fn write(
    cx: &StepContext<'_>,
    results: &mut StepResults,
    path: crate::base::path::RelativePath,
    file: File,
) -> Result<StepPlan, Vec<Diagnostic>> {
    let plan = StepPlan {
        output: Map::from_iter([("path".to_owned(), path.as_str().into())]),
        message: format!("wrote `{path}`"),
        ..StepPlan::default()
    };
    results.workspace.insert(path, file).map_err(|error| cx.wrong("path", error))?;
    Ok(plan)
}

/// A text of an input, with what is known only after apply in words, and whether all of it is known.
fn content(input: &Value) -> (String, bool) {
    let content = input.get("content").unwrap_or(&Value::Null);
    let shown = engine::display(content).as_str().unwrap_or_default().to_owned();
    (shown, !engine::contains_unknown(content))
}

impl Action for Write {
    fn id(&self) -> &'static str {
        "roadiehq:utils:fs:write"
    }

    fn description(&self) -> &'static str {
        "Writes a text to a file of the workspace"
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        vec![("path", "The file, from the workspace")]
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec!["content"]
    }

    fn schema(&self) -> Value {
        schema(&[(
            "preserveFormatting",
            json!({"type": "boolean", "description": "Writes content that is JSON with an indentation of two"}),
        )])
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let path = path_of(cx, input, "path")?;
        let (mut content, is_known) = content(input);
        if flag(input, "preserveFormatting")
            && let Ok(value) = serde_json::from_str::<Value>(&content)
        {
            content = stringify(&value, "  ");
        }
        write(cx, results, path, File { is_known, ..File::new(content.into_bytes()) })
    }
}

impl Action for Append {
    fn id(&self) -> &'static str {
        "roadiehq:utils:fs:append"
    }

    fn description(&self) -> &'static str {
        "Adds a text to the end of a file of the workspace, which is made when it is not there"
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        vec![("path", "The file, from the workspace")]
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec!["content"]
    }

    fn schema(&self) -> Value {
        schema(&[])
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let path = path_of(cx, input, "path")?;
        let before = results.workspace.get(&path).cloned().unwrap_or_else(|| File::new([]));
        if before.mode == crate::base::files::Mode::Link {
            return Err(cx.wrong("path", format!("`{path}` is a symbolic link")));
        }
        let (content, is_known) = content(input);
        let is_known = is_known && before.is_known;
        let bytes = [&*before.bytes, content.as_bytes()].concat();
        write(cx, results, path, File { is_known, ..before.with_bytes(bytes) })
    }
}

impl Action for Parse {
    fn id(&self) -> &'static str {
        "roadiehq:utils:fs:parse"
    }

    fn description(&self) -> &'static str {
        "Reads a file of the workspace as a value"
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        vec![(
            "content",
            "The value, of `multiyaml` a list with each document, and without a parser the text",
        )]
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "required": ["path"],
            "properties": {
                "path": {"type": "string", "description": "The file"},
                "parser": {"enum": ["yaml", "json", "multiyaml"], "description": "How the file is read"}
            }
        })
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let (path, file) = file_of(cx, input, "path", results)?;
        let content = match file.text() {
            _ if !file.is_known => engine::unknown(&cx.step().id, "output.content"),
            Some(content) => parse(content, text(input, "parser"))
                .map_err(|message| cx.wrong("path", format!("`{path}`: {message}")))?,
            None => return Err(cx.wrong("path", format!("`{path}` is not a text"))),
        };
        Ok(StepPlan {
            output: Map::from_iter([("content".to_owned(), content)]),
            message: format!("read `{path}`"),
            ..StepPlan::default()
        })
    }
}

/// Reads a text as a value.
pub(super) fn parse(text: &str, parser: Option<&str>) -> Result<Value, String> {
    let value = match parser {
        Some("json") => serde_json::from_str(text).map_err(|error| error.to_string())?,
        Some("yaml") => match documents(text)?.as_mut_slice() {
            [] => Value::Null,
            [only] => only.take(),
            _ => return Err("it has several documents: use the parser `multiyaml`".to_owned()),
        },
        Some(_) => Value::Array(documents(text)?),
        None => text.into(),
    };
    engine::refuse_reserved_keys(&value).map_err(|error| error.to_string())?;
    Ok(value)
}
