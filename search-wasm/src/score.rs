//! The scores of documents for a question: BM25 over the terms of the words of the question.
//!
//! The score of a document for a word is the weight of the best match, by field and closeness, and a
//! tenth of the weights of other matches. Names and titles with all words have a bonus, which is larger when they have
//! fewer other words; names that begin with the first word have a bonus, too.

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::{DocId, DocSet, SegmentReader, TERMINATED};

use crate::answer::{How, Place, Reason};
use crate::directory::Reading;
use crate::meaning::{Dictionaries, Meaning, Meanings};
use crate::rows::Rows;
use crate::schema::SearchField;
use crate::spelling::Spelling;
use crate::{Error, facets::Documents};

/// The share of the weights of further matches of the same word.
const TIE_BREAKER: f32 = 0.1;
/// BM25's `k1` and `b`.
const SATURATION: f32 = 1.2;
const LENGTH: f32 = 0.75;
/// The largest bonus of a name or a title with all words, as a multiple of the rarity of the question.
const ALL_WORDS: [(SearchField, f32); 2] = [(SearchField::Name, 8.0), (SearchField::Title, 4.0)];
/// The factor of that bonus when the name does not begin with the first word.
const NOT_FIRST: f32 = 0.4;
/// The factors of documents by age: other lifecycles, and deprecated ones.
const AGES: [f32; 3] = [1.0, 0.99, 0.95];

/// The postings of one term of a field.
struct TermPostings {
    field: SearchField,
    term: String,
    how: How,
    weight: f32,
    postings: SegmentPostings,
}

/// The postings of the terms of a word.
struct WordPostings {
    word: String,
    ways: Vec<TermPostings>,
    parts: Vec<WordPostings>,
}

/// The effect of the length of a field on the weight, by document.
struct Lengths {
    reader: Option<FieldNormReader>,
    /// By the code of the length.
    table: Vec<f32>,
}

/// The matches of one word, by document; most documents have none.
struct Sheet {
    best: Vec<f32>,
    sum: Vec<f32>,
    /// The documents with matches.
    docs: Vec<DocId>,
}

/// The postings of the terms of a question, completely read.
pub(crate) struct Terms {
    words: Vec<WordPostings>,
    whole: Option<WordPostings>,
    starts: Vec<TermPostings>,
    /// By field.
    lengths: Vec<Lengths>,
    rarity: f32,
    leaves: usize,
}

/// The ranked documents, best first.
pub(crate) struct Ranking {
    pub(crate) found: Vec<(f32, DocId)>,
    /// Whether every document has every word.
    pub(crate) is_complete: bool,
}

/// The factor of a score for the lifecycle of the document.
pub(crate) fn age(rows: &Rows, doc: DocId) -> f32 {
    AGES[usize::from(rows.age(doc)).min(2)]
}

impl Reason {
    /// The sum of matches: the best match of each word, and a share of its other matches.
    pub(crate) fn sum(reasons: &[Self]) -> f32 {
        let is_best = |at: usize| reasons[..at].iter().all(|other| other.word != reasons[at].word);
        let share = |at| if is_best(at) { 1.0 } else { TIE_BREAKER };
        reasons.iter().enumerate().map(|(at, reason)| share(at) * reason.score).sum()
    }
}

impl Terms {
    /// Reads the postings of all terms of a question.
    pub(crate) fn open(meanings: &Meanings, segment: &SegmentReader) -> Result<Self, Error> {
        let index = Dictionaries::new(segment);
        let mut reading = Reading::default();
        let words =
            meanings.words.iter().map(|word| WordPostings::open(word, &index, &mut reading));
        let words = words.collect::<tantivy::Result<Vec<_>>>()?;
        let whole = meanings.whole.as_ref();
        let whole = whole.map(|word| WordPostings::open(word, &index, &mut reading)).transpose()?;
        let rarity = meanings.words.first().map_or(0.0, |first| first.rarity);
        let starts = meanings.starts.iter().map(|spelling| (SearchField::Start, spelling));
        let starts = ways(starts, rarity, &index, &mut reading)?;
        reading.finish()?;
        let lengths = SearchField::ALL.iter().map(|field| Lengths::new(*field, segment, &index));
        Ok(Self {
            words,
            whole,
            starts,
            lengths: lengths.collect::<tantivy::Result<_>>()?,
            rarity: meanings.words.iter().map(|word| word.rarity).sum(),
            leaves: meanings.leaves().count(),
        })
    }

