//! Writing an index: documents in, packed files out. The same documents give the same bytes.
//!
//! Tantivy names a segment at random and writes with threads; here one thread writes one segment,
//! in an order that does not depend on the order of the input, and the segment has a fixed name.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::directory::RamDirectory;
use tantivy::index::SegmentComponent;
use tantivy::indexer::SingleSegmentIndexWriter;
use tantivy::store::Compressor;
use tantivy::tokenizer::{Token, TokenStream, Tokenizer, TokenizerManager};
use tantivy::{Directory, HasLen, Index, IndexSettings, TantivyDocument};

use crate::facets;
use crate::filter::Facet;
use crate::pack::{FORMAT, Manifest, PackedFile};
use crate::packing::{HotRanges, PackedIndex, pack};
use crate::schema::{self, SearchField};
use crate::{ChunkSource, Document, Error, Searcher, rows, words};

/// The memory budget of the writer, in bytes.
const WRITER_BUDGET: usize = 64 << 20;
/// Hot ranges with at most this distance are joined.
const HOT_GAP: usize = 64;
/// The fixed name of the segment.
const SEGMENT: &str = "00000000000000000000000000000000";

/// The files of a segment. There are no files of deleted documents, because indexes are never changed.
const COMPONENTS: [SegmentComponent; 6] = [
    SegmentComponent::Postings,
    SegmentComponent::Positions,
    SegmentComponent::FastFields,
    SegmentComponent::FieldNorms,
    SegmentComponent::Terms,
    SegmentComponent::Store,
];

type Files = BTreeMap<String, Vec<u8>>;
/// A term with its position in the text.
type Word = (Range<usize>, String);

/// Writes the index of `documents`, given in any order.
pub fn build_index(documents: impl IntoIterator<Item = Document>) -> Result<PackedIndex, Error> {
    build_index_beside(documents, &|_| false)
}

/// Writes the index of `documents`, given in any order, without parts whose names exist already.
pub fn build_index_beside(
    documents: impl IntoIterator<Item = Document>,
    is_there: &dyn Fn(&str) -> bool,
) -> Result<PackedIndex, Error> {
    let mut documents: Vec<Document> = documents.into_iter().collect();
    documents.sort_by_cached_key(place);
    let rows = rows::write(&documents);
    let mut files = write_segment(documents)?;
    files.extend(rows);
    let hot = hot_ranges(files.clone())?;
    pack(&files, hot, is_there)
}

/// The sort key of a document in the index and in lists: kind, then title. The rows of one page of a list are
/// adjacent in the index.
fn place(document: &Document) -> [String; 4] {
    let Document { url, kind, namespace, name, title, .. } = document;
    let title = words::fold(if title.is_empty() { name } else { title });
    [kind.to_lowercase(), title, namespace.clone(), url.clone()]
}

fn write_segment(documents: Vec<Document>) -> Result<Files, Error> {
    let directory = RamDirectory::create();
    let tokenizers = TokenizerManager::default();
    tokenizers.register(schema::START_TOKENIZER, Terms(first_words));
    tokenizers.register(schema::WORDS_TOKENIZER, Terms(words::words));
    tokenizers.register(schema::WHOLE_TOKENIZER, Terms(whole));
    let mut writer: SingleSegmentIndexWriter = Index::builder()
        .schema(schema::schema())
        .tokenizers(tokenizers)
        .settings(IndexSettings {
            docstore_compress_dedicated_thread: false,
            docstore_compression: Compressor::None,
            ..IndexSettings::default()
        })
        .single_segment_index_writer(directory.clone(), WRITER_BUDGET)?;
    for document in documents {
        writer.add_document(indexed(&document))?;
    }
    read_files(&writer.finalize()?, &directory)
}

fn indexed(document: &Document) -> TantivyDocument {
    let mut indexed = TantivyDocument::new();
    let mut add = |field: SearchField, text: &str| {
        if !text.is_empty() {
            indexed.add_text(field.field(), text);
        }
    };
    add(SearchField::Start, &document.name);
    add(SearchField::Name, &document.name);
    add(SearchField::Title, &document.title);
    document.tags.iter().for_each(|tag| add(SearchField::Tags, tag));
    add(SearchField::Owner, &document.owner);
    add(SearchField::Description, &document.description);
    let Document { kind, namespace, lifecycle, keywords, text, .. } = document;
    let other = [kind, namespace, lifecycle].into_iter().chain(keywords).chain([text]);
    other.for_each(|text| add(SearchField::Text, text));
    for term in facets_of(document) {
        indexed.add_text(schema::facets_field(), term);
    }
    indexed
}

/// The terms of the facets of a document.
fn facets_of(document: &Document) -> Vec<String> {
    let one = |facet, value: &str, label: &str| {
        (!value.is_empty()).then(|| facets::term(facet, value, label))
    };
    let Document { kind, kind_type, lifecycle, namespace, tags, .. } = document;
    let mut terms: Vec<String> = [
        one(Facet::Kind, &kind.to_lowercase(), kind),
        one(Facet::Type, kind_type, kind_type),
        one(Facet::Owner, &document.owner_ref, &document.owner),
        one(Facet::Lifecycle, lifecycle, lifecycle),
        one(Facet::System, &document.system_ref, &document.system),
        one(Facet::Namespace, namespace, namespace),
    ]
    .into_iter()
    .flatten()
    .collect();
    terms.extend(tags.iter().filter_map(|tag| one(Facet::Tag, tag, tag)));
    terms
}

