//! Expressions, with Nunjucks' grammar.
//!
//! Nunjucks prints most operators into JavaScript without parentheses, so that JavaScript's
//! precedence decides between them. A [`Run`] is such a printed sequence; `in`, `//`, `**`, filters
//! and everything in brackets are calls there, and so are grouped where the grammar ends them.

use super::super::ast::{Arguments, Expr, ExprKind, Infix, Prefix};
use super::super::checks;
use super::super::error::{Fault, arguments, did_you_mean};
use super::super::filters::{self, Filter};
use super::super::lexer::{Lexeme, Token};
use super::Parser;
use super::grouping::{Piece, Run, build};

/// Where the words of the language stand in Nunjucks' precedence, from loosest to tightest.
const OR: u8 = 1;
const NOT: u8 = 3;
const IN: u8 = 4;
const IS: u8 = 5;
const FLOOR_DIVIDE: u8 = 12;
const POWER: u8 = 14;

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

/// The hint of a filter that looks like none.
const OWN_FILTERS: &str = "filters that a company adds to its Backstage are not here";

impl Parser<'_> {
    /// Parses an expression: an inline `if` around operators.
    pub(super) fn expression(&mut self) -> Result<Expr, Fault> {
        self.nested(|parser| {
            let then = parser.operators()?;
            if !parser.skip_name("if") {
                return Ok(then);
            }
            let condition = Box::new(parser.operators()?);
            let has_else = parser.skip_name("else");
            let otherwise = has_else.then(|| parser.operators()).transpose()?.map(Box::new);
            if *parser.peek() == Token::Name("if") {
                return Err(parser
                    .unexpected("the end of the inline `if`")
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

    fn operation(
        &mut self,
        left: Run,
        operator: Operator,
        level: u8,
        at: usize,
    ) -> Result<Run, Fault> {
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
                if self.operator().is_some_and(|(_, level, _)| level >= IS) {
                    return Err(self
                        .unexpected("the end of the test")
                        .hint("put the test in parentheses: `(x is defined) == y`"));
                }
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
        let given = if self.skip_symbol("(") { self.arguments()? } else { Arguments::default() };
        let (takes, found) = (check.arity(), given.expressions().count());
        if takes != found {
            let message = format!("test `{name}` takes {}, found {found}", arguments(takes));
            return Err(Fault::new(at, message));
        }
        build(at, ExprKind::Check { input, check, arguments: given })
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
            let arguments =
                if self.skip_symbol("(") { self.arguments()? } else { Arguments::default() };
            if let Token::Symbol("." | "[") = self.peek() {
                return Err(self
                    .unexpected("the end of the filter")
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
        if let Some(filter) = filters::find(name, self.compat) {
            return Ok((at, filter));
        }
        let fault = Fault::new(at, format!("unknown filter `{name}`"));
        let hint = did_you_mean(name, filters::names());
        Err(fault.hint(hint.unwrap_or_else(|| OWN_FILTERS.to_owned())))
    }
}