    /// Ranks the documents with all words; when there are none, those with the largest number of words, which is at
    /// least half. Returns the best `limit` documents.
    pub(crate) fn rank(&self, rows: &Rows, allowed: Option<&Documents>, limit: usize) -> Ranking {
        let mut sheet = Sheet::new(rows.documents() as usize);
        let mut counts = vec![0_u8; rows.documents() as usize];
        let mut scores = vec![0.0_f32; counts.len()];
        let mut docs = Vec::new();
        let words = self.words.iter().map(|word| (word, false));
        for (word, is_whole) in words.chain(self.whole.iter().map(|whole| (whole, true))) {
            for (doc, got) in word.scores(self, &mut sheet) {
                let (score, count) = (&mut scores[doc as usize], &mut counts[doc as usize]);
                if *count == 0 {
                    docs.push(doc);
                }
                (*score, *count) = match is_whole {
                    true => (score.max(got), self.words.len() as u8),
                    false => (*score + got, *count + 1),
                };
            }
        }
        docs.retain(|doc| allowed.is_none_or(|allowed| allowed.has(*doc)));
        let required = docs.iter().map(|doc| counts[*doc as usize]).max().unwrap_or(0);
        if usize::from(required) < self.words.len().div_ceil(2).max(1) {
            return Ranking { found: Vec::new(), is_complete: true };
        }
        docs.retain(|doc| counts[*doc as usize] >= required);
        self.lift(&docs, &mut scores, &mut sheet);
        let aged = |doc: DocId| scores[doc as usize] * age(rows, doc);
        let mut found: Vec<(f32, DocId)> = docs.into_iter().map(|doc| (aged(doc), doc)).collect();
        let better = |a: &(f32, DocId), b: &(f32, DocId)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if found.len() > limit {
            found.select_nth_unstable_by(limit, better);
            found.truncate(limit);
        }
        found.sort_unstable_by(better);
        Ranking { found, is_complete: usize::from(required) >= self.words.len() }
    }

    /// Adds the bonus of names and titles with all words, and of names that begin with the first word.
    fn lift(&self, docs: &[DocId], scores: &mut [f32], firsts: &mut Sheet) {
        for way in &self.starts {
            way.visit(|doc, _| firsts.add(doc, way.weight));
        }
        let mut had = vec![0_u8; scores.len()];
        for (field, most) in ALL_WORDS {
            had.fill(0);
            let all = self.count_words(field, &mut had);
            let lengths = &self.lengths[field as usize];
            for doc in docs.iter().filter(|doc| had[**doc as usize] == all && all > 0) {
                let share = self.leaves as f32 / lengths.of(*doc).max(self.leaves as u32) as f32;
                let is_first = field != SearchField::Name || firsts.best[*doc as usize] > 0.0;
                let place = if is_first { 1.0 } else { NOT_FIRST };
                scores[*doc as usize] += self.rarity * most * share * place;
            }
        }
        docs.iter().for_each(|doc| scores[*doc as usize] += firsts.best[*doc as usize]);
    }

    /// Counts, for each document, the leading words of the question that one field has without typos; returns the
    /// number of words of the question.
    fn count_words(&self, field: SearchField, had: &mut [u8]) -> u8 {
        let leaves = self.words.iter().flat_map(|word| match word.parts.is_empty() {
            true => std::slice::from_ref(word),
            false => &word.parts[..],
        });
        let mut number = 0;
        for leaf in leaves {
            let right = |way: &&TermPostings| way.field == field && way.how != How::Typo;
            for way in leaf.ways.iter().filter(right) {
                way.visit(|doc, _| {
                    let had = &mut had[doc as usize];
                    if *had == number {
                        *had += 1;
                    }
                });
            }
            number += 1;
        }
        number
    }

    /// The matches of some documents, by descending weight.
    pub(crate) fn reasons(&self, docs: &[DocId]) -> Vec<Vec<Reason>> {
        let mut reasons = vec![Vec::new(); docs.len()];
        let mut order: Vec<usize> = (0..docs.len()).collect();
        order.sort_unstable_by_key(|at| docs[*at]);
        for word in self.words.iter().chain(&self.whole) {
            word.explain(self, docs, &order, &mut reasons);
        }
        for reasons in &mut reasons {
            reasons.sort_by(|a, b| b.score.total_cmp(&a.score));
        }
        reasons
    }
}

impl WordPostings {
    fn open(
        meaning: &Meaning,
        index: &Dictionaries<'_>,
        reading: &mut Reading,
    ) -> tantivy::Result<Self> {
        let spellings = meaning.spellings.iter().map(|(field, spelling)| (*field, spelling));
        let parts = if meaning.has_parts() { &meaning.parts[..] } else { &[] };
        let parts = parts.iter().map(|part| Self::open(part, index, reading));
        Ok(Self {
            word: meaning.word.text.clone(),
            parts: parts.collect::<tantivy::Result<_>>()?,
            ways: ways(spellings, meaning.rarity, index, reading)?,
        })
    }

    /// The scores of documents for this word, in no order. The sheet is empty before and after.
    fn scores(&self, terms: &Terms, sheet: &mut Sheet) -> Vec<(DocId, f32)> {
        let parts = self.parts.iter().map(|part| part.scores(terms, sheet)).reduce(with_both);
        for way in &self.ways {
            let lengths = &terms.lengths[way.field as usize];
            way.visit(|doc, often| sheet.add(doc, way.score(lengths, doc, often)));
        }
        parts.into_iter().flatten().for_each(|(doc, score)| sheet.add(doc, score));
        sheet.take()
    }

