//! Which words of a result matched, for marking them.

use std::ops::Range;

use crate::meaning::{Meaning, Meanings};
use crate::words;
use crate::{Marks, Shown};

/// Finds the words of a question in what a result shows.
pub(crate) struct Marker<'a> {
    meanings: &'a Meanings,
}

impl<'a> Marker<'a> {
    /// Marks the words of the question that was looked up as `meanings`.
    pub(crate) fn new(meanings: &'a Meanings) -> Self {
        Self { meanings }
    }

    /// The marks of a result.
    pub(crate) fn mark(&self, shown: &Shown) -> Marks {
        Marks {
            name: self.ranges(&shown.name),
            title: self.ranges(&shown.title),
            description: self.ranges(&shown.description),
            owner: self.ranges(&shown.owner),
        }
    }

    /// The ranges of `text` that match, ascending and apart.
    fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for (range, folded) in words::words(text) {
            let meanings = self.meanings.words.iter().chain(&self.meanings.whole);
            let matched = meanings.map(|meaning| match_len(meaning, &folded)).max().unwrap_or(0);
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
fn match_len(meaning: &Meaning, folded: &str) -> usize {
    let Meaning { word, others, parts, .. } = meaning;
    if folded == word.text || others.contains(folded) {
        folded.len()
    } else if word.open && folded.starts_with(&word.text) {
        word.text.len()
    } else {
        parts.iter().map(|part| match_len(part, folded)).max().unwrap_or(0)
    }
}

/// How many bytes of `text` make up `letters` bytes of its folded form.
fn length_of_folded(text: &str, letters: usize) -> usize {
    let mut folded = String::new();
    for (at, c) in text.char_indices() {
        if folded.len() >= letters {
            return at;
        }
        words::fold_char(c, &mut folded);
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_lengths_are_found_in_the_text() {
        assert_eq!(length_of_folded("Œuvre", 2), "Œ".len());
        assert_eq!(length_of_folded("Équipe", 6), "Équipe".len());
    }
}
