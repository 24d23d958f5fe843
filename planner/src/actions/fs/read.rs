//! `fs:readdir` and `fs:read`: what the workspace has, as outputs.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    actions::{
        Action, StepContext, StepPlan, StepResults,
        input::{file_of, flag, texts},
    },
    base::{diagnostics::Diagnostic, path::RelativePath, text::count},
    engine,
    workspace::{Workspace, folder_path},
};

/// Lists folders.
pub(in crate::actions) struct ReadDirectory;

/// Reads one file.
pub(in crate::actions) struct Read;

impl Action for ReadDirectory {
    fn id(&self) -> &'static str {
        "fs:readdir"
    }

    fn description(&self) -> &'static str {
        "Lists the files and folders in folders of the workspace"
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        vec![
            (
                "files",
                "List of files, each with `name`, `path` and `fullPath`, both from the workspace",
            ),
            ("folders", "List of folders, each with the same"),
        ]
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "required": ["paths"],
            "properties": {
                "paths": {"type": "array", "items": {"type": "string"}, "description": "Folders to list"},
                "recursive": {"type": "boolean", "description": "Lists folders in folders, too"}
            }
        })
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let (mut files, mut folders, mut is_known) = (Vec::new(), Vec::new(), true);
        for (index, text) in texts(input, "paths").into_iter().enumerate() {
            let pointer = format!("paths/{index}");
            let folder = folder_path(text).map_err(|error| cx.wrong(&pointer, error))?;
            let listing =
                Listing::new(&results.workspace, folder.as_ref(), flag(input, "recursive"));
            if listing.is_empty() && listing.is_known && folder.is_some() {
                return Err(
                    cx.wrong(&pointer, format!("there is no folder `{text}` in the workspace"))
                );
            }
            is_known &= listing.is_known;
            files.extend(listing.rows(false));
            folders.extend(listing.rows(true));
        }
        let message = format!(
            "listed {} and {}",
            count(files.len(), "file", "files"),
            count(folders.len(), "folder", "folders")
        );
        let output = [("files", files), ("folders", folders)].map(|(name, rows)| {
            let unknown = || engine::unknown(&cx.step().id, &format!("output.{name}"));
            (name.to_owned(), if is_known { Value::Array(rows) } else { unknown() })
        });
        Ok(StepPlan { output: Map::from_iter(output), message, ..StepPlan::default() })
    }
}

/// What is in a folder of the workspace.
struct Listing {
    /// Paths from the workspace, and whether each is a folder.
    entries: BTreeMap<String, bool>,
    /// False when whether a file is there may be known only after apply.
    is_known: bool,
}

impl Listing {
    fn new(workspace: &Workspace, folder: Option<&RelativePath>, is_recursive: bool) -> Self {
        let is_known = !workspace.has_later_files();
        let mut listing = Self { entries: BTreeMap::new(), is_known };
        let prefix = folder.map_or(String::new(), |folder| format!("{folder}/"));
        for (path, file) in workspace.folder(folder).files() {
            listing.is_known &= file.is_known;
            let parents =
                path.as_str().match_indices('/').map(|(at, _)| (&path.as_str()[..at], true));
            for (inside, is_folder) in parents.chain([(path.as_str(), false)]) {
                if is_recursive || !inside.contains('/') {
                    listing.entries.insert(format!("{prefix}{inside}"), is_folder);
                }
            }
        }
        listing
    }

    fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn rows(&self, of_folders: bool) -> impl Iterator<Item = Value> {
        let wanted = self.entries.iter().filter(move |(_, is_folder)| **is_folder == of_folders);
        wanted.map(|(path, _)| {
            let name = path.rsplit('/').next().unwrap_or(path);
            json!({"name": name, "path": path, "fullPath": path})
        })
    }
}

impl Action for Read {
    fn id(&self) -> &'static str {
        "fs:read"
    }

    fn description(&self) -> &'static str {
        "Reads a text of the workspace"
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        vec![("content", "The text of the file")]
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "required": ["path"],
            "properties": {"path": {"type": "string", "description": "The file"}}
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
            Some(text) => text.into(),
            None => return Err(cx.wrong("path", format!("`{path}` is not a text"))),
        };
        Ok(StepPlan {
            output: Map::from_iter([("content".to_owned(), content)]),
            message: format!("read `{path}`"),
            ..StepPlan::default()
        })
    }
}
