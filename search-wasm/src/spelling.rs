//! The terms of one dictionary that match a word.

use std::io;

use tantivy::postings::TermInfo;
use tantivy::termdict::TermDictionary;

use crate::answer::How;
use crate::query::Word;
use crate::stems;
use crate::typos::Typos;

/// The shortest part of a compound word.
const SHORTEST_PART: usize = 2;
/// The longest word that is split into parts.
const LONGEST_SPLIT: usize = 40;

/// A term of the index that matches a word.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spelling {
    /// The term.
    pub(crate) text: String,
    /// The closeness to the word: 1 for the word itself, less for other terms.
    pub(crate) closeness: f32,
    /// How the term matches the word.
    pub(crate) how: How,
    /// The place of the postings.
    pub(crate) info: TermInfo,
}

/// The number of typos that a word may have by its length: none below four letters, one below eight, then two.
pub(crate) fn slips(word: &str) -> usize {
    match word.chars().count() {
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    }
}

/// Terms that equal the word or, when the word is incomplete, begin with it; at most `limit`, the closest first.
pub(crate) fn same(word: &Word, terms: &TermDictionary, limit: usize) -> io::Result<Vec<Spelling>> {
    let mut found = Vec::new();
    if word.open {
        within(terms, &word.text, |text, info| {
            let how = if text == word.text { How::Exact } else { How::Beginning };
            found.push(spelling(word, text, how, info));
        })?;
    } else if let Some(info) = terms.get(&word.text)? {
        found.push(spelling(word, &word.text, How::Exact, &info));
    }
    Ok(closest(found, limit))
}

/// Other forms of the word: plurals and verb endings.
pub(crate) fn forms(
    word: &Word,
    terms: &TermDictionary,
    limit: usize,
) -> io::Result<Vec<Spelling>> {
    let mut found = Vec::new();
    if stems::has_forms(&word.text) {
        let stem = stems::stem(&word.text);
        within(terms, stems::beginning(&stem), |text, info| {
            let is_begun = word.open && text.starts_with(&word.text);
            if text != word.text && !is_begun && stems::stem(text) == stem {
                found.push(spelling(word, text, How::Form, info));
            }
        })?;
    }
    Ok(closest(found, limit))
}

/// Terms that differ from the word by one to `slips` typos.
pub(crate) fn typos(
    word: &Word,
    terms: &TermDictionary,
    limit: usize,
    slips: usize,
) -> io::Result<Vec<Spelling>> {
    let mut found = Vec::new();
    if slips > 0 {
        let mut stream = terms.search(Typos::new(&word.text, slips, word.open)).into_stream()?;
        let typos = Typos::new(&word.text, slips, word.open);
        while stream.advance() {
            let Ok(text) = str::from_utf8(stream.key()) else { continue };
            if let Some(slips @ 1..) = typos.slips_of(stream.key()) {
                let mut spelling = spelling(word, text, How::Typo, stream.value());
                spelling.closeness /= slips as f32;
                found.push(spelling);
            }
        }
    }
    Ok(closest(found, limit))
}

/// Splits `word` into the fewest words of a dictionary.
///
/// Empty when there is no such split, or when the dictionary has the word itself.
pub(crate) fn split(word: &Word, terms: &TermDictionary) -> io::Result<Vec<Word>> {
    let (text, len) = (&word.text, word.text.len());
    if len > LONGEST_SPLIT {
        return Ok(Vec::new());
    }
    // For every end: the fewest words up to it, and the start of the last of these words.
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

/// Whether a dictionary has a word or, if `open`, a word with this beginning.
fn has(text: &str, open: bool, terms: &TermDictionary) -> io::Result<bool> {
    if !open {
        return Ok(terms.term_ord(text)?.is_some());
    }
    let mut stream = terms.range().ge(text).into_stream()?;
    Ok(stream.advance() && stream.key().starts_with(text.as_bytes()))
}

/// Visits the terms with a beginning.
fn within(
    terms: &TermDictionary,
    beginning: &str,
    mut visit: impl FnMut(&str, &TermInfo),
) -> io::Result<()> {
    let mut stream = terms.range().ge(beginning).into_stream()?;
    while stream.advance() && stream.key().starts_with(beginning.as_bytes()) {
        if let Ok(text) = str::from_utf8(stream.key()) {
            visit(text, stream.value());
        }
    }
    Ok(())
}

fn closest(mut found: Vec<Spelling>, limit: usize) -> Vec<Spelling> {
    found.sort_by(|a, b| {
        let closer = b.closeness.total_cmp(&a.closeness);
        let commoner = || b.info.doc_freq.cmp(&a.info.doc_freq);
        closer.then_with(commoner).then_with(|| a.text.cmp(&b.text))
    });
    found.truncate(limit);
    found
}

fn spelling(word: &Word, text: &str, how: How, info: &TermInfo) -> Spelling {
    let (typed, term) = (word.text.len() as f32, text.len() as f32);
    let likeness = typed.min(term) / typed.max(term);
    let closeness = if how == How::Exact { 1.0 } else { 0.7 + 0.2 * likeness };
    Spelling { text: text.to_owned(), closeness, how, info: info.clone() }
}
