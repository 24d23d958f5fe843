//! Which files are documentation: those of a folder that an entity names, found the same way where
//! they are brought along and where they are read.

use super::{
    config::{CONFIGS, Config},
    images, paths,
};
use crate::base::{
    diagnostics::{Diagnostic, Place},
    files::Files,
    fs::FileError,
};

/// Names of the page that a folder begins with.
pub const FIRST: [&str; 4] = ["index.md", "README.md", "readme.md", "Readme.md"];

/// Most pages of one set.
const PAGES: usize = 2_000;

/// Files as they are looked for.
pub trait DocTree {
    /// The paths of all files below a folder, sorted.
    fn below(&self, folder: &str) -> Result<Vec<String>, FileError>;
    /// The text of a file; `None` when it is not there.
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

/// The documentation of one folder; all paths are relative to it.
#[derive(Debug, Default)]
pub struct DocLayout {
    /// The file that says how it is laid out.
    pub config_file: Option<&'static str>,
    /// What that file says.
    pub config: Config,
    /// Folder of the pages, without slashes around it; may be empty.
    pub folder: String,
    /// Markdown files, sorted.
    pub pages: Vec<String>,
    /// Whether it is no more than a README.
    pub is_readme: bool,
    /// What is wrong.
    pub problems: Vec<Diagnostic>,
}

/// Finds the documentation in the folder `root`. `shown` stands before its paths in messages.
///
/// With `mkdocs.yml` it is the Markdown below `docs_dir`; without, that below `docs`; without that,
/// all Markdown of the folder when `is_whole`, else its README.
///
/// # Errors
/// When a file is there and cannot be read.
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
        let message = format!("there are {} pages, and {PAGES} are taken", found.pages.len());
        let place = Place::file(format!("{shown}{}", found.folder));
        found.problems.push(Diagnostic::warning("too-much-docs", place, message));
        found.pages.truncate(PAGES);
    }
    Ok(found)
}

/// The Markdown below a folder of the set, without what is hidden or of others.
fn pages(files: &impl DocTree, root: &str, folder: &str) -> Result<Vec<String>, FileError> {
    let below = paths::join(root, folder);
    if below.is_empty() {
        // The whole of a repository is nobody's documentation.
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
