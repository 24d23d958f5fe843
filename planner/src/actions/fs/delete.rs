//! `fs:delete`: deletes files and folders of the workspace.

use serde_json::{Value, json};

use crate::{
    actions::{
        Action, StepContext, StepPlan, StepResults,
        input::{path_at, texts},
    },
    base::{diagnostics::Diagnostic, path::RelativePath, text::count},
    glob::GlobList,
};

pub(in crate::actions) struct Delete;

impl Action for Delete {
    fn id(&self) -> &'static str {
        "fs:delete"
    }

    fn description(&self) -> &'static str {
        "Deletes files and folders of the workspace; what is not there is no mistake"
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "required": ["files"],
            "properties": {"files": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Files, folders with everything in them, or globs of either"
            }}
        })
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let workspace = &mut results.workspace;
        let mut deleted = 0;
        for (index, text) in texts(input, "files").into_iter().enumerate() {
            let pointer = format!("files/{index}");
            let path = path_at(cx, &pointer, text)?;
            let is_named =
                workspace.get(&path).is_some() || workspace.below(&path).next().is_some();
            let paths: Vec<RelativePath> = if is_named {
                let below = workspace.below(&path).map(|(inside, _)| path.join(&inside));
                below.chain([path.clone()]).collect()
            } else {
                let globs = GlobList::of_folders(&[path.as_str()]);
                let globs = globs.map_err(|error| cx.wrong(&pointer, error))?;
                let files = workspace.files().map(|(path, _)| path);
                files.filter(|path| globs.selects(path)).cloned().collect()
            };
            deleted += paths.iter().filter_map(|path| workspace.remove(path)).count();
        }
        let message = format!("deleted {}", count(deleted, "file", "files"));
        Ok(StepPlan { message, ..StepPlan::default() })
    }
}
