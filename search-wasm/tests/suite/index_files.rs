//! The index as files: the same bytes every time, and damage is an error.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use callboard_search::{ChunkSource, Error, MANIFEST_NAME, PackedIndex, Searcher, build_index};

use crate::fixture::generated;

/// Chunks in memory, which notes what is read.
#[derive(Debug, Default)]
struct Chunks {
    files: BTreeMap<String, Vec<u8>>,
    read: Mutex<Vec<String>>,
}

impl ChunkSource for Chunks {
    fn read(&self, chunk: &str, offset: usize, into: &mut [u8]) -> io::Result<()> {
        self.read.lock().unwrap().push(chunk.to_owned());
        let file = self.files.get(chunk).ok_or(io::ErrorKind::NotFound)?;
        into.copy_from_slice(&file[offset..offset + into.len()]);
        Ok(())
    }
}

fn index() -> BTreeMap<String, Vec<u8>> {
    build_index(generated(2000)).unwrap().files.into_iter().collect()
}

fn hot(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let manifest: serde_json::Value = serde_json::from_slice(&files[MANIFEST_NAME]).unwrap();
    files[manifest["hot"]["name"].as_str().unwrap()].clone()
}

#[test]
fn the_same_documents_give_the_same_bytes_in_any_order() {
    let first = build_index(generated(500)).unwrap();
    let second = build_index(generated(500).into_iter().rev()).unwrap();
    assert_eq!(first, second);
}

#[test]
fn opening_reads_the_hot_bundle_only_and_searching_reads_few_chunks() {
    let files = index();
    let chunks = Arc::new(Chunks { files: files.clone(), ..Chunks::default() });
    let searcher = Searcher::open(&files[MANIFEST_NAME], hot(&files), chunks.clone()).unwrap();
    assert_eq!(searcher.documents(), 2000);
    assert_eq!(*chunks.read.lock().unwrap(), [""; 0]);
    let hits = searcher.search("checkout-api", 5).unwrap().hits;
    assert_eq!(hits.len(), 5);
    assert!(!chunks.read.lock().unwrap().is_empty());
}

#[test]
fn a_chunk_that_cannot_be_read_is_an_error() {
    let files = index();
    let nothing = Searcher::open(&files[MANIFEST_NAME], hot(&files), Arc::new(Chunks::default()));
    assert!(matches!(nothing.unwrap().search("checkout-api", 5), Err(Error::Engine(_))));
}

#[test]
fn a_damaged_index_is_an_error() {
    let files = index();
    let open = |manifest: &[u8], hot: Vec<u8>| {
        Searcher::open(manifest, hot, Arc::new(Chunks::default())).map(|_| ()).unwrap_err()
    };
    let manifest = &files[MANIFEST_NAME];
    assert!(matches!(open(b"", hot(&files)), Error::Manifest(_)));
    assert!(matches!(open(&manifest[..manifest.len() / 2], hot(&files)), Error::Manifest(_)));
    assert!(matches!(open(manifest, Vec::new()), Error::Manifest(_)));
    assert!(matches!(open(manifest, vec![0; hot(&files).len()]), Error::Engine(_)));
    let no_files = PackedIndex { files: Vec::new() }.searcher().map(|_| ());
    assert!(matches!(no_files, Err(Error::Manifest(_))));
}
