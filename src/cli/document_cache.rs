//! A cache of the documents of the portal's YAML files: reading a document from the cache takes a quarter of
//! the time of parsing its YAML.
//!
//! The cache is one file of JSON documents, found by the hash of the YAML text that they were parsed from, so
//! that names and times of files do not matter. The first build of a site makes no cache, because many
//! portals are built once in a fresh clone; the second build writes it; the next ones read it, until one of
//! sixteen texts is not in it, when it is removed and written again. A file that cannot be read or written
//! only costs time.

use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use serde_json::Value;
use xxhash_rust::xxh3::xxh3_128;

use super::publish::RECORDS;
use crate::base::{
    files::{Directory, Files, Listing, TreeError, TreeFile},
    fs::{self, BlobCache, BlobCacheWriter, FileError},
    yaml::{self, YamlError},
};

/// The cache's file, below the portal. A change of the format, or of how a text is parsed, needs a new name.
const CACHE: &str = ".callboard/cache/parsed-2";
/// The cache is removed when more than one of so many texts is not in it.
const MISSING: usize = 16;

/// The files of a portal, with the cache of their documents.
#[derive(Debug)]
pub(super) struct DocumentCache {
    files: Directory,
    path: PathBuf,
    mode: Mode,
}

#[derive(Debug)]
enum Mode {
    /// Every text is parsed.
    Off,
    /// Every text is parsed, and its documents are written to a new file.
    Write(Mutex<BlobCacheWriter>),
    Read(CacheFile),
}

/// A cache file that is read, and how many texts were looked up in it and were not there.
#[derive(Debug)]
struct CacheFile {
    cache: BlobCache,
    asked: AtomicUsize,
    missing: AtomicUsize,
}

impl DocumentCache {
    /// Opens the files of `portal`. The cache is not used when `is_clean`, or when no site was built before.
    pub(super) fn new(portal: &Path, is_clean: bool) -> Self {
        let path = portal.join(CACHE);
        let mode = if is_clean || !portal.join(RECORDS).exists() {
            Mode::Off
        } else if let Ok(cache) = BlobCache::open(&path) {
            Mode::Read(CacheFile {
                cache,
                asked: AtomicUsize::default(),
                missing: AtomicUsize::default(),
            })
        } else {
            BlobCacheWriter::new(&path).map_or(Mode::Off, |made| Mode::Write(Mutex::new(made)))
        };
        Self { files: Directory::new(portal), path, mode }
    }

    /// Ends a new cache file, or removes one in which too many texts were missing.
    pub(super) fn finish(self) {
        let result = match self.mode {
            Mode::Write(made) => made.into_inner().unwrap_or_else(PoisonError::into_inner).finish(),
            Mode::Read(known) if known.is_old() => fs::remove_file(&self.path),
            Mode::Off | Mode::Read(_) => Ok(()),
        };
        // A cache that is not written only makes the next build slower.
        result.unwrap_or_default();
    }
}

impl Files for DocumentCache {
    fn walk(&self, folder: &str) -> Result<Listing, FileError> {
        self.files.walk(folder)
    }

    fn text(&self, path: &str) -> Result<Option<String>, FileError> {
        self.files.text(path)
    }

    fn bytes(&self, path: &str) -> Result<Option<Vec<u8>>, FileError> {
        self.files.bytes(path)
    }

    fn tree(&self, folder: &str) -> Result<Vec<TreeFile>, TreeError> {
        self.files.tree(folder)
    }

    fn documents(&self, text: &str) -> Vec<Result<Value, YamlError>> {
        match &self.mode {
            Mode::Off => yaml::parse_documents(text),
            Mode::Read(known) => match known.documents(text) {
                Some(documents) => documents.into_iter().map(Ok).collect(),
                None => yaml::parse_documents(text),
            },
            Mode::Write(made) => {
                let documents = yaml::parse_documents(text);
                let whole: Result<Vec<&Value>, _> = documents.iter().map(Result::as_ref).collect();
                if let Some(json) = whole.ok().and_then(|whole| serde_json::to_vec(&whole).ok()) {
                    let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
                    // What is not in the cache is parsed again next time.
                    made.add(xxh3_128(text.as_bytes()), &json).unwrap_or_default();
                }
                documents
            }
        }
    }
}

impl CacheFile {
    fn documents(&self, text: &str) -> Option<Vec<Value>> {
        self.asked.fetch_add(1, Relaxed);
        let json = self.cache.get(xxh3_128(text.as_bytes()));
        let documents = json.and_then(|json| serde_json::from_slice(&json).ok());
        if documents.is_none() {
            self.missing.fetch_add(1, Relaxed);
        }
        documents
    }

    fn is_old(&self) -> bool {
        self.missing.load(Relaxed) * MISSING > self.asked.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use callboard_testing::Portal;

    use super::*;

    const TEXTS: [&str; 4] = [
        "a: 1.1\nb: [~, 0x1F, 1e3, -0.0, 18446744073709551615, yes]\n",
        "---\nz: é\n---\n\n--- {y: 1, x: {w: [2]}}\n",
        "",
        "a: [1\n",
    ];

    fn portal() -> Portal {
        let portal = Portal::empty();
        fs::create_dir_all(&portal.path().join(RECORDS)).expect("writable");
        portal
    }

    /// The documents of the texts as JSON text, which has the order of keys.
    fn told(files: &dyn Files) -> Vec<String> {
        let one = |text: &&str| {
            let documents = files.documents(text).into_iter();
            documents
                .map(|document| document.map_or_else(|e| e.message, |d| d.to_string()))
                .collect()
        };
        TEXTS.iter().map(one).collect()
    }

    fn missing(parsed: &DocumentCache) -> usize {
        match &parsed.mode {
            Mode::Read(known) => known.missing.load(Relaxed),
            Mode::Off | Mode::Write(_) => usize::MAX,
        }
    }

    #[test]
    fn cached_documents_equal_parsed_ones() {
        let portal = portal();
        let plain = told(&Directory::new(portal.path()));
        let making = DocumentCache::new(portal.path(), false);
        assert_eq!(told(&making), plain);
        making.finish();
        let known = DocumentCache::new(portal.path(), false);
        assert_eq!(told(&known), plain);
        // A text that is not YAML is not in the cache.
        assert_eq!(missing(&known), 1);
        known.finish();
        assert!(!portal.path().join(CACHE).exists(), "one of four is too many");
    }

    #[test]
    fn a_first_or_clean_build_caches_nothing() {
        let portal = portal();
        DocumentCache::new(portal.path(), true).finish();
        fs::remove_dir_all(&portal.path().join(RECORDS)).expect("there");
        DocumentCache::new(portal.path(), false).finish();
        assert!(!portal.path().join(CACHE).exists());
    }
}
