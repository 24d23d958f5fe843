//! Journals: files on a branch of their own. Each change is a commit that does not touch the working tree.
//!
//! With a remote, a commit is valid when the remote's branch has been moved to it by compare-and-swap.
//! Writers of different topics do not conflict: a writer that loses a race repeats its commit on top of
//! the winner's. When the winner wrote about the same topic, the loser fails, because another runner
//! owns the topic.

use std::path::Path;

use git2::{
    Commit, ErrorCode, FileMode, Index, Oid, Repository, Signature, build::TreeUpdateBuilder,
};
use jiff::Timestamp;

use super::{
    commit::{Author, make_commit},
    remote,
};
use crate::base::path::RelativePath;

/// Trailer with the topic of a commit.
const TOPIC_TRAILER: &str = "Callboard-Run";
/// Trailer of the journals of sources.
pub const SOURCES_TRAILER: &str = "Callboard-Sources";
/// Most repetitions of a commit that lost a race.
const MOST_RACES: usize = 20;

/// A branch of journal files.
pub struct Journal {
    repository: Repository,
    reference: String,
    /// URL of the remote, when there is one.
    remote: Option<String>,
    author: Author,
    /// Trailer with the topic of a commit.
    trailer: &'static str,
    tip: Option<Oid>,
    /// Last known tip of the remote's branch.
    remote_tip: Option<Oid>,
}

/// Why the journal could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another writer has the same topic.
    #[error("another runner owns `{0}`")]
    Lost(String),
    /// The branch cannot be moved, though nobody has moved it.
    #[error(
        "`{0}` is locked: another git is at work on it, or one was killed; when there is none, remove the file `{0}.lock` of the repository"
    )]
    Locked(String),
    /// A file on the branch is not UTF-8.
    #[error("`{0}` on the journal's branch is not a text")]
    NotText(String),
    /// Git failed.
    #[error("cannot {verb} the journal")]
    Git {
        /// The operation that failed.
        verb: &'static str,
        /// The error of libgit2.
        #[source]
        source: git2::Error,
    },
}

fn failed(verb: &'static str) -> impl Fn(git2::Error) -> JournalError {
    move |source| JournalError::Git { verb, source }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal")
            .field("reference", &self.reference)
            .field("remote", &self.remote)
            .field("tip", &self.tip)
            .finish_non_exhaustive()
    }
}

impl Journal {
    /// Opens a branch of the repository that contains `directory`, and fetches it from the remote of
    /// this name, when there is one. The branch need not exist.
    pub fn open(
        directory: &Path,
        branch: &str,
        remote: &str,
        author: Author,
    ) -> Result<Self, JournalError> {
        let failed = failed("open");
        let repository = Repository::discover(directory).map_err(&failed)?;
        let url = match repository.find_remote(remote) {
            Ok(found) => Some(found.url().map_err(&failed)?.to_owned()),
            Err(error) if error.code() == ErrorCode::NotFound => None,
            Err(error) => return Err(failed(error)),
        };
        let mut journal = Self {
            repository,
            reference: format!("refs/heads/{branch}"),
            remote: url,
            author,
            trailer: TOPIC_TRAILER,
            tip: None,
            remote_tip: None,
        };
        journal.tip = journal.latest()?;
        Ok(journal)
    }

