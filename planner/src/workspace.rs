//! Files in memory: the folder of a template, and the workspace that the steps of a plan fill.
//!
//! Nothing here writes to disk. Every path is a [`RelativePath`], so it cannot leave the directory that the files
//! are written to, and portable, so it is never inside a `.git` folder.

use std::{collections::BTreeMap, ops::Bound, sync::Arc};

use crate::base::{
    content::{ContentError, ContentKind, LockEntry},
    files::{Files, MOST_BYTES, MOST_FILES, Mode, TreeError, TreeFile},
    hash::sha256_hex,
    path::{PathError, RelativePath},
    text::{count, with_causes},
};

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its content; of a link its target.
    pub bytes: Arc<[u8]>,
    /// Its mode.
    pub mode: Mode,
    /// False when its content, or whether it is there, is known only after apply.
    pub is_known: bool,
}

impl File {
    /// A plain file with this content.
    pub fn new(bytes: impl Into<Arc<[u8]>>) -> Self {
        Self { bytes: bytes.into(), mode: Mode::File, is_known: true }
    }

    /// The same file with another content.
    #[must_use]
    pub fn with_bytes(&self, bytes: impl Into<Arc<[u8]>>) -> Self {
        Self { bytes: bytes.into(), ..self.clone() }
    }

    /// The content as text, when it is UTF-8 and neither binary nor a link.
    pub fn text(&self) -> Option<&str> {
        let is_binary = self.bytes.starts_with(b"%PDF-") || self.bytes.contains(&0);
        let is_text = !is_binary && self.mode != Mode::Link;
        std::str::from_utf8(&self.bytes).ok().filter(|_| is_text)
    }
}

/// Files by path, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workspace {
    files: BTreeMap<RelativePath, File>,
    bytes: usize,
    /// True when a command of apply may have changed, added and removed files.
    has_later_files: bool,
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
    /// The target of a link is absolute, leads out, or is git's own.
    #[error("the symbolic link leads to `{0}`, which is not in the same folder")]
    LinkOut(String),
    /// There are too many files or bytes.
    #[error("more than {MOST_FILES} files or {MOST_BYTES} bytes")]
    TooMuch,
}

impl Workspace {
    /// The files of a folder.
    ///
    /// # Errors
    /// [`FolderError::File`].
    pub fn of_tree(files: Vec<TreeFile>) -> Result<Self, FolderError> {
        let mut workspace = Self::default();
        for TreeFile { path, bytes, mode } in files {
            let name = path.to_string();
            let file = File { bytes: bytes.into(), mode, is_known: true };
            workspace.insert(path, file).map_err(|error| FolderError::File(name, error))?;
        }
        Ok(workspace)
    }

    /// All files, sorted by path.
    pub fn files(&self) -> impl Iterator<Item = (&RelativePath, &File)> {
        self.files.iter()
    }

    /// Number of files.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// How many files it has, in words.
    pub(crate) fn count(&self) -> String {
        let others = if self.has_later_files { " and what apply adds" } else { "" };
        count(self.files.len(), "file", "files") + others
    }

    /// True without files; false when only apply knows which files there are.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && !self.has_later_files
    }

    /// True when only apply knows which files there are: it may have others than these.
    pub fn has_later_files(&self) -> bool {
        self.has_later_files
    }

    /// Makes everything known only after apply: the content of each file, and which files there are.
    pub fn forget(&mut self) {
        self.has_later_files = true;
        self.files.values_mut().for_each(|file| file.is_known = false);
    }

    /// Returns one file.
    pub fn get(&self, path: &RelativePath) -> Option<&File> {
        self.files.get(path)
    }

    /// Changes the mode of a file, when it is there.
    pub(crate) fn set_mode(&mut self, path: &RelativePath, mode: Mode) {
        if let Some(file) = self.files.get_mut(path) {
            file.mode = mode;
        }
    }

    /// Adds or replaces a file.
    pub fn insert(&mut self, path: RelativePath, file: File) -> Result<(), WorkspaceError> {
        path.check_portable()?;
        if file.mode == Mode::Link {
            check_link(&path, &file.bytes)?;
        }
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

    /// True when the files and the content of each are known.
    pub fn is_known(&self) -> bool {
        !self.has_later_files && self.files.values().all(|file| file.is_known)
    }

    /// Marks each file that is not the same in `before`, and keeps the files of `before` that are gone: whether they
    /// are so is known only after apply.
    pub fn mark_undecided(&mut self, before: &Self) {
        for (path, file) in &mut self.files {
            file.is_known &= before.files.get(path) == Some(file);
        }
        for (path, file) in &before.files {
            if !self.files.contains_key(path) {
                self.bytes += file.bytes.len();
                self.files.insert(path.clone(), File { is_known: false, ..file.clone() });
            }
        }
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
        Self { files, bytes, has_later_files: self.has_later_files }
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
            let mode = match file.mode {
                Mode::File => "-",
                Mode::Executable => "x",
                Mode::Link => "l",
            };
            format!("{} {mode} {path}\n", sha256_hex(&file.bytes))
        });
        sha256_hex(lines.collect::<String>().as_bytes())
    }
}

