//! Fetches one commit of another repository, the newest of a branch or tag or one that is named, into a bare repository
//! in a cache.
//!
//! The next fetch asks the server once whether the branch has moved; a commit that is in the cache is read without a
//! question. Local repositories (`file` addresses) are read in place.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use git2::{AutotagOption, Direction, ErrorClass, FetchOptions, Repository};

use super::{
    commit_choice::{CommitChoice, ListedReferences, References, choose},
    publish::bare_repository,
    push::ORIGIN,
    transport::{self, Access, Interruption, Session, SharedSession},
    tree::CommitTree,
};
use crate::base::{fs, hash::sha256_hex, http::Url};

/// Most packs of a cached repository, one for each fetch of something new; then the cache is deleted
/// and starts anew.
const MOST_PACKS: usize = 50;
/// All branches and tags.
const ALL: [&str; 2] = ["refs/heads/*:refs/heads/*", "refs/tags/*:refs/tags/*"];
/// The depth of a fetch that also fetches what an earlier one left out.
const WHOLE: i32 = i32::MAX;

/// A commit to fetch, with limits.
#[derive(Debug, Clone)]
pub struct Remote {
    /// Address: `https`, `http` or `file`.
    pub url: Url,
    /// Which commit.
    pub wanted: CommitChoice,
    /// The credential.
    pub access: Access,
    /// What servers listed for earlier fetches that belong together with this one.
    pub listed: ListedReferences,
    /// Time limit of the whole fetch.
    pub timeout: Duration,
    /// Most bytes that are received.
    pub max_bytes: u64,
}

/// Why a repository cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CloneError {
    /// The address has a scheme that is not supported, or a user name.
    #[error("{0}")]
    Address(&'static str),
    /// The server wants a credential, or refuses this one (status 401 or 403).
    #[error("the git server answered {0}: it does not let this be read")]
    Refused(u16),
    /// The repository does not exist, or is hidden from this credential.
    #[error("the repository was not found")]
    NotFound,
    /// The server redirects to another address.
    #[error("the git server answered {0}: the repository is at another address")]
    Moved(u16),
    /// There is no such branch or tag.
    #[error("there is no branch and no tag `{name}`")]
    NoReference {
        /// The name.
        name: String,
        /// The most similar branch or tag.
        near: Option<String>,
    },
    /// No branch and no tag has the commit any more, or the server does not give it.
    #[error("the repository does not have the commit {0}")]
    NoCommit(String),
    /// It has no commits.
    #[error("the repository has no commits")]
    Empty,
    /// The repository is larger than `max_bytes`.
    #[error("the repository is larger than {0} bytes")]
    TooLarge(u64),
    /// The time limit was exceeded.
    #[error("it took longer than {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    /// The network or the server failed.
    #[error("{0}")]
    Unreachable(String),
    /// Another error of git.
    #[error("{0}")]
    Git(String),
}

impl CloneError {
    /// True when a retry may succeed.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }

    /// How to correct it.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Address(_) => "write `https://host/path`, and who reads under `auth`",
            Self::Refused(_) => "does the source have `auth`, and may that token read it?",
            Self::NotFound => "is the address right, and may the token see the repository?",
            Self::Moved(_) => "write its present address; on some servers it ends with `.git`",
            Self::NoReference { near, .. } => {
                return near.as_ref().map(|near| format!("did you mean `{near}`?"));
            }
            Self::TooLarge(_) => "raise `max_bytes`, or leave this repository out",
            Self::TimedOut(_) => "raise `timeout`",
            Self::NoCommit(_) | Self::Empty | Self::Unreachable(_) | Self::Git(_) => return None,
        };
        Some(text.to_owned())
    }
}

impl From<git2::Error> for CloneError {
    fn from(error: git2::Error) -> Self {
        let message = error.message().to_owned();
        match error.class() {
            ErrorClass::Net => Self::Unreachable(message),
            _ => Self::Git(message),
        }
    }
}

/// The folder of a portal's cache that has the repositories which were fetched; it is made where there is none.
pub fn cache(portal: &Path) -> Result<PathBuf, fs::FileError> {
    Ok(fs::cache_folder(portal)?.join("git"))
}

/// Fetches a commit into the cache, and opens it. Blocks.
///
/// # Errors
/// When the remote cannot be read within the limits. The cache is then unchanged.
pub fn fetch(cache: &Path, remote: &Remote) -> Result<CommitTree, CloneError> {
    let url = &remote.url;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(CloneError::Address("an address holds no user name and no password"));
    }
    match url.scheme() {
        "file" => open_local(remote),
        "https" | "http" => {
            let session = SharedSession::new(Session {
                origin: url.origin(),
                access: remote.access.clone(),
                deadline: Instant::now() + remote.timeout,
                left: remote.max_bytes,
                interruption: None,
            });
            let fetched = transport::during(&session, || fetch_remote(cache, remote));
            let interruption = session.lock().interruption.take();
            fetched.map_err(|error| match interruption {
                Some(interruption) => explain(interruption, remote),
                None => error,
            })
        }
        _ => Err(CloneError::Address("only `https`, `http` and `file` addresses can be read")),
    }
}

