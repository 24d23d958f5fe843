//! Which words of a result matched, for marking them, and where.

use std::ops::Range;

use crate::meaning::{Meaning, Meanings};
use crate::words;
use crate::{Marks, Place, Shown};

/// Finds the words of a question in what a result shows.
pub(crate) struct Marker<'a> {
    meanings: &'a Meanings,
}

impl<'a> Marker<'a> {
    /// Marks the words of the question that was looked up as `meanings`.
    pub(crate) fn new(meanings: &'a Meanings) -> Self {
        Self { meanings }
    }

    /// The marks of a result, and the places where its words are.
    pub(crate) fn mark(&self, shown: &Shown, complete: bool) -> (Marks, Vec<Place>) {
        let mut seen = vec![false; self.meanings.words.len()];
        let marks = Marks {
            name: self.ranges(&shown.name, &mut seen),
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
            let whole = self.meanings.whole.as_ref();
            let mut matched = whole.map_or(0, |whole| match_len(whole, &folded));
            if matched > 0 {
                seen.fill(true);
            }
            for (meaning, seen) in self.meanings.words.iter().zip(seen.iter_mut()) {
                let letters = match_len(meaning, &folded);
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
fn match_len(meaning: &Meaning, folded: &str) -> usize {
    let Meaning { word, typos, parts, .. } = meaning;
    if folded == word.text || typos.contains(folded) {
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
