//! Texts: "did you mean", counts in words, and what makes a text safe for where it is shown.
//!
//! What a portal reads was written by anyone: requests, entities, file names, answers of servers. Each
//! place where such text is shown has one module here: [`markdown`] for comments of pull requests,
//! [`terminal`] for terminals and logs of CI. HTML is escaped by the site's template engine.

pub mod markdown;
pub mod terminal;
mod visible;

use std::borrow::Cow;

pub use visible::{visible, visible_lines};

/// Longer words, in bytes, are compared with nothing: that takes the product of both lengths.
const LONGEST_WORD: usize = 200;

/// Returns the candidate nearest to `word`, when it is near enough to be meant.
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

/// Returns "did you mean `x`?" when a candidate is near enough.
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

/// Takes the beginning of a text, at most `most` bytes of it, and marks a cut by `…`.
pub fn shorten(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return text.into();
    }
    format!("{}…", &text[..text.floor_char_boundary(most)]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

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
