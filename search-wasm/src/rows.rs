//! The shown texts of results, as lines of a file: one line for each document, then one for each *card*, which is
//! an owner or a system of a document.
//!
//! There are three files: the lines, the offsets of every few lines, and one byte for each document, its *age*.
//! Lines are read only for shown results; the two other files are read when the index is opened.

use std::io;

use tantivy::directory::FileSlice;
use tantivy::{DocId, HasLen};

use crate::Summary;
use crate::directory::{PackedDirectory, Reading};

/// Names of the files.
pub(crate) const LINES: &str = "rows";
pub(crate) const STARTS: &str = "rows.starts";
pub(crate) const AGES: &str = "rows.ages";

/// The number of lines between two stored offsets.
const STEP: usize = 32;
/// The separators between the values of a line, and between tags.
const VALUE: char = '\t';
const TAG: char = '\u{1f}';

/// The lines of an index.
#[derive(Debug)]
pub(crate) struct Rows {
    lines: FileSlice,
    /// The offset of every [`STEP`]th line.
    starts: Vec<u32>,
    ages: Vec<u8>,
}

impl Rows {
    /// Opens the lines of an index.
    pub(crate) fn open(directory: &PackedDirectory) -> io::Result<Self> {
        let starts = directory.file(STARTS)?.read_bytes()?;
        let starts = starts.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        let ages = directory.file(AGES)?.read_bytes()?.to_vec();
        Ok(Self { lines: directory.file(LINES)?, starts: starts.collect(), ages })
    }

    /// The number of documents.
    pub(crate) fn documents(&self) -> u32 {
        self.ages.len() as u32
    }

    /// The age of a document by its lifecycle: 0 in use, 2 deprecated, 1 others.
    pub(crate) fn age(&self, doc: DocId) -> u8 {
        self.ages.get(doc as usize).copied().unwrap_or_default()
    }

    /// The shown texts of some documents, in the given order.
    pub(crate) fn shown(&self, docs: &[DocId]) -> io::Result<Vec<Summary>> {
        let lines = self.lines(docs)?;
        let rows: Vec<Row<'_>> = lines.iter().map(|line| Row::new(line)).collect();
        let numbers = rows.iter().flat_map(|row| [row.owner, row.system]).flatten();
        let mut cards: Vec<u32> = numbers.map(|card| self.documents() + card).collect();
        cards.sort_unstable();
        cards.dedup();
        let read = self.lines(&cards)?;
        let card = |number: Option<u32>| {
            let at = number.map(|number| cards.binary_search(&(self.documents() + number)));
            let line = at.and_then(Result::ok).and_then(|at| read.get(at));
            let (title, url) = line.and_then(|line| line.split_once(VALUE)).unwrap_or_default();
            (title.to_owned(), url.to_owned())
        };
        Ok(rows.iter().map(|row| row.shown(card)).collect())
    }

    /// Some lines, in the given order.
    fn lines(&self, numbers: &[u32]) -> io::Result<Vec<String>> {
        let mut reading = Reading::default();
        let mut lines = Vec::with_capacity(numbers.len());
        let mut last: Option<(usize, String)> = None;
        for number in numbers {
            let (block, within) = (*number as usize / STEP, *number as usize % STEP);
            if last.as_ref().is_none_or(|(number, _)| *number != block) {
                let text = reading.take(self.block(block))?.unwrap_or_default();
                last = Some((block, text));
            }
            let text = last.as_ref().map_or("", |(_, text)| text);
            lines.push(text.split('\n').nth(within).unwrap_or_default().to_owned());
        }
        reading.finish()?;
        Ok(lines)
    }

    /// A few lines as one text.
    fn block(&self, number: usize) -> io::Result<String> {
        let start = self.starts.get(number).copied().unwrap_or(0) as usize;
        let end = self.starts.get(number + 1).map_or(self.lines.len(), |end| *end as usize);
        if start > end || end > self.lines.len() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let bytes = self.lines.read_bytes_slice(start..end)?;
        String::from_utf8(bytes.to_vec()).map_err(|_| io::ErrorKind::InvalidData.into())
    }
}

