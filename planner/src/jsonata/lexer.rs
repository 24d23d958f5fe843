//! The tokens of an expression.

use std::rc::Rc;

use super::JsonataError;

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A word that is no variable, or a name in backticks.
    Name(Rc<str>),
    /// `$name`, without the `$`.
    Variable(Rc<str>),
    Text(Rc<str>),
    Number(f64),
    Sign(&'static str),
    End,
}

/// All signs, longer ones first.
const SIGNS: &[&str] = &[
    "..", ":=", "!=", ">=", "<=", "**", "~>", "?:", "??", ".", "[", "]", "{", "}", "(", ")", ",",
    "@", "#", ";", ":", "?", "+", "-", "*", "/", "%", "|", "=", "<", ">", "^", "&", "!", "~",
];

/// Splits an expression into tokens, each with its place in characters from 1.
pub(super) fn tokens(source: &str) -> Result<Vec<(usize, Token)>, JsonataError> {
    let mut lexer = Lexer { source, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_space()?;
        let place = lexer.place();
        let token = lexer.token()?;
        let is_end = token == Token::End;
        tokens.push((place, token));
        if is_end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Lexer<'s> {
    fn rest(&self) -> &'s str {
        &self.source[self.at..]
    }

    fn place(&self) -> usize {
        self.source[..self.at].chars().count() + 1
    }

    fn wrong<T>(&self, message: &str) -> Result<T, JsonataError> {
        Err(JsonataError::Syntax(self.place(), message.to_owned()))
    }

    fn skip_space(&mut self) -> Result<(), JsonataError> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with("/*") {
                return Ok(());
            }
            match trimmed.find("*/") {
                Some(end) => self.at += end + 2,
                None => return self.wrong("a comment does not end"),
            }
        }
    }

    fn token(&mut self) -> Result<Token, JsonataError> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return Ok(Token::End);
        };
        match first {
            '"' | '\'' => self.text(first),
            '`' => match rest[1..].find('`') {
                Some(end) => {
                    self.at += end + 2;
                    Ok(Token::Name(rest[1..=end].into()))
                }
                None => self.wrong("a name in backticks does not end"),
            },
            '$' => {
                let name = word(&rest[1..]);
                self.at += 1 + name.len();
                // `$$` is the root.
                if name.is_empty() && rest[1..].starts_with('$') {
                    self.at += 1;
                    return Ok(Token::Variable("$".into()));
                }
                Ok(Token::Variable(name.into()))
            }
            '0'..='9' => self.number(),
            _ => {
                if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
                    self.at += sign.len();
                    return Ok(Token::Sign(sign));
                }
                let name = word(rest);
                if name.is_empty() {
                    return self.wrong("this character has no meaning");
                }
                self.at += name.len();
                Ok(Token::Name(name.into()))
            }
        }
    }

    fn number(&mut self) -> Result<Token, JsonataError> {
        let rest = self.rest().as_bytes();
        let digits = |from: usize| rest[from..].iter().take_while(|b| b.is_ascii_digit()).count();
        let mut end = digits(0);
        if rest.get(end) == Some(&b'.') && digits(end + 1) > 0 {
            end += 1 + digits(end + 1);
        }
        if matches!(rest.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(rest.get(end + 1), Some(b'+' | b'-')));
            if digits(end + 1 + sign) > 0 {
                end += 1 + sign + digits(end + 1 + sign);
            }
        }
        let number: Option<f64> = self.rest()[..end].parse().ok();
        match number.filter(|number| number.is_finite()) {
            Some(number) => {
                self.at += end;
                Ok(Token::Number(number))
            }
            None => self.wrong("this number is too large"),
        }
    }

    fn text(&mut self, quote: char) -> Result<Token, JsonataError> {
        let mut out = String::new();
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            match character {
                _ if character == quote => {
                    self.at += at + 1;
                    return Ok(Token::Text(out.into()));
                }
                '\\' => {
                    let escaped = match characters.next().map(|(_, c)| c) {
                        Some('b') => '\u{8}',
                        Some('f') => '\u{c}',
                        Some('n') => '\n',
                        Some('r') => '\r',
                        Some('t') => '\t',
                        Some(c @ ('"' | '\'' | '\\' | '/' | '`')) => c,
                        Some('u') => {
                            let digits: String =
                                characters.by_ref().take(4).map(|(_, c)| c).collect();
                            let code =
                                u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                            match code {
                                Some(code) => code,
                                None => return self.wrong("a text has a wrong `\\u`"),
                            }
                        }
                        _ => return self.wrong("a text has a wrong escape"),
                    };
                    out.push(escaped);
                }
                character => out.push(character),
            }
        }
        self.wrong("a text does not end")
    }
}

/// The letters, digits and underscores at the start of a text.
fn word(text: &str) -> &str {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let end = text.find(|c: char| !is_part(c)).unwrap_or(text.len());
    &text[..end]
}
