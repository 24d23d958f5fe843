//! An open index, and one search in it.

use std::sync::Arc;

use tantivy::collector::TopDocs;
use tantivy::query::{EnableScoring, Query};
use tantivy::schema::{IndexRecordOption, Term, Value};
use tantivy::{
    DocAddress, DocId, DocSet, Index, ReloadPolicy, SegmentReader, TERMINATED, TantivyDocument,
};

use crate::directory::PackedDirectory;
use crate::facets::{self, Documents};
use crate::filter::Filter;
use crate::list::Found;
use crate::marks::Marker;
use crate::meaning::{Meanings, Statistics};
use crate::pack::Manifest;
use crate::query::Question;
use crate::schema::Searched;
use crate::words;
use crate::{Answer, ChunkSource, Error, Hit, Marks, Shown, schema};

/// No list shows more hits at once.
const MAX_LIMIT: usize = 1000;
/// How many more hits than wanted are looked at, for those that match equally well.
const TIES: usize = 20;
/// How many documents are read to see whether words stand together in them.
const PHRASE_CANDIDATES: usize = 2000;
/// Blocks of the document store kept unpacked.
const STORE_BLOCKS: usize = 16;

/// An open index.
pub struct Searcher {
    searcher: tantivy::Searcher,
}

impl Searcher {
    /// Opens an index from its manifest and hot bundle; `source` gives the rest when it is needed.
    pub fn open(
        manifest: &[u8],
        hot: Vec<u8>,
        source: Arc<dyn ChunkSource>,
    ) -> Result<Self, Error> {
        Self::from_directory(PackedDirectory::new(Manifest::parse(manifest)?, hot, source)?)
    }

