//! A cache on disk: blobs (byte strings) in one file, each under a key of 128 bits.
//!
//! The file has the blobs one after another, then an index entry for each, then the number of entries and
//! [`MAGIC`]. A blob whose hash is not the one in its index entry is treated as missing.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufWriter, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use ahash::RandomState;
use tempfile::NamedTempFile;
use xxhash_rust::xxh3::xxh3_64;

use super::{FileError, temporary_beside};

/// The last bytes of a complete file.
const MAGIC: &[u8; 16] = b"callboard-pieces";
/// Bytes of one index entry: key, start, length and hash.
const ENTRY: usize = 36;
/// Bytes behind the index: the number of entries, and [`MAGIC`].
const END: usize = 24;

/// Where a blob is in the file, and its hash.
#[derive(Debug, Clone, Copy)]
struct IndexEntry {
    start: u64,
    len: u32,
    hash: u64,
}

/// Writes a new cache file. The file appears at its path when it is finished, and not before.
#[derive(Debug)]
pub struct BlobCacheWriter {
    path: PathBuf,
    file: BufWriter<NamedTempFile>,
    index: Vec<(u128, IndexEntry)>,
    end: u64,
}

/// A cache file that is open for reading.
#[derive(Debug)]
pub struct BlobCache {
    file: Mutex<File>,
    index: HashMap<u128, IndexEntry, RandomState>,
}

impl BlobCacheWriter {
    /// Starts an empty cache file that [`BlobCacheWriter::finish`] moves to `path`.
    pub fn new(path: &Path) -> Result<Self, FileError> {
        let file = BufWriter::new(temporary_beside(path)?);
        Ok(Self { path: path.to_owned(), file, index: Vec::new(), end: 0 })
    }

    /// Adds a blob. Of two blobs with the same key, readers get the last one.
    pub fn add(&mut self, key: u128, blob: &[u8]) -> Result<(), FileError> {
        let written = u32::try_from(blob.len())
            .map_err(io::Error::other)
            .and_then(|len| self.file.write_all(blob).map(|()| len));
        let len = written.map_err(|e| FileError::new("write", &self.path, e))?;
        self.index.push((key, IndexEntry { start: self.end, len, hash: xxh3_64(blob) }));
        self.end += u64::from(len);
        Ok(())
    }

    /// Writes the index and moves the file to its path.
    pub fn finish(self) -> Result<(), FileError> {
        let Self { path, mut file, index, .. } = self;
        let mut finish = || {
            for (key, IndexEntry { start, len, hash }) in &index {
                file.write_all(&key.to_le_bytes())?;
                file.write_all(&start.to_le_bytes())?;
                file.write_all(&len.to_le_bytes())?;
                file.write_all(&hash.to_le_bytes())?;
            }
            file.write_all(&(index.len() as u64).to_le_bytes())?;
            file.write_all(MAGIC)
        };
        finish().map_err(|e| FileError::new("write", &path, e))?;
        let file = file.into_inner().map_err(|e| FileError::new("write", &path, e.into_error()))?;
        file.persist(&path).map_err(|e| FileError::new("replace", &path, e.error))?;
        Ok(())
    }
}

impl BlobCache {
    /// Opens a cache file and reads its index.
    ///
    /// # Errors
    /// When the file is missing or incomplete.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        Self::read_index(path).map_err(|e| FileError::new("read", path, e))
    }

    fn read_index(path: &Path) -> io::Result<Self> {
        let broken = || io::Error::from(io::ErrorKind::InvalidData);
        let mut file = File::open(path)?;
        let end = file.metadata()?.len().checked_sub(END as u64).ok_or_else(broken)?;
        let (mut count, mut magic) = ([0; 8], [0; MAGIC.len()]);
        file.seek(SeekFrom::Start(end))?;
        file.read_exact(&mut count)?;
        file.read_exact(&mut magic)?;
        let size = u64::from_le_bytes(count).checked_mul(ENTRY as u64);
        let size = size.filter(|size| magic == *MAGIC && *size <= end).ok_or_else(broken)?;
        let mut index = vec![0; size as usize];
        file.seek(SeekFrom::Start(end - size))?;
        file.read_exact(&mut index)?;
        let index = index.chunks_exact(ENTRY).map(index_entry).collect::<Option<_>>();
        Ok(Self { file: Mutex::new(file), index: index.ok_or_else(broken)? })
    }

    /// The blob under a key; `None` when it is missing or damaged.
    pub fn get(&self, key: u128) -> Option<Vec<u8>> {
        let entry = self.index.get(&key)?;
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(entry.start)).ok()?;
        let mut blob = Vec::new();
        (&*file).take(entry.len.into()).read_to_end(&mut blob).ok()?;
        (xxh3_64(&blob) == entry.hash).then_some(blob)
    }
}

/// Reads an index entry.
fn index_entry(bytes: &[u8]) -> Option<(u128, IndexEntry)> {
    let (key, rest) = bytes.split_first_chunk()?;
    let (start, rest) = rest.split_first_chunk()?;
    let (len, rest) = rest.split_first_chunk()?;
    let (hash, _) = rest.split_first_chunk()?;
    let (start, len) = (u64::from_le_bytes(*start), u32::from_le_bytes(*len));
    Some((u128::from_le_bytes(*key), IndexEntry { start, len, hash: u64::from_le_bytes(*hash) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::fs::{read, write_atomic};

    #[test]
    fn blobs_are_as_they_were_written_or_missing() {
        let folder = tempfile::tempdir().expect("a scratch directory");
        let path = folder.path().join("deep/blobs");
        let blobs = [(1, &b"one"[..]), (2, b"two"), (u128::MAX, b"the last")];
        let mut writer = BlobCacheWriter::new(&path).expect("writable");
        for (key, blob) in blobs {
            writer.add(key, blob).expect("writable");
        }
        assert!(BlobCache::open(&path).is_err(), "it is not there yet");
        writer.finish().expect("writable");
        let whole = read(&path).expect("there");
        let check = |bytes: &[u8], what: &str| {
            write_atomic(&path, bytes).expect("writable");
            let read = BlobCache::open(&path).ok();
            let found = blobs.map(|(key, _)| read.as_ref().and_then(|read| read.get(key)));
            for (found, (key, blob)) in found.iter().zip(blobs) {
                assert!(found.as_ref().is_none_or(|found| found == blob), "{key}, {what}");
            }
            found.iter().flatten().count()
        };
        assert_eq!(check(&whole, "whole"), 3);
        for at in 0..whole.len() {
            let mut other = whole.clone();
            other[at] ^= 1;
            assert!(check(&other, &format!("byte {at} is another")) < 3);
            assert!(check(&whole[..at], &format!("{at} bytes")) < 3);
        }
    }
}
