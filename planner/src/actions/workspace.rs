//! `workspace:template` and `workspace:template:file`: render files that earlier steps have put into the workspace.

use serde_json::{Value, json};

use super::{
    Action, StepContext, StepPlan, StepResults,
    fetch::{
        rendering::{self, Rendering},
        source::Source,
    },
    input::{file_of, folder_of, path_of},
};
use crate::base::{diagnostics::Diagnostic, path::RelativePath};

/// Renders a folder.
pub(super) struct WorkspaceTemplate;

/// Renders one file.
pub(super) struct WorkspaceTemplateFile;

impl Action for WorkspaceTemplate {
    fn id(&self) -> &'static str {
        "workspace:template"
    }

    fn description(&self) -> &'static str {
        "Renders a folder of the workspace into another"
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec!["values"]
    }

    fn schema(&self) -> Value {
        let mut properties = rendering::folder_properties();
        let folder = |what: &str| json!({"type": "string", "description": what});
        properties.insert("sourcePath".to_owned(), folder("Folder that is rendered"));
        properties.insert(
            "targetPath".to_owned(),
            folder("Folder that the files go to, outside of `sourcePath`"),
        );
        json!({"type": "object", "required": ["sourcePath", "targetPath"], "properties": properties})
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let rendering = Rendering::of_folder(cx, input)?;
        let (from, to) = (folder_of(cx, input, "sourcePath")?, folder_of(cx, input, "targetPath")?);
        if overlap(from.as_ref(), to.as_ref()) {
            return Err(cx.wrong("targetPath", "`sourcePath` and `targetPath` overlap"));
        }
        let source = Source::of_workspace(&results.workspace, from);
        if source.files.is_empty() {
            return Err(cx.wrong("sourcePath", "there are no files in it"));
        }
        rendering.render_folder(cx, &source, to.as_ref(), results)
    }
}

/// Whether one of two folders of the workspace is in the other; `None` is the workspace itself.
fn overlap(one: Option<&RelativePath>, other: Option<&RelativePath>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return true };
    let (one, other) = (one.folded() + "/", other.folded() + "/");
    one.starts_with(&other) || other.starts_with(&one)
}

impl Action for WorkspaceTemplateFile {
    fn id(&self) -> &'static str {
        "workspace:template:file"
    }

    fn description(&self) -> &'static str {
        "Renders a file of the workspace into another"
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec!["values"]
    }

    fn schema(&self) -> Value {
        let mut properties = rendering::file_properties();
        let file = |what: &str| json!({"type": "string", "description": what});
        properties.insert("sourcePath".to_owned(), file("File that is rendered"));
        properties.insert("targetPath".to_owned(), file("File that it becomes; not rendered"));
        json!({"type": "object", "required": ["sourcePath", "targetPath"], "properties": properties})
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let (name, file) = file_of(cx, input, "sourcePath", results)?;
        let target = path_of(cx, input, "targetPath")?;
        if target == name {
            return Err(cx.wrong("targetPath", "`sourcePath` and `targetPath` are the same file"));
        }
        let source = Source::of_workspace(&results.workspace, None);
        Rendering::of_file(input).render_file(cx, &source, (&name, &file), target, results)
    }
}
