//! Source text to tokens: delimiters, white-space control, comments, raw blocks, code tokens.
//!
//! The lexer decides which text is shown; the parser never sees comments or trimmed space.

use std::sync::Arc;

use super::Options;
use super::coercion::is_space;
use super::error::{Complaint, Fault};
use super::limits;
use super::pattern::Pattern;

const BLOCK: (&str, &str) = ("{%", "%}");
const COMMENT: (&str, &str) = ("{#", "#}");
/// Operators and punctuation, longer ones first. The last row is not in the language: the parser
/// explains what to write instead.
const SYMBOLS: [&str; 34] = [
    "===", "!==", "==", "!=", "<=", ">=", "//", "**", "&&", //
    "(", ")", "[", "]", "{", "}", "%", "*", "-", "+", "~", "/", ",", ":", "|", ".", "<", ">", "=",
    "!", "?", "&", ";", "^", "@",
];

/// A token of the language.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'s> {
    /// Text to show as it is.
    Text(&'s str),
    /// `{%`.
    BlockStart,
    /// `%}`.
    BlockEnd,
    /// `${{`.
    OutputStart,
    /// `}}`.
    OutputEnd,
    Name(&'s str),
    Quoted(String),
    Number(f64),
    Regex(Arc<Pattern>),
    Symbol(&'static str),
    End,
}

/// A token and the byte offset where it starts.
#[derive(Debug, Clone)]
pub(super) struct Lexeme<'s> {
    pub(super) at: usize,
    pub(super) token: Token<'s>,
}

/// Splits a whole source; the last token is always `End`.
pub(super) fn lex<'s>(source: &'s str, options: &Options) -> Result<Vec<Lexeme<'s>>, Fault> {
    let mut lexer = Lexer { source, options, at: 0, trim_next: false, tokens: Vec::new() };
    while lexer.at < source.len() {
        lexer.text_and_tag()?;
    }
    lexer.push(source.len(), Token::End);
    lexer.check_count()?;
    Ok(lexer.tokens)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag {
    Block,
    Output,
    Comment,
}

struct Lexer<'s, 'o> {
    source: &'s str,
    options: &'o Options,
    at: usize,
    /// The last tag ended with `-`: drop the white space that follows.
    trim_next: bool,
    tokens: Vec<Lexeme<'s>>,
}

