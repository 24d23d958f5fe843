//! Escapes of invisible characters.

use std::{borrow::Cow, fmt::Write};

/// Writes a text on one line. Control characters, characters that change the direction of writing, line
/// separators, characters without any shape and Unicode's noncharacters become escapes as Rust writes
/// them: `\n`, `\u{1b}`, `\u{202e}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    escape(text, |_| false)
}

/// Escapes as [`visible`] does, but keeps line feeds and tabs. A carriage return before a line feed is
/// removed.
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    let is_kept = |character| matches!(character, '\n' | '\t');
    if text.contains("\r\n") {
        return escape(&text.replace("\r\n", "\n"), is_kept).into_owned().into();
    }
    escape(text, is_kept)
}

/// Escapes a name that is refused as [`visible`] does, and joiners and variation selectors, too, so that a
/// reader sees how it differs from the name that it looks like.
pub fn visible_name(text: &str) -> Cow<'_, str> {
    let is_shown =
        |c| is_hidden(c) || matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}');
    escape_all(text, is_shown)
}

fn escape(text: &str, is_kept: impl Fn(char) -> bool) -> Cow<'_, str> {
    // Most texts are printable ASCII, for which a scan of the bytes is enough.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.into();
    }
    escape_all(text, |character| is_hidden(character) && !is_kept(character))
}

fn escape_all(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            _ if !is_escaped(character) => escaped.push(character),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            _ => {
                let _ = write!(escaped, "\\u{{{:x}}}", u32::from(character));
            }
        }
    }
    escaped.into()
}

/// True for an invisible character that is not white space between words.
///
/// The joiners U+200C and U+200D and variation selectors 1 to 16 are not among them, because Persian, the
/// scripts of India and emoji need them.
pub(super) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            // The soft hyphen, the combining grapheme joiner and the Arabic letter mark.
            '\u{ad}' | '\u{34f}' | '\u{61c}'
            // Fillers, and vowels that have no shape.
            | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{3164}' | '\u{ffa0}'
            // The space without width, and marks of direction.
            | '\u{200b}' | '\u{200e}' | '\u{200f}'
            // Separators of lines and paragraphs, embedding, overriding and isolating of directions.
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            // The byte order mark, marks of annotations, and private noncharacters.
            | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fdd0}'..='\u{fdef}'
            // Shapes of shorthand and of music, tags, and further variation selectors.
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        )
        // The last two characters of each plane are noncharacters.
        || u32::from(character) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_written_as_an_escape() {
        assert_eq!(visible("a\n\u{1b}[2J\u{202e}b\u{2028}"), "a\\n\\u{1b}[2J\\u{202e}b\\u{2028}");
        assert_eq!(visible_lines("a\r\n\tb\rc"), "a\n\tb\\rc");
        for same in ["", "été ✓ 日本", "👩\u{200d}💻", "می\u{200c}خواهم", "❤\u{fe0f}"]
        {
            assert_eq!(visible(same), same);
        }
        assert_eq!(visible_name(".g\u{200c}it\u{fe0f}\u{202e}"), ".g\\u{200c}it\\u{fe0f}\\u{202e}");
        assert_eq!(visible_name("été"), "été");
    }
}
