//! Scripts as the site publishes them: without comments on lines of their own.
//!
//! Comments are almost a quarter of what a page's scripts weigh. Comments beside code stay, and so do licences. Strings,
//! templates and regular expressions are read as ECMA-262 has them, so that a text never loses a line.

/// Keywords that a value follows, so that a slash after one begins a regular expression.
const BEFORE_VALUES: [&str; 9] =
    ["return", "typeof", "case", "in", "of", "void", "delete", "await", "yield"];

/// A script without the lines that have only comments or nothing.
pub(super) fn without_comments(script: &str) -> String {
    let mut out = String::with_capacity(script.len());
    let mut reader = Reader::default();
    let mut rest = script;
    while !rest.is_empty() {
        if let Some(end) = reader.is_in_code().then(|| comment_end(rest)).flatten() {
            rest = &rest[end..];
            continue;
        }
        let (line, after) = rest.split_at(reader.line_end(rest));
        out.push_str(line);
        rest = after;
    }
    out
}

/// Where the next line begins, when the first line is empty or a comment alone begins there.
fn comment_end(text: &str) -> Option<usize> {
    let trimmed = text.trim_start_matches([' ', '\t']);
    let indent = text.len() - trimmed.len();
    let after_line = |from: usize| text[from..].find('\n').map_or(text.len(), |end| from + end + 1);
    if trimmed.starts_with("//") || trimmed.starts_with(['\n', '\r']) {
        return Some(after_line(indent));
    }
    let comment = trimmed.strip_prefix("/*")?;
    let (comment, after) = comment.split_once("*/")?;
    let is_alone = after.lines().next().is_none_or(|line| line.trim().is_empty());
    let is_licence =
        ["licen", "copyright"].iter().any(|word| comment.to_lowercase().contains(word));
    (is_alone && !is_licence).then(|| after_line(text.len() - after.len()))
}

/// Reads code line by line, and knows whether a line begins inside of a template literal.
#[derive(Default)]
struct Reader {
    /// For each open template literal, the open braces of the expression that is being read in it.
    templates: Vec<u32>,
    /// Whether the text of the last template is being read, not an expression.
    is_text: bool,
}

impl Reader {
    fn is_in_code(&self) -> bool {
        self.templates.is_empty()
    }

    /// Where the first line of a text ends, with its line feed; where a comment goes on, where that line ends.
    fn line_end(&mut self, text: &str) -> usize {
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let next = bytes.get(at + 1).copied();
            at = match byte {
                b'\n' => return at + 1,
                _ if self.is_text => at + self.text_step(byte, next),
                b'/' if next == Some(b'/') => end_of_line(bytes, at),
                b'/' if next == Some(b'*') => text
                    .get(at + 2..)
                    .and_then(|rest| rest.find("*/"))
                    .map_or(bytes.len(), |end| at + end + 4),
                b'/' if begins_pattern(&text[..at]) => pattern_end(bytes, at),
                b'"' | b'\'' => string_end(bytes, at),
                _ => {
                    self.pass_code(byte);
                    at + 1
                }
            };
        }
        bytes.len()
    }

    /// Reads a byte of the text of a template literal; how many bytes belong together.
    fn text_step(&mut self, byte: u8, next: Option<u8>) -> usize {
        match (byte, next) {
            (b'\\', _) => return 2,
            (b'`', _) => {
                self.templates.pop();
                self.is_text = false;
            }
            (b'$', Some(b'{')) => {
                self.is_text = false;
                return 2;
            }
            _ => {}
        }
        1
    }

    fn pass_code(&mut self, byte: u8) {
        match (byte, self.templates.last_mut()) {
            (b'`', _) => {
                self.templates.push(0);
                self.is_text = true;
            }
            (b'{', Some(braces)) => *braces += 1,
            (b'}', Some(0)) => self.is_text = true,
            (b'}', Some(braces)) => *braces -= 1,
            _ => {}
        }
    }
}

fn end_of_line(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| at + end)
}

/// Where a string ends: after its quote, or at the end of its line.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'\n' => return at,
            byte if *byte == bytes[start] => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Where a regular expression ends: after its second slash, or at the end of its line.
fn pattern_end(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut is_class) = (start + 1, false);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\n' => return at,
            b'/' if !is_class => return at + 1,
            b'\\' => at += 1,
            b'[' => is_class = true,
            b']' => is_class = false,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// Whether a slash after this code begins a regular expression: it does where a value cannot have ended.
fn begins_pattern(before: &str) -> bool {
    let before = before.trim_end();
    let word = before.rsplit(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').next();
    match before.chars().next_back() {
        None => true,
        Some(last) if last.is_alphanumeric() || last == '_' || last == '$' => {
            word.is_some_and(|word| BEFORE_VALUES.contains(&word))
        }
        Some(last) => !matches!(last, ')' | ']' | '}' | '`' | '"' | '\''),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_on_their_own_lines_are_removed() {
        let script = "/** What. */\n\nimport './a.js'; // why\n  /* one */ const a = 1;\n\
                      /**\n * Long.\n */\nconst b = 2; /* begins\n// here */\n// end";
        let code = "import './a.js'; // why\n  /* one */ const a = 1;\nconst b = 2; /* begins\n// here */\n";
        assert_eq!(without_comments(script), code);
    }

    #[test]
    fn licence_comments_are_kept() {
        let script = "/* Copyright (c) Example */\n/*! The MIT License */\na();\n";
        assert_eq!(without_comments(script), script);
    }

    #[test]
    fn lines_in_template_literals_are_kept() {
        for script in [
            "const a = `\n// no comment\n\n${b({ c: `\n/* none */\n` })}\n// none\n`;\n",
            "const a = '`', b = \"`\", c = /[/`]`/.test(d) ? `\n// none\n` : 1 / 2;\n",
            "return /`/;\nconst a = `\\`\n// none\n`;\n",
            "/* ` */ const a = 1; // `\nconst b = `\n// none\n`;\n",
        ] {
            assert_eq!(without_comments(script), script);
        }
        let script = "const a = `${'}'}`;\n// a comment\nconst b = c / d; // `\n// another\n";
        assert_eq!(without_comments(script), "const a = `${'}'}`;\nconst b = c / d; // `\n");
    }
}
