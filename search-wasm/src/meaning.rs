//! What a question means in an index: which terms, and how much a match of each counts.
//!
//! Each word is looked up in the dictionaries of all fields: as it is, as the beginning of a word
//! when it is still being typed, in prose in its other forms, and with letters wrong when the names do
//! not have it. A word that the index does not have may be several of its words written together, and
//! the whole question may be one word written apart. A word's rarity is one figure for all fields and
//! spellings, so that only field and closeness tell them apart.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use tantivy::{InvertedIndexReader, SegmentReader};

use crate::answer::How;
use crate::query::{Question, Word};
use crate::schema::Searched;
use crate::spelling::{self, Spelling};

/// What a mistyped word is worth next to the right one.
const TYPO: f32 = 0.4;
/// What it is still worth where words begin as typed: it may well be meant.
const UNLIKELY_TYPO: f32 = 0.05;
/// From how many slips on nothing is suggested.
const SUGGESTED_SLIPS: usize = 2;
/// How many spellings are suggested for a word.
const SUGGESTIONS: usize = 3;

/// The terms of the index that a word means.
#[derive(Debug)]
pub(crate) struct Meaning {
    /// The word.
    pub(crate) word: Word,
    /// Its spellings by field.
    pub(crate) spellings: Vec<(Searched, Spelling)>,
    /// Words that all together are as good as this one.
    pub(crate) parts: Vec<Meaning>,
    /// How rare it is: BM25's inverse document frequency.
    pub(crate) rarity: f32,
    /// The terms among `spellings` that are neither the word nor begin with it.
    pub(crate) others: BTreeSet<String>,
}

/// The terms of the index that a question means.
#[derive(Debug)]
pub(crate) struct Meanings {
    /// First words of names.
    pub(crate) starts: Vec<Spelling>,
    /// The question as one word, where the index has that word.
    pub(crate) whole: Option<Meaning>,
    /// One for each word of the question.
    pub(crate) words: Vec<Meaning>,
}

/// The dictionaries of an index.
pub(crate) struct Dictionaries<'a> {
    segment: &'a SegmentReader,
}

impl<'a> Dictionaries<'a> {
    /// Those of a segment.
    pub(crate) fn new(segment: &'a SegmentReader) -> Self {
        Self { segment }
    }

    /// The terms of a field and their documents.
    pub(crate) fn of(
        &self,
        field: Searched,
    ) -> tantivy::Result<std::sync::Arc<InvertedIndexReader>> {
        self.segment.inverted_index(field.field())
    }

    fn look_up(
        &self,
        fields: &[Searched],
        find: impl Fn(&tantivy::termdict::TermDictionary, usize) -> io::Result<Vec<Spelling>>,
    ) -> tantivy::Result<Vec<(Searched, Spelling)>> {
        let mut found = Vec::new();
        for field in fields {
            let spellings = find(self.of(*field)?.terms(), field.spellings())?;
            found.extend(spellings.into_iter().map(|spelling| (*field, spelling)));
        }
        Ok(found)
    }
}

impl Meanings {
    /// Looks a question up in the dictionaries of the index.
    pub(crate) fn find(question: Question, index: &Dictionaries<'_>) -> tantivy::Result<Self> {
        let whole = question.as_one_word().map(|word| Meaning::exactly(word, index));
        let whole = whole.transpose()?.filter(Meaning::is_known);
        let words = question.words.into_iter().map(|word| Meaning::find(word, index));
        let words: Vec<Meaning> = words.collect::<tantivy::Result<_>>()?;
        let first = words.first().map(|first| first.parts.first().unwrap_or(first));
        let starts = first.map_or(Ok(Vec::new()), |first| first.starts(index))?;
        Ok(Self { starts, whole, words })
    }

