//! Packs the files of the index: hot bytes into the bundle, other bytes into chunks, all compressed.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};
use std::fmt::Write as _;
use std::io::{self, Read, Write as _};
use std::iter;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use sha2::{Digest, Sha256};

use crate::pack::{FORMAT, HEAD_NAME, Head, Manifest, PARTS, PackedFile};
use crate::{ChunkSource, Error, Searcher, cut, rows};

/// The bundle of an index of at most this length has all bytes.
const SMALL: usize = 384 << 10;
/// Mean length of chunks of shown texts: the hits of one answer are far apart in them.
const ROWS_CHUNK: usize = 36 << 10;
/// Mean length of chunks of postings: a word has a short list of documents in each field.
const POSTINGS_CHUNK: usize = 8 << 10;
/// Mean length of other chunks: the spellings of one word are adjacent in them.
const OTHER_CHUNK: usize = 24 << 10;

/// The hot ranges of each file.
pub(crate) type HotRanges = BTreeMap<String, Vec<Range<usize>>>;

/// An index as files to write into one folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedIndex {
    /// File names and contents, sorted by name: the head, and the parts in [`PARTS`].
    pub files: Vec<(String, Vec<u8>)>,
    /// Names of the parts that existed already, sorted.
    pub kept: Vec<String>,
}

impl PackedIndex {
    /// Opens the index in memory.
    pub fn searcher(self) -> Result<Searcher, Error> {
        let files: BTreeMap<String, Vec<u8>> = self.files.into_iter().collect();
        Searcher::open_packed(move |name| {
            files.get(name).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
        })
    }
}

impl Searcher {
    /// Opens an index from its files; `read` returns the content of the file with a name.
    pub fn open_packed(
        read: impl Fn(&str) -> io::Result<Vec<u8>> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let head = read(HEAD_NAME)?;
        let head: Head =
            serde_json::from_slice(&head).map_err(|e| Error::Manifest(e.to_string()))?;
        if head.format != FORMAT {
            return Err(Error::Manifest("its format is not this program's".into()));
        }
        let bundle = unpack(&read(&part(&head.bundle))?)?;
        Self::open(bundle, Arc::new(ChunkCache { read, unpacked: Mutex::default() }))
    }
}

/// Compressed chunks; chunks that were read are kept uncompressed.
struct ChunkCache<F> {
    read: F,
    unpacked: Mutex<BTreeMap<String, Arc<Vec<u8>>>>,
}

impl<F> std::fmt::Debug for ChunkCache<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChunkCache")
    }
}

impl<F: Fn(&str) -> io::Result<Vec<u8>>> ChunkCache<F> {
    fn chunk(&self, name: &str) -> io::Result<Arc<Vec<u8>>> {
        let mut unpacked = self.unpacked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(chunk) = unpacked.get(name) {
            return Ok(chunk.clone());
        }
        let chunk = Arc::new(unpack(&(self.read)(&part(name))?)?);
        unpacked.insert(name.to_owned(), chunk.clone());
        Ok(chunk)
    }
}

impl<F> ChunkSource for ChunkCache<F>
where
    F: Fn(&str) -> io::Result<Vec<u8>> + Send + Sync + 'static,
{
    fn read(&self, chunk: &str, offset: usize, into: &mut [u8]) -> io::Result<()> {
        let bytes = self.chunk(chunk)?;
        let wanted = bytes.get(offset..offset + into.len());
        into.copy_from_slice(wanted.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

/// Packs the files of the index, without parts that exist already: a part is named after its content.
pub(crate) fn pack(
    files: &BTreeMap<String, Vec<u8>>,
    mut hot_ranges: HotRanges,
    is_there: &dyn Fn(&str) -> bool,
) -> Result<PackedIndex, Error> {
    if files.values().map(Vec::len).sum::<usize>() <= SMALL {
        let whole = |(name, bytes): (&String, &Vec<u8>)| {
            (name.clone(), iter::once(0..bytes.len()).collect())
        };
        hot_ranges = files.iter().filter(|(_, bytes)| !bytes.is_empty()).map(whole).collect();
    }
    let mut parts = Parts { is_there, written: BTreeMap::new(), kept: BTreeSet::new() };
    let mut hot_bytes = Vec::new();
    let mut manifest = Manifest { format: FORMAT, files: BTreeMap::new() };
    for (name, bytes) in files {
        let hot = hot_ranges.get(name).map_or(&[][..], Vec::as_slice);
        for range in hot {
            hot_bytes.extend_from_slice(&bytes[range.clone()]);
        }
        manifest.files.insert(name.clone(), pack_file(name, bytes, hot, &mut parts)?);
    }
    let json = serde_json::to_vec(&manifest)?;
    let mut bundle = (json.len() as u32).to_le_bytes().to_vec();
    bundle.extend_from_slice(&json);
    bundle.extend_from_slice(&hot_bytes);
    let name = parts.add(&bundle)?;
    let head = serde_json::to_vec(&Head { format: FORMAT, bundle: name })?;
    parts.written.insert(HEAD_NAME.to_owned(), head);
    Ok(PackedIndex {
        files: parts.written.into_iter().collect(),
        kept: parts.kept.into_iter().collect(),
    })
}

fn pack_file(
    name: &str,
    bytes: &[u8],
    hot: &[Range<usize>],
    parts: &mut Parts<'_>,
) -> io::Result<PackedFile> {
    let mean = match name.rsplit('.').next() {
        Some(rows::LINES) => ROWS_CHUNK,
        Some("idx") => POSTINGS_CHUNK,
        _ => OTHER_CHUNK,
    };
    let mut file = PackedFile::default();
    for range in cut::chunks(bytes, mean) {
        let is_hot = hot.iter().any(|hot| hot.start <= range.start && range.end <= hot.end);
        let name = if is_hot { String::new() } else { parts.add(&bytes[range.clone()])? };
        file.chunks.push((name, range.len()));
    }
    file.hot = hot.iter().map(|range| (range.start, range.len())).collect();
    Ok(file)
}

/// The parts of an index that is being packed.
struct Parts<'p> {
    is_there: &'p dyn Fn(&str) -> bool,
    written: BTreeMap<String, Vec<u8>>,
    kept: BTreeSet<String>,
}

impl Parts<'_> {
    /// Adds a part named after its content; returns the name.
    fn add(&mut self, bytes: &[u8]) -> io::Result<String> {
        let mut name = String::new();
        for byte in Sha256::digest(bytes).iter().take(8) {
            write!(name, "{byte:02x}").map_err(io::Error::other)?;
        }
        name.push_str(".bin");
        let path = part(&name);
        if (self.is_there)(&path) {
            self.kept.insert(path);
        } else if let Entry::Vacant(entry) = self.written.entry(path) {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::new(8));
            encoder.write_all(bytes)?;
            entry.insert(encoder.finish()?);
        }
        Ok(name)
    }
}

/// Path of a part below the index's folder.
fn part(name: &str) -> String {
    format!("{PARTS}{name}")
}

fn unpack(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut unpacked)?;
    Ok(unpacked)
}
