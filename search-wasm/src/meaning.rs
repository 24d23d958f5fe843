//! The terms of an index for a question, and the weight of a match of each term.
//!
//! Each word is looked up in the dictionaries of all fields: as the term itself, as the beginning of a term
//! when the word is still being typed, by its stem in prose, and with typos when names do not have the word.
//! A word that the index does not have may consist of several terms without space between them, and all words of a
//! question may be one term. The rarity of a word is the same for all fields and spellings, so that weights differ
//! by field and closeness only.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use tantivy::{InvertedIndexReader, SegmentReader};

use crate::answer::How;
use crate::query::{Question, Word};
use crate::schema::SearchField;
use crate::spelling::{self, Spelling};

/// The weight of a match with typos; an exact match has 1.
const TYPO: f32 = 0.4;
/// The same where terms begin with the typed word, which may then be complete and correct.
const UNLIKELY_TYPO: f32 = 0.05;
/// The number of typos from which no spelling is suggested.
const SUGGESTED_SLIPS: usize = 2;
/// The maximum number of suggested spellings of a word.
const SUGGESTIONS: usize = 3;

/// The terms of the index for a word.
#[derive(Debug)]
pub(crate) struct Meaning {
    /// The word.
    pub(crate) word: Word,
    /// The spellings of the word by field.
    pub(crate) spellings: Vec<(SearchField, Spelling)>,
    /// Words of which all together count as this word.
    pub(crate) parts: Vec<Meaning>,
    /// The rarity of the word: BM25's inverse document frequency.
    pub(crate) rarity: f32,
    /// The terms of `spellings` that do not begin with the word.
    pub(crate) others: BTreeSet<String>,
}

/// The terms of the index for a question.
#[derive(Debug)]
pub(crate) struct Meanings {
    /// First words of names.
    pub(crate) starts: Vec<Spelling>,
    /// The question as one word, when the index has that word.
    pub(crate) whole: Option<Meaning>,
    /// One for each word of the question.
    pub(crate) words: Vec<Meaning>,
}

/// The dictionaries of an index.
pub(crate) struct Dictionaries<'a> {
    segment: &'a SegmentReader,
}

impl<'a> Dictionaries<'a> {
    /// The dictionaries of a segment.
    pub(crate) fn new(segment: &'a SegmentReader) -> Self {
        Self { segment }
    }

    /// The terms of a field and their documents.
    pub(crate) fn of(
        &self,
        field: SearchField,
    ) -> tantivy::Result<std::sync::Arc<InvertedIndexReader>> {
        self.segment.inverted_index(field.field())
    }

    fn look_up(
        &self,
        fields: &[SearchField],
        find: impl Fn(&tantivy::termdict::TermDictionary, usize) -> io::Result<Vec<Spelling>>,
    ) -> tantivy::Result<Vec<(SearchField, Spelling)>> {
        let mut found = Vec::new();
        for field in fields {
            let spellings = find(self.of(*field)?.terms(), field.spellings())?;
            found.extend(spellings.into_iter().map(|spelling| (*field, spelling)));
        }
        Ok(found)
    }
}

impl Meanings {
    /// Looks up a question in the dictionaries of the index.
    pub(crate) fn find(question: Question, index: &Dictionaries<'_>) -> tantivy::Result<Self> {
        let whole = question.as_one_word().map(|word| Meaning::exactly(word, index));
        let whole = whole.transpose()?.filter(Meaning::is_known);
        let words = question.words.into_iter().map(|word| Meaning::find(word, index));
        let words: Vec<Meaning> = words.collect::<tantivy::Result<_>>()?;
        let first = words.first().map(|first| first.parts.first().unwrap_or(first));
        let starts = first.map_or(Ok(Vec::new()), |first| first.starts(index))?;
        Ok(Self { starts, whole, words })
    }

    /// The words of the question that a name or title must have for a bonus; a word with parts is replaced by
    /// its parts.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = &Meaning> {
        self.words.iter().flat_map(|word| match word.has_parts() {
            true => word.parts.iter().collect::<Vec<_>>(),
            false => vec![word],
        })
    }

    /// Suggested questions: words that the index does not have are replaced by their nearest spellings.
    pub(crate) fn suggestions(&self, index: &Dictionaries<'_>) -> tantivy::Result<Vec<String>> {
        let mut suggested = Vec::new();
        for (at, unknown) in self.words.iter().enumerate().filter(|(_, word)| !word.is_known()) {
            for text in unknown.nearest(index)? {
                let word = |(number, word): (usize, &Meaning)| match number == at {
                    true => text.clone(),
                    false => word.word.text.clone(),
                };
                let words: Vec<String> = self.words.iter().enumerate().map(word).collect();
                suggested.push(words.join(" "));
            }
        }
        suggested.truncate(SUGGESTIONS);
        Ok(suggested)
    }
}

