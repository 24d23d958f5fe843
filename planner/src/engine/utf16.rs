//! Strings by UTF-16 code units, as JavaScript counts, slices and orders them.
//!
//! A slice that cuts a surrogate pair gives the replacement character, because Rust strings have no half pairs.
//! Every function charges the meter for the text that it reads, which is the whole text unless it is ASCII.

use std::cmp::Ordering;

use super::error::Complaint;
use super::limits::Meter;

/// The number of code units.
pub(super) fn length(text: &str, meter: &Meter) -> Result<usize, Complaint> {
    meter.scan(text.len())?;
    Ok(count(text))
}

fn count(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    // Characters of four bytes are the ones of two code units.
    text.chars().count() + text.bytes().filter(|byte| *byte >= 0xf0).count()
}

/// The code units from `start` to before `end`; both are cut to the string.
pub(super) fn slice(
    text: &str,
    start: usize,
    end: usize,
    meter: &Meter,
) -> Result<String, Complaint> {
    meter.scan(text.len())?;
    meter.text(text.len().min(end.saturating_sub(start).saturating_mul(3)))?;
    if text.is_ascii() {
        let end = end.min(text.len());
        return Ok(text[start.min(end)..end].to_owned());
    }
    let count = end.saturating_sub(start);
    let units: Vec<u16> = text.encode_utf16().skip(start).take(count).collect();
    Ok(String::from_utf16_lossy(&units))
}

/// The code units one by one: each is a text of its own, and costs as much.
pub(super) fn units(text: &str, meter: &Meter) -> Result<Vec<String>, Complaint> {
    meter.spend(text.len().saturating_mul(4))?;
    if text.chars().all(|c| c.len_utf16() == 1) {
        return Ok(text.chars().map(String::from).collect());
    }
    Ok(text.encode_utf16().map(|unit| String::from_utf16_lossy(&[unit])).collect())
}

/// Where `needle` starts at or after `from`.
pub(super) fn find(
    text: &str,
    needle: &str,
    from: usize,
    meter: &Meter,
) -> Result<Option<usize>, Complaint> {
    meter.scan(text.len() + needle.len())?;
    let Some(byte) = byte_at(text, from) else { return Ok(None) };
    Ok(text[byte..].find(needle).map(|found| count(&text[..byte + found])))
}

/// Where `needle` last starts at or before `until`.
pub(super) fn find_last(
    text: &str,
    needle: &str,
    until: usize,
    meter: &Meter,
) -> Result<Option<usize>, Complaint> {
    meter.scan(text.len() + needle.len())?;
    let last_start = byte_at(text, until).unwrap_or(text.len());
    let end = (last_start + needle.len()).min(text.len());
    let end = (end..=text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(text.len());
    Ok(text[..end].rfind(needle).map(|found| count(&text[..found])))
}

/// The order of JavaScript's `<`.
pub(super) fn compare(left: &str, right: &str, meter: &Meter) -> Result<Ordering, Complaint> {
    meter.scan(left.len().min(right.len()))?;
    Ok(left.encode_utf16().cmp(right.encode_utf16()))
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
    use super::super::limits::Budget;
    use super::*;

    fn meter() -> Meter {
        Meter::new(&Budget::default())
    }

    #[test]
    fn counts_and_slices_code_units() {
        let units = |text| units(text, &meter()).unwrap_or_default();
        let slice = |text, start, end| slice(text, start, end, &meter()).unwrap_or_default();
        assert_eq!(length("a😀é", &meter()).ok(), Some(4));
        assert_eq!(slice("a😀é", 1, 3), "😀");
        assert_eq!(slice("abc", 2, 1), "");
        assert_eq!(units("aé"), ["a", "é"]);
    }

    #[test]
    fn finds_from_both_ends() {
        let find = |text, needle, from| find(text, needle, from, &meter()).ok().flatten();
        let find_last =
            |text, needle, until| find_last(text, needle, until, &meter()).ok().flatten();
        assert_eq!(find("abcabc", "b", 2), Some(4));
        assert_eq!(find("é😀b", "b", 0), Some(3));
        assert_eq!(find("abc", "", 9), None);
        assert_eq!(find_last("abcabc", "b", usize::MAX), Some(4));
        assert_eq!(find_last("abcabc", "b", 3), Some(1));
    }

    #[test]
    fn orders_by_code_unit() {
        assert_eq!(compare("😀", "\u{ff01}", &meter()).ok(), Some(Ordering::Less));
    }
}
