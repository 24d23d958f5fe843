//! Where the files of `fetch:*` come from: the portal itself, relative to the folder of the template.
//!
//! A plan has no network, so content of other repositories must be in the portal before it is planned.

use crate::{
    actions::StepContext,
    base::{diagnostics::Diagnostic, files::Mode, path::RelativePath, text::with_causes},
    workspace::{File, Workspace},
};

/// Files that a step fetches or reads.
#[derive(Debug)]
pub(in crate::actions) struct Source {
    /// The files, by their paths in the folder.
    pub(in crate::actions) files: Workspace,
    /// Where the folder is, for messages.
    place: SourcePlace,
}

/// Where the folder of a source is.
#[derive(Debug)]
enum SourcePlace {
    /// A folder of the portal.
    Portal(RelativePath),
    /// A folder of the workspace, or all of it.
    Workspace(Option<RelativePath>),
}

impl Source {
    /// A folder of the workspace; `None` is the whole.
    pub(in crate::actions) fn of_workspace(
        workspace: &Workspace,
        folder: Option<RelativePath>,
    ) -> Self {
        let files = workspace.folder(folder.as_ref());
        Self { files, place: SourcePlace::Workspace(folder) }
    }

    /// What messages call one of the files.
    pub(in crate::actions) fn name_of(&self, path: &RelativePath) -> String {
        match &self.place {
            SourcePlace::Portal(folder) => folder.join(path).to_string(),
            SourcePlace::Workspace(None) => format!("{path} (workspace)"),
            SourcePlace::Workspace(Some(folder)) => format!("{} (workspace)", folder.join(path)),
        }
    }
}

/// The folder that the input `url` of a step names.
///
/// # Errors
/// It is not in the portal, cannot be read or has no files.
pub(super) fn folder(cx: &StepContext<'_>, url: &str) -> Result<Source, Vec<Diagnostic>> {
    let Some(folder) = resolve(cx, url)? else {
        let hint = "name a folder in the portal";
        return Err(refused(cx, format!("`{url}` is the portal itself"), hint));
    };
    let files = read(cx, &folder)?;
    if files.is_empty() {
        return Err(cx.wrong("url", format!("there are no files in `{url}`")));
    }
    Ok(Source { files, place: SourcePlace::Portal(folder) })
}

/// The file that the input `url` of a step names, as the only file of its folder.
///
/// # Errors
/// It is not in the portal or cannot be read.
pub(super) fn file(
    cx: &StepContext<'_>,
    url: &str,
) -> Result<(Source, RelativePath, File), Vec<Diagnostic>> {
    let missing = || cx.wrong("url", format!("there is no file `{url}`"));
    let path = resolve(cx, url)?.ok_or_else(missing)?;
    let name = RelativePath::new(path.file_name()).map_err(|e| cx.wrong("url", e))?;
    let Some((folder, _)) = path.as_str().rsplit_once('/') else {
        let hint = "put it into a folder of the portal";
        return Err(refused(cx, format!("`{url}` is beside the portal's settings"), hint));
    };
    let folder = RelativePath::new(folder).map_err(|e| cx.wrong("url", e))?;
    let files = read(cx, &folder)?;
    let file = files.get(&name).filter(|file| file.mode != Mode::Link).ok_or_else(missing)?.clone();
    let source = Source { files: Workspace::default(), place: SourcePlace::Portal(folder) };
    Ok((source, name, file))
}

/// The files of a folder of the portal; those of the template's own folder are in memory.
fn read(cx: &StepContext<'_>, folder: &RelativePath) -> Result<Workspace, Vec<Diagnostic>> {
    let template = cx.template();
    let own = template.folder();
    match folder.as_str().strip_prefix(own) {
        Some("") => return Ok(template.files.clone()),
        Some(below) if let Some(below) = below.strip_prefix('/') => {
            let below = RelativePath::new(below).map_err(|e| cx.wrong("url", e))?;
            return Ok(template.files.folder(Some(&below)));
        }
        _ => {}
    }
    let files = template.read_folder(cx.plan.files, folder.as_str());
    files.map_err(|e| cx.wrong("url", with_causes(&e)))
}

/// The path in the portal that a `url` stands for; `None` is the portal itself.
fn resolve(cx: &StepContext<'_>, url: &str) -> Result<Option<RelativePath>, Vec<Diagnostic>> {
    if url.contains("://") {
        let message = format!("`{url}` is not downloaded");
        return Err(refused(
            cx,
            message,
            "copy it into this repository, and name it by `./…` or `../…`",
        ));
    }
    if url.starts_with('/') {
        let hint = "name it from the template's folder: `./…` or `../…`";
        return Err(refused(cx, format!("`{url}` is an absolute path"), hint));
    }
    let Some(path) = cx.template().resolve(url) else {
        let hint = "only files of the portal can be fetched";
        return Err(refused(cx, format!("`{url}` is outside of the portal"), hint));
    };
    if path.is_empty() {
        return Ok(None);
    }
    let path = RelativePath::new(path).map_err(|e| cx.wrong("url", e))?;
    path.check_portable().map_err(|e| cx.wrong("url", e))?;
    Ok(Some(path))
}

fn refused(cx: &StepContext<'_>, message: String, hint: &str) -> Vec<Diagnostic> {
    cx.wrong("url", message).into_iter().map(|problem| problem.hint(hint)).collect()
}
