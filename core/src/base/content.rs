//! Content of other repositories that templates use: which commit and which bytes an address stands for.
//!
//! The lock, `scaffolds/lock.yaml`, says it for each address; people review that file. The content itself lies in a
//! cache below the portal, by its digest. Both are read through [`Files`], so that a plan needs no network, and content
//! that does not have the digest of the lock is refused.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::Value;

use super::{
    diagnostics::Place,
    files::{FileError, Files, Listing, TreeError, TreeFile},
    hash::sha256_hex,
    schema,
    yaml::{self, FormatVersion},
};

/// The lock, relative to the portal.
pub const LOCK: &str = "scaffolds/lock.yaml";
/// The cache, relative to the portal: a file or folder for each content, named by its digest.
pub const CACHE: &str = ".callboard/content";

/// The first lines of the lock.
const HEAD: &str = "# Which commit and which bytes each address of a template stands for. `callboard scaffold lock` writes this\n\
                    # file; a plan reads nothing else of other repositories.\n";
/// The newest version of the lock that this program reads, which it writes.
const VERSION: u32 = 1;
/// Digits of a commit in messages.
const SHORT: usize = 7;

/// The lock: what each address of a template stands for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContentLock {
    /// Version of the format of this file; 1 when missing.
    #[serde(default, skip_serializing_if = "FormatVersion::is_first")]
    pub version: FormatVersion<VERSION>,
    /// The content by its address, as templates write it.
    #[serde(default)]
    pub content: BTreeMap<String, LockEntry>,
}

/// What one address stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockEntry {
    /// Address from which git fetches the repository.
    pub repository: String,
    /// Branch or tag that the address names, such as `refs/heads/main`; missing when it names a commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The commit: 40 hexadecimal digits.
    #[serde(deserialize_with = "commit")]
    #[schemars(regex(pattern = "^[0-9a-f]{40}$"))]
    pub commit: String,
    /// Path of the file or folder in the repository; missing for all of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Whether it is a file or a folder.
    pub kind: ContentKind,
    /// SHA-256 of the file, or of the paths, modes and contents of the folder: 64 hexadecimal digits.
    #[serde(deserialize_with = "digest")]
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub digest: String,
}

/// What is at an address.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum ContentKind {
    /// A file.
    File,
    /// A folder.
    Folder,
}

/// Why the content of an address cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// The lock cannot be read.
    #[error("{0}: {1}")]
    Lock(Place, String),
    /// The lock does not have the address.
    #[error("`{0}` is not in `{LOCK}`")]
    Unlocked(String),
    /// The cache does not have the content.
    #[error("`{0}` is not in the cache")]
    Absent(String),
    /// The cache has other bytes.
    #[error("`{0}` is damaged in the cache: its digest is not that of `{LOCK}`")]
    Damaged(String),
    /// A file is wanted and the address is a folder, or the other way round.
    #[error("`{0}` is a {1}")]
    Kind(String, &'static str),
    /// The content cannot be read.
    #[error("`{0}`: {1}")]
    Unreadable(String, String),
}

impl ContentError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unlocked(_) => Some("run `callboard scaffold lock`, and commit the file"),
            Self::Absent(_) | Self::Damaged(_) => Some("run `callboard scaffold fetch`"),
            Self::Lock(..) => Some("remove the file, and run `callboard scaffold lock`"),
            Self::Kind(..) | Self::Unreadable(..) => None,
        }
    }
}

/// Whether a text is the address of content on a server, or of another repository, and no path.
pub fn is_address(text: &str) -> bool {
    text.contains("://")
}

impl ContentLock {
    /// Reads the lock of a portal; it is empty where there is none.
    ///
    /// # Errors
    /// [`ContentError::Lock`] with the place of the mistake.
    pub fn load(files: &dyn Files) -> Result<Self, ContentError> {
        let unusable = |message: String| ContentError::Lock(Place::file(LOCK), message);
        let text = files.text(LOCK).map_err(|error| unusable(error.explained()))?;
        let Some(text) = text else { return Ok(Self::default()) };
        yaml::from_versioned_str(&text, VERSION).map_err(|error| {
            let (message, hint) = error.explain();
            let hint = hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
            ContentError::Lock(Place::at(LOCK, error.position), message + &hint)
        })
    }

    /// The entry of an address, by the lock of the portal.
    ///
    /// # Errors
    /// The lock cannot be read, or does not have the address.
    pub fn find(files: &dyn Files, address: &str) -> Result<LockEntry, ContentError> {
        let mut lock = Self::load(files)?;
        lock.content.remove(address).ok_or_else(|| ContentError::Unlocked(address.to_owned()))
    }

    /// The text of the lock.
    ///
    /// # Panics
    /// Never: all its values are texts.
    pub fn to_text(&self) -> String {
        HEAD.to_owned() + &yaml::to_string(self).expect("a lock has only texts")
    }
}

/// The JSON Schema of the lock.
pub fn lock_schema() -> Value {
    schema::of::<ContentLock>("Lock")
}

impl LockEntry {
    /// The file or folder of the cache that has the content, relative to the portal.
    pub fn cached(&self) -> String {
        format!("{CACHE}/{}", self.digest)
    }

    /// What messages call the content, such as `https://github.com/acme/skeletons@1a2b3c4/java`.
    pub fn name(&self) -> String {
        let repository = self.repository.strip_suffix(".git").unwrap_or(&self.repository);
        let commit = self.commit.get(..SHORT).unwrap_or(&self.commit);
        match self.path.is_empty() {
            true => format!("{repository}@{commit}"),
            false => format!("{repository}@{commit}/{}", self.path),
        }
    }

