//! Which words of a result matched, for marking them, and where.

use std::ops::Range;

use crate::query::{Meaning, Meanings, Question, Word};
use crate::words;
use crate::{Marks, Place, Shown};

/// Finds the words of a question in what a result shows.
pub(crate) struct Marker<'a> {
    question: &'a Question,
    meanings: &'a Meanings,
}

impl<'a> Marker<'a> {
    /// Marks the words of `question`, looked up as `meanings`.
    pub(crate) fn new(question: &'a Question, meanings: &'a Meanings) -> Self {
        Self { question, meanings }
    }

    /// The marks of a result, and the places where its words are.
    pub(crate) fn mark(&self, shown: &Shown, complete: bool) -> (Marks, Vec<Place>) {
        let mut seen = vec![false; self.question.words.len()];
        let mut name = self.ranges(&shown.name, &mut seen);
        if name.is_empty() && words::key(&shown.name).starts_with(&self.question.key) {
            name.push(0..length_of_folded(&shown.name, self.question.key.len()));
            seen.fill(true);
        }
        let marks = Marks {
            name,
            title: self.ranges(&shown.title, &mut seen),
            description: self.ranges(&shown.description, &mut seen),
            owner: self.ranges(&shown.owner, &mut seen),
        };
        let mut in_tags = false;
        for tag in &shown.tags {
            in_tags |= !self.ranges(tag, &mut seen).is_empty();
        }
        let mut places = Vec::new();
        let mut found = |place: Place, is_there: bool| places.extend(is_there.then_some(place));
        found(Place::Name, !marks.name.is_empty());
        found(Place::Title, !marks.title.is_empty());
        found(Place::Tags, in_tags);
        found(Place::Owner, !marks.owner.is_empty());
        found(Place::Description, !marks.description.is_empty());
        if places.is_empty() || (complete && seen.contains(&false)) {
            places.push(Place::Text);
        }
        (marks, places)
    }

    /// The ranges of `text` that match, ascending and apart; notes which words were seen.
    fn ranges(&self, text: &str, seen: &mut [bool]) -> Vec<Range<usize>> {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for (range, folded) in words::words(text) {
            let pairs = self.question.words.iter().zip(&self.meanings.words);
            let mut matched = 0;
            for ((word, meaning), seen) in pairs.zip(seen.iter_mut()) {
                let letters = match_len(word, meaning, &folded);
                *seen |= letters > 0;
                matched = matched.max(letters);
            }
            if matched > 0 {
                let len = length_of_folded(&text[range.clone()], matched);
                ranges.push(range.start..range.start + len);
            }
        }
        ranges.sort_by_key(|range| range.start);
        ranges.dedup_by(|later, earlier| {
            let overlap = later.start < earlier.end;
            if overlap {
                earlier.end = earlier.end.max(later.end);
            }
            overlap
        });
        ranges
    }
}

/// How many bytes of the folded word are what was typed: none where they do not match.
fn match_len(word: &Word, meaning: &Meaning, folded: &str) -> usize {
    let is_part = || word.parts.iter().any(|part| part.text == folded);
    if folded == word.text || meaning.typos.contains(folded) || is_part() {
        folded.len()
    } else if word.open && folded.starts_with(&word.text) {
        word.text.len()
    } else {
        0
    }
}

/// How many bytes of `text` make up `letters` bytes of its key.
fn length_of_folded(text: &str, letters: usize) -> usize {
    let mut folded = String::new();
    for (at, c) in text.char_indices() {
        if folded.len() >= letters {
            return at;
        }
        if c.is_alphanumeric() {
            words::fold_char(c, &mut folded);
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_lengths_count_letters_only() {
        assert_eq!(length_of_folded("Œuvre", 2), "Œ".len());
        assert_eq!(length_of_folded("checkout-api", 10), "checkout-ap".len());
        assert_eq!(length_of_folded("Équipe", 6), "Équipe".len());
    }
}
