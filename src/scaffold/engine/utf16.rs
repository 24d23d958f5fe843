//! Strings by UTF-16 code units, as JavaScript counts, slices and orders them.
//!
//! A slice that cuts a surrogate pair yields the replacement character: Rust strings have no halves.

use std::cmp::Ordering;

/// The number of code units.
pub(super) fn length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}

/// The code units from `start` to before `end`; both are cut to the string.
pub(super) fn slice(text: &str, start: usize, end: usize) -> String {
    if text.is_ascii() {
        let end = end.min(text.len());
        return text[start.min(end)..end].to_owned();
    }
    let count = end.saturating_sub(start);
    let units: Vec<u16> = text.encode_utf16().skip(start).take(count).collect();
    String::from_utf16_lossy(&units)
}

/// The code units one by one.
pub(super) fn units(text: &str) -> Vec<String> {
    if text.chars().all(|c| c.len_utf16() == 1) {
        return text.chars().map(String::from).collect();
    }
    text.encode_utf16().map(|unit| String::from_utf16_lossy(&[unit])).collect()
}

/// Where `needle` starts at or after `from`.
pub(super) fn find(text: &str, needle: &str, from: usize) -> Option<usize> {
    let byte = byte_at(text, from)?;
    text[byte..].find(needle).map(|found| length(&text[..byte + found]))
}

/// Where `needle` last starts at or before `until`.
pub(super) fn find_last(text: &str, needle: &str, until: usize) -> Option<usize> {
    let last_start = byte_at(text, until).unwrap_or(text.len());
    let end = (last_start + needle.len()).min(text.len());
    let end = (end..=text.len()).find(|end| text.is_char_boundary(*end))?;
    text[..end].rfind(needle).map(|found| length(&text[..found]))
}

/// The order of JavaScript's `<`.
pub(super) fn compare(left: &str, right: &str) -> Ordering {
    left.encode_utf16().cmp(right.encode_utf16())
}

/// The byte offset of a code unit, `None` beyond the end.
fn byte_at(text: &str, unit: usize) -> Option<usize> {
    let mut seen = 0;
    for (byte, c) in text.char_indices() {
        if seen >= unit {
            return Some(byte);
        }
        seen += c.len_utf16();
    }
    (seen >= unit).then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_slices_code_units() {
        assert_eq!(length("a😀é"), 4);
        assert_eq!(slice("a😀é", 1, 3), "😀");
        assert_eq!(slice("abc", 2, 1), "");
        assert_eq!(units("aé"), ["a", "é"]);
    }

    #[test]
    fn finds_from_both_ends() {
        assert_eq!(find("abcabc", "b", 2), Some(4));
        assert_eq!(find("é😀b", "b", 0), Some(3));
        assert_eq!(find("abc", "", 9), None);
        assert_eq!(find_last("abcabc", "b", usize::MAX), Some(4));
        assert_eq!(find_last("abcabc", "b", 3), Some(1));
    }

    #[test]
    fn orders_by_code_unit() {
        assert_eq!(compare("😀", "\u{ff01}"), Ordering::Less);
    }
}
