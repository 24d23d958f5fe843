//! The servers of other repositories: which commit and which bytes an address stands for now, and content as the lock
//! says it.

use std::{collections::BTreeMap, path::Path, time::Duration};

use super::cache::{Download, write_files};
use crate::{
    base::{
        content::LockEntry,
        files::{MOST_BYTES, TreeFile},
        forges::{AddressError, ContentAddress, ContentTarget, Forge, ForgeHost, readable},
        fs::FileError,
        http::{Url, shown},
        text::with_causes,
    },
    git::{
        clone::{self, CloneError, Remote},
        commit_choice::{CommitChoice, ListedReferences, path_behind},
        transport::Access,
        tree::{CommitTree, PathContentError},
    },
    scaffold::workspace::{File, FolderError, Workspace},
};

/// Time limit of one fetch.
const TIMEOUT: Duration = Duration::from_mins(2);

/// Why the content of an address cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ContentFault {
    /// It is no address of content.
    #[error("`{0}` cannot be fetched: {1}")]
    Address(String, #[source] AddressError),
    /// The repository cannot be read.
    #[error("`{0}`: {1}")]
    Repository(String, #[source] CloneError),
    /// The path cannot be read.
    #[error("`{0}`: {1}")]
    Path(String, #[source] PathContentError),
    /// A path or link is one that no skeleton can have.
    #[error("`{0}`: {reason}", reason = with_causes(.1))]
    Folder(String, #[source] FolderError),
    /// There are no files.
    #[error("`{0}` has no files")]
    Empty(String),
    /// The commit has other bytes than the lock says.
    #[error("`{0}` has other bytes than `scaffolds/lock.yaml` says")]
    Digest(String),
    /// The cache cannot be written.
    #[error(transparent)]
    Cache(#[from] FileError),
}

impl ContentFault {
    /// How to correct it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Address(..) => {
                "write the address of a file, a folder or a repository, as the forge shows it"
            }
            Self::Repository(_, error) => match error {
                CloneError::Refused(_) | CloneError::NotFound => {
                    "is the address right, and does `credentials` of `callboard.yaml` have a token that may read it?"
                }
                CloneError::NoCommit(_) => "`callboard scaffold lock --update` locks a newer one",
                CloneError::TooLarge(_) | CloneError::TimedOut(_) | CloneError::Address(_) => {
                    return None;
                }
                error => return error.hint(),
            },
            Self::Digest(_) => {
                "the lock was changed by hand: `callboard scaffold lock --update` writes it anew"
            }
            Self::Path(..) | Self::Folder(..) | Self::Empty(_) | Self::Cache(_) => return None,
        };
        Some(hint.to_owned())
    }
}

/// The commit that an address names now.
struct NamedCommit {
    repository: Url,
    tree: CommitTree,
    path: String,
}

/// The files of a repository at the commit that an address names, in a directory.
#[derive(Debug)]
pub struct Checkout {
    /// The folder that the address names; empty for the whole.
    pub folder: String,
    /// Address of the repository.
    pub repository: String,
    /// The commit: 40 hexadecimal digits.
    pub commit: String,
}

/// The servers of other repositories, for the content of one portal. Each is asked once for the branches of a repository,
/// so that all addresses on a branch stand for the same commit.
#[derive(Debug)]
pub struct ContentServers<'p> {
    portal: &'p Path,
    hosts: BTreeMap<String, Forge>,
    listed: ListedReferences,
}

impl<'p> ContentServers<'p> {
    /// The servers for a portal. `hosts` are forges beside those that are known by their name.
    pub fn new(portal: &'p Path, hosts: &BTreeMap<String, ForgeHost>) -> Self {
        let hosts = hosts.iter().map(|(name, host)| (name.clone(), host.forge)).collect();
        Self { portal, hosts, listed: ListedReferences::default() }
    }

    /// Finds what an address stands for now, and brings it into the cache. Blocks.
    ///
    /// # Errors
    /// It cannot be fetched, is too large, or has what no skeleton can have.
    pub fn pin(&self, address: &str) -> Result<LockEntry, ContentFault> {
        let NamedCommit { repository, tree, path } = self.resolve(address)?;
        let download = read(&tree, &path, address)?;
        download.write(self.portal)?;
        let folder = if tree.is_tag { "refs/tags/" } else { "refs/heads/" };
        let is_commit = tree.reference == tree.commit;
        Ok(LockEntry {
            repository: repository.to_string(),
            reference: (!is_commit).then(|| format!("{folder}{}", tree.reference)),
            commit: tree.commit,
            path,
            kind: download.kind,
            digest: download.digest,
        })
    }

