//! Splits text into words, in the same way for indexing, for questions and for marks.
//!
//! A *run* is a sequence of letters and digits (`checkout-api.V2` has three). A run is a word; when capitals
//! divide it into several words (`CheckoutAPI`), these are words as well. Words are compared *folded*: in lower case
//! and without accents. A *key* is a whole text, folded and without separators between the words: all spellings of
//! one name (`checkout-api`, `CheckoutAPI`, `checkout api`) have the same key.

use std::ops::Range;

/// Byte ranges of the runs of `text`, in order.
pub(crate) fn runs(text: &str) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        match (start, c.is_alphanumeric() || is_combining(c)) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                runs.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    runs.extend(start.map(|from| from..text.len()));
    runs
}

/// Byte ranges of the words of a run by its capitals; empty when the run is one word.
///
/// A word starts at a capital after a small letter or digit (`checkoutApi`), and at the last of
/// several capitals when a small letter follows (`HTTPServer`).
pub(crate) fn parts(run: &str) -> Vec<Range<usize>> {
    // Most runs have no capitals.
    if run.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
        return Vec::new();
    }
    let mut starts = vec![0];
    let mut before: Option<char> = None;
    let mut chars = run.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let small_follows = chars.peek().is_some_and(|(_, next)| next.is_lowercase());
        let starts_word = before.is_some_and(|b| !b.is_uppercase() || small_follows);
        if c.is_uppercase() && starts_word {
            starts.push(at);
        }
        before = Some(c);
    }
    if starts.len() == 1 {
        return Vec::new();
    }
    let ends = starts.iter().skip(1).copied().chain([run.len()]);
    starts.iter().copied().zip(ends).map(|(from, to)| from..to).collect()
}

/// Every word of `text`, folded, with its byte range: each run, then the words of the run by capitals.
pub(crate) fn words(text: &str) -> Vec<(Range<usize>, String)> {
    let mut words = Vec::new();
    for run in runs(text) {
        let inner = parts(&text[run.clone()]);
        words.push((run.clone(), fold(&text[run.clone()])));
        for part in inner {
            let range = run.start + part.start..run.start + part.end;
            words.push((range.clone(), fold(&text[range])));
        }
    }
    words.retain(|(_, word)| !word.is_empty());
    words
}

/// The key of `text`: all its letters and digits, folded.
pub(crate) fn key(text: &str) -> String {
    runs(text).into_iter().map(|run| fold(&text[run])).collect()
}

/// `text` in lower case and without accents.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    text.chars().for_each(|c| fold_char(c, &mut folded));
    folded
}

/// Appends the folded form of one character: mostly one, sometimes two or none.
pub(crate) fn fold_char(c: char, folded: &mut String) {
    if c.is_ascii() {
        return folded.push(c.to_ascii_lowercase());
    }
    for small in c.to_lowercase().filter(|&small| !is_combining(small)) {
        match plain(small) {
            "" => folded.push(small),
            letters => folded.push_str(letters),
        }
    }
}

/// Combining characters: accents after their letters.
fn is_combining(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

/// The plain letters of a small Latin letter with an accent; empty when there are none.
fn plain(c: char) -> &'static str {
    match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'þ' => "th",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        words(text).into_iter().map(|(_, word)| word).collect()
    }

    #[test]
    fn identifiers_split_at_hyphens_dots_and_capitals_and_stay_whole() {
        assert_eq!(texts("checkout-api-v2"), ["checkout", "api", "v2"]);
        assert_eq!(texts("com.acme.checkout"), ["com", "acme", "checkout"]);
        assert_eq!(texts("CheckoutAPI"), ["checkoutapi", "checkout", "api"]);
        assert_eq!(texts("HTTPServer2"), ["httpserver2", "http", "server2"]);
        assert_eq!(texts("POST /orders/{id}"), ["post", "orders", "id"]);
        assert_eq!(texts(" — "), [""; 0]);
    }

    #[test]
    fn accents_fold_composed_or_not() {
        assert_eq!(fold("Équipe Œuvre Straße ŁÓDŹ"), "equipe oeuvre strasse lodz");
        assert_eq!(texts("E\u{301}quipe"), ["equipe"]);
        assert_eq!(fold("İ"), "i");
    }

    #[test]
    fn all_spellings_of_a_name_have_one_key() {
        for spelling in ["checkout-api", "CheckoutAPI", "checkout api", "Chéckout.Api"] {
            assert_eq!(key(spelling), "checkoutapi");
        }
    }

    #[test]
    fn ranges_point_into_the_text() {
        let text = "Réf: aaBb";
        let found: Vec<&str> = words(text).into_iter().map(|(range, _)| &text[range]).collect();
        assert_eq!(found, ["Réf", "aaBb", "aa", "Bb"]);
    }
}
