//! The index as files that any static host serves: the one definition for writer and reader.
//!
//! Tantivy's files are cut into *chunks* named after their content, so that they can be cached for
//! ever. The bytes that every visitor needs, because opening the index touches them, are together
//! in one *hot bundle*, also named after its content. The *manifest* has a fixed name and says which
//! bytes are where. It is JSON; the browser's worker reads its `hot.name` and passes the rest on.
//! A chunk whose bytes are all hot is not written and has an empty name.

use serde::{Deserialize, Serialize};

use crate::Error;

/// Number of this format. An engine opens an index of its own format only.
pub const FORMAT: u32 = 1;

/// Name of the manifest, the only file whose name does not follow its content.
pub const MANIFEST_NAME: &str = "index.json";

/// Which bytes of the index lie where.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// [`FORMAT`] of the writer.
    pub(crate) format: u32,
    /// How many documents are in the index.
    pub(crate) documents: u32,
    /// The hot bundle.
    pub(crate) hot: Hot,
    /// Tantivy's files, sorted by name.
    pub(crate) files: Vec<PackedFile>,
}

/// The hot bundle: the hot ranges of all files in the order of the manifest.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Hot {
    /// File name.
    pub(crate) name: String,
    /// Length in bytes.
    pub(crate) len: usize,
}

/// One of tantivy's files.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PackedFile {
    /// Tantivy's name for it.
    pub(crate) name: String,
    /// Length in bytes.
    pub(crate) len: usize,
    /// Length of each chunk but the last.
    pub(crate) chunk_len: usize,
    /// Names of the chunks in order; empty where all bytes are hot.
    pub(crate) chunks: Vec<String>,
    /// Offset and length of the hot ranges, ascending and apart.
    pub(crate) hot: Vec<(usize, usize)>,
}

impl Manifest {
    /// Reads a manifest and checks that it does not contradict itself, so that its reader need not.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let broken = |e: serde_json::Error| Error::Manifest(e.to_string());
        let head: Head = serde_json::from_slice(json).map_err(broken)?;
        if head.format != FORMAT {
            return Err(Error::Manifest("its format is not this engine's".into()));
        }
        let manifest: Self = serde_json::from_slice(json).map_err(broken)?;
        if !manifest.files.iter().all(PackedFile::is_sound) {
            return Err(Error::Manifest("a file's parts do not make up its length".into()));
        }
        let hot_lens = manifest.files.iter().flat_map(|file| &file.hot).map(|&(_, len)| len);
        if hot_lens.sum::<usize>() != manifest.hot.len {
            return Err(Error::Manifest("the hot ranges do not make up the hot bundle".into()));
        }
        Ok(manifest)
    }
}

impl PackedFile {
    /// Whether chunks and hot ranges fit the length. No sum can overflow where this says yes.
    fn is_sound(&self) -> bool {
        let mut end = 0;
        let ascending = self.hot.iter().all(|&(offset, len)| {
            let apart = offset >= end && len > 0;
            end = offset.saturating_add(len);
            apart && end <= self.len
        });
        self.chunk_len > 0 && self.chunks.len() == self.len.div_ceil(self.chunk_len) && ascending
    }
}

#[cfg(feature = "build")]
pub use writer::PackedIndex;
#[cfg(feature = "build")]
pub(crate) use writer::{HotRanges, pack};

#[cfg(feature = "build")]
mod writer {
    use std::collections::BTreeMap;
    use std::fmt::Write;
    use std::io;
    use std::ops::Range;
    use std::sync::Arc;

    use sha2::{Digest, Sha256};

    use super::{FORMAT, Hot, MANIFEST_NAME, Manifest, PackedFile};
    use crate::{ChunkSource, Error, Searcher};

    /// Chunks of the document store, where the hits of one answer lie far apart.
    const STORE_CHUNK: usize = 10 << 10;
    /// Chunks of postings, where the spellings of one word lie together.
    const OTHER_CHUNK: usize = 32 << 10;

    /// The hot ranges of each of tantivy's files.
    pub(crate) type HotRanges = BTreeMap<String, Vec<Range<usize>>>;