impl Meaning {
    fn find(word: Word, index: &Dictionaries<'_>) -> tantivy::Result<Self> {
        let prose = [SearchField::Description, SearchField::Text];
        let mut found = same(&word, index)?;
        found.extend(index.look_up(&prose, |terms, limit| spelling::forms(&word, terms, limit))?);
        let is_right = !found.is_empty();
        let is_named = found.iter().any(|(field, s)| field.is_short() && s.how == How::Exact);
        let mut slips = if is_named { 0 } else { spelling::slips(&word.text) };
        if is_right {
            slips = slips.min(1);
        }
        let typos = |fields: &[SearchField]| {
            index.look_up(fields, |terms, limit| spelling::typos(&word, terms, limit, slips))
        };
        let mut mistyped = typos(&SearchField::SHORT)?;
        if !is_right && mistyped.is_empty() {
            mistyped = typos(&prose)?;
        }
        let worth = if is_right { UNLIKELY_TYPO } else { TYPO };
        mistyped.iter_mut().for_each(|(_, spelling)| spelling.closeness *= worth);
        found.extend(mistyped);
        let mut meaning = Self::new(word, found, index);
        let capitals = std::mem::take(&mut meaning.word.parts);
        meaning.parts = Self::all_exactly(capitals, index)?;
        if !is_right && !meaning.has_parts() {
            let parts = spelling::split(&meaning.word, index.of(SearchField::Name)?.terms())?;
            meaning.parts = Self::all_exactly(parts, index)?;
        }
        if meaning.spellings.is_empty() {
            let rarities = meaning.parts.iter().map(|part| part.rarity);
            meaning.rarity = rarities.fold(0.0, f32::max);
        }
        Ok(meaning)
    }

    /// The meaning of a word without typos and without parts.
    fn exactly(word: Word, index: &Dictionaries<'_>) -> tantivy::Result<Self> {
        let found = same(&word, index)?;
        Ok(Self::new(word, found, index))
    }

    fn all_exactly(words: Vec<Word>, index: &Dictionaries<'_>) -> tantivy::Result<Vec<Self>> {
        words.into_iter().map(|word| Self::exactly(word, index)).collect()
    }

    fn new(word: Word, found: Vec<(SearchField, Spelling)>, index: &Dictionaries<'_>) -> Self {
        let is_other = |s: &Spelling| matches!(s.how, How::Typo | How::Form);
        let others = found.iter().filter(|(_, s)| is_other(s)).map(|(_, s)| s.text.clone());
        Self {
            word,
            parts: Vec::new(),
            rarity: rarity(documents(&found), index.segment.max_doc()),
            others: others.collect(),
            spellings: found,
        }
    }

    /// First words of names that match the word.
    fn starts(&self, index: &Dictionaries<'_>) -> tantivy::Result<Vec<Spelling>> {
        let terms = index.of(SearchField::Start)?;
        let limit = SearchField::Start.spellings();
        let mut starts = spelling::same(&self.word, terms.terms(), limit)?;
        let mistyped = self
            .spellings
            .iter()
            .filter(|(field, spelling)| *field == SearchField::Name && spelling.how == How::Typo);
        for (_, spelling) in mistyped {
            if let Some(info) = terms.terms().get(&spelling.text)? {
                starts.push(Spelling { info, ..spelling.clone() });
            }
        }
        Ok(starts)
    }

    /// Whether the index has any term for the word.
    pub(crate) fn is_known(&self) -> bool {
        !self.spellings.is_empty() || self.has_parts()
    }

    /// Whether the word consists of words that the index has.
    pub(crate) fn has_parts(&self) -> bool {
        !self.parts.is_empty() && self.parts.iter().all(Self::is_known)
    }

    /// Words of names and titles that differ by few typos.
    fn nearest(&self, index: &Dictionaries<'_>) -> tantivy::Result<Vec<String>> {
        let word = Word { open: false, ..Word::plain(&self.word.text) };
        let slips = if word.text.chars().count() > 2 { SUGGESTED_SLIPS } else { 0 };
        let fields = [SearchField::Name, SearchField::Title, SearchField::Tags];
        let mut found =
            index.look_up(&fields, |terms, limit| spelling::typos(&word, terms, limit, slips))?;
        found.sort_by(|(_, a), (_, b)| {
            let closer = b.closeness.total_cmp(&a.closeness);
            closer.then_with(|| b.info.doc_freq.cmp(&a.info.doc_freq))
        });
        let mut texts: Vec<String> = Vec::new();
        for (_, spelling) in found {
            if !texts.contains(&spelling.text) {
                texts.push(spelling.text);
            }
        }
        texts.truncate(SUGGESTIONS);
        Ok(texts)
    }
}

fn same(word: &Word, index: &Dictionaries<'_>) -> tantivy::Result<Vec<(SearchField, Spelling)>> {
    index.look_up(&SearchField::WORDS, |terms, limit| spelling::same(word, terms, limit))
}

/// The number of documents with a word: the largest number of a field. Terms with typos count only when all terms have
/// typos.
fn documents(found: &[(SearchField, Spelling)]) -> u32 {
    let is_typo = |spelling: &Spelling| spelling.how == How::Typo;
    let all_typos = found.iter().all(|(_, spelling)| is_typo(spelling));
    let mut by_field: BTreeMap<SearchField, u32> = BTreeMap::new();
    for (field, spelling) in found.iter().filter(|(_, s)| all_typos || !is_typo(s)) {
        *by_field.entry(*field).or_default() += spelling.info.doc_freq;
    }
    by_field.into_values().max().unwrap_or(0)
}

/// BM25's inverse document frequency.
fn rarity(with: u32, all: u32) -> f32 {
    let with = with.min(all);
    (1.0 + ((all - with) as f32 + 0.5) / (with as f32 + 0.5)).ln()
}
