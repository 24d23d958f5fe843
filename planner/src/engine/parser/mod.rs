//! Tokens to a tree: statements. Expressions are in `expression`, JavaScript's precedence in
//! `grouping`. Nothing is evaluated here.

mod expression;
mod grouping;
mod names;
mod operand;
mod statement;

use std::collections::HashSet;

use super::Options;
use super::ast::Node;
use super::error::{Complaint, Fault, did_you_mean};
use super::lexer::{Lexeme, Token, lex};
use super::limits;
use names::Names;

/// Statements that Nunjucks has and this engine does not have yet.
const NOT_YET: [&str; 3] = ["ifAsync", "asyncEach", "asyncAll"];
/// Statements that read other templates: there are none.
const LOADING: [&str; 4] = ["include", "import", "from", "extends"];
const STATEMENTS: [&str; 21] = [
    "macro",
    "endmacro",
    "call",
    "endcall",
    "block",
    "endblock",
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

/// A parsed template.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    /// The slots that a run of it has.
    pub(super) slots: usize,
    /// What its reading cost, which a rendering pays.
    pub(super) cost: usize,
}

/// Parses a whole template.
pub(super) fn parse(source: &str, options: &Options) -> Result<Tree, Fault> {
    if source.len() > limits::SOURCE_BYTES {
        let message = format!("the template is longer than {} bytes", limits::SOURCE_BYTES);
        return Err(Complaint::limit(message).at(0));
    }
    let tokens = lex(source, options)?;
    let patterns = tokens.iter().map(|lexeme| match &lexeme.token {
        Token::Regex(pattern) => pattern.cost(),
        _ => 0,
    });
    let cost = limits::reading(source.len(), tokens.len()) + patterns.sum::<usize>();
    let reads_loop = tokens.iter().any(|lexeme| lexeme.token == Token::Name("loop"));
    let (names, blocks, compat) = (Names::new(), HashSet::new(), options.cookiecutter_compat);
    let mut parser = Parser { tokens, next: 0, depth: 0, names, blocks, reads_loop, compat };
    let nodes = parser.nodes(&[], None)?;
    Ok(Tree { nodes, slots: parser.names.end(), cost })
}

struct Parser<'s> {
    tokens: Vec<Lexeme<'s>>,
    next: usize,
    depth: usize,
    names: Names,
    /// The names of the blocks so far.
    blocks: HashSet<&'s str>,
    /// Whether the template reads the variable `loop` anywhere.
    reads_loop: bool,
    /// Whether the template is read as for cookiecutter.
    compat: bool,
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
            "macro" => self.macro_statement(at),
            "call" => self.call_statement(at),
            "block" => self.block_statement(at),
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
            Token::Regex(_) => ("a regular expression".into(), ""),
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
    Complaint::limit(format!("the template nests deeper than {}", limits::NESTING)).at(at)
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
