//! `fs:rename`: renames files and folders of the workspace.

use serde_json::{Value, json};

use super::{Action, StepContext, StepPlan, StepResults, flag, text};
use crate::base::{diagnostics::Diagnostic, path::RelativePath, text::count};
use crate::workspace::{Workspace, folder_path};

pub(super) struct Rename;

impl Action for Rename {
    fn id(&self) -> &'static str {
        "fs:rename"
    }

    fn description(&self) -> &'static str {
        "Renames files and folders of the workspace"
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "required": ["files"],
            "properties": {"files": {"type": "array", "items": {
                "type": "object",
                "required": ["from", "to"],
                "properties": {
                    "from": {"type": "string"},
                    "to": {"type": "string"},
                    "overwrite": {"type": "boolean"}
                },
                "additionalProperties": false
            }}},
            "additionalProperties": false
        })
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let files = input.get("files").and_then(Value::as_array);
        let mut moved = 0;
        for (index, file) in files.into_iter().flatten().enumerate() {
            let path = |key: &str| {
                let wrong = |m: String| cx.wrong(&format!("files/{index}/{key}"), m);
                match folder_path(text(file, key).unwrap_or_default()) {
                    Ok(Some(path)) => Ok(path),
                    Ok(None) => Err(wrong("the workspace itself cannot be renamed".into())),
                    Err(error) => Err(wrong(error.to_string())),
                }
            };
            let (from, to) = (path("from")?, path("to")?);
            moved += rename(&mut results.workspace, &from, &to, flag(file, "overwrite"))
                .map_err(|message| cx.wrong(&format!("files/{index}"), message))?;
        }
        Ok(StepPlan {
            message: format!("renamed {}", count(moved, "file", "files")),
            ..StepPlan::default()
        })
    }
}

/// Moves a file, or all files of a folder. Returns how many.
fn rename(
    workspace: &mut Workspace,
    from: &RelativePath,
    to: &RelativePath,
    overwrite: bool,
) -> Result<usize, String> {
    let mut moves: Vec<_> =
        workspace.below(from).map(|(inside, _)| (from.join(&inside), to.join(&inside))).collect();
    if workspace.get(from).is_some() {
        moves.push((from.clone(), to.clone()));
    }
    if moves.is_empty() {
        return Err(format!("`{from}` is not in the workspace"));
    }
    if from == to {
        return Ok(0);
    }
    let is_taken = workspace.get(to).is_some() || workspace.below(to).next().is_some();
    if is_taken && !overwrite {
        return Err(format!("`{to}` is in the workspace already"));
    }
    let taken: Vec<_> =
        moves.iter().filter_map(|(old, new)| Some((new.clone(), workspace.remove(old)?))).collect();
    for (path, file) in taken {
        workspace.insert(path, file).map_err(|e| e.to_string())?;
    }
    Ok(moves.len())
}
