//! Prepares a text for the parser: checks its size and the depth of its brackets, removes a byte order
//! mark, and replaces escaped surrogate pairs, which JSON has and YAML does not have, by escaped
//! characters.

use std::borrow::Cow;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::{
    YamlError, brackets,
    limits::{BYTES, DEPTH, too_deep},
};
use crate::base::text::position;

/// Returns the text to parse. Lines keep their numbers.
///
/// # Errors
/// When the text is too large, or brackets in it are nested too deep: the scanner takes quadratic time in
/// the depth of brackets.
pub(super) fn prepare(text: &str) -> Result<Cow<'_, str>, YamlError> {
    let text = text.trim_start_matches('\u{feff}');
    if text.len() > BYTES {
        let message = format!("a text of {} bytes is too large; the most is {BYTES}", text.len());
        return Err(YamlError { message, position: None });
    }
    if let Some(byte) = control_character(text.as_bytes()) {
        return Err(YamlError::at(position(text, byte), "control characters are not allowed"));
    }
    if let Some(byte) = brackets::too_deep(text) {
        return Err(too_deep(DEPTH, position(text, byte)));
    }
    Ok(match has_surrogates(text) {
        true => Cow::Owned(join_surrogates(text)),
        false => Cow::Borrowed(text),
    })
}

/// Finds a character that YAML allows as an escape only (YAML 1.2, section 5.1): C0 and C1 controls and
/// DEL, without tabs and ends of lines.
fn control_character(text: &[u8]) -> Option<usize> {
    let is_control =
        |byte: &u8| (*byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')) || *byte == 0x7f;
    let c1 =
        |at: &usize| text.get(at + 1).is_some_and(|byte| matches!(byte, 0x80..=0x84 | 0x86..=0x9f));
    text.iter().position(is_control).or_else(|| memchr::memchr_iter(0xc2, text).find(c1))
}

/// Whether there is the escape of a surrogate, in quotes or not.
fn has_surrogates(text: &str) -> bool {
    memchr::memchr_iter(b'\\', text.as_bytes()).any(|at| surrogate(text.as_bytes(), at).is_some())
}

/// The surrogate whose escape, such as `\uD83D`, begins at a byte.
fn surrogate(text: &[u8], at: usize) -> Option<u32> {
    let hex = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let code = u32::from_str_radix(str::from_utf8(hex).ok()?, 16).ok()?;
    (0xD800..=0xDFFF).contains(&code).then_some(code)
}

/// Replaces surrogate pairs within double quotes. An unpaired surrogate is kept, and refused by the
/// parser.
fn join_surrogates(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut copied = 0;
    for quote in double_quotes(text) {
        let mut at = quote + 1;
        while let Some(step) =
            memchr::memchr2(b'\\', b'"', text.as_bytes().get(at..).unwrap_or_default())
        {
            at += step;
            if text.as_bytes()[at] == b'"' {
                break;
            }
            let halves = (surrogate(text.as_bytes(), at), surrogate(text.as_bytes(), at + 6));
            if let (Some(high @ 0xD800..=0xDBFF), Some(low @ 0xDC00..=0xDFFF)) = halves {
                let code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                joined.push_str(&text[copied..at]);
                joined.push_str(&format!("\\U{code:08X}"));
                at += 12;
                copied = at;
            } else {
                at += 2;
            }
        }
    }
    joined.push_str(&text[copied..]);
    joined
}

/// The bytes of the quotes that open double-quoted scalars, up to the first mistake.
fn double_quotes(text: &str) -> Vec<usize> {
    // The parser refuses surrogates, so that each is replaced by another escape of the same length.
    let mut readable = text.as_bytes().to_vec();
    for at in memchr::memchr_iter(b'\\', text.as_bytes()) {
        if surrogate(text.as_bytes(), at).is_some() {
            readable[at + 2..at + 6].copy_from_slice(b"0041");
        }
    }
    let readable = String::from_utf8_lossy(&readable);
    let mut chars = readable.char_indices().map(|(byte, _)| byte);
    let (mut taken, mut quotes) = (0, Vec::new());
    for event in Parser::new_from_str(&readable).map_while(Result::ok) {
        match event {
            (Event::Scalar(_, ScalarStyle::DoubleQuoted, ..), span) => {
                let index = span.start.index();
                quotes.extend(index.checked_sub(taken).and_then(|ahead| chars.nth(ahead)));
                taken = index + 1;
            }
            (Event::StreamEnd, _) => break,
            _ => {}
        }
    }
    quotes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_borrowed_where_nothing_is_replaced() {
        for text in ["a: 1", "a: \"\\u00e9\\n\"", "\u{feff}a: '\\'"] {
            assert!(matches!(prepare(text), Ok(Cow::Borrowed(_))), "{text}");
        }
    }

    #[test]
    fn control_characters_have_a_place() {
        for c in ['\0', '\u{1b}', '\u{7f}', '\u{80}', '\u{9b}'] {
            let error = prepare(&format!("a: é\nb: é{c}")).expect_err("refused").to_string();
            assert_eq!(error, "control characters are not allowed");
        }
        assert!(prepare("\t\r\n\u{85}\u{a0}é").is_ok());
    }

    #[test]
    fn surrogate_pairs_are_joined_in_double_quotes_only() {
        let joined = |text: &str| prepare(text).map(Cow::into_owned);
        let pair = r"\ud83d\uDE00";
        assert_eq!(
            joined(&format!("[\"é{pair}{pair}\"]")),
            Ok("[\"é\\U0001F600\\U0001F600\"]".into())
        );
        for text in [
            format!("a: '{pair}'"),
            format!("a: {pair}"),
            format!("a: |\n  \"{pair}\"\n"),
            format!("# \"{pair}\"\na: 1"),
            format!("a: \"\\{pair}\""),
        ] {
            assert_eq!(joined(&text), Ok(text.clone()));
        }
    }
}