fn explain(interruption: Interruption, remote: &Remote) -> CloneError {
    match interruption {
        Interruption::Status(status @ (401 | 403)) => CloneError::Refused(status),
        Interruption::Status(404 | 410) => CloneError::NotFound,
        Interruption::Status(status @ 300..=399) => CloneError::Moved(status),
        Interruption::Status(status) => {
            CloneError::Unreachable(format!("the git server answered {status}"))
        }
        Interruption::TooLarge => CloneError::TooLarge(remote.max_bytes),
        Interruption::TimedOut => CloneError::TimedOut(remote.timeout),
    }
}

fn open_local(remote: &Remote) -> Result<CommitTree, CloneError> {
    let path = remote.url.to_file_path();
    let path = path.map_err(|()| CloneError::Address("a `file` address is an absolute path"))?;
    if !path.exists() {
        return Err(CloneError::NotFound);
    }
    let repository = Repository::open(path)?;
    let mut names = Vec::new();
    for reference in repository.references()? {
        let reference = reference?;
        if let (Ok(name), Some(id)) = (reference.name(), reference.resolve()?.target()) {
            names.push((name.to_owned(), id));
        }
    }
    let head = match repository.head() {
        Ok(head) => head.target().map(|id| (head.name().unwrap_or("HEAD").to_owned(), id)),
        Err(_) => None,
    };
    let (name, tip) = choose(&References { head, names }, &remote.wanted)?;
    if !repository.odb()?.exists(tip) {
        return Err(CloneError::NoCommit(tip.to_string()));
    }
    Ok(CommitTree::open(repository, tip, &name)?)
}

fn fetch_remote(cache: &Path, remote: &Remote) -> Result<CommitTree, CloneError> {
    let folder = cache.join(&sha256_hex(remote.url.as_str().as_bytes())[..20]);
    let packs = fs::walk_files(&folder.join("objects/pack")).unwrap_or_default();
    let is_full = packs.iter().filter(|file| file.as_str().ends_with(".pack")).count() > MOST_PACKS;
    if is_full {
        fs::remove_dir_all(&folder).map_err(|e| CloneError::Git(e.to_string()))?;
    }
    match fetch_into(&folder, remote) {
        // A damaged cache is deleted and fetched again; errors of the network are returned.
        Err(FetchError::Git(error)) if error.class() != ErrorClass::Net && !packs.is_empty() => {
            fs::remove_dir_all(&folder).map_err(|e| CloneError::Git(e.to_string()))?;
            fetch_into(&folder, remote)
        }
        fetched => fetched,
    }
    .map_err(|failed| match failed {
        FetchError::Git(error) => error.into(),
        FetchError::Clone(error) => error,
    })
}

enum FetchError {
    Git(git2::Error),
    Clone(CloneError),
}

impl From<git2::Error> for FetchError {
    fn from(error: git2::Error) -> Self {
        Self::Git(error)
    }
}

fn fetch_into(folder: &Path, remote: &Remote) -> Result<CommitTree, FetchError> {
    let repository = bare_repository(folder)?;
    // A commit is chosen without a list.
    let none = matches!(remote.wanted, CommitChoice::Commit(_)).then(References::default);
    if let Some(references) = none.or_else(|| remote.listed.get(&remote.url)) {
        let chosen = choose(&references, &remote.wanted).map_err(FetchError::Clone)?;
        if repository.odb()?.exists(chosen.1) {
            return Ok(CommitTree::open(repository, chosen.1, &chosen.0)?);
        }
    }
    let (name, tip) = {
        let mut git = repository.remote_anonymous(remote.url.as_str())?;
        git.connect(Direction::Fetch)?;
        let references = References::of_server(git.list()?);
        let chosen = choose(&references, &remote.wanted).map_err(FetchError::Clone);
        remote.listed.insert(&remote.url, references);
        let (name, tip) = chosen?;
        if !repository.odb()?.exists(tip) {
            download(&mut git, &[&name], 1).or_else(|error| match name == tip.to_string() {
                // The server gives branches and tags only: the commit is in the history of one.
                true if error.class() == ErrorClass::Invalid => {
                    git.disconnect()?;
                    git.connect(Direction::Fetch)?;
                    download(&mut git, &ALL, WHOLE)
                }
                _ => Err(error),
            })?;
            if !repository.odb()?.exists(tip) {
                return Err(FetchError::Clone(CloneError::NoCommit(tip.to_string())));
            }
            // With a reference to the commit, libgit2 tells the server that it has it, and it is not
            // sent again.
            let known = format!("refs/{ORIGIN}/{}", &sha256_hex(name.as_bytes())[..20]);
            repository.reference(&known, tip, true, "callboard")?;
        }
        (name, tip)
    };
    Ok(CommitTree::open(repository, tip, &name)?)
}

fn download(git: &mut git2::Remote<'_>, what: &[&str], depth: i32) -> Result<(), git2::Error> {
    let mut options = FetchOptions::new();
    options.depth(depth).update_fetchhead(false).download_tags(AutotagOption::None);
    git.download(what, Some(&mut options))
}
