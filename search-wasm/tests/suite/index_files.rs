//! The index as files: the same bytes every time, few of them read, and damage is an error.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::sync::{Arc, Mutex};

use callboard_search::{
    ChunkSource, Error, HEAD_NAME, Head, PARTS, PackedIndex, Searcher, build_index,
    build_index_beside,
};
use flate2::read::GzDecoder;

use crate::fixture::generated;

type Files = BTreeMap<String, Vec<u8>>;

/// Chunks in memory, of which those that were not asked for before are to come, as in a browser.
#[derive(Debug, Default)]
struct Chunks {
    files: Files,
    here: Mutex<BTreeSet<String>>,
    asked: Mutex<BTreeSet<String>>,
}

impl Chunks {
    /// What was asked for comes; how much that was.
    fn fetch(&self) -> usize {
        let asked = std::mem::take(&mut *self.asked.lock().unwrap());
        let number = asked.len();
        self.here.lock().unwrap().extend(asked);
        number
    }
}

impl ChunkSource for Chunks {
    fn read(&self, chunk: &str, offset: usize, into: &mut [u8]) -> io::Result<()> {
        if !self.here.lock().unwrap().contains(chunk) {
            self.asked.lock().unwrap().insert(chunk.to_owned());
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let file = unpacked(self.files.get(&part(chunk)).ok_or(io::ErrorKind::NotFound)?);
        into.copy_from_slice(&file[offset..offset + into.len()]);
        Ok(())
    }
}

fn part(name: &str) -> String {
    format!("{PARTS}{name}")
}

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut unpacked = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut unpacked).unwrap();
    unpacked
}

fn index(documents: usize) -> Files {
    build_index(generated(documents)).unwrap().files.into_iter().collect()
}

fn packed(files: Vec<(String, Vec<u8>)>) -> PackedIndex {
    PackedIndex { files, kept: Vec::new() }
}

fn bundle(files: &Files) -> Vec<u8> {
    let head: Head = serde_json::from_slice(&files[HEAD_NAME]).unwrap();
    unpacked(&files[&part(&head.bundle)])
}

#[test]
fn the_same_documents_give_the_same_bytes_in_any_order() {
    let first = build_index(generated(500)).unwrap();
    let second = build_index(generated(500).into_iter().rev()).unwrap();
    assert_eq!(first, second);
}

#[test]
fn a_small_index_is_one_bundle() {
    let files = index(100);
    assert_eq!(files.len(), 2);
    let searcher = Searcher::open(bundle(&files), Arc::new(Chunks::default())).unwrap();
    assert!(!searcher.search("checkout", 5).unwrap().hits.is_empty());
}

#[test]
fn opening_reads_the_bundle_only_and_a_question_is_answered_in_few_rounds() {
    let files = index(6000);
    let chunks = Arc::new(Chunks { files: files.clone(), ..Chunks::default() });
    let searcher = Searcher::open(bundle(&files), chunks.clone()).unwrap();
    assert_eq!(searcher.documents(), 6000);
    assert_eq!(chunks.fetch(), 0);
    let mut rounds = Vec::new();
    let answer = loop {
        match searcher.search("checkout-api gère", 5) {
            Ok(answer) => break answer,
            Err(_) => rounds.push(chunks.fetch()),
        }
    };
    assert_eq!(answer.hits.len(), 5);
    assert!(rounds.len() <= 3, "{rounds:?}");
    assert!(rounds.iter().sum::<usize>() < files.len() / 2, "{rounds:?} of {}", files.len());
}

#[test]
fn one_changed_document_changes_few_chunks_and_the_others_are_not_made_again() {
    let before = index(6000);
    let mut documents = generated(6000);
    documents[3000].description = "Something else, told in other words.".into();
    let after: Files = build_index(documents.clone()).unwrap().files.into_iter().collect();
    let new = after.keys().filter(|name| !before.contains_key(*name)).count();
    assert!(new <= 16, "{new} of {}", after.len());
    let beside = build_index_beside(documents, &|name| before.contains_key(name)).unwrap();
    assert_eq!(beside.files.len(), new + 1, "the head has always the same name");
    let kept = beside.kept.into_iter().map(|name| (name.clone(), before[&name].clone()));
    assert_eq!(beside.files.into_iter().chain(kept).collect::<Files>(), after);
}

#[test]
fn a_chunk_that_cannot_be_read_is_an_error() {
    let files = index(6000);
    let head: Head = serde_json::from_slice(&files[HEAD_NAME]).unwrap();
    let is_kept = |name: &str| name == HEAD_NAME || name == part(&head.bundle);
    let nothing = packed(files.into_iter().filter(|(name, _)| is_kept(name)).collect());
    assert!(nothing.searcher().unwrap().search("checkout-api", 5).is_err());
}

#[test]
fn a_damaged_index_is_an_error() {
    let files = index(2000);
    let open = |bundle: Vec<u8>| Searcher::open(bundle, Arc::new(Chunks::default())).map(|_| ());
    let whole = bundle(&files);
    assert!(open(whole.clone()).is_ok());
    for len in [0, 3, 4, 500, whole.len() / 2, whole.len() - 1] {
        assert!(matches!(open(whole[..len].to_vec()), Err(Error::Manifest(_))), "{len} bytes");
    }
    let mut zeros = whole.clone();
    let manifest = 4 + u32::from_le_bytes([whole[0], whole[1], whole[2], whole[3]]) as usize;
    zeros[manifest..].fill(0);
    assert!(open(zeros).is_err());
    let no_files = packed(Vec::new()).searcher().map(|_| ());
    assert!(matches!(no_files, Err(Error::Read(_))));
}
