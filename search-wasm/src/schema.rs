//! The index's fields in one place: what each holds, how it is indexed and what a match in it weighs.

use tantivy::schema::{Field, IndexRecordOption, STORED, Schema, TextFieldIndexing, TextOptions};

/// Tokeniser of names for their beginning: their first word.
pub(crate) const START_TOKENIZER: &str = "start";
/// Tokeniser of facets: the whole text.
pub(crate) const WHOLE_TOKENIZER: &str = "whole";
/// Tokeniser of all text: its words.
pub(crate) const WORDS_TOKENIZER: &str = "words";

/// How one searched field is indexed and what it weighs.
struct FieldPlan {
    name: &'static str,
    tokenizer: &'static str,
    /// Whether short values count more than long ones. One byte per document, read whole.
    norms: bool,
    boost: f32,
    /// How many spellings of one word of the question are looked up in this field.
    spellings: usize,
}

/// The searched fields: the start of the name, which lifts what its words find, then the fields of
/// words, the weightiest first. Without norms all lengths count as one word, which
/// lifts a match by about a third in tags and by a half in descriptions; the weights allow for it. The order is the field's number in the index.
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
pub(crate) enum Searched {
    Start,
    Name,
    Title,
    Tags,
    Owner,
    Description,
    Text,
}

impl Searched {
    /// The fields that hold words, that is all but the start of the name.
    pub(crate) const WORDS: [Self; 6] =
        [Self::Name, Self::Title, Self::Tags, Self::Owner, Self::Description, Self::Text];

    /// The fields of short, chosen words, where a mistyped word is always looked for.
    pub(crate) fn is_short(self) -> bool {
        !matches!(self, Self::Description | Self::Text)
    }

    /// The number of this field in the index.
    pub(crate) fn field(self) -> Field {
        Field::from_field_id(self as u32)
    }

    /// What a match in this field weighs.
    pub(crate) fn boost(self) -> f32 {
        PLANS[self as usize].boost
    }

    /// Whether the length of this field counts.
    #[cfg(feature = "build")]
    pub(crate) fn has_norms(self) -> bool {
        PLANS[self as usize].norms
    }

    /// How many spellings of one word are looked up in this field.
    pub(crate) fn spellings(self) -> usize {
        PLANS[self as usize].spellings
    }

    /// How much the index knows about each occurrence in this field.
    pub(crate) fn record(self) -> IndexRecordOption {
        record(&PLANS[self as usize])
    }
}

/// The stored field: the document's [`Shown`](crate::Shown) part as JSON.
pub(crate) fn shown_field() -> Field {
    Field::from_field_id(PLANS.len() as u32)
}

/// The field of facets: one term for each value that a document has.
pub(crate) fn facets_field() -> Field {
    Field::from_field_id(PLANS.len() as u32 + 1)
}

/// Makes the schema of the index.
pub(crate) fn schema() -> Schema {
    let mut builder = Schema::builder();
    for plan in &PLANS {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(plan.tokenizer)
            .set_fieldnorms(plan.norms)
            .set_index_option(record(plan));
        builder.add_text_field(plan.name, TextOptions::default().set_indexing_options(indexing));
    }
    builder.add_text_field("shown", STORED);
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(WHOLE_TOKENIZER)
        .set_fieldnorms(false)
        .set_index_option(IndexRecordOption::Basic);
    builder.add_text_field("facets", TextOptions::default().set_indexing_options(indexing));
    builder.build()
}

/// A name has one start; of words it matters how often. Positions come with phrases.
fn record(plan: &FieldPlan) -> IndexRecordOption {
    if plan.tokenizer == START_TOKENIZER {
        IndexRecordOption::Basic
    } else {
        IndexRecordOption::WithFreqs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_the_numbers_that_queries_use() {
        let schema = schema();
        assert_eq!(schema.get_field("start").ok(), Some(Searched::Start.field()));
        assert_eq!(schema.get_field("text").ok(), Some(Searched::Text.field()));
        assert_eq!(schema.get_field("shown").ok(), Some(shown_field()));
        assert_eq!(schema.get_field("facets").ok(), Some(facets_field()));
    }

    #[test]
    fn weights_fall_from_name_to_text() {
        let boosts: Vec<f32> = PLANS.iter().skip(1).map(|plan| plan.boost).collect();
        assert!(boosts.is_sorted_by(|a, b| a > b), "{boosts:?}");
    }
}
