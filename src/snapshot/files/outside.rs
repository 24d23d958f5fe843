//! Reads files of entities that no source of a portal names, such as those of a service's own repository, as a
//! source of files would read them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

use super::{
    LIMITS,
    globs::{GlobError, Globs},
    reader::{TreeOrigin, read_wanted},
    tree::{EntryContent, EntryKind, Folder, Tree, TreeError},
};
use crate::{
    base::{
        diagnostics::{self, Diagnostic, Level, Place},
        forges::RepositoryPages,
        path::RelativePath,
    },
    catalog::{Fragment, outside::SOURCE},
    snapshot::{fragments::path_of, parse::GLOBS},
};

/// The name that a text from standard input has as a file.
pub const STDIN: &str = "-";

/// Which files are read.
#[derive(Debug, Default)]
pub struct FileChoice {
    /// Files by their paths, relative to the root.
    pub files: BTreeSet<String>,
    /// Patterns of paths, and folders of which the usual files are read.
    pub patterns: Vec<FilePattern>,
    /// A text that is read as the file [`STDIN`] at the root.
    pub stdin: Option<String>,
}

/// A pattern, or a folder that stands for the usual files below it.
#[derive(Debug)]
pub enum FilePattern {
    /// A pattern, in the form of `globs` of a source.
    Glob(String),
    /// A folder relative to the root; empty for the root itself.
    Folder(String),
}

/// Documents of files, and what is wrong with the files.
#[derive(Debug)]
pub struct FileScan {
    /// The documents; placeholders are replaced.
    pub documents: Vec<Fragment>,
    /// What a source would report about these files, sorted by place.
    pub problems: Vec<Diagnostic>,
}

impl FilePattern {
    fn globs(&self) -> Result<Globs, GlobError> {
        match self {
            Self::Glob(text) => Globs::new(std::slice::from_ref(text)),
            Self::Folder(folder) => {
                let folder = globset::escape(folder);
                let below = |glob: &&str| match &*folder {
                    "" => (*glob).to_owned(),
                    folder => format!("{folder}/{glob}"),
                };
                Globs::new(&GLOBS.iter().map(below).collect::<Vec<_>>())
            }
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Glob(text) | Self::Folder(text) => text,
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Glob(text) => text.clone(),
            Self::Folder(folder) if folder.is_empty() => GLOBS.join(", "),
            Self::Folder(folder) => format!("{folder}/{}", GLOBS.join(", ")),
        }
    }
}

/// Reads files below `root`, the files that they name, and their documentation. `pages` are those of the repository
/// that the root is in.
///
/// # Errors
/// The text of a pattern that is not valid, with the reason.
pub fn read_outside(
    root: &Path,
    choice: &FileChoice,
    pages: Option<RepositoryPages>,
) -> Result<FileScan, String> {
    let compiled = choice.patterns.iter().map(|pattern| Ok((pattern, pattern.globs()?)));
    let compiled: Vec<_> = compiled.collect::<Result<_, GlobError>>().map_err(|e| e.to_string())?;
    let named = choice.patterns.iter().map(FilePattern::text);
    let named = named.chain(choice.files.iter().map(String::as_str)).collect();
    let tree = Checkout { folder: Folder::at(root), named, stdin: choice.stdin.as_deref() };
    let origin = TreeOrigin { prefix: String::new(), repository: None, pages };
    let is_wanted = |path: &str| {
        choice.files.contains(path)
            || choice.stdin.is_some() && path == STDIN
            || compiled.iter().any(|(_, globs)| globs.matches(path))
    };
    let scan = read_wanted(&tree, &origin, &is_wanted, LIMITS, true);
    let mut problems = scan.warnings;
    problems.extend(scan.faults.into_iter().map(|fault| {
        let warning = fault.failure.warning();
        // What is included may be in another repository, which a source does not read either.
        let level = if fault.is_counted { Level::Error } else { Level::Warning };
        Diagnostic { level, ..warning }
    }));
    for (pattern, globs) in &compiled {
        if !scan.files.iter().any(|path| globs.matches(path.as_str())) {
            let message = format!("no file matches `{}`", pattern.shown());
            problems.push(Diagnostic::warning("no-match", Place::file("."), message));
        }
    }
    let documents: Vec<_> = scan.documents;
    for document in &documents {
        if let Err(error) = path_of(&document.value).and_then(|path| path.check_portable()) {
            let place = document.place.at("/metadata/name");
            problems.push(Diagnostic::error("invalid-value", place, error.to_string()));
        }
    }
    diagnostics::sort(&mut problems);
    let fragment = |document: super::reader::Document| Fragment {
        source: SOURCE.into(),
        file: document.file.as_str().into(),
        index: document.place.number,
        document: Arc::new(document.value),
    };
    Ok(FileScan { documents: documents.into_iter().map(fragment).collect(), problems })
}

/// A folder, with a text as one more file. Folders that are hidden, or have packages of others, are not looked into,
/// unless an argument names them.
struct Checkout<'t> {
    folder: Folder,
    named: Vec<&'t str>,
    stdin: Option<&'t str>,
}

impl Checkout<'_> {
    fn stdin(&self, path: &RelativePath) -> Option<&str> {
        self.stdin.filter(|_| path.as_str() == STDIN)
    }
}

impl Tree for Checkout<'_> {
    fn list(&self) -> Result<BTreeMap<RelativePath, EntryKind>, TreeError> {
        let is_named =
            |name: &str| self.named.iter().any(|path| path.split('/').any(|n| n == name));
        let is_left_out =
            |name: &str| (name.starts_with('.') || name == "node_modules") && !is_named(name);
        let mut all = self.folder.list_but(&is_left_out)?;
        if self.stdin.is_some()
            && let Ok(path) = RelativePath::new(STDIN)
        {
            all.insert(path, EntryKind::File);
        }
        Ok(all)
    }

    fn read(&self, path: &RelativePath, most: u64) -> Result<EntryContent, TreeError> {
        match self.stdin(path) {
            Some(text) if text.len() as u64 > most => Ok(EntryContent::TooLarge(text.len() as u64)),
            Some(text) => Ok(EntryContent::File(text.as_bytes().to_vec())),
            None => self.folder.read(path, most),
        }
    }

    fn is_executable(&self, path: &RelativePath) -> Result<bool, TreeError> {
        match self.stdin(path) {
            Some(_) => Ok(false),
            None => self.folder.is_executable(path),
        }
    }
}