    /// Brings the content of an entry of the lock into the cache. Blocks.
    ///
    /// # Errors
    /// As [`Self::pin`], and when the commit has other bytes.
    pub fn fetch(&self, address: &str, entry: &LockEntry) -> Result<(), ContentFault> {
        let url = readable(&entry.repository)
            .map_err(|error| ContentFault::Address(entry.repository.clone(), error))?;
        let tree = self.open(&url, CommitChoice::Commit(entry.commit.clone()), address)?;
        let download = read(&tree, &entry.path, address)?;
        if (download.kind, &download.digest) != (entry.kind, &entry.digest) {
            return Err(ContentFault::Digest(entry.name()));
        }
        Ok(download.write(self.portal)?)
    }

    /// Writes the files of the repository that an address names into an empty directory, at its commit. Submodules, and
    /// paths and links that no skeleton can have, are left out. Blocks.
    ///
    /// # Errors
    /// It cannot be fetched, or is too large.
    pub fn check_out(&self, address: &str, into: &Path) -> Result<Checkout, ContentFault> {
        let NamedCommit { repository, tree, path } = self.resolve(address)?;
        let mut files =
            tree.files().map_err(|error| ContentFault::Path(name_of(address), error))?;
        let mut workspace = Workspace::default();
        files.retain(|TreeFile { path, bytes, mode }| {
            let in_memory = File { mode: *mode, ..File::new(bytes.clone()) };
            workspace.insert(path.clone(), in_memory).is_ok()
        });
        write_files(into, &files)?;
        let commit = tree.commit;
        Ok(Checkout { folder: path, repository: repository.to_string(), commit })
    }

    /// Whether an entry is of the repository that its address names.
    pub(super) fn is_of(&self, entry: &LockEntry, address: &str) -> bool {
        ContentAddress::parse(address, &self.hosts)
            .is_ok_and(|parsed| parsed.repository.as_str() == entry.repository)
    }

    /// Finds the commit that an address names now.
    fn resolve(&self, address: &str) -> Result<NamedCommit, ContentFault> {
        let ContentAddress { repository, target } = ContentAddress::parse(address, &self.hosts)
            .map_err(|error| ContentFault::Address(address.to_owned(), error))?;
        let wanted = match &target {
            ContentTarget::Default(_) => CommitChoice::Default,
            ContentTarget::Reference(name, _) => CommitChoice::Reference(name.clone()),
            ContentTarget::Joined(joined) => CommitChoice::Joined(joined.clone()),
            ContentTarget::Commit(commit, _) => CommitChoice::Commit(commit.clone()),
        };
        let tree = self.open(&repository, wanted, address)?;
        let path = match target {
            ContentTarget::Joined(joined) => path_behind(&joined, &tree.reference).to_owned(),
            ContentTarget::Default(path)
            | ContentTarget::Reference(_, path)
            | ContentTarget::Commit(_, path) => path,
        };
        Ok(NamedCommit { repository, tree, path })
    }

    fn open(
        &self,
        url: &Url,
        wanted: CommitChoice,
        address: &str,
    ) -> Result<CommitTree, ContentFault> {
        let remote = Remote {
            url: url.clone(),
            wanted,
            access: Access::OfOrigin,
            listed: self.listed.clone(),
            timeout: TIMEOUT,
            max_bytes: MOST_BYTES as u64,
        };
        let opened = clone::fetch(&clone::cache(self.portal)?, &remote);
        opened.map_err(|error| ContentFault::Repository(name_of(address), error))
    }
}

fn read(tree: &CommitTree, path: &str, address: &str) -> Result<Download, ContentFault> {
    let content =
        tree.content(path).map_err(|error| ContentFault::Path(name_of(address), error))?;
    let download =
        Download::new(content).map_err(|error| ContentFault::Folder(name_of(address), error))?;
    if download.is_empty() {
        return Err(ContentFault::Empty(name_of(address)));
    }
    Ok(download)
}

/// The address in messages, without its query, which may have a secret.
fn name_of(address: &str) -> String {
    Url::parse(address).map_or_else(|_| address.to_owned(), |url| shown(&url))
}
