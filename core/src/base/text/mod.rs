//! Texts: spelling suggestions, counts in words, and escaping of untrusted text.
//!
//! Requests, entities, file names and responses of servers are untrusted. [`markdown`] escapes them for
//! comments of pull requests, [`terminal`] for terminals and logs of CI. The site's template engine
//! escapes HTML.

pub mod markdown;
pub mod terminal;
mod visible;

use std::borrow::Cow;

pub use visible::{visible, visible_lines, visible_name};

use super::diagnostics::Position;

/// Most bytes of a word that is compared: a comparison takes the product of both lengths.
const LONGEST_WORD: usize = 200;

/// Returns the candidate with the smallest edit distance to `word`, when it is at most one plus a
/// quarter of the word's length.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST_WORD {
        return None;
    }
    let lower = word.to_lowercase();
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST_WORD)
        .map(|candidate| {
            (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate)
        })
        .filter(|&(distance, _)| distance <= 1 + word.chars().count() / 4)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Returns "did you mean `x`?" with the candidate of [`nearest`].
pub fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    nearest(word, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

/// Counts a thing in words: `1 entity`, `3 entities`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Joins the first items of a list, and counts the others: `a, b and 240 more`.
pub fn list<T: AsRef<str>>(items: &[T], most: usize) -> String {
    let shown: Vec<_> = items.iter().take(most).map(AsRef::as_ref).collect();
    match items.len() - shown.len() {
        0 => shown.join(", "),
        left => format!("{} and {left} more", shown.join(", ")),
    }
}

/// An error with its causes, in one line.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Returns the first `most` bytes of a text, with `…` at the end when it is cut.
pub fn shorten(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return text.into();
    }
    format!("{}…", &text[..text.floor_char_boundary(most)]).into()
}

/// Bytes that are not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not UTF-8")]
pub struct NotUtf8 {
    /// The position of the first invalid byte.
    pub position: Position,
}

/// Reads bytes as UTF-8.
pub fn utf8(bytes: Vec<u8>) -> Result<String, NotUtf8> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        // The bytes before the first invalid one are valid.
        let text = String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned();
        NotUtf8 { position: position(&text, valid) }
    })
}

/// The line and column of a byte of a text. Lines end with `\n`, `\r\n` or `\r`, as in YAML.
pub fn position(text: &str, byte: usize) -> Position {
    let before = text.get(..byte).unwrap_or(text).replace("\r\n", "\n");
    let is_end = |c| matches!(c, '\n' | '\r');
    let column = before.rsplit(is_end).next().unwrap_or_default().chars().count() + 1;
    Position { line: before.matches(is_end).count() + 1, column }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_wrong_byte_has_a_position() {
        let wrong = utf8(b"a: 1\r\n\xc3\xa9: \xe9".to_vec()).expect_err("Latin-1");
        assert_eq!(wrong.position, Position { line: 2, column: 4 });
        assert_eq!(utf8("é".into()), Ok("é".to_owned()));
    }

    #[test]
    fn only_near_candidates_are_suggested() {
        assert_eq!(nearest("Apii", ["API", "Component"]), Some("API"));
        assert_eq!(nearest("Componnet", ["API", "Component"]), Some("Component"));
        assert_eq!(nearest("Gadget", ["API", "Component"]), None);
        let long = "x".repeat(1_000_000);
        assert_eq!(nearest(&long, [&*long]), None);
    }

    #[test]
    fn a_long_list_is_cut_with_a_count() {
        assert_eq!(list(&["a", "b"], 2), "a, b");
        assert_eq!(list(&["a", "b", "c", "d"], 2), "a, b and 2 more");
        assert_eq!(shorten("éé", 3), "é…");
    }
}
