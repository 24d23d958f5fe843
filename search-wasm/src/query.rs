//! A question: what was typed, which terms of the index it means, and how those are weighed.
//!
//! Each word is looked up in the dictionaries of all fields: as it is, as the beginning of a word
//! when it is still being typed, and with one letter wrong when it has four or more. What a document
//! gets for a word is the best of its matches, weighed by field and closeness. A word's rarity is
//! one figure for all fields and spellings, so that only field and closeness tell them apart. The
//! whole question is looked up among the keys as well: this puts the exact name first, whichever
//! way it is spelled, and then the names that begin so.

use std::collections::{BTreeMap, BTreeSet};

use tantivy::query::{
    Bm25StatisticsProvider, BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery,
    FuzzyTermQuery, Query, TermQuery,
};
use tantivy::schema::{Field, Term};
use tantivy::termdict::TermDictionary;
use tantivy::{Searcher, SegmentReader};

use crate::schema::Searched;
use crate::words;

/// From this many letters on, one may be wrong.
const TYPO_LETTERS: usize = 4;
/// More words than anybody types; the rest is not looked at.
const MAX_WORDS: usize = 16;
/// Longer words are cut: no name is longer.
const MAX_LETTERS: usize = 64;
/// What a mistyped word is worth next to the right one.
const TYPO: f32 = 0.4;
/// What it is still worth where the word as typed exists: it may well be meant.
const UNLIKELY_TYPO: f32 = 0.05;
/// What further places of the same word add to the best one.
const TIE_BREAKER: f32 = 0.1;

/// What was typed.
#[derive(Debug, PartialEq)]
pub(crate) struct Question {
    /// The key of the whole.
    pub(crate) key: String,
    /// Its words, all of which are wanted.
    pub(crate) words: Vec<Word>,
}

/// One word of a question.
#[derive(Debug, PartialEq)]
pub(crate) struct Word {
    /// The word, folded.
    pub(crate) text: String,
    /// Whether it may be only the beginning of a word: the last one, while it is being typed.
    pub(crate) open: bool,
    /// The words that its capitals show; all together they are as good as the whole.
    pub(crate) parts: Vec<Word>,
}

impl Question {
    /// Takes what was typed apart. Nothing is a mistake; there may be no words.
    pub(crate) fn parse(typed: &str) -> Self {
        let mut words: Vec<Word> = words::runs(typed)
            .into_iter()
            .take(MAX_WORDS)
            .map(|run| &typed[run])
            .map(|run| Word {
                parts: words::parts(run)
                    .into_iter()
                    .map(|part| Word::plain(&run[part]))
                    .collect(),
                ..Word::plain(run)
            })
            .filter(|word| !word.text.is_empty())
            .collect();
        if let Some(last) = words
            .last_mut()
            .filter(|_| !typed.ends_with(char::is_whitespace))
        {
            last.open = true;
            last.parts
                .iter_mut()
                .last()
                .into_iter()
                .for_each(|part| part.open = true);
        }
        Self {
            key: words.iter().map(|word| word.text.as_str()).collect(),
            words,
        }
    }

    fn is_open(&self) -> bool {
        self.words.last().is_some_and(|word| word.open)
    }
}

impl Word {
    fn plain(run: &str) -> Self {
        let text = words::fold(run).chars().take(MAX_LETTERS).collect();
        Self {
            text,
            open: false,
            parts: Vec::new(),
        }
    }
}

/// A term of the index that a word may mean.
#[derive(Debug, Clone, PartialEq)]
struct Spelling {
    text: String,
    /// 1 for the word itself, less the farther from it.
    closeness: f32,
    typo: bool,
    documents: u64,
}

/// The terms of the index that a word means.
#[derive(Debug)]
pub(crate) struct Meaning {
    spellings: Vec<(Searched, Spelling)>,
    parts: Vec<Meaning>,
    /// How many documents have the word, roughly.
    documents: u64,
    /// The terms among `spellings` that have another letter than the word.
    pub(crate) typos: BTreeSet<String>,
}

/// The terms of the index that a question means.
#[derive(Debug)]
pub(crate) struct Meanings {
    keys: Vec<Spelling>,
    /// One for each word of the question.
    pub(crate) words: Vec<Meaning>,
}

