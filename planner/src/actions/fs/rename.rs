//! `fs:rename`: renames files and folders of the workspace.

use serde_json::{Value, json};

use crate::{
    actions::{
        Action, StepContext, StepPlan, StepResults,
        input::{flag, path_at, text},
    },
    base::{diagnostics::Diagnostic, path::RelativePath, text::count},
    workspace::Workspace,
};

pub(in crate::actions) struct Rename;

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
            "properties": {"files": {"type": "array", "description": "What is renamed, in order", "items": {
                "type": "object",
                "required": ["from", "to"],
                "properties": {
                    "from": {"type": "string", "description": "A file or folder"},
                    "to": {"type": "string", "description": "Its new path"},
                    "overwrite": {"type": "boolean", "description": "Replaces what is there, which is an error otherwise"}
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
                path_at(cx, &format!("files/{index}/{key}"), text(file, key).unwrap_or_default())
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
    let is_inside = |one: &RelativePath, other: &RelativePath| {
        one.as_str().strip_prefix(other.as_str()).is_some_and(|rest| rest.starts_with('/'))
    };
    if is_inside(to, from) || is_inside(from, to) && overwrite {
        return Err(format!("`{from}` and `{to}` are in each other"));
    }
    let old: Vec<_> = workspace.below(to).map(|(inside, _)| to.join(&inside)).collect();
    let is_taken = workspace.get(to).is_some() || !old.is_empty();
    if is_taken && !overwrite {
        return Err(format!("`{to}` is in the workspace already"));
    }
    for path in old.iter().chain([to]) {
        workspace.remove(path);
    }
    let taken: Vec<_> =
        moves.iter().filter_map(|(old, new)| Some((new.clone(), workspace.remove(old)?))).collect();
    for (path, file) in taken {
        workspace.insert(path, file).map_err(|e| e.to_string())?;
    }
    Ok(moves.len())
}
