//! `fetch:plain` and `fetch:plain:file`: copy files into the workspace as they are.

use serde_json::{Value, json};

use super::source;
use crate::{
    actions::{
        Action, StepContext, StepPlan, StepResults,
        input::{folder_of, path_of, text},
    },
    base::{diagnostics::Diagnostic, text::count},
    engine,
};

/// Copies a folder.
pub(in crate::actions) struct FetchPlain;

/// Copies one file.
pub(in crate::actions) struct FetchPlainFile;

impl Action for FetchPlain {
    fn id(&self) -> &'static str {
        "fetch:plain"
    }

    fn description(&self) -> &'static str {
        "Copies a folder into the workspace, as it is"
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "required": ["url"],
            "properties": {
                "url": super::url(),
                "targetPath": super::target(),
                "token": super::token()
            }
        })
    }

    fn check(&self, cx: &StepContext<'_>) -> Vec<Diagnostic> {
        let url = written_url(cx);
        url.and_then(|url| source::folder(cx, url).err()).unwrap_or_default()
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let source = source::folder(cx, text(input, "url").unwrap_or_default())?;
        source.note(results);
        let target = folder_of(cx, input, "targetPath")?;
        let number = source.files.len();
        for (path, file) in source.files.files() {
            let place = target.as_ref().map_or(path.clone(), |target| target.join(path));
            let inserted = results.workspace.insert(place, file.clone());
            inserted.map_err(|e| cx.wrong("targetPath", e))?;
        }
        Ok(StepPlan {
            message: format!("copied {}{}", count(number, "file", "files"), source.origin()),
            ..StepPlan::default()
        })
    }
}

impl Action for FetchPlainFile {
    fn id(&self) -> &'static str {
        "fetch:plain:file"
    }

    fn description(&self) -> &'static str {
        "Copies one file into the workspace, as it is"
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "required": ["url", "targetPath"],
            "properties": {
                "url": super::url(),
                "targetPath": {"type": "string", "description": "The file that it becomes"},
                "token": super::token()
            }
        })
    }

    fn check(&self, cx: &StepContext<'_>) -> Vec<Diagnostic> {
        let url = written_url(cx);
        url.and_then(|url| source::file(cx, url).err()).unwrap_or_default()
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let (source, _, file) = source::file(cx, text(input, "url").unwrap_or_default())?;
        source.note(results);
        let target = path_of(cx, input, "targetPath")?;
        let message = format!("copied `{target}`{}", source.origin());
        results.workspace.insert(target, file).map_err(|e| cx.wrong("targetPath", e))?;
        Ok(StepPlan { message, ..StepPlan::default() })
    }
}

/// The `url` of a step, when it has no expression.
fn written_url<'s>(cx: &'s StepContext<'_>) -> Option<&'s str> {
    text(&cx.step().input, "url").filter(|url| !engine::has_expression(url))
}
