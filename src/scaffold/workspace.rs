//! Files in memory: the folder of a template, and the workspace that the steps of a plan fill.
//!
//! Nothing here writes to disk. Every path is a [`RelativePath`], so it cannot leave the directory that the files
//! are written to, and portable, so it is never inside a `.git` folder.

use std::{collections::BTreeMap, ops::Bound, path::Path, sync::Arc};

use crate::base::{
    fs::{self, FileError},
    hash::sha256_hex,
    path::{PathError, RelativePath},
};

/// Most files in a folder or workspace.
const MOST_FILES: usize = 10_000;
/// Most bytes in a folder or workspace.
const MOST_BYTES: usize = 256 * 1024 * 1024;

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its content.
    pub bytes: Arc<[u8]>,
    /// Whether it may be executed.
    pub executable: bool,
}

impl File {
    /// The content as text, when it is UTF-8 and not binary.
    pub fn text(&self) -> Option<&str> {
        let is_binary = self.bytes.starts_with(b"%PDF-") || self.bytes.contains(&0);
        std::str::from_utf8(&self.bytes).ok().filter(|_| !is_binary)
    }
}

/// Files by path, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workspace {
    files: BTreeMap<RelativePath, File>,
    bytes: usize,
}

/// Why a file cannot be where it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkspaceError {
    /// A part of the path is a file, or the path is a folder.
    #[error("`{0}` cannot be a file and a folder at once")]
    FileAndFolder(String),
    /// The path is another one on some system, or git's own.
    #[error(transparent)]
    Unportable(#[from] PathError),
    /// There are too many files or bytes.
    #[error("more than {MOST_FILES} files or {MOST_BYTES} bytes")]
    TooMuch,
}

impl Workspace {
    /// All files, sorted by path.
    pub fn files(&self) -> impl Iterator<Item = (&RelativePath, &File)> {
        self.files.iter()
    }

    /// Number of files.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// True without files.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Returns one file.
    pub fn get(&self, path: &RelativePath) -> Option<&File> {
        self.files.get(path)
    }

    /// Adds or replaces a file.
    pub fn insert(&mut self, path: RelativePath, file: File) -> Result<(), WorkspaceError> {
        path.check_portable()?;
        let parents = path.as_str().match_indices('/').map(|(at, _)| at);
        let is_below_file = parents
            .filter_map(|at| RelativePath::new(&path.as_str()[..at]).ok())
            .any(|parent| self.files.contains_key(&parent));
        if is_below_file || self.below(&path).next().is_some() {
            return Err(WorkspaceError::FileAndFolder(path.to_string()));
        }
        self.remove(&path);
        self.bytes += file.bytes.len();
        self.files.insert(path, file);
        if self.files.len() > MOST_FILES || self.bytes > MOST_BYTES {
            return Err(WorkspaceError::TooMuch);
        }
        Ok(())
    }

    /// Removes a file and returns it.
    pub fn remove(&mut self, path: &RelativePath) -> Option<File> {
        let file = self.files.remove(path)?;
        self.bytes -= file.bytes.len();
        Some(file)
    }

    /// The files below a folder, with their path inside it.
    pub fn below(&self, folder: &RelativePath) -> impl Iterator<Item = (RelativePath, &File)> {
        let prefix = format!("{folder}/");
        // `0` is the character behind `/`: all paths between the two are below the folder.
        let (from, to) = (prefix.clone(), format!("{folder}0"));
        self.files
            .range((Bound::Excluded(folder), Bound::Unbounded))
            .skip_while(move |(path, _)| path.as_str() < from.as_str())
            .take_while(move |(path, _)| path.as_str() < to.as_str())
            .filter_map(move |(path, file)| {
                let inside = path.as_str().strip_prefix(&prefix)?;
                Some((RelativePath::new(inside).ok()?, file))
            })
    }

    /// The files of a folder as a workspace of its own; `None` is the whole.
    pub fn folder(&self, folder: Option<&RelativePath>) -> Self {
        let Some(folder) = folder else {
            return self.clone();
        };
        let files: BTreeMap<_, _> =
            self.below(folder).map(|(path, file)| (path, file.clone())).collect();
        let bytes = files.values().map(|file| file.bytes.len()).sum();
        Self { files, bytes }
    }

    /// Finds two paths that are the same file or folder on a file system that ignores case.
    pub fn collision(&self) -> Option<(&str, &str)> {
        let mut known = BTreeMap::new();
        for path in self.files.keys() {
            let ends = path.as_str().match_indices('/').map(|(at, _)| at);
            for end in ends.chain([path.as_str().len()]) {
                let part = &path.as_str()[..end];
                let folded = RelativePath::new(part).ok()?.folded();
                let first = *known.entry(folded).or_insert(part);
                if first != part {
                    return Some((first, part));
                }
            }
        }
        None
    }

