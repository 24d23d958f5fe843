//! Operands: literals, names, what stands in brackets, and the lookups and calls behind them.

use std::sync::Arc;

use super::super::ast::{Arguments, Expr, ExprKind};
use super::super::error::Fault;
use super::super::lexer::{Lexeme, Token};
use super::super::value::Value;
use super::Parser;
use super::grouping::build;

impl Parser<'_> {
    /// Parses a value and the lookups and calls behind it.
    pub(super) fn postfix(&mut self) -> Result<Expr, Fault> {
        let mut value = self.primary()?;
        loop {
            let at = self.at();
            let kind = if self.skip_symbol("(") {
                ExprKind::Call { target: Box::new(value), arguments: self.arguments()? }
            } else if self.skip_symbol("[") {
                self.index(value)?
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

    /// Parses what stands in `[…]` behind a value: a key, or in cookiecutter's mode a slice.
    fn index(&mut self, target: Expr) -> Result<ExprKind, Fault> {
        let target = Box::new(target);
        let mut bounds = [None, None, None];
        let mut place = 0;
        loop {
            if !matches!(self.peek(), Token::Symbol(":" | "]")) {
                bounds[place] = Some(Box::new(self.expression()?));
            }
            if self.skip_symbol("]") {
                break;
            }
            if *self.peek() != Token::Symbol(":") || place == 2 {
                return Err(self.unexpected("`]`"));
            }
            if !self.compat {
                let message = "slices like `x[0:2]` work only with `cookiecutterCompat`";
                return Err(Fault::new(self.at(), message).hint("use `x.slice(0, 2)`"));
            }
            self.take();
            place += 1;
        }
        match bounds {
            [Some(key), None, None] if place == 0 => Ok(ExprKind::Member { target, key }),
            [None, ..] if place == 0 => Err(self.unexpected("an expression")),
            bounds => Ok(ExprKind::Slice { target, bounds }),
        }
    }

    fn primary(&mut self) -> Result<Expr, Fault> {
        let at = self.at();
        let kind = match self.peek() {
            Token::Regex(pattern) => {
                let kind = ExprKind::Regex(Arc::clone(pattern));
                self.take();
                kind
            }
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
                    "not"
                        if matches!(
                            self.peek_second(),
                            Some(Token::Name(_) | Token::Quoted(_))
                        ) =>
                    {
                        return Err(self.unexpected("an expression"));
                    }
                    // As in Nunjucks, this has words such as `and`: `steps.fetch-and-push` is a subtraction.
                    name => ExprKind::Name { name: Arc::from(name), slot: self.names.find(name) },
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
}

fn literal(at: usize, value: Value) -> Expr {
    Expr { at, height: 1, kind: ExprKind::Literal(value) }
}