impl<'s> Lexer<'s, '_> {
    fn rest(&self) -> &'s str {
        &self.source[self.at..]
    }

    fn push(&mut self, at: usize, token: Token<'s>) {
        self.tokens.push(Lexeme { at, token });
    }

    fn check_count(&self) -> Result<(), Fault> {
        if self.tokens.len() > limits::TOKENS {
            let message = format!("the template has more than {} words and signs", limits::TOKENS);
            return Err(Complaint::limit(message).at(self.at));
        }
        Ok(())
    }

    /// Reads text up to the next tag, and that tag.
    fn text_and_tag(&mut self) -> Result<(), Fault> {
        let start = self.at;
        let Some((tag, at)) = self.next_tag()? else {
            self.text(start, self.source.len(), None);
            self.at = self.source.len();
            return Ok(());
        };
        self.text(start, at, Some(tag));
        self.at = at;
        self.trim_next = false;
        match tag {
            Tag::Comment => self.comment(),
            Tag::Output => self.output(),
            Tag::Block => self.block(),
        }
    }

    fn next_tag(&self) -> Result<Option<(Tag, usize)>, Fault> {
        let output = self.options.variable_start;
        let starts = ['{', '#', output.chars().next().unwrap_or('{')];
        for (offset, _) in self.rest().match_indices(starts) {
            let at = self.at + offset;
            let here = &self.source[at..];
            if here.starts_with(BLOCK.0) {
                return Ok(Some((Tag::Block, at)));
            } else if here.starts_with(output) {
                return Ok(Some((Tag::Output, at)));
            } else if here.starts_with(COMMENT.0) {
                return Ok(Some((Tag::Comment, at)));
            } else if here.starts_with(COMMENT.1) {
                return Err(Fault::new(at, "`#}` ends a comment that was not begun")
                    .hint("write `{% raw %}#}{% endraw %}` for the characters themselves"));
            }
        }
        Ok(None)
    }

    /// Emits the text before a tag, trimmed as its neighbours ask.
    fn text(&mut self, start: usize, end: usize, next: Option<Tag>) {
        let mut text = &self.source[start..end];
        if next == Some(Tag::Block) && self.options.lstrip_blocks {
            text = strip_indentation(text, start == 0);
        }
        if std::mem::take(&mut self.trim_next) {
            text = text.trim_start_matches(is_space);
        }
        let opener = match next {
            Some(Tag::Block) => BLOCK.0.len(),
            Some(Tag::Output) => self.options.variable_start.len(),
            Some(Tag::Comment) => COMMENT.0.len(),
            None => 0,
        };
        if next.is_some() && self.source[end + opener..].starts_with('-') {
            text = text.trim_end_matches(is_space);
        }
        if !text.is_empty() {
            self.push(start, Token::Text(text));
        }
    }

    fn comment(&mut self) -> Result<(), Fault> {
        let Some(length) = self.rest()[COMMENT.0.len()..].find(COMMENT.1) else {
            return Err(Fault::new(self.at, "this comment is not closed").hint(
                "close it with `#}`, or write `{% raw %}{#{% endraw %}` for the characters",
            ));
        };
        let body = &self.rest()[COMMENT.0.len()..][..length];
        self.trim_next = body.ends_with('-');
        self.at += COMMENT.0.len() + length + COMMENT.1.len();
        Ok(())
    }

    fn output(&mut self) -> Result<(), Fault> {
        let at = self.at;
        self.push(at, Token::OutputStart);
        self.at += self.options.variable_start.len();
        self.code(at, "}}")?;
        self.push(self.at - 2, Token::OutputEnd);
        Ok(())
    }

    fn block(&mut self) -> Result<(), Fault> {
        if let Some((name, length)) = raw_tag(self.rest()) {
            return self.raw(name, length);
        }
        let at = self.at;
        self.push(at, Token::BlockStart);
        self.at += BLOCK.0.len();
        self.code(at, BLOCK.1)?;
        self.push(self.at - 2, Token::BlockEnd);
        self.trim_newline();
        Ok(())
    }

    fn trim_newline(&mut self) {
        if self.options.trim_blocks {
            let rest = self.rest();
            let newline = ["\n", "\r\n"].into_iter().find(|newline| rest.starts_with(newline));
            self.at += newline.map_or(0, str::len);
        }
    }

    /// Reads a raw block up to its end tag; blocks of the same name nest.
    fn raw(&mut self, name: &str, length: usize) -> Result<(), Fault> {
        let opened = self.at;
        self.at += length;
        self.trim_newline();
        let (start, mut level, mut at) = (self.at, 1, self.at);
        while let Some(offset) = self.source[at..].find(BLOCK.0) {
            at += offset;
            let Some((tag, length)) = bare_tag(&self.source[at..]) else {
                at += BLOCK.0.len();
                continue;
            };
            if tag == name {
                level += 1;
            } else if tag.strip_prefix("end") == Some(name) {
                level -= 1;
            }
            if level == 0 {
                if start < at {
                    self.push(start, Token::Text(&self.source[start..at]));
                }
                self.at = at + length;
                self.trim_newline();
                return Ok(());
            }
            at += length;
        }
        Err(Fault::new(opened, format!("`{name}` is not closed"))
            .hint(format!("close it with `{{% end{name} %}}`, without `-`")))
    }

    /// Reads code tokens up to and including `close`.
    fn code(&mut self, opened: usize, close: &str) -> Result<(), Fault> {
        if self.rest().starts_with('-') {
            self.at += 1;
        }
        loop {
            self.at += self.rest().len() - self.rest().trim_start_matches(is_code_space).len();
            let rest = self.rest();
            if rest.is_empty() {
                return Err(Fault::new(opened, format!("this tag is not closed with `{close}`")));
            }
            let dash = usize::from(rest.starts_with('-'));
            if rest[dash..].starts_with(close) {
                self.trim_next = dash == 1;
                self.at += dash + close.len();
                return Ok(());
            }
            self.code_token(rest)?;
            self.check_count()?;
        }
    }

    fn code_token(&mut self, rest: &'s str) -> Result<(), Fault> {
        let at = self.at;
        let first = rest.chars().next().unwrap_or_default();
        if first == '"' || first == '\'' {
            return self.string(first);
        }
        if first == 'r' && rest[1..].starts_with('/') {
            return self.regex();
        }
        let length = rest.find(|c| !is_name_char(c)).unwrap_or(rest.len());
        if length == 0 {
            let Some(symbol) = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) else {
                return Err(Fault::new(at, format!("unexpected character `{first}`")));
            };
            self.at += symbol.len();
            self.push(at, Token::Symbol(symbol));
            return Ok(());
        }
        let word = &rest[..length];
        self.at += length;
        if first.is_ascii_digit() {
            return self.number(at, word);
        }
        self.push(at, Token::Name(word));
        Ok(())
    }

    /// Reads `r/source/flags`.
    fn regex(&mut self) -> Result<(), Fault> {
        let at = self.at;
        let body = &self.rest()[2..];
        // Nunjucks looks only at the character before.
        let ends = |(end, _): &(usize, &str)| !body[..*end].ends_with('\\');
        let Some((end, _)) = body.match_indices('/').find(ends) else {
            return Err(Fault::new(at, "this regular expression is not closed with `/`"));
        };
        let flags = &body[end + 1..];
        let length = flags.find(|c| !"gimy".contains(c)).unwrap_or(flags.len());
        let pattern =
            Pattern::parse(&body[..end], &flags[..length]).map_err(|complaint| complaint.at(at))?;
        self.at += 2 + end + 1 + length;
        self.push(at, Token::Regex(Arc::new(pattern)));
        Ok(())
    }

    fn number(&mut self, at: usize, word: &'s str) -> Result<(), Fault> {
        if let Some(fraction) = self.rest().strip_prefix('.') {
            self.at += 1 + fraction.find(|c: char| !c.is_ascii_digit()).unwrap_or(fraction.len());
        }
        let next_is_name = self.rest().starts_with(is_name_char);
        // A name may start with a digit, such as `3scale`; `1e3` and `0x1f` are meant as numbers.
        let is_name = word.bytes().any(|byte| byte.is_ascii_alphabetic() && !is_of_number(byte));
        if is_name && self.at - at == word.len() {
            self.push(at, Token::Name(word));
            return Ok(());
        }
        match self.source[at..self.at].parse() {
            Ok(number) if word.bytes().all(|byte| byte.is_ascii_digit()) && !next_is_name => {
                self.push(at, Token::Number(number));
                Ok(())
            }
            _ => Err(Fault::new(at, "this is not a number")
                .hint("numbers are written like `12` or `1.5`, names start with a letter")),
        }
    }

    fn string(&mut self, quote: char) -> Result<(), Fault> {
        let at = self.at;
        let mut text = String::new();
        let mut chars = self.rest()[1..].char_indices();
        while let Some((offset, c)) = chars.next() {
            if c == quote {
                self.at += 1 + offset + 1;
                self.push(at, Token::Quoted(text));
                return Ok(());
            }
            text.push(match (c, c == '\\') {
                (_, true) => match chars.next() {
                    Some((_, 'n')) => '\n',
                    Some((_, 't')) => '\t',
                    Some((_, 'r')) => '\r',
                    Some((_, escaped)) => escaped,
                    None => break,
                },
                _ => c,
            });
        }
        Err(Fault::new(at, "this string is not closed").hint(format!("close it with `{quote}`")))
    }
}

