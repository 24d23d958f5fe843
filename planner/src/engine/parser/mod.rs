//! Tokens to a tree: statements. Expressions are in `expression`, JavaScript's precedence in
//! `grouping`. Nothing is evaluated here.

mod expression;
mod grouping;
mod operand;

use std::sync::Arc;

use super::Options;
use super::ast::{Arguments, Expr, ExprKind, Loop, Node};
use super::error::{Fault, did_you_mean};
use super::lexer::{Lexeme, Token, lex};
use super::limits;

/// Statements that Nunjucks has and this engine does not have yet.
const NOT_YET: [&str; 6] = ["macro", "call", "block", "ifAsync", "asyncEach", "asyncAll"];
/// Statements that read other templates: there are none.
const LOADING: [&str; 4] = ["include", "import", "from", "extends"];
const STATEMENTS: [&str; 15] = [
    "if",
    "elif",
    "else",
    "endif",
    "for",
    "endfor",
    "set",
    "endset",
    "filter",
    "endfilter",
    "raw",
    "endraw",
    "switch",
    "case",
    "endswitch",
];

/// Parses a whole template; says what that cost, too.
pub(super) fn parse(source: &str, options: &Options) -> Result<(Vec<Node>, usize), Fault> {
    if source.len() > limits::SOURCE_BYTES {
        return Err(Fault::new(
            0,
            format!("the template is longer than {} bytes", limits::SOURCE_BYTES),
        ));
    }
    let mut parser = Parser { tokens: lex(source, options)?, next: 0, depth: 0 };
    let cost = limits::reading(source.len(), parser.tokens.len());
    Ok((parser.nodes(&[], None)?, cost))
}

struct Parser<'s> {
    tokens: Vec<Lexeme<'s>>,
    next: usize,
    depth: usize,
}