    /// The words that count one by one where a name or title is to have all of them: what a word is
    /// made of stands for the word.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = &Meaning> {
        self.words.iter().flat_map(|word| match word.has_parts() {
            true => word.parts.iter().collect::<Vec<_>>(),
            false => vec![word],
        })
    }

    /// Questions with the nearest spellings of the words that the index does not have.
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
        let prose = [Searched::Description, Searched::Text];
        let mut found = same(&word, index)?;
        found.extend(index.look_up(&prose, |terms, limit| spelling::forms(&word, terms, limit))?);
        let is_right = !found.is_empty();
        let is_named = found.iter().any(|(field, s)| field.is_short() && s.how == How::Exact);
        let mut slips = if is_named { 0 } else { spelling::slips(&word.text) };
        if is_right {
            slips = slips.min(1);
        }
        let typos = |fields: &[Searched]| {
            index.look_up(fields, |terms, limit| spelling::typos(&word, terms, limit, slips))
        };
        let mut mistyped = typos(&Searched::SHORT)?;
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
            let parts = spelling::split(&meaning.word, index.of(Searched::Name)?.terms())?;
            meaning.parts = Self::all_exactly(parts, index)?;
        }
        if meaning.spellings.is_empty() {
            let rarities = meaning.parts.iter().map(|part| part.rarity);
            meaning.rarity = rarities.fold(0.0, f32::max);
        }
        Ok(meaning)
    }

    /// The meaning of a word that has no typos and no parts.
    fn exactly(word: Word, index: &Dictionaries<'_>) -> tantivy::Result<Self> {
        let found = same(&word, index)?;
        Ok(Self::new(word, found, index))
    }

    fn all_exactly(words: Vec<Word>, index: &Dictionaries<'_>) -> tantivy::Result<Vec<Self>> {
        words.into_iter().map(|word| Self::exactly(word, index)).collect()
    }

    fn new(word: Word, found: Vec<(Searched, Spelling)>, index: &Dictionaries<'_>) -> Self {
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

    /// First words of names that the word means.
    fn starts(&self, index: &Dictionaries<'_>) -> tantivy::Result<Vec<Spelling>> {
        let terms = index.of(Searched::Start)?;
        let limit = Searched::Start.spellings();
        let mut starts = spelling::same(&self.word, terms.terms(), limit)?;
        let mistyped = self
            .spellings
            .iter()
            .filter(|(field, spelling)| *field == Searched::Name && spelling.how == How::Typo);
        for (_, spelling) in mistyped {
            if let Some(info) = terms.terms().get(&spelling.text)? {
                starts.push(Spelling { info, ..spelling.clone() });
            }
        }
        Ok(starts)
    }

    /// Whether it means anything in this index.
    pub(crate) fn is_known(&self) -> bool {
        !self.spellings.is_empty() || self.has_parts()
    }

    /// Whether it is made of words that the index has.
    pub(crate) fn has_parts(&self) -> bool {
        !self.parts.is_empty() && self.parts.iter().all(Self::is_known)
    }

    /// Words of names and titles that are near enough to be meant.
    fn nearest(&self, index: &Dictionaries<'_>) -> tantivy::Result<Vec<String>> {
        let word = Word { open: false, ..Word::plain(&self.word.text) };
        let slips = if word.text.chars().count() > 2 { SUGGESTED_SLIPS } else { 0 };
        let fields = [Searched::Name, Searched::Title, Searched::Tags];
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

fn same(word: &Word, index: &Dictionaries<'_>) -> tantivy::Result<Vec<(Searched, Spelling)>> {
    index.look_up(&Searched::WORDS, |terms, limit| spelling::same(word, terms, limit))
}

/// How many documents have a word: its commonest field counts, and typos only where all are.
fn documents(found: &[(Searched, Spelling)]) -> u32 {
    let is_typo = |spelling: &Spelling| spelling.how == How::Typo;
    let all_typos = found.iter().all(|(_, spelling)| is_typo(spelling));
    let mut by_field: BTreeMap<Searched, u32> = BTreeMap::new();
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