fn is_code_space(c: char) -> bool {
    matches!(c, ' ' | '\n' | '\t' | '\r' | '\u{a0}')
}

fn is_of_number(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || byte == b'x'
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$' || (!c.is_ascii() && !is_code_space(c))
}

/// Drops the indentation before a block tag that is first on its line.
fn strip_indentation(text: &str, at_start: bool) -> &str {
    let line = match text.rfind('\n') {
        Some(newline) => newline + 1,
        None if at_start => 0,
        None => return text,
    };
    if text[line..].chars().all(is_space) { &text[..line] } else { text }
}

/// Recognises the tag that opens a raw block: its name and length.
fn raw_tag(rest: &str) -> Option<(&'static str, usize)> {
    let inner = &rest[BLOCK.0.len()..];
    let body = inner.strip_prefix('-').unwrap_or(inner).trim_start_matches(is_code_space);
    let name = ["raw", "verbatim"].into_iter().find(|name| body.starts_with(name))?;
    let end = body[name.len()..].trim_start_matches(is_code_space);
    let end = end.strip_prefix('-').unwrap_or(end).strip_prefix(BLOCK.1)?;
    Some((name, rest.len() - end.len()))
}

/// Recognises a tag of one name without `-`, which is all that raw blocks look at.
fn bare_tag(rest: &str) -> Option<(&str, usize)> {
    let body = rest[BLOCK.0.len()..].trim_start_matches(is_space);
    let length = body.find(|c: char| !c.is_ascii_alphabetic())?;
    let end = body[length..].trim_start_matches(is_space).strip_prefix(BLOCK.1)?;
    Some((&body[..length], rest.len() - end.len()))
}
