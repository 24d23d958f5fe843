//! The folder of a template's files: beside its file, or where a snapshot put the files of a template that a source
//! brought along.

use std::collections::BTreeSet;

use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        files::{Files, Mode},
        path::{RelativePath, is_inside},
        text::with_causes,
        yaml,
    },
    catalog::template_files::{FILES, HOME, TemplateHome, folder_of},
    workspace::{self, FolderError, Workspace, read_folder},
};

/// Where the files of a template are.
#[derive(Debug, Default)]
pub(super) struct TemplateFolder {
    /// The folder that its paths start from, relative to the portal.
    pub(super) path: String,
    /// The folder that its paths do not lead out of; empty is the portal.
    root: String,
    /// The template's file as the source has it, in that folder, when a source brought it along.
    pub(super) file: Option<String>,
    /// Files that may be executed, relative to the portal.
    executable: BTreeSet<String>,
}

impl TemplateFolder {
    /// Finds the folder of the template in `file`.
    ///
    /// # Errors
    /// What the snapshot wrote about it cannot be read.
    pub(super) fn of(portal: &dyn Files, file: &str) -> Result<Self, Vec<Diagnostic>> {
        let Some(home) = folder_of(file) else {
            let path = file.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
            return Ok(Self { path, ..Self::default() });
        };
        let name = format!("{home}/{HOME}");
        let wrong = |message: String| {
            vec![Diagnostic::error("unusable-template", Place::file(&name), message)]
        };
        let root = format!("{home}/{FILES}");
        let Some(text) = portal.text(&name).map_err(|error| wrong(with_causes(&error)))? else {
            return Ok(Self { path: root.clone(), root, ..Self::default() });
        };
        let home: TemplateHome = yaml::from_str(&text).map_err(|error| wrong(error.message))?;
        let file = format!("{root}/{}", home.file);
        let path = file.rsplit_once('/').map_or_else(String::new, |(folder, _)| folder.to_owned());
        let executable = home.executable.iter().map(|path| format!("{root}/{path}")).collect();
        Ok(Self { path, root, file: Some(file), executable })
    }

    /// Reads the files below a folder of the portal.
    ///
    /// # Errors
    /// One of them cannot be read, or cannot be a file of a workspace.
    pub(super) fn read(&self, portal: &dyn Files, folder: &str) -> Result<Workspace, FolderError> {
        let mut files = read_folder(portal, folder)?;
        for path in &self.executable {
            let inside = path.strip_prefix(folder).and_then(|path| path.strip_prefix('/'));
            let Some(inside) = inside.and_then(|path| RelativePath::new(path).ok()) else {
                continue;
            };
            files.set_mode(&inside, Mode::Executable);
        }
        Ok(files)
    }

    /// The path in the portal that a path of the template stands for; `None` when it leads out of the portal, or out
    /// of the files of the source.
    pub(super) fn resolve(&self, path: &str) -> Option<String> {
        workspace::resolve(&self.path, path).filter(|path| is_inside(path, &self.root))
    }
}
