//! What documents get for a question: BM25 over the terms that its words mean.
//!
//! What a document gets for a word is the best of its matches, weighed by field and closeness, and a
//! little for the others. Names and titles that have all words get more, the more the fewer other words
//! they have; so do names that begin with the first word.

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::{DocId, DocSet, SegmentReader, TERMINATED};

use crate::answer::{How, Place, Reason};
use crate::directory::Reading;
use crate::meaning::{Dictionaries, Meaning, Meanings};
use crate::rows::Rows;
use crate::schema::Searched;
use crate::spelling::Spelling;
use crate::{Error, facets::Documents};

/// What further places of the same word add to the best one.
const TIE_BREAKER: f32 = 0.1;
/// How soon further occurrences count less, and how much length counts.
const SATURATION: f32 = 1.2;
const LENGTH: f32 = 0.75;
/// What a name or a title gets at most that has all words, in rarities of the question.
const ALL_WORDS: [(Searched, f32); 2] = [(Searched::Name, 8.0), (Searched::Title, 4.0)];
/// What is left of that when the name does not begin with the first word.
const NOT_FIRST: f32 = 0.4;
/// What is not new, and what is on its way out, is worth.
const AGES: [f32; 3] = [1.0, 0.99, 0.95];

/// One term of a field, opened.
struct Way {
    field: Searched,
    term: String,
    how: How,
    weight: f32,
    postings: SegmentPostings,
}

/// A word's terms, opened.
struct Opened {
    word: String,
    ways: Vec<Way>,
    parts: Vec<Opened>,
}

/// How much the length of a field counts, by document.
struct Lengths {
    reader: Option<FieldNormReader>,
    /// By the length's number.
    table: Vec<f32>,
}

/// Where the matches of one word are put down, by document: few of all have any.
struct Sheet {
    best: Vec<f32>,
    sum: Vec<f32>,
    /// The documents that have any.
    docs: Vec<DocId>,
}

/// A question's terms, opened: everything that is read of postings was read.
pub(crate) struct Terms {
    words: Vec<Opened>,
    whole: Option<Opened>,
    starts: Vec<Way>,
    /// By field.
    lengths: Vec<Lengths>,
    rarity: f32,
    leaves: usize,
}

/// What was found, best first.
pub(crate) struct Ranking {
    pub(crate) found: Vec<(f32, DocId)>,
    /// Whether every document has every word.
    pub(crate) is_complete: bool,
}

/// What is left of a document's score for its lifecycle.
pub(crate) fn age(rows: &Rows, doc: DocId) -> f32 {
    AGES[usize::from(rows.age(doc)).min(2)]
}

impl Reason {
    /// What some matches come to together: the best of each word, and a little for its others.
    pub(crate) fn sum(reasons: &[Self]) -> f32 {
        let is_best = |at: usize| reasons[..at].iter().all(|other| other.word != reasons[at].word);
        let share = |at| if is_best(at) { 1.0 } else { TIE_BREAKER };
        reasons.iter().enumerate().map(|(at, reason)| share(at) * reason.score).sum()
    }
}

impl Terms {
    /// Opens all terms of a question.
    pub(crate) fn open(meanings: &Meanings, segment: &SegmentReader) -> Result<Self, Error> {
        let index = Dictionaries::new(segment);
        let mut reading = Reading::default();
        let words = meanings.words.iter().map(|word| Opened::open(word, &index, &mut reading));
        let words = words.collect::<tantivy::Result<Vec<_>>>()?;
        let whole = meanings.whole.as_ref();
        let whole = whole.map(|word| Opened::open(word, &index, &mut reading)).transpose()?;
        let rarity = meanings.words.first().map_or(0.0, |first| first.rarity);
        let starts = meanings.starts.iter().map(|spelling| (Searched::Start, spelling));
        let starts = ways(starts, rarity, &index, &mut reading)?;
        reading.finish()?;
        let lengths = Searched::ALL.iter().map(|field| Lengths::new(*field, segment, &index));
        Ok(Self {
            words,
            whole,
            starts,
            lengths: lengths.collect::<tantivy::Result<_>>()?,
            rarity: meanings.words.iter().map(|word| word.rarity).sum(),
            leaves: meanings.leaves().count(),
        })
    }

    /// Ranks the documents that have all words, or else as many as any has, but at least half; only the
    /// best `limit` of them.
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

    /// Gives names and titles more that have all words, and names that begin with the first one.
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
                let is_first = field != Searched::Name || firsts.best[*doc as usize] > 0.0;
                let place = if is_first { 1.0 } else { NOT_FIRST };
                scores[*doc as usize] += self.rarity * most * share * place;
            }
        }
        docs.iter().for_each(|doc| scores[*doc as usize] += firsts.best[*doc as usize]);
    }

    /// Counts the words of the question that each document has in one field, none of them mistyped, as
    /// long as none is missing; how many there are.
    fn count_words(&self, field: Searched, had: &mut [u8]) -> u8 {
        let leaves = self.words.iter().flat_map(|word| match word.parts.is_empty() {
            true => std::slice::from_ref(word),
            false => &word.parts[..],
        });
        let mut number = 0;
        for leaf in leaves {
            let right = |way: &&Way| way.field == field && way.how != How::Typo;
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

    /// Why some documents were found: their matches, the weightiest first.
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

impl Opened {
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

    /// What documents get for this word: those that have it, in no order. The sheet is empty before and
    /// after.
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

/// The documents of two lists, with what they get in both.
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

    /// What each document gets: the best of its matches, and a little for the others. Empties the sheet.
    fn take(&mut self) -> Vec<(DocId, f32)> {
        let Self { best, sum, docs } = self;
        let score = |doc: DocId| {
            let best = std::mem::take(&mut best[doc as usize]);
            (doc, best + TIE_BREAKER * (std::mem::take(&mut sum[doc as usize]) - best))
        };
        std::mem::take(docs).into_iter().map(score).collect()
    }
}

impl Way {
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
        field: Searched,
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
    spellings: impl Iterator<Item = (Searched, &'a Spelling)>,
    rarity: f32,
    index: &Dictionaries<'_>,
    reading: &mut Reading,
) -> tantivy::Result<Vec<Way>> {
    let mut ways = Vec::new();
    for (field, spelling) in spellings {
        let record = field.counts();
        let postings = index.of(field)?.read_postings_from_terminfo(&spelling.info, record);
        if let Some(postings) = reading.take(postings)? {
            let Spelling { text, closeness, how, .. } = spelling;
            let weight = field.boost() * closeness * rarity;
            ways.push(Way { field, term: text.clone(), how: *how, weight, postings });
        }
    }
    Ok(ways)
}
