//! Expressions, with Nunjucks' grammar.
//!
//! Nunjucks prints most operators into JavaScript without parentheses, so that JavaScript's
//! precedence decides between them. A [`Run`] is such a printed sequence; `in`, `//`, `**`, filters
//! and everything in brackets are calls there, and so are grouped where the grammar ends them.

use std::sync::Arc;

use super::super::ast::{Arguments, Expr, ExprKind, Infix, Prefix};
use super::super::checks;
use super::super::error::{Fault, did_you_mean};
use super::super::filters::{self, Filter};
use super::super::lexer::{Lexeme, Token};
use super::super::limits;
use super::super::value::Value;
use super::grouping::{Piece, Run};
use super::{Parser, too_deep};

/// Where the words of the language stand in Nunjucks' precedence, from loosest to tightest.
const OR: u8 = 1;
const NOT: u8 = 3;
const IN: u8 = 4;
const IS: u8 = 5;
const FLOOR_DIVIDE: u8 = 12;
const POWER: u8 = 14;
const KEYWORDS: [&str; 7] = ["and", "or", "not", "in", "is", "if", "else"];

/// An infix operator of the grammar.
#[derive(Clone, Copy)]
enum Operator {
    Printed(Infix),
    In,
    NotIn,
    Is,
    FloorDivide,
    Power,
}