    /// An index as the files to write, all into one folder.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct PackedIndex {
        /// File names and contents, sorted by name, the manifest among them.
        pub files: Vec<(String, Vec<u8>)>,
    }

    impl PackedIndex {
        /// Opens the index where it is, in memory.
        pub fn searcher(self) -> Result<Searcher, Error> {
            let mut files: BTreeMap<String, Vec<u8>> = self.files.into_iter().collect();
            let manifest = files.remove(MANIFEST_NAME).unwrap_or_default();
            let hot_name = Manifest::parse(&manifest)?.hot.name;
            let hot = files.remove(&hot_name).unwrap_or_default();
            Searcher::open(&manifest, hot, Arc::new(InMemory(files)))
        }
    }

    /// Chunks in memory.
    #[derive(Debug)]
    struct InMemory(BTreeMap<String, Vec<u8>>);

    impl ChunkSource for InMemory {
        fn read(&self, chunk: &str, offset: usize, into: &mut [u8]) -> io::Result<()> {
            let bytes = self.0.get(chunk).and_then(|b| b.get(offset..offset + into.len()));
            into.copy_from_slice(bytes.ok_or(io::ErrorKind::NotFound)?);
            Ok(())
        }
    }

    /// Packs tantivy's files.
    pub(crate) fn pack(
        tantivy_files: &BTreeMap<String, Vec<u8>>,
        hot_ranges: &HotRanges,
        documents: u32,
    ) -> Result<PackedIndex, Error> {
        let mut written = BTreeMap::new();
        let mut hot_bytes = Vec::new();
        let mut files = Vec::new();
        for (name, bytes) in tantivy_files {
            let hot = hot_ranges.get(name).map_or(&[][..], Vec::as_slice);
            for range in hot {
                hot_bytes.extend_from_slice(&bytes[range.clone()]);
            }
            files.push(pack_file(name, bytes, hot, &mut written));
        }
        let hot = Hot { name: content_name(&hot_bytes), len: hot_bytes.len() };
        written.insert(hot.name.clone(), hot_bytes);
        let manifest = Manifest { format: FORMAT, documents, hot, files };
        written.insert(MANIFEST_NAME.to_owned(), serde_json::to_vec(&manifest)?);
        Ok(PackedIndex { files: written.into_iter().collect() })
    }

    fn pack_file(
        name: &str,
        bytes: &[u8],
        hot: &[Range<usize>],
        written: &mut BTreeMap<String, Vec<u8>>,
    ) -> PackedFile {
        let is_store = std::path::Path::new(name).extension().is_some_and(|e| e == "store");
        let chunk_len = if is_store { STORE_CHUNK } else { OTHER_CHUNK };
        let mut chunks = Vec::new();
        for (number, chunk) in bytes.chunks(chunk_len).enumerate() {
            let (start, end) = (number * chunk_len, number * chunk_len + chunk.len());
            if hot.iter().any(|range| range.start <= start && end <= range.end) {
                chunks.push(String::new());
            } else {
                chunks.push(content_name(chunk));
                written.insert(content_name(chunk), chunk.to_vec());
            }
        }
        let hot = hot.iter().map(|range| (range.start, range.len())).collect();
        PackedFile { name: name.to_owned(), len: bytes.len(), chunk_len, chunks, hot }
    }

    /// A file name that follows the content.
    fn content_name(bytes: &[u8]) -> String {
        let mut name = String::new();
        for byte in Sha256::digest(bytes).iter().take(10) {
            write!(name, "{byte:02x}").expect("a string takes all that is written to it");
        }
        name + ".bin"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(hot: &[(usize, usize)], chunks: usize, hot_len: usize) -> Result<Manifest, Error> {
        let json = serde_json::json!({
            "format": FORMAT, "documents": 1, "hot": {"name": "h", "len": hot_len},
            "files": [{"name": "f", "len": 10, "chunk_len": 4, "chunks": vec!["c"; chunks], "hot": hot}],
        });
        Manifest::parse(json.to_string().as_bytes())
    }

    #[test]
    fn a_manifest_that_contradicts_itself_is_refused() {
        assert!(manifest(&[(0, 2), (2, 3)], 3, 5).is_ok());
        assert!(manifest(&[(0, 2), (1, 3)], 3, 5).is_err(), "overlapping");
        assert!(manifest(&[(8, 3)], 3, 3).is_err(), "beyond the end");
        assert!(manifest(&[(1, usize::MAX)], 3, 3).is_err(), "overflowing");
        assert!(manifest(&[(0, 2)], 2, 2).is_err(), "a chunk is missing");
        assert!(manifest(&[(0, 2)], 3, 3).is_err(), "a longer hot bundle");
    }

    #[test]
    fn another_format_is_named_as_the_reason() {
        let error = Manifest::parse(br#"{"format": 999}"#).expect_err("another format");
        assert!(error.to_string().contains("its format is not this engine's"), "{error}");
        assert!(Manifest::parse(b"<html>").is_err());
    }
}
