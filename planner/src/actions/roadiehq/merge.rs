//! `roadiehq:utils:merge`, `:json:merge` and `:yaml:merge`: values are merged into a file of the workspace.

use serde_json::{Map, Value, json};

use super::{files::write, json::stringify};
use crate::{
    actions::{
        Action, StepContext, StepPlan, StepResults,
        input::{documents, flag, path_of},
    },
    base::{diagnostics::Diagnostic, yaml},
    engine,
    workspace::File,
};

/// Merges into a file of one format.
#[derive(Debug)]
pub(in crate::actions) struct Merge {
    id: &'static str,
    description: &'static str,
    /// `None`: the file's ending says it.
    format: Option<Format>,
}

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Yaml,
}

/// `roadiehq:utils:merge`.
pub(in crate::actions) const MERGE: Merge = Merge {
    id: "roadiehq:utils:merge",
    description: "Merges a value into a file of the workspace, which is JSON or YAML by its ending",
    format: None,
};

/// `roadiehq:utils:json:merge`.
pub(in crate::actions) const JSON_MERGE: Merge = Merge {
    id: "roadiehq:utils:json:merge",
    description: "Merges a value into a JSON file of the workspace, which is made when it is not there",
    format: Some(Format::Json),
};

/// `roadiehq:utils:yaml:merge`.
pub(in crate::actions) const YAML_MERGE: Merge = Merge {
    id: "roadiehq:utils:yaml:merge",
    description: "Merges a value into a YAML file of the workspace, which is made when it is not there",
    format: Some(Format::Yaml),
};

impl Action for Merge {
    fn id(&self) -> &'static str {
        self.id
    }

    fn description(&self) -> &'static str {
        self.description
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        vec![("path", "The file, from the workspace")]
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec!["content"]
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "required": ["path", "content"],
            "properties": {
                "path": {"type": "string", "description": "The file"},
                "content": {"type": ["object", "string"], "description": "A map, or its text in the format of the file"},
                "mergeArrays": {
                    "type": "boolean",
                    "description": "Adds the items of lists to those that are there; otherwise items replace those at the same place"
                },
                "useDocumentIncludingField": {
                    "type": "object",
                    "required": ["key", "value"],
                    "properties": {
                        "key": {"type": "string", "description": "A field of the document"},
                        "value": {"type": "string", "description": "Its value"}
                    },
                    "description": "Which document of a YAML file with several is changed"
                },
                "preserveYamlComments": {"type": "boolean", "description": "Not possible: comments are lost, with a note"},
                "matchFileIndent": {"type": "boolean", "description": "Keeps the indentation of a JSON file"},
                "options": {"type": "object", "description": "Not used: there is one way of writing YAML"}
            }
        })
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let path = path_of(cx, input, "path")?;
        let format = match (self.format, path.as_str().rsplit('.').next()) {
            (Some(format), _) => format,
            (None, Some("json")) => Format::Json,
            (None, Some("yaml" | "yml")) => Format::Yaml,
            _ => {
                let message = format!("`{path}` must end in `.json`, `.yaml` or `.yml`");
                return Err(cx.wrong("path", message));
            }
        };
        let before = results.workspace.get(&path).cloned();
        if before.is_none() && self.format.is_none() {
            return Err(cx.wrong("path", format!("there is no file `{path}` in the workspace")));
        }
        let before = before.unwrap_or_else(|| File::new([]));
        let content = input.get("content").unwrap_or(&Value::Null);
        // A text of which parts are unknown cannot be read, and neither can such a file.
        if !before.is_known || engine::is_unknown(content) {
            return write(cx, results, path, File { is_known: false, ..before });
        }
        let wrong_file = |message: String| cx.wrong("path", format!("`{path}`: {message}"));
        let old = before.text().ok_or_else(|| wrong_file("it is not a text".into()))?;
        let content = match content {
            Value::String(text) => read(text, format)
                .and_then(|mut all| all.pop().ok_or_else(|| "it is empty".to_owned()))
                .map_err(|message| cx.wrong("content", message))?,
            value => engine::display(value),
        };
        let mut documents = read(old, format).map_err(wrong_file)?;
        let place = document(cx, input, &documents)?;
        if documents.is_empty() {
            documents.push(Value::Object(Map::new()));
        }
        merge(&mut documents[place], content, flag(input, "mergeArrays"));
        let indent = if flag(input, "matchFileIndent") { indent_of(old) } else { "  ".to_owned() };
        let text = to_text(&documents, format, &indent).map_err(wrong_file)?;
        let is_known = !engine::contains_unknown(input.get("content").unwrap_or(&Value::Null));
        let mut plan =
            write(cx, results, path, File { is_known, ..before.with_bytes(text.into_bytes()) })?;
        if flag(input, "preserveYamlComments") && format == Format::Yaml && old.contains('#') {
            plan.warnings.push(cx.ignored("preserveYamlComments", "comments of the file are lost"));
        }
        Ok(plan)
    }
}