/// The files of the segment and the meta file, under fixed names.
fn read_files(index: &Index, directory: &RamDirectory) -> Result<Files, Error> {
    let mut files = Files::new();
    let mut meta = directory.atomic_read("meta.json".as_ref()).map_err(into_tantivy)?;
    for segment in index.searchable_segment_metas()? {
        let id = segment.id().uuid_string();
        for component in COMPONENTS {
            let path = segment.relative_path(component);
            if directory.exists(&path).map_err(into_tantivy)? {
                let file = directory.open_read(&path).map_err(into_tantivy)?;
                let name = path.to_string_lossy().replace(&id, SEGMENT);
                files.insert(name, file.read_bytes()?.to_vec());
            }
        }
        meta = rename_segment(&meta, &id);
    }
    files.insert("meta.json".to_owned(), meta);
    Ok(files)
}

/// Replaces the id of a segment in the meta file, where ids have hyphens.
fn rename_segment(meta: &[u8], id: &str) -> Vec<u8> {
    let hyphens = |id: &str| [&id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]].join("-");
    let meta = String::from_utf8_lossy(meta);
    meta.replace(&hyphens(id), &hyphens(SEGMENT)).into_bytes()
}

fn into_tantivy(error: impl Into<tantivy::TantivyError>) -> Error {
    Error::Engine(error.into())
}

/// Opens the index and records the bytes that are read.
fn hot_ranges(files: Files) -> Result<HotRanges, Error> {
    let whole = |(name, bytes): (&String, &Vec<u8>)| {
        let chunk = (!bytes.is_empty()).then(|| (name.clone(), bytes.len()));
        (name.clone(), PackedFile { chunks: chunk.into_iter().collect(), hot: Vec::new() })
    };
    let manifest = Manifest { format: FORMAT, files: files.iter().map(whole).collect() };
    let json = serde_json::to_vec(&manifest)?;
    let mut bundle = (json.len() as u32).to_le_bytes().to_vec();
    bundle.extend(json);
    let recorder = Arc::new(Recorder { files, reads: Mutex::default() });
    Searcher::open(bundle, recorder.clone())?.warm()?;
    let mut ranges = std::mem::take(&mut *lock(&recorder.reads));
    ranges.values_mut().for_each(join_ranges);
    Ok(ranges)
}

impl Searcher {
    /// Reads the parts that every search needs: all dictionaries and the lengths of fields.
    fn warm(&self) -> Result<(), Error> {
        let Some(segment) = self.segment() else { return Ok(()) };
        for field in SearchField::ALL {
            segment.inverted_index(field.field())?;
            if field.has_norms() {
                segment.get_fieldnorms_reader(field.field())?;
            }
        }
        Ok(())
    }
}

/// Files in memory that record which bytes were read.
#[derive(Debug)]
struct Recorder {
    files: Files,
    reads: Mutex<HotRanges>,
}

impl ChunkSource for Recorder {
    fn read(&self, chunk: &str, offset: usize, into: &mut [u8]) -> io::Result<()> {
        let range = offset..offset + into.len();
        let bytes = self.files.get(chunk).and_then(|bytes| bytes.get(range.clone()));
        into.copy_from_slice(bytes.ok_or(io::ErrorKind::NotFound)?);
        lock(&self.reads).entry(chunk.to_owned()).or_default().push(range);
        Ok(())
    }
}

fn lock(reads: &Mutex<HotRanges>) -> std::sync::MutexGuard<'_, HotRanges> {
    reads.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sorts ranges, and joins ranges that are adjacent or close.
fn join_ranges(ranges: &mut Vec<Range<usize>>) {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_by_key(|range| range.start);
    ranges.dedup_by(|later, earlier| {
        let near = later.start <= earlier.end + HOT_GAP;
        if near {
            earlier.end = earlier.end.max(later.end);
        }
        near
    });
}

/// A tokeniser made of a function from a text to terms with positions.
#[derive(Clone, Copy)]
struct Terms(fn(&str) -> Vec<Word>);

/// The terms of one text.
struct TermsOf {
    terms: std::vec::IntoIter<Word>,
    /// The position of the last run.
    run: Range<usize>,
    token: Token,
}

/// The whole text as one term.
fn whole(text: &str) -> Vec<Word> {
    vec![(0..text.len(), text.to_owned())]
}

/// The first run of a name, and the first word of that run by capitals.
fn first_words(name: &str) -> Vec<Word> {
    let words = words::words(name);
    let start = words.first().map(|(range, _)| range.start);
    words.into_iter().filter(|(range, _)| Some(range.start) == start).collect()
}

impl Tokenizer for Terms {
    type TokenStream<'a> = TermsOf;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> TermsOf {
        TermsOf { terms: (self.0)(text).into_iter(), run: 0..0, token: Token::default() }
    }
}

impl TokenStream for TermsOf {
    fn advance(&mut self) -> bool {
        let Some((range, text)) = self.terms.next() else {
            return false;
        };
        // Words of a run by capitals begin at the position of the run.
        let follows = range.start > self.run.start || self.token.position == usize::MAX;
        if range.start >= self.run.end {
            self.run = range.clone();
        }
        self.token = Token {
            offset_from: range.start,
            offset_to: range.end,
            position: self.token.position.wrapping_add(usize::from(follows)),
            text,
            position_length: 1,
        };
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