impl<'s> Parser<'s> {
    fn peek(&self) -> &Token<'s> {
        &self.tokens[self.next].token
    }

    fn peek_second(&self) -> Option<&Token<'s>> {
        self.tokens.get(self.next + 1).map(|lexeme| &lexeme.token)
    }

    fn at(&self) -> usize {
        self.tokens[self.next].at
    }

    /// Takes the next token; `End` stays, so that there always is one.
    fn take(&mut self) -> Lexeme<'s> {
        let lexeme = self.tokens[self.next].clone();
        if lexeme.token != Token::End {
            self.next += 1;
        }
        lexeme
    }

    fn skip(&mut self, token: &Token<'_>) -> bool {
        let found = self.peek() == token;
        if found {
            self.next += 1;
        }
        found
    }

    fn skip_symbol(&mut self, symbol: &'static str) -> bool {
        self.skip(&Token::Symbol(symbol))
    }

    fn skip_name(&mut self, name: &str) -> bool {
        self.skip(&Token::Name(name))
    }

    /// Runs `parse` one level deeper, within the limit.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth >= limits::NESTING {
            return Err(too_deep(self.at()));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// Parses nodes up to a statement named in `until`, whose name is the next token then.
    fn nodes(&mut self, until: &[&str], opened: Option<(usize, &str)>) -> Result<Vec<Node>, Fault> {
        let mut nodes = Vec::new();
        loop {
            let Lexeme { at, token } = self.take();
            match token {
                Token::Text(text) => nodes.push(Node::Text(text.to_owned())),
                Token::OutputStart => {
                    let value = self.expression()?;
                    if !self.skip(&Token::OutputEnd) {
                        return Err(self.unexpected("`}}`"));
                    }
                    nodes.push(Node::Output(value));
                }
                Token::BlockStart => {
                    if let Token::Name(name) = self.peek()
                        && until.contains(name)
                    {
                        return Ok(nodes);
                    }
                    nodes.push(self.nested(Self::statement)?);
                }
                Token::End => {
                    return match (opened, until.last()) {
                        (Some((at, name)), Some(end)) => {
                            Err(Fault::new(at, format!("`{name}` is not closed"))
                                .hint(format!("close it with `{{% {end} %}}`")))
                        }
                        _ => Ok(nodes),
                    };
                }
                _ => return Err(Fault::new(at, "unexpected token between tags")),
            }
        }
    }

    fn statement(&mut self) -> Result<Node, Fault> {
        let Lexeme { at, token } = self.take();
        let Token::Name(name) = token else {
            return Err(Fault::new(at, "a statement starts with its name, like `{% if … %}`")
                .hint("write `{% raw %}{%{% endraw %}` for the characters themselves"));
        };
        match name {
            "if" => self.if_statement(at),
            "for" => self.for_statement(at),
            "set" => self.set_statement(at),
            "filter" => self.filter_statement(at),
            "switch" => self.switch_statement(at),
            _ => Err(unknown_statement(at, name)),
        }
    }

    fn block_end(&mut self) -> Result<(), Fault> {
        if self.skip(&Token::BlockEnd) { Ok(()) } else { Err(self.unexpected("`%}`")) }
    }

    /// Takes the name of a closing statement and the end of its tag.
    fn closing(&mut self) -> Result<(), Fault> {
        self.take();
        self.block_end()
    }

    fn if_statement(&mut self, at: usize) -> Result<Node, Fault> {
        const UNTIL: [&str; 4] = ["elif", "elseif", "else", "endif"];
        let mut branches = Vec::new();
        loop {
            let condition = self.expression()?;
            self.block_end()?;
            branches.push((condition, self.nodes(&UNTIL, Some((at, "if")))?));
            if !self.skip_name("elif") && !self.skip_name("elseif") {
                break;
            }
        }
        let mut otherwise = Vec::new();
        if self.skip_name("else") {
            self.block_end()?;
            otherwise = self.nodes(&["endif"], Some((at, "if")))?;
        }
        self.closing()?;
        Ok(Node::If { branches, otherwise })
    }

    fn for_statement(&mut self, at: usize) -> Result<Node, Fault> {
        let targets = self.targets()?;
        if !self.skip_name("in") {
            return Err(self.unexpected("`in`"));
        }
        let sequence = self.expression()?;
        self.block_end()?;
        let body = self.nodes(&["else", "endfor"], Some((at, "for")))?;
        let mut otherwise = Vec::new();
        if self.skip_name("else") {
            self.block_end()?;
            otherwise = self.nodes(&["endfor"], Some((at, "for")))?;
        }
        self.closing()?;
        Ok(Node::For(Box::new(Loop { targets, sequence, body, otherwise })))
    }

    fn set_statement(&mut self, at: usize) -> Result<Node, Fault> {
        let names = self.targets()?;
        let value = if self.skip_symbol("=") {
            let value = self.expression()?;
            self.block_end()?;
            value
        } else {
            self.block_end()?;
            let body = self.nodes(&["endset"], Some((at, "set")))?;
            self.closing()?;
            Expr { at, height: 1, kind: ExprKind::Capture(body) }
        };
        Ok(Node::Set { names, value })
    }

    fn filter_statement(&mut self, at: usize) -> Result<Node, Fault> {
        let (filter_at, filter) = self.filter_name()?;
        let arguments =
            if self.skip_symbol("(") { self.arguments()? } else { Arguments::default() };
        self.block_end()?;
        let body = self.nodes(&["endfilter"], Some((at, "filter")))?;
        self.closing()?;
        let input = Box::new(Expr { at, height: 1, kind: ExprKind::Capture(body) });
        let kind = ExprKind::Filter { input, filter, arguments };
        Ok(Node::Output(Expr { at: filter_at, height: 2, kind }))
    }

    fn switch_statement(&mut self, at: usize) -> Result<Node, Fault> {
        const UNTIL: [&str; 3] = ["case", "default", "endswitch"];
        let opened = Some((at, "switch"));
        let subject = self.expression()?;
        self.block_end()?;
        // What stands before the first case is never shown.
        self.nodes(&UNTIL, opened)?;
        let mut cases = Vec::new();
        while self.skip_name("case") {
            let value = self.expression()?;
            self.block_end()?;
            cases.push((value, self.nodes(&UNTIL, opened)?));
        }
        let mut otherwise = Vec::new();
        if self.skip_name("default") {
            self.block_end()?;
            otherwise = self.nodes(&["endswitch"], opened)?;
        }
        self.closing()?;
        Ok(Node::Switch { subject, cases, otherwise })
    }

    fn targets(&mut self) -> Result<Vec<Arc<str>>, Fault> {
        let mut targets = Vec::new();
        loop {
            match self.peek() {
                Token::Name(name) => targets.push(Arc::from(*name)),
                _ => return Err(self.unexpected("a variable name")),
            }
            self.take();
            if !self.skip_symbol(",") {
                return Ok(targets);
            }
        }
    }

    /// Says what was found instead of `expected`, and how to write what was probably meant.
    pub(super) fn unexpected(&self, expected: &str) -> Fault {
        let at = self.at();
        let (found, hint) = match self.peek() {
            Token::Symbol("&&") => ("`&&`".into(), "use `and`"),
            Token::Symbol("!") => ("`!`".into(), "use `not`"),
            Token::Symbol("?") => ("`?`".into(), "use `a if condition else b`"),
            Token::Symbol("=") => ("`=`".into(), "use `==` to compare"),
            Token::OutputEnd if expected.contains('}') => {
                ("`}}`".into(), "put a space between the closing braces of maps and of the tag")
            }
            Token::OutputEnd => ("`}}`".into(), ""),
            Token::Symbol(symbol) => (format!("`{symbol}`"), ""),
            Token::Name("not") => ("`not`".into(), "put `not …` in parentheses"),
            Token::Name(name) => (format!("`{name}`"), ""),
            Token::Quoted(_) => ("a string".into(), ""),
            Token::Number(_) => ("a number".into(), ""),
            Token::BlockEnd => ("`%}`".into(), ""),
            Token::Text(_) | Token::BlockStart | Token::OutputStart | Token::End => {
                ("the end".into(), "")
            }
        };
        let fault = Fault::new(at, format!("expected {expected}, found {found}"));
        if hint.is_empty() { fault } else { fault.hint(hint) }
    }
}

fn too_deep(at: usize) -> Fault {
    Fault::new(at, format!("the template nests deeper than {}", limits::NESTING))
}

fn unknown_statement(at: usize, name: &str) -> Fault {
    if NOT_YET.contains(&name) {
        return Fault::new(at, format!("`{name}` is not supported yet"));
    }
    if LOADING.contains(&name) {
        return Fault::new(at, format!("`{name}` is not supported: templates stand alone"));
    }
    let known =
        ["elif", "elseif", "else", "case", "default"].contains(&name) || name.starts_with("end");
    if known {
        return Fault::new(at, format!("`{name}` closes nothing here"));
    }
    let fault = Fault::new(at, format!("unknown statement `{name}`"));
    match did_you_mean(name, STATEMENTS) {
        Some(hint) => fault.hint(hint),
        None => fault.hint("wrap text of another template language in `{% raw %}…{% endraw %}`"),
    }
}
