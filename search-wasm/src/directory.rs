//! A packed index as tantivy's read-only [`Directory`]: hot bytes are in memory, other bytes are read by chunk.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    DirectoryLock, FileHandle, FileSlice, Lock, OwnedBytes, WatchCallback, WatchHandle, WritePtr,
};
use tantivy::{Directory, HasLen};

use crate::Error;
use crate::pack::Manifest;

/// The source of chunks: the web host in the browser, the disk or memory elsewhere.
///
/// A source that cannot wait returns [`io::ErrorKind::WouldBlock`] and fetches the chunk in the background; the
/// caller repeats the search afterwards. All chunks that are known to be needed are requested before that.
pub trait ChunkSource: fmt::Debug + Send + Sync + 'static {
    /// Fills `into` with the bytes of the file named `chunk` from `offset` on.
    fn read(&self, chunk: &str, offset: usize, into: &mut [u8]) -> io::Result<()>;
}

/// Several reads, of which some may fail with `WouldBlock`. The reads go on after such an error, so that all missing
/// chunks are requested.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    waits: Option<io::Error>,
}

impl Reading {
    /// The result of a read; `None` when its chunk is missing.
    pub(crate) fn take<T>(&mut self, read: io::Result<T>) -> io::Result<Option<T>> {
        match read {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.waits = Some(error);
                Ok(None)
            }
            read => read.map(Some),
        }
    }

    /// Fails when a chunk of any read is missing.
    pub(crate) fn finish(self) -> io::Result<()> {
        self.waits.map_or(Ok(()), Err)
    }
}

/// The files of a packed index.
#[derive(Debug, Clone)]
pub(crate) struct PackedDirectory {
    files: Arc<BTreeMap<PathBuf, Arc<PackedHandle>>>,
}

impl PackedDirectory {
    /// Makes the files from a bundle.
    pub(crate) fn new(bundle: Vec<u8>, source: Arc<dyn ChunkSource>) -> Result<Self, Error> {
        let (manifest, hot) = Manifest::parse(&bundle)?;
        let hot_start = bundle.len() - hot.len();
        let mut hot = OwnedBytes::new(bundle).split(hot_start).1;
        let mut files = BTreeMap::new();
        for (name, file) in manifest.files {
            let mut ranges = Vec::with_capacity(file.hot.len());
            for &(offset, len) in &file.hot {
                let (bytes, rest) = hot.split(len);
                hot = rest;
                ranges.push((offset..offset + len, bytes));
            }
            let chunks = file.ranges().map(|(name, range)| (range, name.to_owned())).collect();
            let handle =
                PackedHandle { len: file.len(), chunks, hot: ranges, source: source.clone() };
            files.insert(PathBuf::from(name), Arc::new(handle));
        }
        Ok(Self { files: Arc::new(files) })
    }

    /// A file that is not tantivy's.
    pub(crate) fn file(&self, name: &str) -> io::Result<FileSlice> {
        let handle = self.files.get(Path::new(name)).ok_or(io::ErrorKind::NotFound)?;
        Ok(FileSlice::new(handle.clone()))
    }
}

/// One file of a packed index.
#[derive(Debug)]
struct PackedHandle {
    len: usize,
    chunks: Vec<(Range<usize>, String)>,
    hot: Vec<(Range<usize>, OwnedBytes)>,
    source: Arc<dyn ChunkSource>,
}

impl PackedHandle {
    /// Reads up to the end of one hot range or one chunk; returns the number of bytes.
    fn read_piece(&self, at: usize, into: &mut [u8]) -> (usize, io::Result<()>) {
        let next = self.hot.partition_point(|(range, _)| range.end <= at);
        let hot = self.hot.get(next);
        if let Some((range, bytes)) = hot.filter(|(range, _)| range.start <= at) {
            let len = into.len().min(range.end - at);
            into[..len].copy_from_slice(&bytes[at - range.start..][..len]);
            return (len, Ok(()));
        }
        let chunk = self.chunks.partition_point(|(range, _)| range.end <= at);
        let Some((range, name)) = self.chunks.get(chunk) else {
            return (into.len(), Err(io::ErrorKind::UnexpectedEof.into()));
        };
        let end = hot.map_or(range.end, |(hot, _)| range.end.min(hot.start));
        let len = into.len().min(end - at);
        (len, self.source.read(name, at - range.start, &mut into[..len]))
    }
}

