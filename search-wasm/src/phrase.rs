//! Documents with exact words: for phrases and excluded words.

use std::collections::BTreeMap;
use std::io;

use tantivy::postings::Postings;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, SegmentReader, TERMINATED};

use crate::Error;
use crate::directory::Reading;
use crate::facets::Documents;
use crate::meaning::Dictionaries;
use crate::schema::SearchField;
use crate::words;

/// The positions of words, by document.
type Places = BTreeMap<DocId, Vec<u32>>;

/// The documents with the words of a text in sequence; a single word may be at any position.
pub(crate) fn with(segment: &SegmentReader, text: &str) -> Result<Documents, Error> {
    let runs = words::runs(text).into_iter();
    let wanted: Vec<String> = runs.map(|run| words::fold(&text[run])).collect();
    let fields = match wanted.len() {
        0 => return Ok(Documents::all(segment.max_doc())),
        1 => &SearchField::WORDS[..],
        _ => &SearchField::ORDERED[..],
    };
    let mut reading = Reading::default();
    let mut found = Documents::none(segment.max_doc());
    for field in fields {
        in_field(segment, *field, &wanted, &mut reading, &mut found)?;
    }
    reading.finish()?;
    Ok(found)
}

/// The documents with all words of a text in their names, in any order.
pub(crate) fn with_all_in_name(segment: &SegmentReader, text: &str) -> Result<Documents, Error> {
    let mut all = Documents::all(segment.max_doc());
    let mut reading = Reading::default();
    for (_, word) in words::words(text) {
        let mut some = Documents::none(segment.max_doc());
        in_field(segment, SearchField::Name, &[word], &mut reading, &mut some)?;
        all.keep(&some);
    }
    reading.finish()?;
    Ok(all)
}

/// Adds the documents of one field.
fn in_field(
    segment: &SegmentReader,
    field: SearchField,
    wanted: &[String],
    reading: &mut Reading,
    found: &mut Documents,
) -> Result<(), Error> {
    let mut standing: Option<Places> = None;
    for word in wanted {
        let places = places(segment, field, word, wanted.len() > 1);
        let Some(places) = reading.take(places)? else { continue };
        standing = Some(match standing {
            None => places,
            Some(before) => follow(before, &places),
        });
    }
    standing.unwrap_or_default().into_keys().for_each(|doc| found.insert(doc));
    Ok(())
}

/// The positions of a word by document; lists of positions are empty when the order does not matter.
fn places(
    segment: &SegmentReader,
    field: SearchField,
    word: &str,
    is_ordered: bool,
) -> io::Result<Places> {
    let inverted = Dictionaries::new(segment).of(field).map_err(io::Error::other)?;
    let Some(info) = inverted.terms().get(word)? else { return Ok(Places::new()) };
    let record = match is_ordered {
        true => IndexRecordOption::WithFreqsAndPositions,
        false => field.counts(),
    };
    let mut postings = inverted.read_postings_from_terminfo(&info, record)?;
    let mut places = Places::new();
    while postings.doc() != TERMINATED {
        let mut at = Vec::new();
        if is_ordered {
            postings.positions(&mut at);
        }
        places.insert(postings.doc(), at);
        postings.advance();
    }
    Ok(places)
}

/// The positions of a word directly after the positions of the words before.
fn follow(before: Places, places: &Places) -> Places {
    let follow = |(doc, ends): (DocId, Vec<u32>)| {
        let places = places.get(&doc)?.iter().copied();
        let next: Vec<u32> =
            places.filter(|at| at.checked_sub(1).is_some_and(|end| ends.contains(&end))).collect();
        (!next.is_empty()).then_some((doc, next))
    };
    before.into_iter().filter_map(follow).collect()
}
