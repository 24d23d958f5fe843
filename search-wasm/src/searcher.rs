//! An open index, and one search in it.

use std::sync::Arc;

use tantivy::{DocId, Index, SegmentReader};

use crate::directory::PackedDirectory;
use crate::facets::{self, Documents};
use crate::filter::Filter;
use crate::marks::Marker;
use crate::meaning::{Dictionaries, Meanings};
use crate::query::Question;
use crate::rows::Rows;
use crate::score::{self, Ranking, Terms};
use crate::{
    Answer, ChunkSource, Error, Hit, Marks, Place, Reason, Summary, phrase, schema, words,
};

/// The maximum number of hits of one search.
const MAX_LIMIT: usize = 1000;
/// The bonus of a name that equals the question, and of such a title, as multiples of the rarity of the question.
const EXACT_NAME: f32 = 20.0;
const EXACT_TITLE: f32 = 10.0;

/// An open index.
pub struct Searcher {
    pub(crate) rows: Rows,
    /// The only segment; `None` for an empty index.
    segment: Option<SegmentReader>,
}

/// The documents that fulfil a question; ranked when the question has words.
pub(crate) struct Matches {
    pub(crate) documents: Documents,
    pub(crate) ranked: Vec<DocId>,
}

impl Searcher {
    /// Opens an index from its bundle; `source` returns chunks when they are needed.
    pub fn open(bundle: Vec<u8>, source: Arc<dyn ChunkSource>) -> Result<Self, Error> {
        let directory = PackedDirectory::new(bundle, source)?;
        let rows = Rows::open(&directory)?;
        let index = Index::open(directory)?;
        if index.schema() != schema::schema() {
            return Err(Error::Manifest("its fields are not this engine's".into()));
        }
        let segment = index.searchable_segments()?.first().map(SegmentReader::open).transpose()?;
        if segment.as_ref().map_or(0, SegmentReader::max_doc) != rows.documents() {
            return Err(Error::Manifest("its parts have different numbers of documents".into()));
        }
        Ok(Self { rows, segment })
    }

    /// The number of documents of the index.
    pub fn documents(&self) -> u64 {
        u64::from(self.rows.documents())
    }

    /// The only segment of the index; `None` for an empty index.
    pub(crate) fn segment(&self) -> Option<&SegmentReader> {
        self.segment.as_ref()
    }

    /// Finds the documents with all words of `text`, or, when there are none, with most words; best first, and of
    /// similar documents those in use before deprecated ones.
    ///
    /// # Errors
    /// When a part of the index cannot be read.
    pub fn search(&self, text: &str, limit: usize) -> Result<Answer, Error> {
        let filter = Filter::parse(text);
        let question = Question::parse(&filter.words);
        let limit = limit.clamp(1, MAX_LIMIT);
        let Some(segment) = self.segment() else {
            return Ok(Answer { complete: true, ..Answer::default() });
        };
        let allowed = filter.is_narrow().then(|| self.allowed(segment, &filter)).transpose();
        if question.words.is_empty() {
            return self.first(allowed?.as_ref(), limit);
        }
        let key = question.key.clone();
        let index = Dictionaries::new(segment);
        let meanings = Meanings::find(question, &index)?;
        // Both reads are started before a missing chunk ends the search, so that both chunks are requested.
        let terms = Terms::open(&meanings, segment);
        let (allowed, terms) = (allowed?, terms?);
        let Ranking { found, is_complete } = terms.rank(&self.rows, allowed.as_ref(), limit);
        let mut suggestions = Vec::new();
        if found.is_empty() || !is_complete {
            let words = meanings.suggestions(&index)?;
            suggestions.extend(words.iter().map(|words| filter.with_words(words)));
        }
        let rarity = meanings.words.iter().map(|word| word.rarity).sum();
        let mut hits = self.hits(&found, &terms, &Marker::new(&meanings))?;
        for hit in &mut hits {
            hit.score += hit.age * exactness(&key, &hit.shown, rarity);
            hit.whole = hit.score / hit.age - Reason::sum(&hit.reasons);
        }
        hits.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(Answer { hits, complete: is_complete, suggestions })
    }

