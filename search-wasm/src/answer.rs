//! The answer of a search, as values and as the JSON for the browser.

use std::ops::Range;

use serde::Serialize;

use crate::schema::SearchField;
use crate::{Error, Summary};

/// The answer of a search.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// Hits, best first.
    pub hits: Vec<Hit>,
    /// Whether every hit has every word of the question; otherwise hits have most of the words.
    pub complete: bool,
    /// Suggested questions: words that the index does not have are replaced by their nearest spellings.
    pub suggestions: Vec<String>,
}

/// One document of the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The shown part of the document.
    pub shown: Summary,
    /// The matched words, for highlighting.
    pub marks: Marks,
    /// The places of matches, by descending weight.
    pub places: Vec<Place>,
    /// Every match of a word, by descending weight.
    pub reasons: Vec<Reason>,
    /// The bonus for a name or a title that equals the whole question.
    pub whole: f32,
    /// The factor for the lifecycle of the document.
    pub age: f32,
    /// The score of the document; comparable within one answer only.
    pub score: f32,
}

/// Byte ranges of matched words in the shown texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    /// In the name.
    pub name: Vec<Range<usize>>,
    /// In the title.
    pub title: Vec<Range<usize>>,
    /// In the description.
    pub description: Vec<Range<usize>>,
    /// In the owner.
    pub owner: Vec<Range<usize>>,
}

/// One match of a word of the question.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reason {
    /// The word.
    pub word: String,
    /// The field of the match.
    pub place: Place,
    /// The term of the index.
    pub term: String,
    /// How the term matches the word.
    pub how: How,
    /// The weight of the match. The score has the largest weight of each word, and a tenth of the other weights.
    pub score: f32,
}

/// How a term of the index matches a word of the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// The term equals the word.
    Exact,
    /// The term begins with the word, which is still being typed.
    Beginning,
    /// The term is another form of the word: a plural, or another ending of a verb.
    Form,
    /// The term differs from the word by typos.
    Typo,
}

/// The field in which a word of the question was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// In the name.
    Name,
    /// In the title.
    Title,
    /// In a tag.
    Tags,
    /// In the owner's name.
    Owner,
    /// In the shown part of the description.
    Description,
    /// In fields that are not shown: keywords and longer text.
    Text,
}

impl Place {
    /// The name of the place in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Title => "title",
            Self::Tags => "tags",
            Self::Owner => "owner",
            Self::Description => "description",
            Self::Text => "text",
        }
    }

    pub(crate) fn of(field: SearchField) -> Self {
        match field {
            SearchField::Start | SearchField::Name => Self::Name,
            SearchField::Title => Self::Title,
            SearchField::Tags => Self::Tags,
            SearchField::Owner => Self::Owner,
            SearchField::Description => Self::Description,
            SearchField::Text => Self::Text,
        }
    }

    /// The places of a hit: the place of the best match of each word, by descending weight.
    pub(crate) fn of_words(reasons: &[Reason]) -> Vec<Self> {
        let (mut places, mut words) = (Vec::new(), Vec::new());
        for reason in reasons {
            if !words.contains(&&reason.word) {
                words.push(&reason.word);
                if !places.contains(&reason.place) {
                    places.push(reason.place);
                }
            }
        }
        places
    }
}

impl Answer {
    /// The answer as JSON for JavaScript: marks are pairs of UTF-16 offsets.
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        let hits = self.hits.iter().map(HitJson::new).collect();
        let Self { complete, suggestions, .. } = self;
        Ok(serde_json::to_vec(&AnswerJson { hits, complete: *complete, suggestions })?)
    }
}

/// [`Answer`] as JSON; the type is declared in `client.js`.
#[derive(Serialize)]
struct AnswerJson<'a> {
    hits: Vec<HitJson<'a>>,
    complete: bool,
    suggestions: &'a [String],
}

#[derive(Serialize)]
struct HitJson<'a> {
    #[serde(flatten)]
    shown: &'a Summary,
    marks: MarksJson,
    places: &'a [Place],
    score: f32,
}

#[derive(Serialize)]
struct MarksJson {
    name: Vec<(usize, usize)>,
    title: Vec<(usize, usize)>,
    description: Vec<(usize, usize)>,
    owner: Vec<(usize, usize)>,
}

impl<'a> HitJson<'a> {
    fn new(hit: &'a Hit) -> Self {
        let Hit { shown, marks, .. } = hit;
        let marks = MarksJson {
            name: utf16(&shown.name, &marks.name),
            title: utf16(&shown.title, &marks.title),
            description: utf16(&shown.description, &marks.description),
            owner: utf16(&shown.owner, &marks.owner),
        };
        Self { shown, marks, places: &hit.places, score: hit.score }
    }
}

fn utf16(text: &str, ranges: &[Range<usize>]) -> Vec<(usize, usize)> {
    let offset = |at: usize| text[..at].chars().map(char::len_utf16).sum();
    ranges.iter().map(|range| (offset(range.start), offset(range.end))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_marks_count_as_javascript_does() {
        let title = "Équipe 🛒 achat";
        let start = title.find("achat").expect("it is in there");
        let hit = Hit {
            shown: Summary { title: title.into(), ..Summary::default() },
            marks: Marks { title: vec![0..7, start..title.len()], ..Marks::default() },
            places: vec![Place::Title],
            reasons: Vec::new(),
            whole: 0.0,
            age: 1.0,
            score: 1.5,
        };
        let json = Answer { hits: vec![hit], ..Answer::default() }.to_json().expect("JSON");
        let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
        assert_eq!(json["hits"][0]["marks"]["title"], serde_json::json!([[0, 6], [10, 15]]));
        assert_eq!(json["hits"][0]["places"][0], "title");
        assert_eq!(json["hits"][0]["title"], title);
    }
}
