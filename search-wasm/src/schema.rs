//! The fields of the index: their content, how they are indexed, and the weights of matches in them.

use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};

/// Tokeniser of the start of names: the first word.
pub(crate) const START_TOKENIZER: &str = "start";
/// Tokeniser of facets: the whole text.
pub(crate) const WHOLE_TOKENIZER: &str = "whole";
/// Tokeniser of all text: its words.
pub(crate) const WORDS_TOKENIZER: &str = "words";

/// How one searched field is indexed, and the weight of its matches.
struct FieldPlan {
    name: &'static str,
    tokenizer: &'static str,
    /// Whether matches in short values have more weight. This takes one byte per document, which is read at opening.
    norms: bool,
    boost: f32,
    /// How many spellings of one word of the question are looked up in this field.
    spellings: usize,
}

/// The searched fields: the start of the name, which adds to the weight of other matches, then the fields of
/// words by descending weight. Without norms every value counts as one word long, which increases the weight of
/// a match by about a third in tags and by a half in descriptions; the weights allow for that. The position in
/// the table is the number of the field in the index.
const PLANS: [FieldPlan; 7] = [
    plan("start", START_TOKENIZER, false, 6.0, 48),
    plan("name", WORDS_TOKENIZER, true, 10.0, 48),
    plan("title", WORDS_TOKENIZER, true, 6.0, 24),
    plan("tags", WORDS_TOKENIZER, false, 3.0, 12),
    plan("owner", WORDS_TOKENIZER, false, 2.2, 12),
    plan("description", WORDS_TOKENIZER, false, 1.2, 12),
    plan("text", WORDS_TOKENIZER, true, 0.7, 12),
];

const fn plan(
    name: &'static str,
    tokenizer: &'static str,
    norms: bool,
    boost: f32,
    spellings: usize,
) -> FieldPlan {
    FieldPlan { name, tokenizer, norms, boost, spellings }
}

/// One searched field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SearchField {
    Start,
    Name,
    Title,
    Tags,
    Owner,
    Description,
    Text,
}

impl SearchField {
    /// The fields of words: all fields but the start of the name.
    pub(crate) const WORDS: [Self; 6] =
        [Self::Name, Self::Title, Self::Tags, Self::Owner, Self::Description, Self::Text];

    /// All fields in the order of their numbers.
    pub(crate) const ALL: [Self; 7] = [
        Self::Start,
        Self::Name,
        Self::Title,
        Self::Tags,
        Self::Owner,
        Self::Description,
        Self::Text,
    ];

    /// The fields of short, deliberate texts, in which words with typos are looked up first.
    pub(crate) const SHORT: [Self; 4] = [Self::Name, Self::Title, Self::Tags, Self::Owner];

    /// The fields that phrases are searched in.
    pub(crate) const ORDERED: [Self; 4] = [Self::Name, Self::Title, Self::Owner, Self::Description];

    /// Whether the field has short, deliberate texts.
    pub(crate) fn is_short(self) -> bool {
        Self::SHORT.contains(&self)
    }

    /// The number of this field in the index.
    pub(crate) fn field(self) -> Field {
        Field::from_field_id(self as u32)
    }

    /// The weight of a match in this field.
    pub(crate) fn boost(self) -> f32 {
        PLANS[self as usize].boost
    }

    /// Whether the weight of a match depends on the length of this field.
    pub(crate) fn has_norms(self) -> bool {
        PLANS[self as usize].norms
    }

    /// How many spellings of one word are looked up in this field.
    pub(crate) fn spellings(self) -> usize {
        PLANS[self as usize].spellings
    }

    /// The options for reading postings of this field without positions.
    pub(crate) fn counts(self) -> IndexRecordOption {
        match self {
            Self::Start => IndexRecordOption::Basic,
            _ => IndexRecordOption::WithFreqs,
        }
    }

    /// The stored details of each occurrence in this field.
    fn record(self) -> IndexRecordOption {
        match Self::ORDERED.contains(&self) {
            true => IndexRecordOption::WithFreqsAndPositions,
            false => self.counts(),
        }
    }
}

/// The field of facets: one term for each value that a document has.
pub(crate) fn facets_field() -> Field {
    Field::from_field_id(PLANS.len() as u32)
}

/// Makes the schema of the index.
pub(crate) fn schema() -> Schema {
    let mut builder = Schema::builder();
    for (plan, field) in PLANS.iter().zip(SearchField::ALL) {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(plan.tokenizer)
            .set_fieldnorms(plan.norms)
            .set_index_option(field.record());
        builder.add_text_field(plan.name, TextOptions::default().set_indexing_options(indexing));
    }
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(WHOLE_TOKENIZER)
        .set_fieldnorms(false)
        .set_index_option(IndexRecordOption::Basic);
    builder.add_text_field("facets", TextOptions::default().set_indexing_options(indexing));
    builder.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_the_numbers_that_queries_use() {
        let schema = schema();
        assert_eq!(schema.get_field("start").ok(), Some(SearchField::Start.field()));
        assert_eq!(schema.get_field("text").ok(), Some(SearchField::Text.field()));
        assert_eq!(schema.get_field("facets").ok(), Some(facets_field()));
    }

    #[test]
    fn weights_fall_from_name_to_text() {
        let boosts: Vec<f32> = PLANS.iter().skip(1).map(|plan| plan.boost).collect();
        assert!(boosts.is_sorted_by(|a, b| a > b), "{boosts:?}");
    }
}
