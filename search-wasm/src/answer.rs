//! What a search answers, as values and as the JSON that the browser gets.

use std::ops::Range;

use serde::Serialize;

use crate::schema::Searched;
use crate::{Error, Shown};

/// What was found, best first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// Hits, best first.
    pub hits: Vec<Hit>,
    /// Whether every hit has every word of the question; else each has most of them.
    pub complete: bool,
    /// Questions with the nearest spellings of words that the index does not have.
    pub suggestions: Vec<String>,
}

/// One document that answers the question.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// What to show of it.
    pub shown: Shown,
    /// Words to mark.
    pub marks: Marks,
    /// Where words were found, the weightiest first.
    pub places: Vec<Place>,
    /// Every match of a word, the weightiest first.
    pub reasons: Vec<Reason>,
    /// What it gets for a name or a title that is like the whole question.
    pub whole: f32,
    /// What is left of all that for its lifecycle: a factor.
    pub age: f32,
    /// Weight of the match; comparable within one answer only.
    pub score: f32,
}

/// Byte ranges of matched words in what is shown.
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
    /// Where it was found.
    pub place: Place,
    /// What was found there.
    pub term: String,
    /// Why that is the word.
    pub how: How,
    /// What the match counts: of one word's matches the weightiest does, and a tenth of the others.
    pub score: f32,
}

/// Why a term of the index is a word of the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// It is the same.
    Exact,
    /// It begins with the word, which is still being typed.
    Beginning,
    /// It is another form of the word: a plural, an ending of a verb.
    Form,
    /// Letters of the word would have to be wrong.
    Typo,
}

/// Where a word of the question was found.
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
    /// In the description, as far as it is shown.
    Description,
    /// In what is not shown: keywords and longer text.
    Text,
}

impl Place {
    /// Its name, as JSON has it.
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

    pub(crate) fn of(field: Searched) -> Self {
        match field {
            Searched::Start | Searched::Name => Self::Name,
            Searched::Title => Self::Title,
            Searched::Tags => Self::Tags,
            Searched::Owner => Self::Owner,
            Searched::Description => Self::Description,
            Searched::Text => Self::Text,
        }
    }

    /// The places of a hit: those of each word's best match, the weightiest first.
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

/// [`Answer`] on the wire; the shape is declared in `client.js`.
#[derive(Serialize)]
struct AnswerJson<'a> {
    hits: Vec<HitJson<'a>>,
    complete: bool,
    suggestions: &'a [String],
}

#[derive(Serialize)]
struct HitJson<'a> {
    #[serde(flatten)]
    shown: &'a Shown,
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
            shown: Shown { title: title.into(), ..Shown::default() },
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
