//! Checks how deep the brackets of a text are nested, in linear time and before it is parsed: the
//! parser takes quadratic time in that depth, and returns no event before the outermost bracket is
//! closed.
//!
//! A flow collection can begin where a bracket does. It is followed from there by the rules of YAML's flow
//! context (YAML 1.2, chapter 7), in which quotes, comments and plain scalars are told apart without
//! knowing what stands around. A bracket in a text or comment begins none; it is followed all the same,
//! and no depth is missed. Where that finds too deep a nest, the parser is asked whether the first bracket
//! is part of a scalar.

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::limits::DEPTH;

/// Most times that the bytes of a text are scanned, because of brackets in it that are not closed.
const ROUNDS: usize = 2 * DEPTH;
/// Most bytes of an anchor or tag before a bracket.
const WORD: usize = 256;

/// Finds the byte at which brackets are nested deeper than [`DEPTH`].
pub(super) fn too_deep(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    // Fewer brackets cannot be nested deeper.
    memchr::memchr2_iter(b'[', b'{', bytes).nth(DEPTH)?;
    let mut left = bytes.len().saturating_mul(ROUNDS);
    let first = bytes.iter().position(|byte| !is_blank(*byte));
    let mut from = 0;
    while let Some(step) = memchr::memchr2(b'[', b'{', &bytes[from..]) {
        let start = from + step;
        from = start + 1;
        if !can_begin(bytes, start) {
            continue;
        }
        let mut flow = Flow::new(bytes, start);
        let end = flow.follow();
        left = left.saturating_sub(flow.at - start);
        match end {
            _ if left == 0 => return Some(start),
            End::TooDeep => match end_of_scalar_around(text, start) {
                Some(end) => {
                    left = left.saturating_sub(bytes.len());
                    from = end;
                }
                None => return Some(flow.at),
            },
            // Nothing stands around the first token of a text, so that what it holds, as in JSON, is known.
            End::Closed if first == Some(start) => from = flow.at,
            // A closed collection was scanned by the rules of flow context, unless it is part of a text.
            End::Closed | End::Broken => {}
        }
    }
    None
}

/// The byte behind the scalar that a bracket is part of, if it is part of one.
///
/// The parser itself says so: it reads the text up to the bracket as it is, and behind it without brackets,
/// which takes linear time. A comma stands for each, because it is part of the same scalars as a bracket:
/// of all quoted and literal ones, and of plain ones outside flow collections.
fn end_of_scalar_around(text: &str, bracket: usize) -> Option<usize> {
    let (before, rest) = text.split_at(bracket);
    let flat = [before, &rest.replace(['[', '{', ']', '}'], ",")].concat();
    let position = before.chars().count();
    let (_, span) = Parser::new_from_str(&flat)
        .map_while(Result::ok)
        .filter_map(|(event, span)| match event {
            Event::Scalar(_, style, ..) => Some((style, span)),
            _ => None,
        })
        .find(|(_, span)| span.end.index() > position)
        .filter(|(style, span)| match style {
            // A block scalar begins with its first character, others with a quote or another character.
            ScalarStyle::Literal | ScalarStyle::Folded => span.start.index() <= position,
            _ => span.start.index() < position,
        })?;
    let rest = rest.char_indices().map(|(byte, _)| bracket + byte);
    rest.chain([text.len()]).nth(span.end.index() - position)
}

/// Whether a token may begin at a bracket: after white space, an indicator, a quote, an anchor, alias or
/// tag, or the byte order mark. Elsewhere it is part of a plain scalar.
fn can_begin(bytes: &[u8], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| bytes[before]) else { return true };
    if is_blank(before) || matches!(before, b':' | b'"' | b'\'' | b',' | b']' | b'}' | b'>' | 0xbf)
    {
        return true;
    }
    let near = &bytes[at.saturating_sub(WORD)..at];
    match near.iter().rposition(|byte| is_blank(*byte) || is_flow(*byte)) {
        Some(blank) => matches!(near[blank + 1..].first(), Some(b'&' | b'*' | b'!')),
        None => at > WORD || matches!(near[0], b'&' | b'*' | b'!'),
    }
}

enum End {
    Closed,
    TooDeep,
    /// The text ended, or the next line does not belong to the collection.
    Broken,
}

/// A scan of one flow collection.
struct Flow<'t> {
    bytes: &'t [u8],
    at: usize,
    depth: usize,
    /// Indentation of the line of the first bracket. A line with less indentation ends the block around it.
    indent: usize,
    /// Whether the last token was a quoted scalar or a closed collection, after which `:` needs no space.
    is_adjacent: bool,
}