    pub(crate) fn from_directory(directory: PackedDirectory) -> Result<Self, Error> {
        let index = Index::open(directory)?;
        if index.schema() != schema::schema() {
            return Err(Error::Manifest("its fields are not this engine's".into()));
        }
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual);
        let reader = reader.doc_store_cache_num_blocks(STORE_BLOCKS).try_into()?;
        Ok(Self { searcher: reader.searcher() })
    }

    /// How many documents the index has.
    pub fn documents(&self) -> u64 {
        self.searcher.num_docs()
    }

    /// Finds the documents that have all words of `text`, or else most of them; best first, and what is
    /// in use before what is on its way out.
    pub fn search(&self, text: &str, limit: usize) -> Result<Answer, Error> {
        let nothing = Answer { hits: Vec::new(), complete: true };
        let filter = Filter::parse(text);
        let question = Question::parse(&filter.words);
        let Some(segment) = self.segment() else {
            return Ok(nothing);
        };
        let (key, wanted) = (question.key.clone(), question.words.len());
        let allowed = match filter.is_narrow() {
            true => Some(self.allowed(segment, &filter)?),
            false => None,
        };
        if wanted == 0 {
            return self.first(allowed.as_ref(), limit);
        }
        let meanings = Meanings::find(question, segment)?;
        let statistics = Statistics::new(&meanings, &self.searcher);
        let limit = limit.clamp(1, MAX_LIMIT);
        let (found, required) =
            with_most(&meanings, &statistics, wanted, |query| match &allowed {
                None => self.best(query, limit + TIES, &statistics),
                Some(allowed) => {
                    let mut all = self.scored(query, segment, allowed, &statistics)?;
                    all.truncate(limit + TIES);
                    let address = |(score, doc)| (score, DocAddress::new(0, doc));
                    Ok(all.into_iter().map(address).collect())
                }
            })?;
        let complete = required == wanted || meanings.whole.is_some();
        let marker = Marker::new(&meanings);
        let hits = found.into_iter().map(|(score, address)| {
            let shown = self.shown(address)?;
            let (marks, places) = marker.mark(&shown, complete);
            let score = score + meanings.name_bonus(&key, &shown.name, &statistics);
            Ok(Hit { shown, marks, places, score })
        });
        let mut hits = hits.collect::<Result<Vec<_>, Error>>()?;
        let age = |hit: &Hit| match hit.shown.lifecycle.as_str() {
            "production" => 0,
            "deprecated" => 2,
            _ => 1,
        };
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| age(a).cmp(&age(b))));
        hits.truncate(limit);
        Ok(Answer { hits, complete })
    }

    /// The first documents of a set, where a question has conditions and no words.
    fn first(&self, allowed: Option<&Documents>, limit: usize) -> Result<Answer, Error> {
        let documents = allowed.into_iter().flat_map(Documents::iter).take(limit);
        let hit = |doc| {
            let shown = self.shown_at(doc)?;
            Ok(Hit { shown, marks: Marks::default(), places: Vec::new(), score: 0.0 })
        };
        let hits = documents.map(hit).collect::<Result<_, Error>>()?;
        Ok(Answer { hits, complete: true })
    }

    /// The one segment of the index; an empty index has none.
    pub(crate) fn segment(&self) -> Option<&SegmentReader> {
        self.searcher.segment_readers().first()
    }

    /// What fulfils a question, words included.
    pub(crate) fn found(&self, segment: &SegmentReader, filter: &Filter) -> Result<Found, Error> {
        let allowed = self.allowed(segment, filter)?;
        let question = Question::parse(&filter.words);
        let wanted = question.words.len();
        if wanted == 0 {
            return Ok(Found { documents: allowed, ranked: Vec::new() });
        }
        let meanings = Meanings::find(question, segment)?;
        let statistics = Statistics::new(&meanings, &self.searcher);
        let (found, _) = with_most(&meanings, &statistics, wanted, |query| {
            self.scored(query, segment, &allowed, &statistics)
        })?;
        let ranked: Vec<DocId> = found.into_iter().map(|(_, doc)| doc).collect();
        let mut documents = Documents::none(segment.max_doc());
        ranked.iter().for_each(|doc| documents.insert(*doc));
        Ok(Found { documents, ranked })
    }

    /// All documents that a query finds among those allowed, best first.
    fn scored(
        &self,
        query: &dyn Query,
        segment: &SegmentReader,
        allowed: &Documents,
        statistics: &Statistics<'_>,
    ) -> Result<Vec<(f32, DocId)>, Error> {
        let scoring = EnableScoring::enabled_from_statistics_provider(statistics, &self.searcher);
        let mut scorer = query.weight(scoring)?.scorer(segment, 1.0)?;
        let mut found = Vec::new();
        while scorer.doc() != TERMINATED {
            if allowed.has(scorer.doc()) {
                found.push((scorer.score(), scorer.doc()));
            }
            scorer.advance();
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        Ok(found)
    }

    /// The documents that a question allows, whatever its words.
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
            allowed.remove(&with_words(segment, text)?);
        }
        for phrase in &filter.phrases {
            allowed.keep(&self.with_phrase(segment, phrase)?);
        }
        if let Some(references) = &filter.references {
            let mut listed = Documents::none(segment.max_doc());
            for reference in references {
                listed.add(&self.with_reference(segment, reference)?);
            }
            allowed.keep(&listed);
        }
        Ok(allowed)
    }

    /// The documents that show the words of a phrase one after the other.
    fn with_phrase(&self, segment: &SegmentReader, phrase: &str) -> Result<Documents, Error> {
        let wanted: Vec<String> = plain_words(phrase);
        if wanted.is_empty() {
            return Ok(Documents::all(segment.max_doc()));
        }
        let mut found = Documents::none(segment.max_doc());
        for doc in with_words(segment, phrase)?.iter().take(PHRASE_CANDIDATES) {
            let shown = self.shown_at(doc)?;
            let texts = [&shown.name, &shown.title, &shown.description, &shown.owner];
            if texts.iter().any(|text| plain_words(text).windows(wanted.len()).any(|w| w == wanted))
            {
                found.insert(doc);
            }
        }
        Ok(found)
    }

    /// The document of an entity.
    fn with_reference(&self, segment: &SegmentReader, reference: &str) -> Result<Documents, Error> {
        let mut found = Documents::none(segment.max_doc());
        let name = reference.rsplit('/').next().unwrap_or_default();
        for doc in with_words(segment, name)?.iter().take(PHRASE_CANDIDATES) {
            let Shown { kind, namespace, name, .. } = self.shown_at(doc)?;
            if format!("{kind}:{namespace}/{name}").eq_ignore_ascii_case(reference) {
                found.insert(doc);
            }
        }
        Ok(found)
    }

    fn best(
        &self,
        query: &dyn Query,
        limit: usize,
        statistics: &Statistics<'_>,
    ) -> Result<Vec<(f32, DocAddress)>, Error> {
        let collector = TopDocs::with_limit(limit).order_by_score();
        Ok(self.searcher.search_with_statistics_provider(query, &collector, statistics)?)
    }

    /// What is shown of a document of the one segment.
    pub(crate) fn shown_at(&self, doc: DocId) -> Result<Shown, Error> {
        self.shown(DocAddress::new(0, doc))
    }

    fn shown(&self, address: DocAddress) -> Result<Shown, Error> {
        let document: TantivyDocument = self.searcher.doc(address)?;
        let json = document.get_first(schema::shown_field());
        Ok(serde_json::from_str(json.and_then(|value| value.as_str()).unwrap_or_default())?)
    }

    /// Touches what every search needs: all dictionaries and the lengths of fields.
    #[cfg(feature = "build")]
    pub(crate) fn warm(&self) -> Result<(), Error> {
        for segment in self.searcher.segment_readers() {
            segment.inverted_index(schema::Searched::Start.field())?;
            for field in schema::Searched::WORDS {
                segment.inverted_index(field.field())?;
                if field.has_norms() {
                    segment.get_fieldnorms_reader(field.field())?;
                }
            }
        }
        Ok(())
    }
}

/// The words of a text without the parts that capitals show.
fn plain_words(text: &str) -> Vec<String> {
    words::runs(text).into_iter().map(|run| words::fold(&text[run])).collect()
}

/// Asks for all words, then for fewer as long as nothing is found; with how many words it was.
fn with_most<T>(
    meanings: &Meanings,
    statistics: &Statistics<'_>,
    wanted: usize,
    ask: impl Fn(&dyn Query) -> Result<Vec<T>, Error>,
) -> Result<(Vec<T>, usize), Error> {
    let least = wanted.div_ceil(2);
    let mut required = meanings.known_words().max(least);
    let mut found = ask(&meanings.query(required, statistics))?;
    while found.is_empty() && required > least {
        required -= 1;
        found = ask(&meanings.query(required, statistics))?;
    }
    Ok((found, required))
}

/// The documents that have all words of a text just as they are.
fn with_words(segment: &SegmentReader, text: &str) -> Result<Documents, Error> {
    let mut all = Documents::all(segment.max_doc());
    for (_, word) in words::words(text) {
        let mut some = Documents::none(segment.max_doc());
        for field in Searched::WORDS {
            let inverted = segment.inverted_index(field.field())?;
            let term = Term::from_field_text(field.field(), &word);
            if let Some(mut postings) = inverted.read_postings(&term, IndexRecordOption::Basic)? {
                while postings.doc() != TERMINATED {
                    some.insert(postings.doc());
                    postings.advance();
                }
            }
        }
        all.keep(&some);
    }
    Ok(all)
}