    /// Checks that the content is of the kind that is wanted.
    ///
    /// # Errors
    /// [`ContentError::Kind`].
    pub fn expect(&self, kind: ContentKind) -> Result<(), ContentError> {
        let is = match self.kind {
            ContentKind::File => "file, and no folder",
            ContentKind::Folder => "folder, and no file",
        };
        if self.kind == kind { Ok(()) } else { Err(ContentError::Kind(self.name(), is)) }
    }

    /// Reads a file from the cache.
    ///
    /// # Errors
    /// It is not there, damaged, or a folder.
    pub fn read_file(&self, files: &dyn Files) -> Result<Vec<u8>, ContentError> {
        self.expect(ContentKind::File)?;
        let bytes = files.bytes(&self.cached());
        let bytes = bytes.map_err(|e| ContentError::Unreadable(self.name(), e.explained()))?;
        let bytes = bytes.ok_or_else(|| ContentError::Absent(self.name()))?;
        self.check(&sha256_hex(&bytes))?;
        Ok(bytes)
    }

    /// Compares a digest of what was read with that of the lock.
    ///
    /// # Errors
    /// [`ContentError::Damaged`].
    pub fn check(&self, digest: &str) -> Result<(), ContentError> {
        if digest == self.digest { Ok(()) } else { Err(ContentError::Damaged(self.name())) }
    }
}

fn commit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    hexadecimal(deserializer, 40)
}

fn digest<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    hexadecimal(deserializer, 64)
}

/// Reads a text of this many hexadecimal digits, which so is safe as the name of a file.
fn hexadecimal<'de, D: Deserializer<'de>>(
    deserializer: D,
    digits: usize,
) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    match text.len() == digits && text.bytes().all(is_digit) {
        true => Ok(text),
        false => Err(D::Error::custom(format!("expected {digits} hexadecimal digits"))),
    }
}

/// The files of a portal with another lock, or with the cache of another place.
pub struct ContentView<'f> {
    files: &'f dyn Files,
    cache: &'f dyn Files,
    lock: Option<String>,
}

impl<'f> ContentView<'f> {
    /// The same with this lock in the place of the files' own.
    #[must_use]
    pub fn with_lock(self, lock: &ContentLock) -> Self {
        Self { lock: Some(lock.to_text()), ..self }
    }

    /// These files, such as those of another revision, with the cache of the portal.
    pub fn with_cache(files: &'f dyn Files, portal: &'f dyn Files) -> Self {
        Self { files, cache: portal, lock: None }
    }

    fn of(&self, path: &str) -> &'f dyn Files {
        if path.starts_with(CACHE) { self.cache } else { self.files }
    }

    fn lock(&self, path: &str) -> Option<&String> {
        self.lock.as_ref().filter(|_| path == LOCK)
    }
}

impl Files for ContentView<'_> {
    fn walk(&self, folder: &str) -> Result<Listing, FileError> {
        self.of(folder).walk(folder)
    }

    fn text(&self, path: &str) -> Result<Option<String>, FileError> {
        self.lock(path).map_or_else(|| self.of(path).text(path), |lock| Ok(Some(lock.clone())))
    }

    fn bytes(&self, path: &str) -> Result<Option<Vec<u8>>, FileError> {
        match self.lock(path) {
            Some(lock) => Ok(Some(lock.clone().into_bytes())),
            None => self.of(path).bytes(path),
        }
    }

    fn tree(&self, folder: &str) -> Result<Vec<TreeFile>, TreeError> {
        self.of(folder).tree(folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(commit: &str) -> String {
        let digest = sha256_hex(b"hello\n");
        format!(
            "content:\n  https://git.example/a/b/raw/main/x.txt:\n    repository: https://git.example/a/b.git\n    \
             commit: {commit}\n    path: x.txt\n    kind: file\n    digest: {digest}\n"
        )
    }

    #[test]
    fn content_is_read_by_its_digest_and_refused_when_it_has_another() {
        let address = "https://git.example/a/b/raw/main/x.txt";
        let mut files = BTreeMap::from([(LOCK.to_owned(), lock(&"1a2b".repeat(10)))]);
        let entry = ContentLock::find(&files, address).expect("locked");
        assert_eq!(entry.name(), "https://git.example/a/b@1a2b1a2/x.txt");
        let name = entry.name();
        assert_eq!(entry.read_file(&files), Err(ContentError::Absent(name.clone())));
        files.insert(entry.cached(), "hello\n".into());
        assert_eq!(entry.read_file(&files), Ok(b"hello\n".to_vec()));
        files.insert(entry.cached(), "hallo\n".into());
        assert_eq!(entry.read_file(&files), Err(ContentError::Damaged(name)));
        let unlocked = ContentLock::find(&files, "https://git.example/other");
        assert!(matches!(unlocked, Err(ContentError::Unlocked(_))), "{unlocked:?}");
        let text = ContentLock::load(&files).expect("a lock").to_text();
        assert_eq!(text, HEAD.to_owned() + &lock(&"1a2b".repeat(10)));
    }

    #[test]
    fn a_wrong_lock_is_named_with_its_place() {
        let files = BTreeMap::from([(LOCK.to_owned(), lock("../../x"))]);
        let error = ContentLock::load(&files).expect_err("no commit").to_string();
        let place =
            "scaffolds/lock.yaml:3:5: content.https://git.example/a/b/raw/main/x.txt.commit";
        assert_eq!(error, format!("{place}: expected 40 hexadecimal digits"));
    }
}
