//! Reads an expression by the binding powers of the reference implementation.

use std::rc::Rc;

use super::{
    DEEPEST, JsonataError,
    ast::{Expr, Lambda, Operator, Path, Step, Term, Transform},
    lexer::{Token, tokens},
};

/// Reads a whole expression.
pub(super) fn parse(source: &str) -> Result<Expr, JsonataError> {
    let mut parser = Parser { tokens: tokens(source)?, at: 0, depth: 0 };
    let expr = parser.expression(0)?;
    match parser.peek() {
        Token::End => Ok(expr),
        _ => parser.wrong("the expression should end here"),
    }
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    at: usize,
    depth: usize,
}

type Parsed<T = Expr> = Result<T, JsonataError>;

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at].1
    }

    fn place(&self) -> usize {
        self.tokens[self.at].0
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        // The last token is the end, which stays.
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    fn wrong<T>(&self, message: &str) -> Parsed<T> {
        Err(JsonataError::Syntax(self.place(), message.to_owned()))
    }

    fn unsupported<T>(&self, what: &str) -> Parsed<T> {
        Err(JsonataError::Unsupported(self.place(), what.to_owned()))
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(found) if *found == sign)
    }

    fn take(&mut self, sign: &str) -> bool {
        let is_there = self.is_sign(sign);
        if is_there {
            self.next();
        }
        is_there
    }

    fn expect(&mut self, sign: &str) -> Parsed<()> {
        if self.take(sign) { Ok(()) } else { self.wrong(&format!("`{sign}` is expected here")) }
    }

    /// Reads what binds stronger than `power`.
    fn expression(&mut self, power: u8) -> Parsed {
        let depth = self.depth;
        self.go_deeper()?;
        let mut left = self.prefix()?;
        while self.power() > power {
            // Each operator puts what is before it one level deeper.
            self.go_deeper()?;
            left = self.infix(left)?;
        }
        self.depth = depth;
        Ok(left)
    }

    fn go_deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > DEEPEST { Err(JsonataError::TooDeep) } else { Ok(()) }
    }

    /// How strongly the next token binds what is before it.
    fn power(&self) -> u8 {
        match self.peek() {
            Token::Name(word) => match &**word {
                "or" => 25,
                "and" => 30,
                "in" => 40,
                _ => 0,
            },
            Token::Sign(sign) => match *sign {
                "[" | "(" | "@" | "#" => 80,
                "." => 75,
                "{" => 70,
                "*" | "/" | "%" => 60,
                "+" | "-" | "&" => 50,
                "=" | "!=" | "<" | "<=" | ">" | ">=" | "^" | "~>" => 40,
                "?" | ".." | "?:" | "??" => 20,
                ":=" => 10,
                _ => 0,
            },
            _ => 0,
        }
    }

    fn prefix(&mut self) -> Parsed {
        let place = self.at;
        Ok(match self.next() {
            Token::Number(number) => Expr::Number(number),
            Token::Text(text) => Expr::Text(text),
            Token::Variable(name) => Expr::Variable(name),
            Token::Name(word) => match &*word {
                "true" => Expr::Bool(true),
                "false" => Expr::Bool(false),
                "null" => Expr::Null,
                "function" | "λ" if self.is_sign("(") => self.lambda()?,
                _ => name(Expr::Name(word)),
            },
            Token::Sign("-") => match self.expression(70)? {
                Expr::Number(number) => Expr::Number(-number),
                expr => Expr::Negative(expr.into()),
            },
            Token::Sign("*") => name(Expr::Wildcard),
            Token::Sign("**") => name(Expr::Descendants),
            Token::Sign("(") => Expr::Block(self.block()?),
            Token::Sign("[") => Expr::List(self.items("]")?),
            Token::Sign("{") => Expr::Map(self.pairs()?),
            Token::Sign("|") => self.transform()?,
            Token::Sign(sign) => {
                self.at = place;
                return match sign {
                    "/" => self.unsupported("a regular expression"),
                    "%" => self.unsupported("the parent `%`"),
                    _ => self.wrong("a value is expected here"),
                };
            }
            Token::End => {
                self.at = place;
                return self.wrong("a value is expected here");
            }
        })
    }

    fn infix(&mut self, left: Expr) -> Parsed {
        let power = self.power();
        let place = self.at;
        let sign = match self.next() {
            Token::Sign(sign) => sign,
            Token::Name(word) => match &*word {
                "and" => "and",
                "or" => "or",
                _ => "in",
            },
            _ => return self.wrong("an operator is expected here"),
        };
        if let Some(operator) = Operator::of_sign(sign) {
            return Ok(Expr::Binary(operator, left.into(), self.expression(power)?.into()));
        }
        match sign {
            "." => Ok(dot(left, self.expression(power)?)),
            "[" => self.predicate(left),
            "(" => Ok(Expr::Call(left.into(), self.items(")")?)),
            "{" => Ok(Expr::Group(left.into(), self.pairs()?)),
            "^" => self.sort(left),
            "~>" => Ok(Expr::Apply(left.into(), self.expression(power)?.into())),
            "?" => {
                let then = self.expression(0)?;
                let otherwise = match self.take(":") {
                    true => Some(self.expression(0)?.into()),
                    false => None,
                };
                Ok(Expr::Condition(left.into(), then.into(), otherwise))
            }
            ":=" => match left {
                Expr::Variable(name) => Ok(Expr::Bind(name, self.expression(power - 1)?.into())),
                _ => self.wrong("only a variable can be bound"),
            },
            _ => {
                self.at = place;
                self.unsupported(&format!("`{sign}`"))
            }
        }
    }

    /// `[…]` behind a value: a predicate, or the mark that one value stays a list.
    fn predicate(&mut self, left: Expr) -> Parsed {
        if self.take("]") {
            let Expr::Path(mut path) = left else {
                return Ok(Expr::Path(Path { steps: vec![Step::new(left)], keeps_list: true }));
            };
            path.keeps_list = true;
            return Ok(Expr::Path(path));
        }
        let predicate = self.expression(0)?;
        self.expect("]")?;
        Ok(match left {
            Expr::Path(mut path) => {
                if let Some(step) = path.steps.last_mut() {
                    step.predicates.push(predicate);
                }
                Expr::Path(path)
            }
            Expr::Filtered(expr, mut predicates) => {
                predicates.push(predicate);
                Expr::Filtered(expr, predicates)
            }
            left => Expr::Filtered(left.into(), vec![predicate]),
        })
    }

    fn sort(&mut self, left: Expr) -> Parsed {
        self.expect("(")?;
        let mut terms = Vec::new();
        loop {
            let is_descending = self.take(">");
            if !is_descending {
                self.take("<");
            }
            terms.push(Term { expr: self.expression(0)?, is_descending });
            if !self.take(",") {
                break;
            }
        }
        self.expect(")")?;
        let mut path = into_path(left);
        path.steps.push(Step::new(Expr::Sort(terms)));
        Ok(Expr::Path(path))
    }

    /// The expressions up to a closing sign, separated by commas.
    fn items(&mut self, end: &str) -> Parsed<Vec<Expr>> {
        let mut items = Vec::new();
        if self.take(end) {
            return Ok(items);
        }
        loop {
            if end == ")" && self.is_sign("?") {
                return self.unsupported("partial application");
            }
            items.push(self.expression(0)?);
            if !self.take(",") {
                break;
            }
        }
        self.expect(end)?;
        Ok(items)
    }

    fn block(&mut self) -> Parsed<Vec<Expr>> {
        let mut items = Vec::new();
        while !self.is_sign(")") {
            items.push(self.expression(0)?);
            if !self.take(";") {
                break;
            }
        }
        self.expect(")")?;
        Ok(items)
    }

    fn pairs(&mut self) -> Parsed<Vec<(Expr, Expr)>> {
        let mut pairs = Vec::new();
        if self.take("}") {
            return Ok(pairs);
        }
        loop {
            let key = self.expression(0)?;
            self.expect(":")?;
            pairs.push((key, self.expression(0)?));
            if !self.take(",") {
                break;
            }
        }
        self.expect("}")?;
        Ok(pairs)
    }

    fn lambda(&mut self) -> Parsed {
        self.expect("(")?;
        let mut parameters = Vec::new();
        if !self.take(")") {
            loop {
                match self.next() {
                    Token::Variable(name) => parameters.push(name),
                    _ => return self.wrong("a parameter such as `$x` is expected here"),
                }
                if !self.take(",") {
                    break;
                }
            }
            self.expect(")")?;
        }
        if self.is_sign("<") {
            return self.unsupported("the signature of a function");
        }
        self.expect("{")?;
        let body = self.expression(0)?;
        self.expect("}")?;
        Ok(Expr::Lambda(Rc::new(Lambda { parameters, body })))
    }

    fn transform(&mut self) -> Parsed {
        let pattern = self.expression(0)?;
        self.expect("|")?;
        let update = self.expression(0)?;
        let delete = if self.take(",") { Some(self.expression(0)?) } else { None };
        self.expect("|")?;
        Ok(Expr::Transform(Rc::new(Transform { pattern, update, delete })))
    }
}

/// A path of one step.
fn name(expr: Expr) -> Expr {
    Expr::Path(Path { steps: vec![Step::new(expr)], keeps_list: false })
}

fn into_path(expr: Expr) -> Path {
    match expr {
        Expr::Path(path) => path,
        expr => Path { steps: vec![Step::new(expr)], keeps_list: false },
    }
}

/// Joins two sides of a dot to one path; a text is a name there, and predicates belong to the step.
fn dot(left: Expr, right: Expr) -> Expr {
    let mut path = into_path(text_as_name(left));
    match text_as_name(right) {
        Expr::Path(right) => {
            path.keeps_list |= right.keeps_list;
            path.steps.extend(right.steps);
        }
        Expr::Filtered(expr, predicates) => {
            path.steps.push(Step { expr: Expr::clone(&expr), predicates });
        }
        expr => path.steps.push(Step::new(expr)),
    }
    Expr::Path(path)
}

fn text_as_name(expr: Expr) -> Expr {
    match expr {
        Expr::Text(text) => name(Expr::Name(text)),
        expr => expr,
    }
}