impl Meanings {
    /// Looks a question up in the dictionaries of the index.
    pub(crate) fn find(question: &Question, index: &SegmentReader) -> tantivy::Result<Self> {
        let key = Word {
            open: question.is_open(),
            ..Word::plain(&question.key)
        };
        let mut keys = spellings(&key, Searched::Key, index, true)?;
        let words = question.words.iter().map(|word| Meaning::find(word, index));
        let words: Vec<Meaning> = words.collect::<tantivy::Result<_>>()?;
        damp_typos(keys.iter_mut(), words.iter().all(Meaning::is_right));
        Ok(Self { keys, words })
    }

    /// How many words mean anything in this index.
    pub(crate) fn known_words(&self) -> usize {
        self.words
            .iter()
            .filter(|meaning| meaning.is_known())
            .count()
    }

    /// Whether the whole question is, or begins, some name.
    pub(crate) fn has_key(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Makes the query for documents that have at least `required` words, or the key.
    pub(crate) fn query(&self, required: usize, statistics: &Statistics<'_>) -> BooleanQuery {
        let rarity: f32 = self
            .words
            .iter()
            .map(|m| statistics.rarity(m.documents))
            .sum();
        let keys = self.keys.iter().map(|spelling| {
            let weight = Searched::Key.boost() * spelling.closeness * rarity;
            let query = term_query(Searched::Key, spelling);
            Box::new(ConstScoreQuery::new(query, weight)) as Box<dyn Query>
        });
        let keys = DisjunctionMaxQuery::new(keys.collect());
        let known = self.words.iter().filter(|meaning| meaning.is_known());
        let words = known.map(Meaning::query).collect();
        let words = BooleanQuery::union_with_minimum_required_clauses(words, required.max(1));
        BooleanQuery::union(vec![Box::new(keys), Box::new(words)])
    }
}

impl Meaning {
    fn find(word: &Word, index: &SegmentReader) -> tantivy::Result<Self> {
        let mut found = look_up(word, index, Searched::is_short)?;
        if found.is_empty() {
            found = look_up(word, index, |_| true)?;
        }
        let right = found.iter().any(|(_, spelling)| !spelling.typo);
        damp_typos(found.iter_mut().map(|(_, spelling)| spelling), right);
        let parts = word.parts.iter().map(|part| Self::find(part, index));
        let parts: Vec<Self> = parts.collect::<tantivy::Result<_>>()?;
        let typos = found
            .iter()
            .filter(|(_, s)| s.typo)
            .map(|(_, s)| s.text.clone())
            .collect();
        let documents = match documents(&found) {
            0 => parts.iter().map(|part| part.documents).min().unwrap_or(0),
            some => some,
        };
        Ok(Self {
            spellings: found,
            parts,
            documents,
            typos,
        })
    }

    /// Whether the index has the word as typed.
    fn is_right(&self) -> bool {
        self.spellings.iter().any(|(_, spelling)| !spelling.typo)
    }

    fn is_known(&self) -> bool {
        !self.spellings.is_empty()
            || (!self.parts.is_empty() && self.parts.iter().all(Self::is_known))
    }

