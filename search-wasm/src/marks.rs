//! The matched words in the texts of a result.

use std::ops::Range;

use crate::meaning::{Meaning, Meanings};
use crate::words;
use crate::{Marks, Summary};

/// Finds the words of a question in the shown texts of a result.
pub(crate) struct Marker<'a> {
    meanings: &'a Meanings,
}

impl<'a> Marker<'a> {
    /// The marks for a question with these meanings.
    pub(crate) fn new(meanings: &'a Meanings) -> Self {
        Self { meanings }
    }

    /// The marks of a result.
    pub(crate) fn mark(&self, shown: &Summary) -> Marks {
        Marks {
            name: self.ranges(&shown.name),
            title: self.ranges(&shown.title),
            description: self.ranges(&shown.description),
            owner: self.ranges(&shown.owner),
        }
    }

    /// The matching ranges of `text`, ascending and without overlap.
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

/// The number of bytes of the folded word that match the typed word; 0 when it does not match.
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

/// The number of bytes of `text` whose folded form has `letters` bytes.
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