    fn explain(&self, terms: &Terms, docs: &[DocId], order: &[usize], reasons: &mut [Vec<Reason>]) {
        for way in &self.ways {
            let mut postings = way.postings.clone();
            for at in order {
                if postings.doc() < docs[*at] {
                    postings.seek(docs[*at]);
                }
                if postings.doc() == docs[*at] {
                    let lengths = &terms.lengths[way.field as usize];
                    reasons[*at].push(Reason {
                        word: self.word.clone(),
                        place: Place::of(way.field),
                        term: way.term.clone(),
                        how: way.how,
                        score: way.score(lengths, docs[*at], postings.term_freq()),
                    });
                }
            }
        }
        self.parts.iter().for_each(|part| part.explain(terms, docs, order, reasons));
    }
}

/// The documents of both lists, with the sums of their scores.
fn with_both(mut one: Vec<(DocId, f32)>, mut other: Vec<(DocId, f32)>) -> Vec<(DocId, f32)> {
    one.sort_unstable_by_key(|(doc, _)| *doc);
    other.sort_unstable_by_key(|(doc, _)| *doc);
    let mut others = other.into_iter().peekable();
    one.retain_mut(|(doc, score)| {
        while others.next_if(|(other, _)| other < doc).is_some() {}
        let both = others.next_if(|(other, _)| other == doc);
        both.iter().for_each(|(_, more)| *score += more);
        both.is_some()
    });
    one
}

impl Sheet {
    fn new(documents: usize) -> Self {
        Self { best: vec![0.0; documents], sum: vec![0.0; documents], docs: Vec::new() }
    }

    fn add(&mut self, doc: DocId, score: f32) {
        let at = doc as usize;
        if self.sum[at] == 0.0 {
            self.docs.push(doc);
        }
        self.best[at] = self.best[at].max(score);
        self.sum[at] += score;
    }

    /// The score of each document: the best match, and a share of the others. Empties the sheet.
    fn take(&mut self) -> Vec<(DocId, f32)> {
        let Self { best, sum, docs } = self;
        let score = |doc: DocId| {
            let best = std::mem::take(&mut best[doc as usize]);
            (doc, best + TIE_BREAKER * (std::mem::take(&mut sum[doc as usize]) - best))
        };
        std::mem::take(docs).into_iter().map(score).collect()
    }
}

impl TermPostings {
    fn visit(&self, mut visit: impl FnMut(DocId, u32)) {
        let mut postings = self.postings.clone();
        while postings.doc() != TERMINATED {
            visit(postings.doc(), postings.term_freq());
            postings.advance();
        }
    }

    fn score(&self, lengths: &Lengths, doc: DocId, often: u32) -> f32 {
        let often = often as f32;
        self.weight * (1.0 + SATURATION) * often / (often + lengths.factor(doc))
    }
}

impl Lengths {
    fn new(
        field: SearchField,
        segment: &SegmentReader,
        index: &Dictionaries<'_>,
    ) -> tantivy::Result<Self> {
        if !field.has_norms() {
            return Ok(Self { reader: None, table: vec![SATURATION] });
        }
        let reader = segment.get_fieldnorms_reader(field.field())?;
        let tokens = index.of(field)?.total_num_tokens() as f32;
        let mean = (tokens / reader.num_docs().max(1) as f32).max(1.0);
        let factor = |id| {
            let len = FieldNormReader::id_to_fieldnorm(id) as f32;
            SATURATION * (1.0 - LENGTH + LENGTH * len / mean)
        };
        Ok(Self { reader: Some(reader), table: (0..=255).map(factor).collect() })
    }

    fn factor(&self, doc: DocId) -> f32 {
        let id = self.reader.as_ref().map_or(0, |reader| reader.fieldnorm_id(doc));
        self.table[usize::from(id)]
    }

    /// How many words the field has.
    fn of(&self, doc: DocId) -> u32 {
        self.reader.as_ref().map_or(1, |reader| reader.fieldnorm(doc))
    }
}

fn ways<'a>(
    spellings: impl Iterator<Item = (SearchField, &'a Spelling)>,
    rarity: f32,
    index: &Dictionaries<'_>,
    reading: &mut Reading,
) -> tantivy::Result<Vec<TermPostings>> {
    let mut ways = Vec::new();
    for (field, spelling) in spellings {
        let record = field.counts();
        let postings = index.of(field)?.read_postings_from_terminfo(&spelling.info, record);
        if let Some(postings) = reading.take(postings)? {
            let Spelling { text, closeness, how, .. } = spelling;
            let weight = field.boost() * closeness * rarity;
            ways.push(TermPostings { field, term: text.clone(), how: *how, weight, postings });
        }
    }
    Ok(ways)
}
