//! The documents of the portal's files, kept from build to build: to read one back takes a quarter of the time
//! that YAML takes.
//!
//! They are kept as JSON, by the hash of the text that they were in, so that it does not matter when or where
//! a text was met before. The first build of a site keeps nothing, because many portals are built once, in a
//! fresh clone; the second makes the file; the next ones read it, until too much is not in it. A file that
//! cannot be read or written is as good as none.

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
    files::{Directory, Files, Listing},
    fs::{self, FileError, Pieces, PiecesWriter},
    yaml::{self, YamlError},
};

/// Where they are kept; another format, or another meaning of a text, is another name.
const CACHE: &str = ".callboard/cache/parsed-2";
/// One of so many texts may be missing before all are kept anew.
const MISSING: usize = 16;

/// The files of a portal, whose documents may be known.
#[derive(Debug)]
pub(super) struct Parsed {
    files: Directory,
    path: PathBuf,
    memory: Memory,
}

#[derive(Debug)]
enum Memory {
    None,
    /// All that is parsed is written.
    Making(Mutex<PiecesWriter>),
    Known(Known),
}

/// What was kept, and how much is asked of it.
#[derive(Debug)]
struct Known {
    pieces: Pieces,
    asked: AtomicUsize,
    missing: AtomicUsize,
}

impl Parsed {
    /// The files of `portal`. Nothing is known of them when `is_clean`, or when no site was built before.
    pub(super) fn new(portal: &Path, is_clean: bool) -> Self {
        let path = portal.join(CACHE);
        let memory = if is_clean || !portal.join(RECORDS).exists() {
            Memory::None
        } else if let Ok(pieces) = Pieces::open(&path) {
            Memory::Known(Known {
                pieces,
                asked: AtomicUsize::default(),
                missing: AtomicUsize::default(),
            })
        } else {
            PiecesWriter::new(&path).map_or(Memory::None, |made| Memory::Making(Mutex::new(made)))
        };
        Self { files: Directory::new(portal), path, memory }
    }

    /// Keeps what was made, and lets go what is of little use by now.
    pub(super) fn keep(self) {
        let kept = match self.memory {
            Memory::Making(made) => {
                made.into_inner().unwrap_or_else(PoisonError::into_inner).finish()
            }
            Memory::Known(known) if known.is_old() => fs::remove_file(&self.path),
            Memory::None | Memory::Known(_) => Ok(()),
        };
        // The site is there: that the next build takes longer is no fault of this one.
        kept.unwrap_or_default();
    }
}

impl Files for Parsed {
    fn walk(&self, folder: &str) -> Result<Listing, FileError> {
        self.files.walk(folder)
    }

    fn text(&self, path: &str) -> Result<Option<String>, FileError> {
        self.files.text(path)
    }

    fn bytes(&self, path: &str) -> Result<Option<Vec<u8>>, FileError> {
        self.files.bytes(path)
    }

    fn documents(&self, text: &str) -> Vec<Result<Value, YamlError>> {
        match &self.memory {
            Memory::None => yaml::parse_documents(text),
            Memory::Known(known) => match known.documents(text) {
                Some(documents) => documents.into_iter().map(Ok).collect(),
                None => yaml::parse_documents(text),
            },
            Memory::Making(made) => {
                let documents = yaml::parse_documents(text);
                let whole: Result<Vec<&Value>, _> = documents.iter().map(Result::as_ref).collect();
                if let Some(json) = whole.ok().and_then(|whole| serde_json::to_vec(&whole).ok()) {
                    let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
                    // What is not written is parsed again next time.
                    made.add(xxh3_128(text.as_bytes()), &json).unwrap_or_default();
                }
                documents
            }
        }
    }
}

impl Known {
    fn documents(&self, text: &str) -> Option<Vec<Value>> {
        self.asked.fetch_add(1, Relaxed);
        let json = self.pieces.get(xxh3_128(text.as_bytes()));
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
    use super::*;

    const TEXTS: [&str; 4] = [
        "a: 1.1\nb: [~, 0x1F, 1e3, -0.0, 18446744073709551615, yes]\n",
        "---\nz: é\n---\n\n--- {y: 1, x: {w: [2]}}\n",
        "",
        "a: [1\n",
    ];

    fn portal() -> tempfile::TempDir {
        let portal = tempfile::tempdir().expect("a scratch directory");
        fs::create_dir_all(&portal.path().join(RECORDS)).expect("writable");
        portal
    }

    /// What the texts say, word for word: maps are equal in any order.
    fn told(files: &dyn Files) -> Vec<String> {
        let one = |text: &&str| {
            let documents = files.documents(text).into_iter();
            documents
                .map(|document| document.map_or_else(|e| e.message, |d| d.to_string()))
                .collect()
        };
        TEXTS.iter().map(one).collect()
    }

    fn missing(parsed: &Parsed) -> usize {
        match &parsed.memory {
            Memory::Known(known) => known.missing.load(Relaxed),
            Memory::None | Memory::Making(_) => usize::MAX,
        }
    }

    #[test]
    fn what_is_kept_is_what_was_said() {
        let portal = portal();
        let plain = told(&Directory::new(portal.path()));
        let making = Parsed::new(portal.path(), false);
        assert_eq!(told(&making), plain);
        making.keep();
        let known = Parsed::new(portal.path(), false);
        assert_eq!(told(&known), plain);
        // Of what is no YAML nothing is kept.
        assert_eq!(missing(&known), 1);
        known.keep();
        assert!(!portal.path().join(CACHE).exists(), "one of four is too many");
    }

    #[test]
    fn a_first_or_clean_build_keeps_nothing() {
        let portal = portal();
        Parsed::new(portal.path(), true).keep();
        fs::remove_dir_all(&portal.path().join(RECORDS)).expect("there");
        Parsed::new(portal.path(), false).keep();
        assert!(!portal.path().join(CACHE).exists());
    }
}
