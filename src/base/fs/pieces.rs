//! Many pieces of bytes in one file, each by a key.
//!
//! The pieces stand one behind the other, then where each is, then how many they are and [`MAGIC`]. A piece
//! that is not as it was written is as good as none.

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

/// The end of a whole file.
const MAGIC: &[u8; 16] = b"callboard-pieces";
/// Bytes of an entry of the list, and of the end of the file.
const ENTRY: usize = 36;
const END: usize = 24;

/// Where a piece is, and its hash.
#[derive(Debug, Clone, Copy)]
struct Place {
    start: u64,
    len: u32,
    hash: u64,
}

/// A file of pieces that is being made: it is there when it is finished, and not before.
#[derive(Debug)]
pub struct PiecesWriter {
    path: PathBuf,
    file: BufWriter<NamedTempFile>,
    places: Vec<(u128, Place)>,
    end: u64,
}

/// A file of pieces.
#[derive(Debug)]
pub struct Pieces {
    file: Mutex<File>,
    places: HashMap<u128, Place, RandomState>,
}

impl PiecesWriter {
    /// Begins a file without pieces, which is to stand at `path`.
    pub fn new(path: &Path) -> Result<Self, FileError> {
        let file = BufWriter::new(temporary_beside(path)?);
        Ok(Self { path: path.to_owned(), file, places: Vec::new(), end: 0 })
    }

    /// Adds a piece; of two with the same key the last one counts.
    pub fn add(&mut self, key: u128, piece: &[u8]) -> Result<(), FileError> {
        let written = u32::try_from(piece.len())
            .map_err(io::Error::other)
            .and_then(|len| self.file.write_all(piece).map(|()| len));
        let len = written.map_err(|e| FileError::new("write", &self.path, e))?;
        self.places.push((key, Place { start: self.end, len, hash: xxh3_64(piece) }));
        self.end += u64::from(len);
        Ok(())
    }

    /// Puts the file in its place.
    pub fn finish(self) -> Result<(), FileError> {
        let Self { path, mut file, places, .. } = self;
        let mut finish = || {
            for (key, Place { start, len, hash }) in &places {
                file.write_all(&key.to_le_bytes())?;
                file.write_all(&start.to_le_bytes())?;
                file.write_all(&len.to_le_bytes())?;
                file.write_all(&hash.to_le_bytes())?;
            }
            file.write_all(&(places.len() as u64).to_le_bytes())?;
            file.write_all(MAGIC)
        };
        finish().map_err(|e| FileError::new("write", &path, e))?;
        let file = file.into_inner().map_err(|e| FileError::new("write", &path, e.into_error()))?;
        file.persist(&path).map_err(|e| FileError::new("replace", &path, e.error))?;
        Ok(())
    }
}

impl Pieces {
    /// Opens a file of pieces.
    ///
    /// # Errors
    /// When it is not there, or not whole.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        Self::read_list(path).map_err(|e| FileError::new("read", path, e))
    }

    fn read_list(path: &Path) -> io::Result<Self> {
        let broken = || io::Error::from(io::ErrorKind::InvalidData);
        let mut file = File::open(path)?;
        let end = file.metadata()?.len().checked_sub(END as u64).ok_or_else(broken)?;
        let (mut count, mut magic) = ([0; 8], [0; MAGIC.len()]);
        file.seek(SeekFrom::Start(end))?;
        file.read_exact(&mut count)?;
        file.read_exact(&mut magic)?;
        let size = u64::from_le_bytes(count).checked_mul(ENTRY as u64);
        let size = size.filter(|size| magic == *MAGIC && *size <= end).ok_or_else(broken)?;
        let mut list = vec![0; size as usize];
        file.seek(SeekFrom::Start(end - size))?;
        file.read_exact(&mut list)?;
        let places = list.chunks_exact(ENTRY).map(entry).collect::<Option<_>>();
        Ok(Self { file: Mutex::new(file), places: places.ok_or_else(broken)? })
    }

    /// The piece with a key, when there is one.
    pub fn get(&self, key: u128) -> Option<Vec<u8>> {
        let place = self.places.get(&key)?;
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(place.start)).ok()?;
        let mut piece = Vec::new();
        (&*file).take(place.len.into()).read_to_end(&mut piece).ok()?;
        (xxh3_64(&piece) == place.hash).then_some(piece)
    }
}

/// An entry of the list: key, start, length and hash.
fn entry(bytes: &[u8]) -> Option<(u128, Place)> {
    let (key, rest) = bytes.split_first_chunk()?;
    let (start, rest) = rest.split_first_chunk()?;
    let (len, rest) = rest.split_first_chunk()?;
    let (hash, _) = rest.split_first_chunk()?;
    let (start, len) = (u64::from_le_bytes(*start), u32::from_le_bytes(*len));
    Some((u128::from_le_bytes(*key), Place { start, len, hash: u64::from_le_bytes(*hash) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::fs::{read, write_atomic};

    #[test]
    fn pieces_are_as_they_were_written_or_none() {
        let folder = tempfile::tempdir().expect("a scratch directory");
        let path = folder.path().join("deep/pieces");
        let pieces = [(1, &b"one"[..]), (2, b"two"), (u128::MAX, b"the last")];
        let mut writer = PiecesWriter::new(&path).expect("writable");
        for (key, piece) in pieces {
            writer.add(key, piece).expect("writable");
        }
        assert!(Pieces::open(&path).is_err(), "it is not there yet");
        writer.finish().expect("writable");
        let whole = read(&path).expect("there");
        let check = |bytes: &[u8], what: &str| {
            write_atomic(&path, bytes).expect("writable");
            let read = Pieces::open(&path).ok();
            let found = pieces.map(|(key, _)| read.as_ref().and_then(|read| read.get(key)));
            for (found, (key, piece)) in found.iter().zip(pieces) {
                assert!(found.as_ref().is_none_or(|found| found == piece), "{key}, {what}");
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