    fn hits(
        &self,
        found: &[(f32, DocId)],
        terms: &Terms,
        marker: &Marker<'_>,
    ) -> Result<Vec<Hit>, Error> {
        let docs: Vec<DocId> = found.iter().map(|(_, doc)| *doc).collect();
        let shown = self.rows.shown(&docs)?;
        let reasons = terms.reasons(&docs);
        let hit = |((shown, reasons), (score, doc)): ((Summary, Vec<_>), &(f32, DocId))| Hit {
            marks: marker.mark(&shown),
            places: Place::of_words(&reasons),
            reasons,
            whole: 0.0,
            age: score::age(&self.rows, *doc),
            score: *score,
            shown,
        };
        Ok(shown.into_iter().zip(reasons).zip(found).map(hit).collect())
    }

    /// The first documents of a set, for questions with conditions but no words.
    fn first(&self, allowed: Option<&Documents>, limit: usize) -> Result<Answer, Error> {
        let docs: Vec<DocId> = allowed.into_iter().flat_map(Documents::iter).take(limit).collect();
        let hit = |shown| Hit {
            shown,
            marks: Marks::default(),
            places: Vec::new(),
            reasons: Vec::new(),
            whole: 0.0,
            age: 1.0,
            score: 0.0,
        };
        let hits = self.rows.shown(&docs)?.into_iter().map(hit).collect();
        Ok(Answer { hits, complete: true, suggestions: Vec::new() })
    }

    /// The documents that fulfil a question with its words.
    pub(crate) fn found(&self, segment: &SegmentReader, filter: &Filter) -> Result<Matches, Error> {
        let allowed = self.allowed(segment, filter);
        let question = Question::parse(&filter.words);
        if question.words.is_empty() {
            return Ok(Matches { documents: allowed?, ranked: Vec::new() });
        }
        let meanings = Meanings::find(question, &Dictionaries::new(segment))?;
        let terms = Terms::open(&meanings, segment);
        let (allowed, terms) = (allowed?, terms?);
        let ranking = terms.rank(&self.rows, Some(&allowed), usize::MAX);
        let ranked: Vec<DocId> = ranking.found.into_iter().map(|(_, doc)| doc).collect();
        let mut documents = Documents::none(segment.max_doc());
        ranked.iter().for_each(|doc| documents.insert(*doc));
        Ok(Matches { documents, ranked })
    }

    /// The documents that fulfil the conditions of a question, regardless of its words.
    fn allowed(&self, segment: &SegmentReader, filter: &Filter) -> Result<Documents, Error> {
        let mut allowed = Documents::all(segment.max_doc());
        for condition in &filter.conditions {
            let fulfilled = facets::fulfil(segment, condition)?;
            match condition.is_not {
                true => allowed.remove(&fulfilled),
                false => allowed.keep(&fulfilled),
            }
        }
        for text in &filter.without {
            allowed.remove(&phrase::with(segment, text)?);
        }
        for text in &filter.phrases {
            allowed.keep(&phrase::with(segment, text)?);
        }
        if let Some(references) = &filter.references {
            allowed.keep(&self.listed(segment, references)?);
        }
        Ok(allowed)
    }

    /// The documents of some entities.
    fn listed(&self, segment: &SegmentReader, references: &[String]) -> Result<Documents, Error> {
        let mut candidates = Documents::none(segment.max_doc());
        for reference in references {
            let name = reference.rsplit('/').next().unwrap_or_default();
            candidates.add(&phrase::with_all_in_name(segment, name)?);
        }
        let docs: Vec<DocId> = candidates.iter().collect();
        let mut listed = Documents::none(segment.max_doc());
        for (doc, shown) in docs.iter().zip(self.rows.shown(&docs)?) {
            let reference = shown.reference();
            if references.iter().any(|wanted| wanted.eq_ignore_ascii_case(&reference)) {
                listed.insert(*doc);
            }
        }
        Ok(listed)
    }
}

/// The bonus of a document whose name or title has the same key as the question.
fn exactness(key: &str, shown: &Summary, rarity: f32) -> f32 {
    if words::key(&shown.name) == key {
        rarity * EXACT_NAME
    } else if words::key(&shown.title) == key {
        rarity * EXACT_TITLE
    } else {
        0.0
    }
}