/// The parsed line of a document.
struct Row<'a> {
    values: [&'a str; 9],
    owner: Option<u32>,
    system: Option<u32>,
}

impl<'a> Row<'a> {
    fn new(line: &'a str) -> Self {
        let mut parts = line.split(VALUE);
        let [owner, system] = [0; 2].map(|_| parts.next().and_then(|number| number.parse().ok()));
        let values = [""; 9].map(|_| parts.next().unwrap_or_default());
        Self { values, owner, system }
    }

    fn shown(&self, card: impl Fn(Option<u32>) -> (String, String)) -> Summary {
        let [kind, namespace, name, url, title, kind_type, lifecycle, tags, description] =
            self.values.map(str::to_owned);
        let ((owner, owner_url), (system, system_url)) = (card(self.owner), card(self.system));
        let tags = tags.split(TAG).filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
        Summary {
            url,
            kind,
            namespace,
            name,
            title,
            description,
            owner,
            owner_url,
            system,
            system_url,
            kind_type,
            lifecycle,
            tags,
        }
    }
}

#[cfg(feature = "build")]
pub(crate) use writer::write;

#[cfg(feature = "build")]
mod writer {
    use std::collections::BTreeMap;

    use super::{AGES, LINES, STARTS, STEP, TAG, VALUE};
    use crate::{Document, Summary};

    /// The number of a card (title and address), in the order in which documents name cards.
    type Cards = BTreeMap<(String, String), usize>;

    /// Writes the files of documents in their order.
    pub(crate) fn write(documents: &[Document]) -> [(String, Vec<u8>); 3] {
        let mut cards = Cards::new();
        let mut lines: Vec<String> =
            documents.iter().map(|document| line(&document.shown(), &mut cards)).collect();
        let mut by_number: Vec<_> = cards.into_iter().collect();
        by_number.sort_unstable_by_key(|(_, number)| *number);
        lines.extend(by_number.into_iter().map(|((title, url), _)| format!("{title}{VALUE}{url}")));
        let mut starts = Vec::new();
        let mut text = String::new();
        for (number, line) in lines.iter().enumerate() {
            if number % STEP == 0 {
                starts.extend((text.len() as u32).to_le_bytes());
            }
            text.push_str(line);
            text.push('\n');
        }
        let ages = documents.iter().map(|document| age(&document.lifecycle)).collect();
        [(LINES, text.into_bytes()), (STARTS, starts), (AGES, ages)]
            .map(|(name, bytes)| (name.to_owned(), bytes))
    }

    fn age(lifecycle: &str) -> u8 {
        match lifecycle {
            "production" | "" => 0,
            "deprecated" => 2,
            _ => 1,
        }
    }

    fn line(shown: &Summary, cards: &mut Cards) -> String {
        let mut card = |title: &str, url: &str| {
            if title.is_empty() {
                return String::new();
            }
            let next = cards.len();
            cards.entry((clean(title), clean(url))).or_insert(next).to_string()
        };
        let owner = card(&shown.owner, &shown.owner_url);
        let system = card(&shown.system, &shown.system_url);
        let tags: Vec<String> = shown.tags.iter().map(|tag| clean(tag)).collect();
        let Summary {
            kind, namespace, name, url, title, kind_type, lifecycle, description, ..
        } = shown;
        let values = [kind, namespace, name, url, title, kind_type, lifecycle];
        let mut line = vec![owner, system];
        line.extend(values.map(|value| clean(value)));
        line.extend([tags.join(&TAG.to_string()), clean(description)]);
        line.join(&VALUE.to_string())
    }

    /// The text without separators.
    fn clean(text: &str) -> String {
        text.replace(|c: char| c.is_control(), " ")
    }
}
