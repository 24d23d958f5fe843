//! `roadiehq:utils:fs:replace`: replaces texts in files of the workspace.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::{
    actions::{
        Action, StepContext, StepPlan, StepResults,
        input::{flag, path_at, text},
    },
    base::{diagnostics::Diagnostic, path::RelativePath, text::count},
    engine::{self, Context},
    glob::GlobList,
    workspace::Workspace,
};

pub(in crate::actions) struct Replace;

impl Action for Replace {
    fn id(&self) -> &'static str {
        "roadiehq:utils:fs:replace"
    }

    fn description(&self) -> &'static str {
        "Replaces texts in files of the workspace"
    }

    fn schema(&self) -> Value {
        let flag = |description: &str| json!({"type": "boolean", "description": description});
        let text = |description: &str| json!({"type": "string", "description": description});
        json!({
            "type": "object",
            "required": ["files"],
            "properties": {"files": {
                "type": "array",
                "description": "What is replaced, in order",
                "items": {
                    "type": "object",
                    "required": ["file", "find", "replaceWith"],
                    "properties": {
                        "file": text("The file, or a glob of files"),
                        "find": {"type": "string", "minLength": 1, "description": "The text, or the regular expression"},
                        "replaceWith": text("What stands there afterwards"),
                        "matchRegex": flag("Reads `find` as a regular expression of JavaScript"),
                        "includeDotFiles": flag("Whether wildcards match names that begin with a dot")
                    }
                }
            }}
        })
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let entries = input.get("files").and_then(Value::as_array);
        let mut changed = 0;
        for (index, entry) in entries.into_iter().flatten().enumerate() {
            let pointer = format!("files/{index}/file");
            let glob = path_at(cx, &pointer, text(entry, "file").unwrap_or_default())?;
            let paths = matching(&results.workspace, &glob, flag(entry, "includeDotFiles"))
                .map_err(|message| cx.wrong(&pointer, message))?;
            for path in paths {
                let Some(file) = results.workspace.get(&path).cloned() else { continue };
                let Some(old) = file.text() else { continue };
                let new = replaced(cx, results, old, entry)
                    .map_err(|message| cx.wrong(&format!("files/{index}/find"), message))?;
                if new != old {
                    changed += 1;
                    let file = file.with_bytes(new.into_bytes());
                    results.workspace.insert(path, file).map_err(|e| cx.wrong(&pointer, e))?;
                }
            }
        }
        let message = format!("changed {}", count(changed, "file", "files"));
        Ok(StepPlan { message, ..StepPlan::default() })
    }
}

/// The files that a path or glob selects. Without `with_dots`, wildcards match no name that begins with a dot.
fn matching(
    workspace: &Workspace,
    glob: &RelativePath,
    with_dots: bool,
) -> Result<Vec<RelativePath>, String> {
    if workspace.get(glob).is_some() {
        return Ok(vec![glob.clone()]);
    }
    let globs = GlobList::new(&[glob.as_str()]).map_err(|error| error.to_string())?;
    let dots =
        |path: &RelativePath| path.as_str().split('/').filter(|p| p.starts_with('.')).count();
    // Dots that the glob has itself are meant.
    let written = dots(glob);
    let is_seen = |path: &&RelativePath| with_dots || dots(path) <= written;
    let files = workspace.files().map(|(path, _)| path);
    Ok(files.filter(|path| globs.selects(path)).filter(is_seen).cloned().collect())
}

/// Replaces in one text. Regular expressions are those of the expression language, within the budget of the plan.
fn replaced(
    cx: &StepContext<'_>,
    results: &StepResults,
    old: &str,
    entry: &Value,
) -> Result<String, String> {
    let find = text(entry, "find").unwrap_or_default();
    let with = text(entry, "replaceWith").unwrap_or_default();
    if !flag(entry, "matchRegex") {
        return Ok(old.replace(find, with));
    }
    let variables =
        Map::from_iter([("text".to_owned(), old.into()), ("with".to_owned(), with.into())]);
    let template = format!("${{{{ text.replace(r/{}/g, with) }}}}", literal(find));
    let environment = cx.plan.environment(results);
    let rendered = engine::render_string(&template, &Context::new(&variables), &environment);
    match rendered.map_err(|error| format!("`{find}`: {}", error.message))? {
        Some(Value::String(new)) => Ok(new),
        _ => Err(format!("`{find}` cannot be replaced")),
    }
}

/// The text of a regular expression between two slashes.
fn literal(pattern: &str) -> String {
    let mut out = String::new();
    let mut is_escaped = false;
    for character in pattern.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '/' if !is_escaped => out.push_str("\\/"),
            character if character.is_control() => {
                // Writing to a text cannot fail.
                let _ = write!(out, "\\x{:02x}", u32::from(character));
            }
            character => out.push(character),
        }
        is_escaped = character == '\\' && !is_escaped;
    }
    out
}
