//! The terms of the index that one word may mean, from the dictionary of one field.

use std::io;

use tantivy::query::FuzzyTermQuery;
use tantivy::schema::{Field, Term};
use tantivy::termdict::TermDictionary;

use crate::query::Word;

/// From this many letters on, one may be wrong.
const TYPO_LETTERS: usize = 4;
/// The shortest word that is looked for inside of another.
const SHORTEST_PART: usize = 2;
/// The longest word that words are looked for in.
const LONGEST_SPLIT: usize = 40;

/// A term of the index that a word may mean.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spelling {
    /// The term.
    pub(crate) text: String,
    /// 1 for the word itself, less the farther from it.
    pub(crate) closeness: f32,
    /// Whether a letter of the word would have to be wrong.
    pub(crate) typo: bool,
    /// How many documents have the term.
    pub(crate) documents: u64,
}

/// Looks a word up: at most `limit` terms, the closest first, with one letter wrong if `typos`.
pub(crate) fn look_up(
    word: &Word,
    terms: &TermDictionary,
    limit: usize,
    typos: bool,
) -> tantivy::Result<Vec<Spelling>> {
    let mut found = if typos && word.text.chars().count() >= TYPO_LETTERS {
        similar(word, terms)?
    } else {
        beginning(word, terms)?
    };
    found.sort_by(|a, b| {
        let closer = || b.closeness.total_cmp(&a.closeness);
        let order = a.typo.cmp(&b.typo).then_with(closer);
        order.then_with(|| a.text.cmp(&b.text))
    });
    found.truncate(limit);
    Ok(found)
}

/// The fewest words of a dictionary that make up `word` when nothing is between them.
///
/// Nothing when it is not made of such words, or is one itself.
pub(crate) fn split(word: &Word, terms: &TermDictionary) -> io::Result<Vec<Word>> {
    let (text, len) = (&word.text, word.text.len());
    if len > LONGEST_SPLIT {
        return Ok(Vec::new());
    }
    // For every end: the fewest words up to there, and where the last of them begins.
    let mut best = vec![None; len + 1];
    best[0] = Some((0, 0));
    for end in 1..=len {
        let open = word.open && end == len;
        for start in 0..end {
            let (Some((words, _)), Some(part)) = (best[start], text.get(start..end)) else {
                continue;
            };
            let is_better = best[end].is_none_or(|(fewest, _)| words + 1 < fewest);
            let is_long = open || part.len() >= SHORTEST_PART;
            if is_better && is_long && has(part, open, terms)? {
                best[end] = Some((words + 1, start));
            }
        }
    }
    let mut parts = Vec::new();
    let mut end = len;
    while let Some((1.., start)) = best[end] {
        let open = word.open && end == len;
        parts.insert(0, Word { open, ..Word::plain(&text[start..end]) });
        end = start;
    }
    parts.truncate(if parts.len() > 1 { parts.len() } else { 0 });
    Ok(parts)
}

/// Whether a dictionary has a word or, if `open`, one that begins so.
fn has(text: &str, open: bool, terms: &TermDictionary) -> io::Result<bool> {
    if !open {
        return Ok(terms.term_ord(text)?.is_some());
    }
    let mut stream = terms.range().ge(text).into_stream()?;
    Ok(stream.advance() && stream.key().starts_with(text.as_bytes()))
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
    let is_begun = word.open && text.starts_with(&word.text);
    Spelling {
        text: text.to_owned(),
        closeness: if is_same { 1.0 } else { 0.7 + 0.2 * likeness },
        typo: !is_same && !is_begun,
        documents: u64::from(documents),
    }
}
