//! What a question means in an index: which terms, and how a match of each is weighed.
//!
//! Each word is looked up in the dictionaries of all fields: as it is, as the beginning of a word
//! when it is still being typed, and with one letter wrong when it has four or more. A word that the
//! index does not have may be several of its words written together, and the whole question may be
//! one word written apart. What a document gets for a word is the best of its matches, weighed by
//! field and closeness. A word's rarity is one figure for all fields and spellings, so that only
//! field and closeness tell them apart. Names that begin with the first word get more; which of them
//! is the exact name is told when the names are at hand ([`Meanings::name_bonus`]).

use std::collections::{BTreeMap, BTreeSet};

use tantivy::query::{
    Bm25StatisticsProvider, BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, Occur,
    Query, TermQuery,
};
use tantivy::schema::{Field, Term};
use tantivy::{Searcher, SegmentReader};

use crate::query::{Question, Word};
use crate::schema::Searched;
use crate::spelling::{self, Spelling};
use crate::words;

/// What a mistyped word is worth next to the right one.
const TYPO: f32 = 0.4;
/// What it is still worth where the word as typed exists: it may well be meant.
const UNLIKELY_TYPO: f32 = 0.05;
/// What further places of the same word add to the best one.
const TIE_BREAKER: f32 = 0.1;
/// What a name gets that is the question, and at most when it begins with the question.
const EXACT_NAME: f32 = 20.0;
const NAME_BEGINNING: f32 = 8.0;

/// The terms of the index that a word means.
#[derive(Debug)]
pub(crate) struct Meaning {
    /// The word.
    pub(crate) word: Word,
    spellings: Vec<(Searched, Spelling)>,
    /// Words that all together are as good as this one.
    pub(crate) parts: Vec<Meaning>,
    /// How many documents have the word, roughly.
    documents: u64,
    /// The terms among `spellings` that have another letter than the word.
    pub(crate) typos: BTreeSet<String>,
}

/// The terms of the index that a question means.
#[derive(Debug)]
pub(crate) struct Meanings {
    /// First words of names.
    starts: Vec<Spelling>,
    /// The question as one word, where the index has that word.
    pub(crate) whole: Option<Meaning>,
    /// One for each word of the question.
    pub(crate) words: Vec<Meaning>,
}

impl Meanings {
    /// Looks a question up in the dictionaries of the index.
    pub(crate) fn find(question: Question, index: &SegmentReader) -> tantivy::Result<Self> {
        let whole = question.as_one_word().map(|word| Meaning::exactly(word, index));
        let whole = whole.transpose()?.filter(Meaning::is_known);
        let words = question.words.into_iter().map(|word| Meaning::find(word, index));
        let words: Vec<Meaning> = words.collect::<tantivy::Result<_>>()?;
        let first = words.first().map(|first| first.parts.first().unwrap_or(first));
        let starts = first.map(|first| {
            let mut starts = look_up_in(Searched::Start, &first.word, index, true)?;
            damp_typos(starts.iter_mut(), first.is_right());
            tantivy::Result::Ok(starts)
        });
        Ok(Self { starts: starts.transpose()?.unwrap_or_default(), whole, words })
    }

    /// How many words mean anything in this index.
    pub(crate) fn known_words(&self) -> usize {
        self.words.iter().filter(|meaning| meaning.is_known()).count()
    }

    /// Makes the query for documents that have at least `required` words, or the whole as one word.
    pub(crate) fn query(&self, required: usize, statistics: &Statistics<'_>) -> BooleanQuery {
        let known = self.words.iter().filter(|meaning| meaning.is_known());
        let words = known.map(Meaning::query).collect();
        let words = BooleanQuery::union_with_minimum_required_clauses(words, required.max(1));
        let mut ways: Vec<Box<dyn Query>> = vec![Box::new(words)];
        ways.extend(self.whole.iter().map(Meaning::query));
        let rarity = self.words.first().map_or(0.0, |first| statistics.rarity(first.documents));
        let starts = self.starts.iter().map(|start| {
            let weight = Searched::Start.boost() * start.closeness * rarity;
            let query = term_query(Searched::Start, start);
            Box::new(ConstScoreQuery::new(query, weight)) as Box<dyn Query>
        });
        let starts = DisjunctionMaxQuery::new(starts.collect());
        BooleanQuery::new(vec![
            (Occur::Must, Box::new(DisjunctionMaxQuery::new(ways))),
            (Occur::Should, Box::new(starts)),
        ])
    }

    /// What a name gets for being the question, in whichever spelling, or beginning with it.
    pub(crate) fn name_bonus(&self, key: &str, name: &str, statistics: &Statistics<'_>) -> f32 {
        let rarity: f32 = self.words.iter().map(|word| statistics.rarity(word.documents)).sum();
        let name = words::key(name);
        if name == key {
            rarity * EXACT_NAME
        } else if name.starts_with(key) {
            rarity * NAME_BEGINNING * key.len() as f32 / name.len() as f32
        } else {
            0.0
        }
    }
}

impl Meaning {
    fn find(word: Word, index: &SegmentReader) -> tantivy::Result<Self> {
        let mut found = look_up(&word, index, Searched::is_short)?;
        if found.is_empty() {
            found = look_up(&word, index, |_| true)?;
        }
        let mut meaning = Self::new(word, found);
        let capitals = std::mem::take(&mut meaning.word.parts);
        meaning.parts = Self::all_exactly(capitals, index)?;
        if !meaning.is_right() && !meaning.has_parts() {
            let names = index.inverted_index(Searched::Name.field())?;
            let parts = spelling::split(&meaning.word, names.terms())?;
            meaning.parts = Self::all_exactly(parts, index)?;
        }
        if meaning.documents == 0 {
            let rarest = meaning.parts.iter().map(|part| part.documents).min();
            meaning.documents = rarest.unwrap_or(0);
        }
        Ok(meaning)
    }