impl HasLen for PackedHandle {
    fn len(&self) -> usize {
        self.len
    }
}

impl FileHandle for PackedHandle {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        if range.start > range.end || range.end > self.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let holding = |(hot, _): &&(Range<usize>, OwnedBytes)| {
            hot.start <= range.start && range.end <= hot.end
        };
        if let Some((hot, bytes)) = self.hot.iter().find(holding) {
            return Ok(bytes.slice(range.start - hot.start..range.end - hot.start));
        }
        let mut bytes = vec![0; range.len()];
        let mut done = 0;
        let mut reading = Reading::default();
        while done < bytes.len() {
            let (len, read) = self.read_piece(range.start + done, &mut bytes[done..]);
            reading.take(read)?;
            done += len;
        }
        reading.finish()?;
        Ok(OwnedBytes::new(bytes))
    }
}

impl Directory for PackedDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        match self.files.get(path) {
            Some(handle) => Ok(handle.clone()),
            None => Err(OpenReadError::FileDoesNotExist(path.into())),
        }
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        Ok(self.files.contains_key(path))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        let handle = self.get_file_handle(path)?;
        let bytes = handle.read_bytes(0..handle.len());
        let bytes = bytes.map_err(|e| OpenReadError::wrap_io_error(e, path.into()))?;
        Ok(bytes.to_vec())
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        Err(DeleteError::IoError { io_error: Arc::new(read_only()), filepath: path.into() })
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        Err(OpenWriteError::wrap_io_error(read_only(), path.into()))
    }

    fn atomic_write(&self, _path: &Path, _data: &[u8]) -> io::Result<()> {
        Err(read_only())
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }

    /// The index is read-only, so that locks do nothing.
    fn acquire_lock(&self, _lock: &Lock) -> Result<DirectoryLock, LockError> {
        Ok(DirectoryLock::from(Box::new(())))
    }

    fn watch(&self, _callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(WatchHandle::empty())
    }
}

fn read_only() -> io::Error {
    io::ErrorKind::ReadOnlyFilesystem.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A source in which the chunk `x` has the letters of the alphabet from `x` on.
    #[derive(Debug)]
    struct Letters;

    impl ChunkSource for Letters {
        fn read(&self, chunk: &str, offset: usize, into: &mut [u8]) -> io::Result<()> {
            let first = chunk.as_bytes()[0] + u8::try_from(offset).expect("a short chunk");
            into.iter_mut().zip(first..).for_each(|(byte, letter)| *byte = letter);
            Ok(())
        }
    }

    fn handle() -> Arc<dyn FileHandle> {
        let json = br#"{"format": 2, "files": {"f":
            {"chunks": [["a", 4], ["", 4], ["i", 2]], "hot": [[1, 1], [4, 4]]}}}"#;
        let mut bundle = (json.len() as u32).to_le_bytes().to_vec();
        bundle.extend_from_slice(json);
        bundle.extend_from_slice(b"BEFGH");
        let directory = PackedDirectory::new(bundle, Arc::new(Letters)).expect("a sound bundle");
        directory.get_file_handle(Path::new("f")).expect("a file")
    }

    #[test]
    fn any_range_is_put_together_from_hot_bytes_and_chunks() {
        let expected = b"aBcdEFGHij";
        for start in 0..=10 {
            for end in start..=10 {
                let read = handle().read_bytes(start..end).expect("within");
                assert_eq!(read.as_slice(), &expected[start..end], "{start}..{end}");
            }
        }
    }

    #[test]
    fn a_range_beyond_the_end_is_an_error() {
        assert!(handle().read_bytes(9..11).is_err());
    }
}