impl Parser<'_> {
    /// Parses an expression: an inline `if` around operators.
    pub(super) fn expression(&mut self) -> Result<Expr, Fault> {
        self.nested(|parser| {
            let then = parser.operators()?;
            if !parser.skip_name("if") {
                return Ok(then);
            }
            let condition = Box::new(parser.operators()?);
            let otherwise = match parser.skip_name("else") {
                true => Some(Box::new(parser.operators()?)),
                false => None,
            };
            if *parser.peek() == Token::Name("if") {
                return Err(parser.unexpected("the end of the inline `if`")
                    .hint("put the inner `… if … else …` in parentheses"));
            }
            let at = then.at;
            build(at, ExprKind::InlineIf { condition, then: Box::new(then), otherwise })
        })
    }

    fn operators(&mut self) -> Result<Expr, Fault> {
        self.run(OR)?.group()
    }

    /// Parses operators that bind at least as tightly as `least`.
    fn run(&mut self, least: u8) -> Result<Run, Fault> {
        let mut left = if least <= NOT && *self.peek() == Token::Name("not") {
            let mut nots = Run::default();
            while let Token::Name("not") = self.peek() {
                nots.push(Piece::Prefix(Prefix::Not, self.take().at));
            }
            nots.append(self.run(IN)?);
            nots
        } else {
            self.unary()?
        };
        while let Some((operator, level, length)) = self.operator()
            && level >= least
        {
            let at = self.at();
            for _ in 0..length {
                self.take();
            }
            left = self.operation(left, operator, level, at)?;
        }
        Ok(left)
    }

    fn operation(&mut self, left: Run, operator: Operator, level: u8, at: usize) -> Result<Run, Fault> {
        let mut run = Run::default();
        match operator {
            Operator::Printed(infix) => {
                run = left;
                run.push(Piece::Infix(infix, at));
                run.append(self.run(level + 1)?);
            }
            Operator::Is => {
                if self.skip_name("not") {
                    run.push(Piece::Prefix(Prefix::Not, at));
                }
                let input = Box::new(left.group()?);
                run.push(Piece::Value(self.check(input)?));
            }
            Operator::In | Operator::NotIn => {
                if matches!(operator, Operator::NotIn) {
                    run.push(Piece::Prefix(Prefix::Not, at));
                }
                let needle = Box::new(left.group()?);
                let haystack = Box::new(self.run(level + 1)?.group()?);
                run.push(Piece::Value(build(at, ExprKind::In { needle, haystack })?));
            }
            Operator::FloorDivide | Operator::Power => {
                let left = Box::new(left.group()?);
                let right = Box::new(self.run(level + 1)?.group()?);
                let kind = match operator {
                    Operator::Power => ExprKind::Power(left, right),
                    _ => ExprKind::FloorDivide(left, right),
                };
                run.push(Piece::Value(build(at, kind)?));
            }
        }
        Ok(run)
    }

    /// Recognises the next infix operator: what it is, its level and its length in tokens.
    fn operator(&self) -> Option<(Operator, u8, usize)> {
        let printed = |infix, level| Some((Operator::Printed(infix), level, 1));
        match self.peek() {
            Token::Name("or") => printed(Infix::Or, OR),
            Token::Name("and") => printed(Infix::And, 2),
            Token::Name("in") => Some((Operator::In, IN, 1)),
            Token::Name("not") if self.peek_second() == Some(&Token::Name("in")) => {
                Some((Operator::NotIn, IN, 2))
            }
            Token::Name("is") => Some((Operator::Is, IS, 1)),
            Token::Symbol("==") => printed(Infix::Equal, 6),
            Token::Symbol("!=") => printed(Infix::NotEqual, 6),
            Token::Symbol("===") => printed(Infix::Same, 6),
            Token::Symbol("!==") => printed(Infix::NotSame, 6),
            Token::Symbol("<") => printed(Infix::Less, 6),
            Token::Symbol(">") => printed(Infix::Greater, 6),
            Token::Symbol("<=") => printed(Infix::LessOrEqual, 6),
            Token::Symbol(">=") => printed(Infix::GreaterOrEqual, 6),
            Token::Symbol("~") => printed(Infix::Concat, 7),
            Token::Symbol("+") => printed(Infix::Add, 8),
            Token::Symbol("-") => printed(Infix::Subtract, 9),
            Token::Symbol("*") => printed(Infix::Multiply, 10),
            Token::Symbol("/") => printed(Infix::Divide, 11),
            Token::Symbol("//") => Some((Operator::FloorDivide, FLOOR_DIVIDE, 1)),
            Token::Symbol("%") => printed(Infix::Remainder, 13),
            Token::Symbol("**") => Some((Operator::Power, POWER, 1)),
            _ => None,
        }
    }

    /// Parses the name and arguments after `is`.
    fn check(&mut self, input: Box<Expr>) -> Result<Expr, Fault> {
        let Lexeme { at, token } = self.take();
        let Token::Name(name) = token else {
            return Err(Fault::new(at, "expected the name of a test after `is`"));
        };
        let name = if name == "none" { "null" } else { name };
        let Some(check) = checks::find(name) else {
            let fault = Fault::new(at, format!("unknown test `{name}`"));
            return Err(match (name, did_you_mean(name, checks::names())) {
                ("true" | "false", _) => fault.hint(format!("compare: `x == {name}`")),
                (_, Some(hint)) => fault.hint(hint),
                (_, None) => fault,
            });
        };
        let arguments = if self.skip_symbol("(") { self.arguments()? } else { Arguments::default() };
        build(at, ExprKind::Check { input, check, arguments })
    }

    /// Parses signs, a value with its lookups and calls, and filters.
    fn unary(&mut self) -> Result<Run, Fault> {
        let mut run = Run::default();
        let mut last = None;
        loop {
            let sign = match self.peek() {
                Token::Symbol("-") => Prefix::Minus,
                Token::Symbol("+") => Prefix::Plus,
                _ => break,
            };
            if last.replace(sign) == Some(sign) {
                return Err(Fault::new(self.at(), "two equal signs in a row")
                    .hint("put the inner one in parentheses"));
            }
            run.push(Piece::Prefix(sign, self.take().at));
        }
        run.push(Piece::Value(self.postfix()?));
        if *self.peek() != Token::Symbol("|") {
            return Ok(run);
        }
        let mut value = run.group()?;
        while self.skip_symbol("|") {
            let (at, filter) = self.filter_name()?;
            let arguments = if self.skip_symbol("(") { self.arguments()? } else { Arguments::default() };
            if let Token::Symbol("." | "[") = self.peek() {
                return Err(self.unexpected("the end of the filter")
                    .hint("put the filter in parentheses: `(x | filter).name`"));
            }
            value = build(at, ExprKind::Filter { input: Box::new(value), filter, arguments })?;
        }
        let mut run = Run::default();
        run.push(Piece::Value(value));
        Ok(run)
    }

    pub(super) fn filter_name(&mut self) -> Result<(usize, &'static Filter), Fault> {
        let at = self.at();
        if let Token::Symbol("|") = self.peek() {
            return Err(Fault::new(at - 1, "`||` is not an operator").hint("use `or`"));
        }
        let Token::Name(name) = *self.peek() else {
            return Err(self.unexpected("the name of a filter"));
        };
        self.take();
        match filters::find(name) {
            Some(filter) => Ok((at, filter)),
            None if filters::is_planned(name) => {
                Err(Fault::new(at, format!("filter `{name}` is not supported yet")))
            }
            None => {
                let fault = Fault::new(at, format!("unknown filter `{name}`"));
                Err(match did_you_mean(name, filters::names()) {
                    Some(hint) => fault.hint(hint),
                    None => fault,
                })
            }
        }
    }

    /// Parses a value and the lookups and calls behind it.
    fn postfix(&mut self) -> Result<Expr, Fault> {
        let mut value = self.primary()?;
        loop {
            let at = self.at();
            let kind = if self.skip_symbol("(") {
                ExprKind::Call { target: Box::new(value), arguments: self.arguments()? }
            } else if self.skip_symbol("[") {
                let key = Box::new(self.index()?);
                ExprKind::Member { target: Box::new(value), key }
            } else if self.skip_symbol(".") {
                let Token::Name(name) = *self.peek() else {
                    return Err(self.unexpected("a name after `.`"));
                };
                let key = literal(self.take().at, Value::text(name));
                ExprKind::Member { target: Box::new(value), key: Box::new(key) }
            } else {
                return Ok(value);
            };
            value = build(at, kind)?;
        }
    }

    fn index(&mut self) -> Result<Expr, Fault> {
        let slice = |at| {
            Fault::new(at, "slices like `x[0:2]` are not supported").hint("use `x.slice(0, 2)`")
        };
        if let Token::Symbol(":") = self.peek() {
            return Err(slice(self.at()));
        }
        let key = self.expression()?;
        if let Token::Symbol(":") = self.peek() {
            return Err(slice(self.at()));
        }
        if !self.skip_symbol("]") {
            return Err(self.unexpected("`]`"));
        }
        Ok(key)
    }

    fn primary(&mut self) -> Result<Expr, Fault> {
        let at = self.at();
        let kind = match self.peek() {
            Token::Quoted(_) | Token::Number(_) => match self.take().token {
                Token::Quoted(text) => ExprKind::Literal(Value::text(text)),
                Token::Number(number) => ExprKind::Literal(Value::Number(number)),
                _ => return Err(self.unexpected("an expression")),
            },
            Token::Name(name) => {
                let kind = match *name {
                    "true" => ExprKind::Literal(Value::Bool(true)),
                    "false" => ExprKind::Literal(Value::Bool(false)),
                    "none" | "null" => ExprKind::Literal(Value::Null),
                    name if KEYWORDS.contains(&name) => return Err(self.unexpected("an expression")),
                    name => ExprKind::Name(Arc::from(name)),
                };
                self.take();
                kind
            }
            Token::Symbol("(") => {
                self.take();
                return self.group(at);
            }
            Token::Symbol("[") => {
                self.take();
                ExprKind::List(self.items("]")?)
            }
            Token::Symbol("{") => {
                self.take();
                ExprKind::Map(self.pairs()?)
            }
            _ => return Err(self.unexpected("an expression")),
        };
        build(at, kind)
    }

    /// Parses what stands in parentheses: one expression, or several of which the last counts.
    fn group(&mut self, at: usize) -> Result<Expr, Fault> {
        let mut items = self.items(")")?;
        match (items.pop(), items.is_empty()) {
            (None, _) => Err(Fault::new(at, "there is nothing in these parentheses")),
            (Some(only), true) => Ok(only),
            (Some(last), false) => {
                items.push(last);
                build(at, ExprKind::Sequence(items))
            }
        }
    }

    fn items(&mut self, close: &'static str) -> Result<Vec<Expr>, Fault> {
        let mut items = Vec::new();
        if self.skip_symbol(close) {
            return Ok(items);
        }
        loop {
            items.push(self.expression()?);
            if self.skip_symbol(close) {
                return Ok(items);
            }
            if !self.skip_symbol(",") {
                return Err(self.unexpected(&format!("`,` or `{close}`")));
            }
        }
    }

    fn pairs(&mut self) -> Result<Vec<(Arc<str>, Expr)>, Fault> {
        let mut pairs = Vec::new();
        if self.skip_symbol("}") {
            return Ok(pairs);
        }
        loop {
            let key = match self.take() {
                Lexeme { token: Token::Name(name), .. } => Arc::from(name),
                Lexeme { token: Token::Quoted(text), .. } => Arc::from(text),
                Lexeme { at, .. } => {
                    return Err(Fault::new(at, "the key of a map is a name or a string"));
                }
            };
            if !self.skip_symbol(":") {
                return Err(self.unexpected("`:`"));
            }
            pairs.push((key, self.expression()?));
            if self.skip_symbol("}") {
                return Ok(pairs);
            }
            if !self.skip_symbol(",") {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
    }

    /// Parses arguments behind the opening parenthesis.
    pub(super) fn arguments(&mut self) -> Result<Arguments, Fault> {
        let mut arguments = Arguments::default();
        if self.skip_symbol(")") {
            return Ok(arguments);
        }
        loop {
            match (self.peek(), self.peek_second()) {
                (Token::Name(name), Some(Token::Symbol("="))) => {
                    let name = Arc::from(*name);
                    self.take();
                    self.take();
                    arguments.keywords.push((name, self.expression()?));
                }
                _ => arguments.positional.push(self.expression()?),
            }
            if self.skip_symbol(")") {
                return Ok(arguments);
            }
            if !self.skip_symbol(",") {
                return Err(self.unexpected("`,` or `)`"));
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
            Token::Text(_) | Token::BlockStart | Token::OutputStart | Token::End => ("the end".into(), ""),
        };
        let fault = Fault::new(at, format!("expected {expected}, found {found}"));
        if hint.is_empty() { fault } else { fault.hint(hint) }
    }
}

fn literal(at: usize, value: Value) -> Expr {
    Expr { at, height: 1, kind: ExprKind::Literal(value) }
}

/// Makes an expression; fails when its tree is too high.
pub(super) fn build(at: usize, kind: ExprKind) -> Result<Expr, Fault> {
    let highest = |mut exprs: &mut dyn Iterator<Item = &Expr>| {
        (&mut exprs).map(|expr| expr.height).max().unwrap_or(0)
    };
    let below = match &kind {
        ExprKind::Literal(_) | ExprKind::Name(_) | ExprKind::Capture(_) => 0,
        ExprKind::List(items) | ExprKind::Sequence(items) => highest(&mut items.iter()),
        ExprKind::Map(pairs) => highest(&mut pairs.iter().map(|(_, value)| value)),
        ExprKind::Member { target, key: other }
        | ExprKind::In { needle: target, haystack: other }
        | ExprKind::FloorDivide(target, other)
        | ExprKind::Power(target, other) => target.height.max(other.height),
        ExprKind::Call { target: input, arguments }
        | ExprKind::Filter { input, arguments, .. }
        | ExprKind::Check { input, arguments, .. } => {
            input.height.max(highest(&mut arguments.expressions()))
        }
        ExprKind::Prefix(_, operand) => operand.height,
        ExprKind::Chain { first, rest } => {
            first.height.max(highest(&mut rest.iter().map(|(_, operand)| operand)))
        }
        ExprKind::InlineIf { condition, then, otherwise } => {
            let otherwise = otherwise.as_ref().map_or(0, |expr| expr.height);
            condition.height.max(then.height).max(otherwise)
        }
    };
    if below >= 2 * limits::NESTING {
        return Err(too_deep(at));
    }
    Ok(Expr { at, height: below + 1, kind })
}
