//! Finds the documentation in a folder: its configuration, the folder of its pages, and the pages.
//!
//! The snapshot uses it to copy documentation, and the catalog to load it, so that both find the same
//! files.

use super::{
    config::{CONFIGS, Config},
    images, paths,
};
use crate::base::{
    diagnostics::{Diagnostic, Place},
    files::FileError,
    files::Files,
};

/// File names of the first page of a folder, in order of preference.
pub const FIRST: [&str; 4] = ["index.md", "README.md", "readme.md", "Readme.md"];

/// Most pages of one set.
const PAGES: usize = 2_000;

/// A tree of files in which documentation is searched for.
pub trait DocTree {
    /// Lists the files below a folder, sorted.
    fn below(&self, folder: &str) -> Result<Vec<String>, FileError>;
    /// Reads a file; `None` when it does not exist.
    fn text(&self, path: &str) -> Result<Option<String>, FileError>;
}

impl DocTree for &dyn Files {
    fn below(&self, folder: &str) -> Result<Vec<String>, FileError> {
        Files::below(*self, folder)
    }

    fn text(&self, path: &str) -> Result<Option<String>, FileError> {
        Files::text(*self, path)
    }
}

/// The documentation of one folder. All paths are relative to the folder.
#[derive(Debug, Default)]
pub struct DocLayout {
    /// The configuration file, when there is one.
    pub config_file: Option<&'static str>,
    /// The content of that file.
    pub config: Config,
    /// Folder of the pages, without slashes around it; may be empty.
    pub folder: String,
    /// Markdown files, sorted.
    pub pages: Vec<String>,
    /// Whether a README is the only page.
    pub is_readme: bool,
    /// Diagnostics of the configuration and of limits.
    pub problems: Vec<Diagnostic>,
}

/// Finds the documentation in the folder `root`. `shown` is the prefix of its paths in messages.
///
/// With `mkdocs.yml` it is the Markdown below `docs_dir`; without, that below `docs`; without that,
/// all Markdown of the folder when `is_whole`, else its README.
///
/// # Errors
/// When a file exists but cannot be read.
pub fn find_layout(
    files: &impl DocTree,
    root: &str,
    shown: &str,
    is_whole: bool,
) -> Result<DocLayout, FileError> {
    let mut found = DocLayout::default();
    for name in CONFIGS {
        let Some(text) = files.text(&paths::join(root, name))? else { continue };
        found.config_file = Some(name);
        match Config::parse(&text) {
            Ok(config) => found.config = config,
            Err(error) => {
                let place = Place::at(format!("{shown}{name}"), error.position);
                found.problems.push(Diagnostic::warning("invalid-docs", place, error.message));
            }
        }
        break;
    }
    let wanted = found.config.docs_dir.as_deref().unwrap_or("docs");
    let folder = paths::resolve("", wanted);
    if folder.is_none() {
        let place = Place::file(format!("{shown}{}", found.config_file.unwrap_or_default()));
        let message = format!("`docs_dir: {wanted}` leads out of the folder");
        found.problems.push(Diagnostic::warning("invalid-docs", place, message));
    }
    found.folder = folder.unwrap_or_else(|| "docs".into());
    found.pages = pages(files, root, &found.folder)?;
    if found.pages.is_empty() && found.config_file.is_none() {
        found.folder = String::new();
        if is_whole {
            found.pages = pages(files, root, "")?;
        } else {
            let readme = FIRST[1..].iter().map(|name| (*name).to_owned());
            for name in readme {
                if files.text(&paths::join(root, &name))?.is_some() {
                    found.pages = vec![name];
                    break;
                }
            }
        }
    }
    let only = found.pages.as_slice();
    found.is_readme = matches!(only, [one] if one.eq_ignore_ascii_case("readme.md"));
    if found.pages.len() > PAGES {
        let message =
            format!("there are {} pages, and at most {PAGES} are shown", found.pages.len());
        let place = Place::file(format!("{shown}{}", found.folder));
        found.problems.push(Diagnostic::warning("too-much-docs", place, message));
        found.pages.truncate(PAGES);
    }
    Ok(found)
}

/// The Markdown files below a folder, without hidden folders and `node_modules`.
fn pages(files: &impl DocTree, root: &str, folder: &str) -> Result<Vec<String>, FileError> {
    let below = paths::join(root, folder);
    if below.is_empty() {
        // A whole repository is not taken for the documentation of one entity.
        return Ok(Vec::new());
    }
    let cut = if root.is_empty() { 0 } else { root.len() + 1 };
    let all = files.below(&below)?.into_iter().map(|path| path[cut..].to_owned());
    let is_ours = |path: &String| {
        let parts = path[folder.len()..].split('/');
        let is_foreign = |part: &str| part.starts_with('.') || part == "node_modules";
        images::is_markdown(path) && !parts.into_iter().any(is_foreign)
    };
    Ok(all.filter(is_ours).collect())
}
