//! The files of a commit, read from git objects without a checkout. Links, submodules and attributes
//! are not followed.

use std::path::Path;

use git2::{ErrorCode, ObjectType, Oid, Repository, TreeWalkMode, TreeWalkResult};

/// Types of entries of a tree, except for folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A symbolic link.
    Link,
    /// A submodule.
    Submodule,
}

/// The entry at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryContent {
    /// The content of a regular file.
    File(Vec<u8>),
    /// The size of a regular file that is larger than the limit.
    TooLarge(u64),
    /// A folder.
    Folder,
    /// A symbolic link, or a path below one.
    Link,
    /// A submodule.
    Submodule,
    /// There is no such path.
    Missing,
}

/// The tree of a commit, and the branch or tag that it was found by.
pub struct CommitTree {
    repository: Repository,
    tree: Oid,
    /// The full id of the commit.
    pub commit: String,
    /// Name of the branch or tag, without `refs/heads/` or `refs/tags/`.
    pub reference: String,
    /// Whether `reference` is a tag.
    pub is_tag: bool,
}

impl std::fmt::Debug for CommitTree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CommitTree({} at {})", self.reference, self.commit)
    }
}

impl CommitTree {
    /// Opens the commit of a full reference name; a tag is peeled.
    pub(super) fn open(
        repository: Repository,
        tip: Oid,
        reference: &str,
    ) -> Result<Self, git2::Error> {
        let (tree, commit) = {
            let commit = repository.find_object(tip, None)?.peel_to_commit()?;
            (commit.tree_id(), commit.id().to_string())
        };
        let tag = reference.strip_prefix("refs/tags/");
        let name = tag.or_else(|| reference.strip_prefix("refs/heads/")).unwrap_or(reference);
        let (reference, is_tag) = (name.to_owned(), tag.is_some());
        Ok(Self { repository, tree, commit, reference, is_tag })
    }

    /// Lists all entries but folders, in the order of git. Names that are not Unicode are left out.
    pub fn list(&self) -> Result<Vec<(String, EntryKind)>, git2::Error> {
        let mut found = Vec::new();
        let tree = self.repository.find_tree(self.tree)?;
        tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
            if let (Some(kind), Ok(name)) = (kind(entry.filemode()), entry.name()) {
                found.push((format!("{folder}{name}"), kind));
            }
            TreeWalkResult::Ok
        })?;
        Ok(found)
    }

    /// Whether the file at a path may be executed.
    pub fn is_executable(&self, path: &str) -> Result<bool, git2::Error> {
        let tree = self.repository.find_tree(self.tree)?;
        Ok(tree.get_path(Path::new(path))?.filemode() == 0o100_755)
    }

    /// Reads the entry at a path: of a regular file the content, when it has at most `most` bytes.
    pub fn read(&self, path: &str, most: u64) -> Result<EntryContent, git2::Error> {
        let tree = self.repository.find_tree(self.tree)?;
        let entry = match tree.get_path(Path::new(path)) {
            Ok(entry) => entry,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(EntryContent::Missing),
            Err(error) => return Err(error),
        };
        match kind(entry.filemode()) {
            Some(EntryKind::Link) => return Ok(EntryContent::Link),
            Some(EntryKind::Submodule) => return Ok(EntryContent::Submodule),
            Some(EntryKind::File) => {}
            None => return Ok(EntryContent::Folder),
        }
        let (size, kind) = self.repository.odb()?.read_header(entry.id())?;
        if kind != ObjectType::Blob {
            return Ok(EntryContent::Missing);
        }
        if size as u64 > most {
            return Ok(EntryContent::TooLarge(size as u64));
        }
        Ok(EntryContent::File(self.repository.find_blob(entry.id())?.content().to_vec()))
    }
}

/// The type of an entry by its mode; `None` for a folder.
fn kind(mode: i32) -> Option<EntryKind> {
    match mode {
        0o040_000 => None,
        0o120_000 => Some(EntryKind::Link),
        0o160_000 => Some(EntryKind::Submodule),
        _ => Some(EntryKind::File),
    }
}