impl<'t> Flow<'t> {
    fn new(bytes: &'t [u8], start: usize) -> Self {
        let line = bytes[..start].iter().rposition(|byte| is_break(*byte)).map_or(0, |at| at + 1);
        let indent = bytes[line..start].iter().take_while(|byte| **byte == b' ').count();
        Self { bytes, at: start, depth: 0, indent, is_adjacent: false }
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn follow(&mut self) -> End {
        loop {
            if !self.skip_blank() {
                return End::Broken;
            }
            let Some(byte) = self.byte(0) else { return End::Broken };
            let was_adjacent = std::mem::take(&mut self.is_adjacent);
            match byte {
                b'[' | b'{' => {
                    self.depth += 1;
                    if self.depth > DEPTH {
                        return End::TooDeep;
                    }
                    self.at += 1;
                }
                b']' | b'}' => {
                    self.depth -= 1;
                    self.at += 1;
                    self.is_adjacent = true;
                    if self.depth == 0 {
                        return End::Closed;
                    }
                }
                b',' => self.at += 1,
                b'"' | b'\'' => self.skip_quoted(byte),
                b'&' | b'*' | b'!' => self.skip_property(),
                b':' if was_adjacent => self.at += 1,
                b':' | b'-' | b'?' if self.ends_word(1) => self.at += 1,
                _ => self.skip_plain(),
            }
        }
    }

    /// Skips white space and comments; false where a line begins that is not part of the collection.
    fn skip_blank(&mut self) -> bool {
        while let Some(byte) = self.byte(0) {
            match byte {
                b' ' | b'\t' => self.at += 1,
                b'#' => {
                    let rest = &self.bytes[self.at..];
                    self.at += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
                }
                _ if is_break(byte) => {
                    self.at += 1;
                    let spaces =
                        self.bytes[self.at..].iter().take_while(|byte| **byte == b' ').count();
                    let next = self.byte(spaces).unwrap_or(b'\n');
                    if spaces < self.indent && !is_blank(next) && next != b'#' {
                        return false;
                    }
                }
                _ => return true,
            }
        }
        true
    }

    fn skip_quoted(&mut self, quote: u8) {
        self.at += 1;
        while let Some(byte) = self.byte(0) {
            match byte {
                b'\\' if quote == b'"' => self.at += 2,
                b'\'' if quote == b'\'' && self.byte(1) == Some(b'\'') => self.at += 2,
                _ => {
                    self.at += 1;
                    if byte == quote {
                        break;
                    }
                }
            }
        }
        self.at = self.at.min(self.bytes.len());
        self.is_adjacent = true;
    }

    /// Skips an anchor, alias or tag.
    fn skip_property(&mut self) {
        let is_verbatim = self.byte(0) == Some(b'!') && self.byte(1) == Some(b'<');
        self.at += 1;
        while let Some(byte) = self.byte(0) {
            if is_blank(byte) || (!is_verbatim && is_flow(byte)) {
                break;
            }
            self.at += 1;
            if is_verbatim && byte == b'>' {
                break;
            }
        }
    }

    /// Skips a plain scalar, which may go on in the next line.
    fn skip_plain(&mut self) {
        let mut is_after_blank = false;
        while let Some(byte) = self.byte(0) {
            let ends = is_flow(byte)
                || (byte == b':' && self.ends_word(1))
                || (byte == b'#' && is_after_blank);
            if ends {
                break;
            }
            is_after_blank = is_blank(byte);
            self.at += 1;
        }
    }

    fn ends_word(&self, ahead: usize) -> bool {
        self.byte(ahead).is_none_or(|byte| is_blank(byte) || is_flow(byte))
    }
}

fn is_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

fn is_blank(byte: u8) -> bool {
    is_break(byte) || matches!(byte, b' ' | b'\t')
}

fn is_flow(byte: u8) -> bool {
    matches!(byte, b'[' | b']' | b'{' | b'}' | b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_are_counted_as_the_parser_nests_them() {
        let deep = [
            "[",
            "{a: ",
            "[\"]\", ",
            "[ # ]\n",
            "[a\n, ",
            "[!<]> x, ",
            "[\"\\\"]\", ",
            "[''']', ",
            "[a#b\n#]\n, ",
            "{\"a\":[",
            "\t[",
        ];
        for unit in deep {
            let openers = unit.matches(['[', '{']).count();
            assert_eq!(too_deep(&unit.repeat(DEPTH / openers)), None, "{unit}");
            for start in ["", "a: ", "\"a\"", "[a]", "&a", "- !t ", "x\n---\n"] {
                let text = format!("{start}{}", unit.repeat(DEPTH + 1));
                assert!(too_deep(&text).is_some(), "{start}{unit}");
            }
        }
        for unit in ["[']', a'], ", "[&] a, ", "[a #]\n], ", "[a\n\"], "] {
            assert_eq!(too_deep(&unit.repeat(DEPTH * 2)), None, "{unit}");
        }
    }

    #[test]
    fn wide_collections_and_texts_are_not_deep() {
        let open = "[".repeat(1000);
        for text in [
            format!("a: 'x{open}'\nb: x{open}\n"),
            "[a], ".repeat(1000),
            format!("[{}]", "{a: [\"]\"]}, ".repeat(1000)),
            format!("a: |\n{}", "  the interval [0, 1]\n".repeat(1000)),
            "- a: [0, 1)\n".repeat(100),
            format!("\n{{\"a\": \"x {open}\", \"b\": [\"> [{open}\"]}}\n"),
            format!("é: \"x {open}\"\nb: 'x {open} é'\nc: {{d: 'x {open}'}}\n"),
            format!("\"a: x {open}\""),
            format!("- \"x {open}\"\n- x {open}"),
            format!("--- |\n {open}"),
            format!("a: x {open} y\nb:\n- |\n  [{open}\n\n  {open}\n- >-\n  x {open}\nc: 1\n"),
        ] {
            assert_eq!(too_deep(&text), None, "{text:.40}");
        }
    }

    #[test]
    fn what_follows_a_text_of_brackets_is_counted() {
        let open = "[".repeat(1000);
        for text in [
            format!("a: \"x {open}\"\nb: {open}"),
            format!("a: |\n  x {open}\nb:\n- {open}"),
            format!("a: 'x {open}' # {open}\n--- {open}"),
            format!("a: x {open}\n\n\n{open}"),
            format!("{{a: x {open}"),
            format!("{{a: 'x {open}'}}\n--- {open}"),
            format!("x {open}\n--- {open}"),
            format!("- {open}"),
            format!("? {open}"),
            format!("'x': {open}"),
            format!("a: {{b: 'x {open}', c: x {open}"),
        ] {
            assert!(too_deep(&text).is_some(), "{text:.40}");
        }
    }
}
