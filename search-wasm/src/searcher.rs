//! An open index, and one search in it.

use std::sync::Arc;

use tantivy::collector::TopDocs;
use tantivy::query::Query;
use tantivy::schema::Value;
use tantivy::{DocAddress, Index, ReloadPolicy, TantivyDocument};

use crate::directory::PackedDirectory;
use crate::marks::Marker;
use crate::meaning::{Meanings, Statistics};
use crate::pack::Manifest;
use crate::query::Question;
use crate::{Answer, ChunkSource, Error, Hit, Shown, schema};

/// No list shows more hits at once.
const MAX_LIMIT: usize = 1000;
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

    /// Finds the documents that have all words of `text`, or else most of them; best first.
    pub fn search(&self, text: &str, limit: usize) -> Result<Answer, Error> {
        let nothing = Answer { hits: Vec::new(), complete: true };
        let question = Question::parse(text);
        let Some(segment) = self.searcher.segment_readers().first() else {
            return Ok(nothing);
        };
        if question.words.is_empty() {
            return Ok(nothing);
        }
        let (key, wanted) = (question.key.clone(), question.words.len());
        let meanings = Meanings::find(question, segment)?;
        let statistics = Statistics::new(&meanings, &self.searcher);
        let least = wanted.div_ceil(2);
        let mut required = meanings.known_words().max(least);
        let mut found = self.best(&meanings.query(required, &statistics), limit, &statistics)?;
        while found.is_empty() && required > least {
            required -= 1;
            found = self.best(&meanings.query(required, &statistics), limit, &statistics)?;
        }
        let complete = required == wanted || meanings.whole.is_some();
        let marker = Marker::new(&meanings);
        let hits = found.into_iter().map(|(score, address)| {
            let shown = self.shown(address)?;
            let (marks, places) = marker.mark(&shown, complete);
            let score = score + meanings.name_bonus(&key, &shown.name, &statistics);
            Ok(Hit { shown, marks, places, score })
        });
        let mut hits = hits.collect::<Result<Vec<_>, Error>>()?;
        hits.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(Answer { hits, complete })
    }

    fn best(
        &self,
        query: &dyn Query,
        limit: usize,
        statistics: &Statistics<'_>,
    ) -> Result<Vec<(f32, DocAddress)>, Error> {
        let collector = TopDocs::with_limit(limit.clamp(1, MAX_LIMIT)).order_by_score();
        Ok(self.searcher.search_with_statistics_provider(query, &collector, statistics)?)
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