fn read(text: &str, format: Format) -> Result<Vec<Value>, String> {
    match format {
        Format::Json if text.trim().is_empty() => Ok(Vec::new()),
        Format::Json => {
            serde_json::from_str(text).map(|value| vec![value]).map_err(|e| e.to_string())
        }
        Format::Yaml => documents(text),
    }
}

/// Which document is changed: the only one, or the one with a field.
fn document(
    cx: &StepContext<'_>,
    input: &Value,
    documents: &[Value],
) -> Result<usize, Vec<Diagnostic>> {
    let Some(field) = input.get("useDocumentIncludingField") else {
        return match documents.len() {
            0 | 1 => Ok(0),
            _ => {
                let message =
                    "the file has several documents: say which by `useDocumentIncludingField`";
                Err(cx.wrong("path", message))
            }
        };
    };
    let key = field["key"].as_str().unwrap_or_default();
    // Keys are paths, such as `metadata.name`.
    let pointer = format!("/{}", key.replace('~', "~0").replace('/', "~1").replace('.', "/"));
    let has_field = |document: &Value| {
        let found = document.get(key).or_else(|| document.pointer(&pointer));
        found.is_some_and(|found| *found == field["value"])
    };
    let missing = || {
        let message = format!("no document of the file has this value in `{key}`");
        cx.wrong("useDocumentIncludingField", message)
    };
    documents.iter().position(has_field).ok_or_else(missing)
}

/// Merges as lodash does: maps by key, lists by place or one after the other, and other values replace.
fn merge(old: &mut Value, new: Value, joins_lists: bool) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            for (key, value) in new {
                match old.get_mut(&key) {
                    Some(known) => merge(known, value, joins_lists),
                    None => drop(old.insert(key, value)),
                }
            }
        }
        (Value::Array(old), Value::Array(new)) if joins_lists => old.extend(new),
        (Value::Array(old), Value::Array(new)) => {
            for (index, value) in new.into_iter().enumerate() {
                match old.get_mut(index) {
                    Some(known) => merge(known, value, joins_lists),
                    None => old.push(value),
                }
            }
        }
        (old, new) => *old = new,
    }
}

fn to_text(documents: &[Value], format: Format, indent: &str) -> Result<String, String> {
    match format {
        Format::Json => {
            Ok(documents.first().map(|value| stringify(value, indent)).unwrap_or_default())
        }
        Format::Yaml => {
            let texts = documents.iter().map(yaml::value_to_string).collect::<Result<Vec<_>, _>>();
            Ok(texts.map_err(|error| error.message)?.join("---\n"))
        }
    }
}

/// The indentation of the first indented line; two spaces without one.
fn indent_of(text: &str) -> String {
    let indents = text.lines().map(|line| &line[..line.len() - line.trim_start().len()]);
    indents.into_iter().find(|indent| !indent.is_empty()).unwrap_or("  ").to_owned()
}