/// Why a folder cannot be read into memory.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The files cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A path is not portable, or a link leads out of the folder.
    #[error("`{0}`")]
    File(String, #[source] WorkspaceError),
}

/// Reads a folder into memory.
///
/// # Errors
/// The folder cannot be read, is too large, or has a path or link that no workspace can have.
pub fn read_folder(files: &dyn Files, folder: &str) -> Result<Workspace, FolderError> {
    Workspace::of_tree(files.tree(folder)?)
}

/// Reads a folder of another repository from the cache.
///
/// # Errors
/// It is not there, damaged, or a file.
pub fn read_content(files: &dyn Files, entry: &LockEntry) -> Result<Workspace, ContentError> {
    entry.expect(ContentKind::Folder)?;
    let workspace = read_folder(files, &entry.cached())
        .map_err(|error| ContentError::Unreadable(entry.name(), with_causes(&error)))?;
    if workspace.is_empty() {
        return Err(ContentError::Absent(entry.name()));
    }
    entry.check(&workspace.digest())?;
    Ok(workspace)
}

/// Checks that a link leads to a path of the same workspace, whatever other links are there.
fn check_link(path: &RelativePath, target: &[u8]) -> Result<(), WorkspaceError> {
    let shown = String::from_utf8_lossy(target).into_owned();
    let mut parts: Vec<&str> = path.as_str().split('/').collect();
    parts.pop();
    let is_plain =
        !shown.is_empty() && !shown.starts_with('/') && !shown.contains(['\\', ':', '\0']);
    for part in shown.split('/').filter(|part| !matches!(*part, "" | ".")) {
        match part {
            ".." if parts.pop().is_none() => return Err(WorkspaceError::LinkOut(shown.clone())),
            ".." => {}
            part => parts.push(part),
        }
    }
    let inside = parts.join("/");
    let is_inside = inside.is_empty()
        || RelativePath::new(inside).is_ok_and(|inside| inside.check_portable().is_ok());
    if is_plain && is_inside { Ok(()) } else { Err(WorkspaceError::LinkOut(shown)) }
}

/// Resolves a path with `.` and `..` relative to a folder; both are relative to the same root, which is empty. `None`
/// when the path leads out of the root.
pub(crate) fn resolve(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()?),
            "" | "." => {}
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Reads an input that names a folder of the workspace: `None` for the workspace itself.
pub(crate) fn folder_path(
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
        File::new(text.as_bytes())
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

    #[test]
    fn a_link_leads_to_a_path_of_the_workspace_only() {
        let link = |at: &str, target: &str| {
            let link = File { mode: Mode::Link, ..file(target) };
            Workspace::default().insert(path(at), link)
        };
        for good in ["b", "./b", "../c/d", "../a/b", "..", "x//y"] {
            assert_eq!(link("a/link", good), Ok(()), "{good}");
        }
        for bad in ["/etc/passwd", "../../etc", "../.git/config", "", "C:x", "a\\b", "../x/../../y"]
        {
            assert!(link("a/link", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn of_a_workspace_that_a_command_changes_nothing_is_known() {
        let mut workspace = Workspace::default();
        assert!(workspace.is_known() && workspace.is_empty());
        workspace.forget();
        workspace.insert(path("later/made"), file("x")).expect("free");
        for part in [workspace.folder(None), workspace.folder(Some(&path("other")))] {
            assert!(!part.is_known() && !part.is_empty() && part.has_later_files());
        }
    }

    #[test]
    fn what_an_undecided_step_changes_is_not_known() {
        let mut before = Workspace::default();
        for name in ["same", "changed", "removed"] {
            before.insert(path(name), file("x")).expect("free");
        }
        let mut after = before.clone();
        after.insert(path("changed"), file("y")).expect("replaced");
        after.insert(path("added"), file("z")).expect("free");
        after.remove(&path("removed"));
        after.mark_undecided(&before);
        let known: Vec<_> =
            after.files().map(|(path, file)| (path.as_str(), file.is_known)).collect();
        assert_eq!(
            known,
            [("added", false), ("changed", false), ("removed", false), ("same", true)]
        );
        assert!(before.is_known() && !after.is_known());
    }
}