    /// Opens a branch for reading, as the local repository has it, without asking the remote. `None`
    /// outside a repository.
    pub fn open_local(
        directory: &Path,
        branch: &str,
        remote: &str,
        author: Author,
    ) -> Result<Option<Self>, JournalError> {
        let failed = failed("open");
        let repository = match Repository::discover(directory) {
            Ok(repository) => repository,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let local = repository.refname_to_id(&format!("refs/heads/{branch}")).ok();
        let tracked = repository.refname_to_id(&format!("refs/remotes/{remote}/{branch}")).ok();
        let tip = match (local, tracked) {
            (Some(local), Some(tracked)) => {
                let is_newer = repository.graph_descendant_of(tracked, local).map_err(&failed)?;
                Some(if is_newer { tracked } else { local })
            }
            (local, tracked) => local.or(tracked),
        };
        let (reference, trailer) = (format!("refs/heads/{branch}"), TOPIC_TRAILER);
        Ok(Some(Self {
            repository,
            reference,
            remote: None,
            author,
            trailer,
            tip,
            remote_tip: None,
        }))
    }

    /// Opens a branch for commits that are not pushed, on top of what the local repository has of the
    /// remote's branch. `None` outside a repository.
    pub fn open_local_for_writing(
        directory: &Path,
        branch: &str,
        remote: &str,
        author: Author,
    ) -> Result<Option<Self>, JournalError> {
        let Some(journal) = Self::open_local(directory, branch, remote, author)? else {
            return Ok(None);
        };
        if let Some(tip) = journal.tip {
            let made = journal.repository.reference(&journal.reference, tip, true, "callboard");
            made.map_err(failed("open"))?;
        }
        Ok(Some(journal))
    }

    /// The time by the clock of the remote's server, which all writers share; `None` without such a server.
    pub fn server_time(&self) -> Option<Timestamp> {
        super::server_time::of(self.remote.as_deref()?)
    }

    /// Uses another trailer for the topics of commits.
    pub fn with_trailer(self, trailer: &'static str) -> Self {
        Self { trailer, ..self }
    }

    /// The newest commit: that of the remote's branch, else of the local branch.
    fn latest(&mut self) -> Result<Option<Oid>, JournalError> {
        let failed = failed("read");
        if let Some(url) = &self.remote {
            let tip = remote::fetch(&self.repository, url, &self.reference, remote::Depth::All)
                .map_err(&failed)?;
            self.remote_tip = tip;
            if tip.is_some() {
                return Ok(tip);
            }
        }
        match self.repository.refname_to_id(&self.reference) {
            Ok(tip) => Ok(Some(tip)),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    fn commit_at(&self, tip: Option<Oid>) -> Result<Option<Commit<'_>>, JournalError> {
        tip.map(|tip| self.repository.find_commit(tip)).transpose().map_err(failed("read"))
    }

    /// Reads a file of the newest known commit.
    pub fn read(&self, path: &RelativePath) -> Result<Option<String>, JournalError> {
        let failed = failed("read");
        let Some(commit) = self.commit_at(self.tip)? else {
            return Ok(None);
        };
        let tree = commit.tree().map_err(&failed)?;
        let entry = match tree.get_path(Path::new(path.as_str())) {
            Ok(entry) => entry,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let blob = self.repository.find_blob(entry.id()).map_err(&failed)?;
        let text = std::str::from_utf8(blob.content());
        text.map(|text| Some(text.to_owned())).map_err(|_| JournalError::NotText(path.to_string()))
    }

    /// Lists the files below a folder, sorted.
    pub fn list(&self, folder: &RelativePath) -> Result<Vec<RelativePath>, JournalError> {
        let failed = failed("read");
        let Some(commit) = self.commit_at(self.tip)? else {
            return Ok(Vec::new());
        };
        let mut index = Index::new().map_err(&failed)?;
        index.read_tree(&commit.tree().map_err(&failed)?).map_err(&failed)?;
        let paths = index.iter().filter_map(|entry| {
            let path = RelativePath::new(String::from_utf8(entry.path).ok()?).ok()?;
            let inside = path.as_str().strip_prefix(folder.as_str())?;
            inside.starts_with('/').then_some(path)
        });
        Ok(paths.collect())
    }

    /// Reads all files below a folder, sorted, and passes each with its text to a function. Their folders are read once, so
    /// that there may be thousands.
    pub fn visit(
        &self,
        folder: &RelativePath,
        visit: &mut dyn FnMut(RelativePath, Result<&str, JournalError>),
    ) -> Result<(), JournalError> {
        let failed = failed("read");
        let Some(commit) = self.commit_at(self.tip)? else { return Ok(()) };
        let mut index = Index::new().map_err(&failed)?;
        index.read_tree(&commit.tree().map_err(&failed)?).map_err(&failed)?;
        for entry in index.iter() {
            let path =
                String::from_utf8(entry.path).ok().and_then(|path| RelativePath::new(path).ok());
            let is_inside = |path: &RelativePath| {
                path.as_str()
                    .strip_prefix(folder.as_str())
                    .is_some_and(|rest| rest.starts_with('/'))
            };
            let Some(path) = path.filter(is_inside) else { continue };
            // One entry that is no file does not decide over the others.
            let blob = match self.repository.find_blob(entry.id) {
                Ok(blob) => blob,
                Err(error) => {
                    visit(path, Err(failed(error)));
                    continue;
                }
            };
            let shown = path.to_string();
            let text = std::str::from_utf8(blob.content());
            visit(path, text.map_err(|_| JournalError::NotText(shown)));
        }
        Ok(())
    }

    /// Commits one file about a topic. `subject` is the first line of the message.
    pub fn commit(
        &mut self,
        path: &RelativePath,
        text: &str,
        topic: &str,
        subject: &str,
        time: Timestamp,
    ) -> Result<(), JournalError> {
        self.commit_all(&[(path.clone(), text.to_owned())], topic, subject, time)
    }

    /// Commits several files about one topic.
    pub fn commit_all(
        &mut self,
        files: &[(RelativePath, String)],
        topic: &str,
        subject: &str,
        time: Timestamp,
    ) -> Result<(), JournalError> {
        let mut is_locked = false;
        for _ in 0..MOST_RACES {
            let made = self.write(files, topic, subject, time).map_err(failed("write"))?;
            if self.publish(made)? {
                self.tip = Some(made);
                self.remote_tip = self.remote.as_ref().map(|_| made);
                return Ok(());
            }
            let winner = self.latest()?;
            is_locked = winner == self.tip;
            if self.is_about(topic, winner)? {
                break;
            }
            self.tip = winner;
        }
        Err(match is_locked {
            true => JournalError::Locked(self.reference.clone()),
            false => JournalError::Lost(topic.to_owned()),
        })
    }

    fn write(
        &self,
        files: &[(RelativePath, String)],
        topic: &str,
        subject: &str,
        time: Timestamp,
    ) -> Result<Oid, git2::Error> {
        let parent = self.tip.map(|tip| self.repository.find_commit(tip)).transpose()?;
        let before = match &parent {
            Some(parent) => parent.tree()?,
            None => self.repository.find_tree(self.repository.treebuilder(None)?.write()?)?,
        };
        // Only the folders of the files are written anew, because there may be thousands of files.
        let mut update = TreeUpdateBuilder::new();
        for (path, text) in files {
            let blob = self.repository.blob(text.as_bytes())?;
            update.upsert(path.as_str(), blob, FileMode::Blob);
        }
        let tree = update.create_updated(&self.repository, &before)?;
        let tree = self.repository.find_tree(tree)?;
        let when = git2::Time::new(time.as_second(), 0);
        let by = Signature::new(&self.author.name, &self.author.email, &when)?;
        let message = format!("{subject}\n\n{}: {topic}\n", self.trailer);
        let parents: Vec<_> = parent.iter().collect();
        make_commit(&self.repository, (&by, &by), &message, &tree, &parents)
    }

    /// Moves the branch, first on the remote. `false` when another writer has moved it.
    fn publish(&self, made: Oid) -> Result<bool, JournalError> {
        let failed = failed("write");
        if let Some(url) = &self.remote {
            // When the remote does not have the branch, the whole local branch is pushed.
            let old = self.remote_tip;
            let moved = remote::compare_and_swap(&self.repository, url, &self.reference, old, made);
            if !moved.map_err(&failed)? {
                return Ok(false);
            }
            // The local branch follows that of the remote.
            self.repository.reference(&self.reference, made, true, "callboard").map_err(&failed)?;
            return Ok(true);
        }
        let moved = match self.tip {
            None => self.repository.reference(&self.reference, made, false, "callboard"),
            Some(tip) => {
                self.repository.reference_matching(&self.reference, made, true, tip, "callboard")
            }
        };
        match moved {
            Ok(_) => Ok(true),
            Err(error) if remote::is_lost(&error) => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }

    /// True when a commit between the known tip and `newest` has the topic, or when the history was
    /// rewritten.
    fn is_about(&self, topic: &str, newest: Option<Oid>) -> Result<bool, JournalError> {
        let failed = failed("read");
        let mut next = newest;
        while next != self.tip {
            let Some(commit) = self.commit_at(next)? else {
                return Ok(true);
            };
            let message = commit.message().unwrap_or_default();
            let trailers = git2::message_trailers_strs(message).map_err(&failed)?;
            if trailers.iter().any(|(key, value)| key == self.trailer && value == topic) {
                return Ok(true);
            }
            next = commit.parent_ids().next();
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests;
