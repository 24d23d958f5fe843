//! The syntax tree of a parsed template. Data only.
//!
//! Every expression has the byte offset where it starts and the height of its tree; the parser limits the height,
//! so that evaluating and dropping a tree can recurse.

use std::borrow::Cow;
use std::sync::Arc;

use super::checks::Check;
use super::filters::Filter;
use super::value::Value;

/// One piece of a template.
#[derive(Debug)]
pub(super) enum Node {
    Text(String),
    Output(Expr),
    If { branches: Vec<(Expr, Vec<Node>)>, otherwise: Vec<Node> },
    For(Box<Loop>),
    Set { names: Vec<Arc<str>>, value: Expr },
    Switch { subject: Expr, cases: Vec<(Expr, Vec<Node>)>, otherwise: Vec<Node> },
}

impl Node {
    /// The variables that a statement sets, each with whether it does so within a loop, whose frame keeps a new
    /// variable to itself.
    pub(super) fn assigned(&self) -> Vec<(&Arc<str>, bool)> {
        let mut names = Vec::new();
        self.collect_assigned(false, &mut names);
        names
    }

    fn collect_assigned<'n>(&'n self, in_loop: bool, names: &mut Vec<(&'n Arc<str>, bool)>) {
        let bodies: Vec<&'n [Node]> = match self {
            Self::Text(_) => return,
            Self::Output(expr) => expr.captured().into_iter().collect(),
            Self::Set { names: own, value } => {
                names.extend(own.iter().map(|name| (name, in_loop)));
                value.captured().into_iter().collect()
            }
            Self::If { branches, otherwise } | Self::Switch { cases: branches, otherwise, .. } => {
                branches.iter().map(|(_, body)| &**body).chain([&**otherwise]).collect()
            }
            Self::For(each) => vec![&each.body, &each.otherwise],
        };
        let in_loop = in_loop || matches!(self, Self::For(_));
        for node in bodies.into_iter().flatten() {
            node.collect_assigned(in_loop, names);
        }
    }
}

/// A `for` statement.
#[derive(Debug)]
pub(super) struct Loop {
    pub(super) targets: Vec<Arc<str>>,
    pub(super) sequence: Expr,
    pub(super) body: Vec<Node>,
    pub(super) otherwise: Vec<Node>,
}

/// An expression and where it stands.
#[derive(Debug)]
pub(super) struct Expr {
    pub(super) at: usize,
    pub(super) height: usize,
    pub(super) kind: ExprKind,
}

impl Expr {
    /// The nodes of a block that is set or filtered.
    fn captured(&self) -> Option<&[Node]> {
        match &self.kind {
            ExprKind::Capture(nodes) => Some(nodes),
            ExprKind::Filter { input, .. } => input.captured(),
            _ => None,
        }
    }

    /// How an expression that is called is named in messages.
    pub(super) fn name(&self) -> Cow<'static, str> {
        match &self.kind {
            ExprKind::Name(name) => name.to_string().into(),
            ExprKind::Member { target, key } => match &key.kind {
                ExprKind::Literal(Value::Text(key)) => format!("{}.{key}", target.name()).into(),
                _ => format!("{}[…]", target.name()).into(),
            },
            _ => "(…)".into(),
        }
    }
}

/// What an expression is.
#[derive(Debug)]
pub(super) enum ExprKind {
    Literal(Value),
    Name(Arc<str>),
    List(Vec<Expr>),
    Map(Vec<(Arc<str>, Expr)>),
    /// `(a, b)`: all are evaluated, the last is the value.
    Sequence(Vec<Expr>),
    Member {
        target: Box<Expr>,
        key: Box<Expr>,
    },
    Call {
        target: Box<Expr>,
        arguments: Arguments,
    },
    Filter {
        input: Box<Expr>,
        filter: &'static Filter,
        arguments: Arguments,
    },
    Check {
        input: Box<Expr>,
        check: &'static Check,
        arguments: Arguments,
    },
    In {
        needle: Box<Expr>,
        haystack: Box<Expr>,
    },
    Prefix(Prefix, Box<Expr>),
    /// Operators of one precedence from left to right.
    Chain {
        first: Box<Expr>,
        rest: Vec<(Infix, Expr)>,
    },
    FloorDivide(Box<Expr>, Box<Expr>),
    Power(Box<Expr>, Box<Expr>),
    InlineIf {
        condition: Box<Expr>,
        then: Box<Expr>,
        otherwise: Option<Box<Expr>>,
    },
    /// Rendered nodes as a string: block `set` and `filter`.
    Capture(Vec<Node>),
}

/// The arguments of a call.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    pub(super) positional: Vec<Expr>,
    pub(super) keywords: Vec<(Arc<str>, Expr)>,
}

impl Arguments {
    pub(super) fn expressions(&self) -> impl Iterator<Item = &Expr> {
        self.positional.iter().chain(self.keywords.iter().map(|(_, value)| value))
    }
}

/// A prefix operator that Nunjucks hands to JavaScript as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prefix {
    Not,
    Minus,
    Plus,
}

/// An infix operator that Nunjucks hands to JavaScript as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Infix {
    Or,
    And,
    Equal,
    NotEqual,
    Same,
    NotSame,
    Less,
    Greater,
    LessOrEqual,
    GreaterOrEqual,
    Add,
    Concat,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Infix {
    /// JavaScript's precedence, from 1.
    pub(super) fn precedence(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Equal | Self::NotEqual | Self::Same | Self::NotSame => 3,
            Self::Less | Self::Greater | Self::LessOrEqual | Self::GreaterOrEqual => 4,
            Self::Add | Self::Concat | Self::Subtract => 5,
            Self::Multiply | Self::Divide | Self::Remainder => 6,
        }
    }
}
