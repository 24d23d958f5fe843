//! Where the files of `fetch:*` come from: the portal itself, relative to the folder of the template, or content of
//! another repository, by its address.
//!
//! A plan has no network: that content is in the cache, and the lock says its commit and its digest.

use crate::{
    actions::{StepContext, StepResults},
    base::{
        content::{ContentError, ContentKind, ContentLock, LockEntry, is_address},
        diagnostics::Diagnostic,
        files::Mode,
        path::RelativePath,
        text::with_causes,
    },
    workspace::{File, Workspace, read_content},
};

/// How an address that an expression gives comes into the lock.
const COMPUTED: &str = "`callboard scaffold lock` takes addresses that are written out, and those whose parameters have \
                        an `enum`: write this one out in a step with `if: false`, or give the parameter an `enum`";

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
    /// Content of another repository: its address, and what the lock says of it.
    Content(String, LockEntry),
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
            SourcePlace::Content(_, entry) if entry.kind == ContentKind::File => entry.name(),
            SourcePlace::Content(_, entry) => format!("{}/{path}", entry.name()),
        }
    }

    /// What a message says behind the files, where they are of another repository.
    pub(in crate::actions) fn origin(&self) -> String {
        match &self.place {
            SourcePlace::Content(_, entry) => format!(" of `{}`", entry.name()),
            SourcePlace::Portal(_) | SourcePlace::Workspace(_) => String::new(),
        }
    }

    /// Notes content of another repository in what the steps leave.
    pub(in crate::actions) fn note(&self, results: &mut StepResults) {
        if let SourcePlace::Content(address, entry) = &self.place {
            results.content.insert(address.clone(), entry.clone());
        }
    }
}

/// The folder that the input `url` of a step names.
///
/// # Errors
/// It is not in the portal, cannot be read or has no files.
pub(super) fn folder(cx: &StepContext<'_>, url: &str) -> Result<Source, Vec<Diagnostic>> {
    if is_address(url) {
        return repository(cx, ("url", is_written(cx, url)), url);
    }
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

/// The content of another repository at an address, which an input says; whether it is written out there.
///
/// # Errors
/// It is not in the lock or the cache, or a file.
pub(in crate::actions) fn repository(
    cx: &StepContext<'_>,
    input: (&str, bool),
    url: &str,
) -> Result<Source, Vec<Diagnostic>> {
    let (entry, files) = content(cx, input, url, |entry| read_content(cx.plan.files, entry))?;
    Ok(Source { files, place: SourcePlace::Content(url.to_owned(), entry) })
}

/// Whether the address is written out in the step.
fn is_written(cx: &StepContext<'_>, url: &str) -> bool {
    cx.step().input.get("url").and_then(serde_json::Value::as_str) == Some(url)
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
    if is_address(url) {
        let (entry, bytes) =
            content(cx, ("url", is_written(cx, url)), url, |entry| entry.read_file(cx.plan.files))?;
        let name = entry.path.rsplit('/').next().unwrap_or_default();
        let name = RelativePath::new(name).map_err(|e| cx.wrong("url", e))?;
        let place = SourcePlace::Content(url.to_owned(), entry);
        return Ok((Source { files: Workspace::default(), place }, name, File::new(bytes)));
    }
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

/// What the lock says of an address, and its content.
///
/// # Errors
/// It is not in the lock or the cache, or of the other kind.
fn content<T>(
    cx: &StepContext<'_>,
    (input, is_written): (&str, bool),
    url: &str,
    read: impl FnOnce(&LockEntry) -> Result<T, ContentError>,
) -> Result<(LockEntry, T), Vec<Diagnostic>> {
    let found = ContentLock::find(cx.plan.files, url).and_then(|entry| {
        let content = read(&entry)?;
        Ok((entry, content))
    });
    found.map_err(|error| {
        let hint = match error {
            ContentError::Unlocked(_) if !is_written => Some(COMPUTED),
            _ => error.hint(),
        };
        let pointer = format!("{}/{input}", cx.input());
        vec![
            cx.template()
                .wrong(&pointer, "unusable-content", error.to_string())
                .hint_opt(hint.map(str::to_owned)),
        ]
    })
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