    /// The meaning of a word that has no typos and no parts.
    fn exactly(word: Word, index: &SegmentReader) -> tantivy::Result<Self> {
        let found = look_up(&word, index, |_| false)?;
        Ok(Self::new(word, found))
    }

    fn all_exactly(words: Vec<Word>, index: &SegmentReader) -> tantivy::Result<Vec<Self>> {
        words.into_iter().map(|word| Self::exactly(word, index)).collect()
    }

    fn new(word: Word, mut found: Vec<(Searched, Spelling)>) -> Self {
        let right = found.iter().any(|(_, spelling)| !spelling.typo);
        damp_typos(found.iter_mut().map(|(_, spelling)| spelling), right);
        let typos = found.iter().filter(|(_, spelling)| spelling.typo);
        Self {
            word,
            parts: Vec::new(),
            documents: documents(&found),
            typos: typos.map(|(_, spelling)| spelling.text.clone()).collect(),
            spellings: found,
        }
    }

    /// Whether the index has the word as typed.
    fn is_right(&self) -> bool {
        self.spellings.iter().any(|(_, spelling)| !spelling.typo)
    }

    fn is_known(&self) -> bool {
        !self.spellings.is_empty() || self.has_parts()
    }

    fn has_parts(&self) -> bool {
        !self.parts.is_empty() && self.parts.iter().all(Self::is_known)
    }

    fn query(&self) -> Box<dyn Query> {
        let mut ways: Vec<Box<dyn Query>> = Vec::new();
        for (field, spelling) in &self.spellings {
            let weight = field.boost() * spelling.closeness;
            ways.push(Box::new(BoostQuery::new(term_query(*field, spelling), weight)));
        }
        if self.has_parts() {
            let parts = self.parts.iter().map(Self::query).collect();
            ways.push(Box::new(BooleanQuery::intersection(parts)));
        }
        Box::new(DisjunctionMaxQuery::with_tie_breaker(ways, TIE_BREAKER))
    }
}

fn term_query(field: Searched, spelling: &Spelling) -> Box<dyn Query> {
    let term = Term::from_field_text(field.field(), &spelling.text);
    Box::new(TermQuery::new(term, field.record()))
}

/// Looks a word up in all fields that hold words, with typos in those that `typos` names.
fn look_up(
    word: &Word,
    index: &SegmentReader,
    typos: fn(Searched) -> bool,
) -> tantivy::Result<Vec<(Searched, Spelling)>> {
    let mut found = Vec::new();
    for field in Searched::WORDS {
        let spellings = look_up_in(field, word, index, typos(field))?;
        found.extend(spellings.into_iter().map(|spelling| (field, spelling)));
    }
    Ok(found)
}

fn look_up_in(
    field: Searched,
    word: &Word,
    index: &SegmentReader,
    typos: bool,
) -> tantivy::Result<Vec<Spelling>> {
    let inverted = index.inverted_index(field.field())?;
    spelling::look_up(word, inverted.terms(), field.spellings(), typos)
}

/// How many documents have a word: its commonest field counts, and typos only where all are.
fn documents(found: &[(Searched, Spelling)]) -> u64 {
    let all_typos = found.iter().all(|(_, spelling)| spelling.typo);
    let mut by_field: BTreeMap<Searched, u64> = BTreeMap::new();
    for (field, spelling) in found.iter().filter(|(_, s)| all_typos || !s.typo) {
        *by_field.entry(*field).or_default() += spelling.documents;
    }
    by_field.into_values().max().unwrap_or(0)
}

/// Weighs mistyped spellings: they are unlikely where what was typed is `right`.
fn damp_typos<'a>(spellings: impl Iterator<Item = &'a mut Spelling>, right: bool) {
    let worth = if right { UNLIKELY_TYPO } else { TYPO };
    for spelling in spellings.filter(|spelling| spelling.typo) {
        spelling.closeness *= worth;
    }
}

/// Rarity of terms: all spellings of one word are as rare as the word.
pub(crate) struct Statistics<'a> {
    searcher: &'a Searcher,
    documents: BTreeMap<Term, u64>,
}

impl<'a> Statistics<'a> {
    /// Collects the rarity of all words of a question.
    pub(crate) fn new(meanings: &Meanings, searcher: &'a Searcher) -> Self {
        let mut statistics = Self { searcher, documents: BTreeMap::new() };
        meanings.words.iter().for_each(|meaning| statistics.add(meaning));
        statistics
    }

    fn add(&mut self, meaning: &Meaning) {
        for (field, spelling) in &meaning.spellings {
            let term = Term::from_field_text(field.field(), &spelling.text);
            self.documents.insert(term, meaning.documents.min(self.searcher.num_docs()));
        }
        meaning.parts.iter().for_each(|part| self.add(part));
    }

    /// BM25's inverse document frequency, as tantivy computes it.
    fn rarity(&self, documents: u64) -> f32 {
        let all = self.searcher.num_docs();
        let with = documents.min(all);
        (1.0 + ((all - with) as f32 + 0.5) / (with as f32 + 0.5)).ln()
    }
}

impl Bm25StatisticsProvider for Statistics<'_> {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        self.searcher.total_num_tokens(field)
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.searcher.num_docs())
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        Ok(self.documents.get(term).copied().unwrap_or(1).min(self.searcher.num_docs()))
    }
}
