//! `callboard:portal:write`: writes files of the workspace into the portal's own repository.
//!
//! Backstage has no such action. It is for things that have no repository of their own, such as a topic or a
//! namespace: their manifests are kept beside the catalog. The settings list the folders that it may write to.

use serde_json::{Map, Value, json};

use super::{Action, StepContext, StepPlan, StepResults, input::text};
use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        files::Mode,
        hash::sha256_hex,
        path::{RelativePath, is_inside},
    },
    claims::Claim,
    effect::{Effect, EffectKind, PortalFile, PortalFilesInput, Target},
    engine,
    workspace::{Workspace, folder_path},
};

pub(super) struct PortalWrite;

impl Action for PortalWrite {
    fn id(&self) -> &'static str {
        "callboard:portal:write"
    }

    fn description(&self) -> &'static str {
        "Writes files of the workspace into the portal's own repository"
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        vec![
            ("targetPath", "The folder of the portal that has the files"),
            ("paths", "The files, relative to the portal"),
        ]
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "required": ["targetPath"],
            "properties": {
                "sourcePath": {
                    "type": "string",
                    "description": "Folder of the workspace whose files are written; all of it when missing"
                },
                "targetPath": {
                    "type": "string",
                    "description": "Folder of the portal, in one of those of `scaffold.portal_folders`"
                }
            }
        })
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let target = target(cx, text(input, "targetPath").unwrap_or_default())?;
        let source = folder_path(text(input, "sourcePath").unwrap_or("./"))
            .map_err(|e| cx.wrong("sourcePath", e))?;
        let files = results.workspace.folder(source.as_ref());
        check(cx, &files)?;
        let paths: Vec<_> = files.files().map(|(path, _)| target.join(path)).collect();
        let number = files.count();
        let mut data = serde_json::to_value(effect_input(cx, &target, &files)).unwrap_or_default();
        let mut output = Map::new();
        output.insert("targetPath".into(), target.as_str().into());
        output.insert("paths".into(), paths.iter().map(RelativePath::as_str).collect());
        if files.has_later_files() {
            output.insert("paths".into(), engine::unknown(&cx.step().id, "output.paths"));
            data["files"] = engine::unknown(&cx.step().id, "files");
        }
        Ok(StepPlan {
            output,
            message: format!("{number} of `{target}` in the portal"),
            warnings: occupied(cx, &target, &files),
            effects: vec![Effect {
                id: String::new(),
                kind: EffectKind::PortalFiles,
                target: Target { origin: "portal".to_owned(), path: target.to_string() },
                input: data,
                summary: format!("writes {number} below `{target}` into the portal"),
                secrets: Vec::new(),
                undo: Some("removes the files from the portal".to_owned()),
                claims: paths.iter().map(|path| Claim::File(path.folded())).collect(),
                files: Some(files),
                changes_workspace: false,
            }],
            ..StepPlan::default()
        })
    }
}

/// Reads the folder that is written to; one of the settings must contain it.
fn target(cx: &StepContext<'_>, text: &str) -> Result<RelativePath, Vec<Diagnostic>> {
    let path = folder_path(text).map_err(|e| cx.wrong("targetPath", e))?;
    let path = path.ok_or_else(|| cx.wrong("targetPath", "it names no folder of the portal"))?;
    path.check_portable().map_err(|e| cx.wrong("targetPath", e))?;
    let folders = &cx.plan.settings.portal_folders;
    if folders.iter().any(|folder| is_inside(path.as_str(), folder.as_str())) {
        return Ok(path);
    }
    let names: Vec<_> = folders.iter().map(|folder| format!("`{folder}`")).collect();
    let hint = match names.is_empty() {
        true => "list the folder in `scaffold.portal_folders` of `callboard.yaml`".to_owned(),
        false => format!("`scaffold.portal_folders` of `callboard.yaml` has {}", names.join(", ")),
    };
    let message = format!("the settings do not allow to write to `{path}`");
    Err(cx.wrong("targetPath", message).into_iter().map(|d| d.hint(&hint)).collect())
}

/// Refuses what cannot be files of the portal.
fn check(cx: &StepContext<'_>, files: &Workspace) -> Result<(), Vec<Diagnostic>> {
    if files.is_empty() {
        return Err(cx.wrong("sourcePath", "there are no files to write"));
    }
    if let Some((one, other)) = files.collision() {
        let message = format!("`{one}` and `{other}` are one where case does not count");
        return Err(cx.wrong("sourcePath", message));
    }
    match files.files().find(|(_, file)| file.mode == Mode::Link) {
        None => Ok(()),
        Some((path, _)) => {
            Err(cx.wrong("sourcePath", format!("`{path}` is a symbolic link, not a file")))
        }
    }
}

fn effect_input(
    cx: &StepContext<'_>,
    target: &RelativePath,
    files: &Workspace,
) -> PortalFilesInput {
    let files = files.files().map(|(path, file)| PortalFile {
        path: path.clone(),
        digest: match file.is_known {
            true => sha256_hex(&file.bytes).into(),
            false => engine::unknown(&cx.step().id, "files"),
        },
        is_executable: file.mode == Mode::Executable,
    });
    PortalFilesInput { folder: target.clone(), files: files.collect() }
}

/// Warns of files that the portal has with another content: apply would refuse them. It is no error, because a run
/// that wrote them can be resumed or undone after somebody has changed them.
fn occupied(cx: &StepContext<'_>, target: &RelativePath, files: &Workspace) -> Vec<Diagnostic> {
    let other = files.files().filter(|(path, file)| {
        let existing = cx.plan.files.bytes(target.join(path).as_str());
        file.is_known && existing.is_ok_and(|e| e.is_some_and(|bytes| *bytes != *file.bytes))
    });
    let warning = |(path, _)| {
        let place = Place::file(target.join(path).to_string());
        let message = "the file exists already, with another content";
        Diagnostic::warning("file-exists", place, message).hint("apply does not replace it")
    };
    other.map(warning).collect()
}