    fn query(&self) -> Box<dyn Query> {
        let mut ways: Vec<Box<dyn Query>> = Vec::new();
        for (field, spelling) in &self.spellings {
            let weight = field.boost() * spelling.closeness;
            ways.push(Box::new(BoostQuery::new(
                term_query(*field, spelling),
                weight,
            )));
        }
        if !self.parts.is_empty() && self.parts.iter().all(Self::is_known) {
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

/// The terms of all fields that a word may mean, with typos in the fields that `typos` names.
fn look_up(
    word: &Word,
    index: &SegmentReader,
    typos: fn(Searched) -> bool,
) -> tantivy::Result<Vec<(Searched, Spelling)>> {
    let mut found = Vec::new();
    for field in Searched::WORDS {
        let spellings = spellings(word, field, index, typos(field))?;
        found.extend(spellings.into_iter().map(|spelling| (field, spelling)));
    }
    Ok(found)
}

/// The terms of one field that a word may mean, the closest first, no more than the field allows.
fn spellings(
    word: &Word,
    field: Searched,
    index: &SegmentReader,
    typos: bool,
) -> tantivy::Result<Vec<Spelling>> {
    let inverted = index.inverted_index(field.field())?;
    let terms = inverted.terms();
    let mut found = if typos && word.text.chars().count() >= TYPO_LETTERS {
        similar(word, terms)?
    } else {
        beginning(word, terms)?
    };
    found.sort_by(|a, b| {
        let order = a
            .typo
            .cmp(&b.typo)
            .then(b.closeness.total_cmp(&a.closeness));
        order.then_with(|| a.text.cmp(&b.text))
    });
    found.truncate(field.spellings());
    Ok(found)
}

/// Terms equal to the word or, where it is open, beginning with it.
fn beginning(word: &Word, terms: &TermDictionary) -> tantivy::Result<Vec<Spelling>> {
    let mut found = Vec::new();
    if !word.open {
        let info = terms.get(&word.text)?;
        found.extend(info.map(|info| spelling(word, &word.text, info.doc_freq)));
        return Ok(found);
    }
    let mut stream = terms.range().ge(&word.text).into_stream()?;
    while stream.advance() && stream.key().starts_with(word.text.as_bytes()) {
        if let Ok(text) = std::str::from_utf8(stream.key()) {
            found.push(spelling(word, text, stream.value().doc_freq));
        }
    }
    Ok(found)
}

/// The same, and those with one letter more, less, wrong, or two swapped.
fn similar(word: &Word, terms: &TermDictionary) -> tantivy::Result<Vec<Spelling>> {
    let term = Term::from_field_text(Field::from_field_id(0), &word.text);
    let query = if word.open {
        FuzzyTermQuery::new_prefix(term, 1, true)
    } else {
        FuzzyTermQuery::new(term, 1, true)
    };
    let mut found = Vec::new();
    let mut stream = terms.search(query.automaton()?).into_stream()?;
    while stream.advance() {
        if let Ok(text) = std::str::from_utf8(stream.key()) {
            found.push(spelling(word, text, stream.value().doc_freq));
        }
    }
    Ok(found)
}

fn spelling(word: &Word, text: &str, documents: u32) -> Spelling {
    let (typed, term) = (word.text.len() as f32, text.len() as f32);
    let likeness = typed.min(term) / typed.max(term);
    let is_same = text == word.text;
    let typo = !is_same && !(word.open && text.starts_with(&word.text));
    let closeness = if is_same { 1.0 } else { 0.7 + 0.2 * likeness };
    Spelling {
        text: text.to_owned(),
        closeness,
        typo,
        documents: u64::from(documents),
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
        let mut statistics = Self {
            searcher,
            documents: BTreeMap::new(),
        };
        meanings
            .words
            .iter()
            .for_each(|meaning| statistics.add(meaning));
        statistics
    }

    fn add(&mut self, meaning: &Meaning) {
        for (field, spelling) in &meaning.spellings {
            let term = Term::from_field_text(field.field(), &spelling.text);
            self.documents
                .insert(term, meaning.documents.min(self.searcher.num_docs()));
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
        Ok(self
            .documents
            .get(term)
            .copied()
            .unwrap_or(1)
            .min(self.searcher.num_docs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(typed: &str) -> Vec<(String, bool)> {
        Question::parse(typed)
            .words
            .into_iter()
            .map(|word| (word.text, word.open))
            .collect()
    }

    #[test]
    fn the_last_word_is_open_until_a_space_follows() {
        assert_eq!(
            parsed("Équipe ap"),
            [("equipe".into(), false), ("ap".into(), true)]
        );
        assert_eq!(
            parsed("équipe ap "),
            [("equipe".into(), false), ("ap".into(), false)]
        );
        assert_eq!(parsed(" \t-"), []);
    }

    #[test]
    fn capitals_give_a_word_parts() {
        let question = Question::parse("checkoutApi");
        let parts: Vec<_> = question.words[0]
            .parts
            .iter()
            .map(|part| &part.text)
            .collect();
        assert_eq!(parts, ["checkout", "api"]);
        assert_eq!(question.key, "checkoutapi");
    }

    #[test]
    fn a_question_has_bounds() {
        let question = Question::parse(&"word ".repeat(1000));
        assert_eq!(question.words.len(), MAX_WORDS);
        let question = Question::parse(&"é".repeat(1000));
        assert_eq!(question.words[0].text.len(), MAX_LETTERS);
    }
}
