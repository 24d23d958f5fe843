//! Sets of documents: those with a value of a facet, and those without excluded words and phrases.
//!
//! The term of a value consists of the letter of the facet, the value and its title, so that one dictionary has all
//! texts of the filters. The postings of the term are the documents with the value; those of one facet are adjacent.

use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, SegmentReader, TERMINATED};

use crate::directory::Reading;
use crate::filter::{Condition, Facet};
use crate::schema;
use crate::words;

/// The separator between the parts of a term.
const BETWEEN: char = '\t';

/// A set of documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Documents(Vec<u64>);

impl Documents {
    pub(crate) fn none(of: u32) -> Self {
        Self(vec![0; of.div_ceil(64) as usize])
    }

    pub(crate) fn all(of: u32) -> Self {
        let mut all = Self::none(of);
        (0..of).for_each(|doc| all.insert(doc));
        all
    }

    pub(crate) fn insert(&mut self, doc: DocId) {
        if let Some(bits) = self.0.get_mut(doc as usize / 64) {
            *bits |= 1 << (doc % 64);
        }
    }

    pub(crate) fn has(&self, doc: DocId) -> bool {
        self.0.get(doc as usize / 64).is_some_and(|bits| bits & 1 << (doc % 64) != 0)
    }

    pub(crate) fn keep(&mut self, others: &Self) {
        self.0.iter_mut().zip(&others.0).for_each(|(bits, others)| *bits &= others);
    }

    pub(crate) fn remove(&mut self, others: &Self) {
        self.0.iter_mut().zip(&others.0).for_each(|(bits, others)| *bits &= !others);
    }

    pub(crate) fn add(&mut self, others: &Self) {
        self.0.iter_mut().zip(&others.0).for_each(|(bits, others)| *bits |= others);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(|bits| bits.count_ones() as usize).sum()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = DocId> {
        let words = self.0.iter().enumerate();
        words.flat_map(|(at, bits)| {
            (0..64).filter(move |bit| bits & 1 << bit != 0).map(move |bit| at as u32 * 64 + bit)
        })
    }
}

/// A value of a facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) value: String,
    /// The title of the value.
    pub(crate) label: String,
    /// The documents with the value.
    pub(crate) documents: Vec<DocId>,
}

/// The term of a value.
#[cfg(feature = "build")]
pub(crate) fn term(facet: Facet, value: &str, label: &str) -> String {
    let mut term = String::with_capacity(value.len() + label.len() + 3);
    term.push(facet.letter());
    for text in [value, label] {
        term.push(BETWEEN);
        term.extend(text.chars().map(|c| if c.is_control() { ' ' } else { c }));
    }
    term
}

/// The values of a facet for which `wanted` returns true, in the order of the index.
pub(crate) fn values(
    index: &SegmentReader,
    facet: Facet,
    wanted: impl Fn(&str, &str) -> bool,
) -> tantivy::Result<Vec<Value>> {
    let inverted = index.inverted_index(schema::facets_field())?;
    let from = format!("{}{BETWEEN}", facet.letter());
    let mut stream = inverted.terms().range().ge(&from).into_stream()?;
    let mut found = Vec::new();
    while stream.advance() {
        let Ok(term) = str::from_utf8(stream.key()) else { continue };
        let Some((value, label)) =
            term.strip_prefix(&*from).and_then(|rest| rest.split_once(BETWEEN))
        else {
            break;
        };
        if wanted(value, label) {
            found.push((value.to_owned(), label.to_owned(), stream.value().clone()));
        }
    }
    let mut reading = Reading::default();
    let mut values = Vec::with_capacity(found.len());
    for (value, label, info) in found {
        let postings = inverted.read_postings_from_terminfo(&info, IndexRecordOption::Basic);
        let Some(mut postings) = reading.take(postings)? else { continue };
        let mut documents = Vec::with_capacity(info.doc_freq as usize);
        while postings.doc() != TERMINATED {
            documents.push(postings.doc());
            postings.advance();
        }
        values.push(Value { value, label, documents });
    }
    reading.finish()?;
    Ok(values)
}

/// The documents that fulfil a condition, regardless of a `-` before it.
pub(crate) fn fulfil(index: &SegmentReader, condition: &Condition) -> tantivy::Result<Documents> {
    let folded: Vec<String> = condition.values.iter().map(|value| words::fold(value)).collect();
    let is = |text: &str| folded.contains(&words::fold(text));
    let short = |value: &str| value.rsplit(['/', ':']).next().unwrap_or_default().to_owned();
    let is_reference = matches!(condition.facet, Facet::Owner | Facet::System);
    let wanted =
        |value: &str, label: &str| is(value) || is(label) || is_reference && is(&short(value));
    let mut documents = Documents::none(index.max_doc());
    for value in values(index, condition.facet, wanted)? {
        value.documents.into_iter().for_each(|doc| documents.insert(doc));
    }
    Ok(documents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_documents() {
        let mut set = Documents::none(130);
        [0, 64, 129].into_iter().for_each(|doc| set.insert(doc));
        assert!(set.has(129) && !set.has(1) && !set.has(4000));
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 64, 129]);
        let mut all = Documents::all(130);
        assert_eq!(all.len(), 130);
        all.remove(&set);
        assert_eq!(all.len(), 127);
        all.keep(&set);
        assert_eq!(all.len(), 0);
        all.add(&set);
        assert_eq!(all, set);
    }
}