    /// SHA-256 of all paths, modes and contents, in hexadecimal.
    pub fn digest(&self) -> String {
        let lines = self.files.iter().map(|(path, file)| {
            let mode = if file.executable { "x" } else { "-" };
            format!("{} {mode} {path}\n", sha256_hex(&file.bytes))
        });
        sha256_hex(lines.collect::<String>().as_bytes())
    }
}

/// Why a folder cannot be read into memory.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The file system failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file system failed while listing.
    #[error("cannot list `{path}`")]
    Walk {
        /// The folder.
        path: String,
        /// What happened.
        #[source]
        source: walkdir::Error,
    },
    /// Something that is not a plain file, by its path in the folder.
    #[error("`{0}` is neither a plain file nor a folder")]
    NotAFile(String),
    /// A path is not UTF-8, or leads out of the folder.
    #[error(transparent)]
    Path(#[from] PathError),
    /// There are too many files or bytes, or a path is not portable.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
}

/// Reads a folder into memory. A symbolic link is refused, never followed.
pub fn read_folder(folder: &Path) -> Result<Workspace, FolderError> {
    let mut workspace = Workspace::default();
    let walk = walkdir::WalkDir::new(folder).sort_by_file_name().follow_root_links(false);
    for entry in walk {
        let entry = entry
            .map_err(|source| FolderError::Walk { path: folder.display().to_string(), source })?;
        let inside = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        if entry.file_type().is_dir() {
            continue;
        }
        if !entry.file_type().is_file() {
            return Err(FolderError::NotAFile(inside.display().to_string()));
        }
        let path = RelativePath::from_path(inside)?;
        let file =
            File { bytes: fs::read(entry.path())?.into(), executable: is_executable(&entry) };
        workspace.insert(path, file)?;
    }
    Ok(workspace)
}

fn is_executable(entry: &walkdir::DirEntry) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        entry.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = entry;
        false
    }
}

/// Reads an input that names a folder of the workspace: `None` for the workspace itself.
pub(super) fn folder_path(
    text: &str,
) -> Result<Option<RelativePath>, crate::base::path::PathError> {
    let mut inside = text;
    while let Some(rest) = inside.strip_prefix("./") {
        inside = rest;
    }
    let inside = inside.strip_suffix('/').unwrap_or(inside);
    match inside {
        "" | "." if !text.starts_with('/') => Ok(None),
        "" => RelativePath::new(text).map(Some),
        inside => RelativePath::new(inside).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RelativePath {
        RelativePath::new(text).expect("a path")
    }

    fn file(text: &str) -> File {
        File { bytes: text.as_bytes().into(), executable: false }
    }

    #[test]
    fn a_path_is_a_file_or_a_folder_and_never_git_s() {
        let mut workspace = Workspace::default();
        workspace.insert(path("a/b"), file("x")).expect("free");
        for bad in ["a", "a/b/c", ".git/hooks/post-checkout", "x/.GIT/config"] {
            assert!(workspace.insert(path(bad), file("y")).is_err(), "{bad}");
        }
        workspace.insert(path("a-b"), file("y")).expect("beside");
        let below: Vec<_> = workspace.below(&path("a")).map(|(p, _)| p).collect();
        assert_eq!(below, [path("b")]);
    }

    #[test]
    fn paths_that_differ_in_case_only_collide() {
        let mut workspace = Workspace::default();
        for name in ["src/A.java", "src/b.java", "README"] {
            workspace.insert(path(name), file("x")).expect("free");
        }
        assert_eq!(workspace.collision(), None);
        workspace.insert(path("SRC/c.java"), file("x")).expect("another path");
        assert_eq!(workspace.collision(), Some(("SRC", "src")));
    }

    #[test]
    fn folders_of_inputs_stay_inside() {
        for same in ["", ".", "./", "././"] {
            assert_eq!(folder_path(same), Ok(None), "{same:?}");
        }
        assert_eq!(folder_path("./a/b/"), Ok(Some(path("a/b"))));
        for bad in ["/", "/etc", "..", "a/../..", "./../x"] {
            assert!(folder_path(bad).is_err(), "{bad:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_in_a_folder_is_refused() {
        let directory = tempfile::tempdir().expect("a scratch directory");
        std::os::unix::fs::symlink("/etc/passwd", directory.path().join("link")).expect("linkable");
        let error = read_folder(directory.path()).expect_err("refused");
        assert_eq!(error.to_string(), "`link` is neither a plain file nor a folder");
    }
}
