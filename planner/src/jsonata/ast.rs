//! The syntax tree of an expression.

use std::rc::Rc;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    Null,
    Bool(bool),
    Number(f64),
    Text(Rc<str>),
    /// A field of the context, as a step of a path.
    Name(Rc<str>),
    /// `*`: all fields.
    Wildcard,
    /// `**`: everything below.
    Descendants,
    /// `$name`; the empty name is the context, `$` the root.
    Variable(Rc<str>),
    Path(Path),
    /// A value with predicates, which apply to all of it.
    Filtered(Rc<Expr>, Vec<Expr>),
    Negative(Rc<Expr>),
    List(Vec<Expr>),
    Map(Vec<(Expr, Expr)>),
    /// `e{k: v}`: the values of `e`, grouped.
    Group(Rc<Expr>, Vec<(Expr, Expr)>),
    Binary(Operator, Rc<Expr>, Rc<Expr>),
    Condition(Rc<Expr>, Rc<Expr>, Option<Rc<Expr>>),
    Block(Vec<Expr>),
    Bind(Rc<str>, Rc<Expr>),
    Lambda(Rc<Lambda>),
    Call(Rc<Expr>, Vec<Expr>),
    /// `a ~> f`.
    Apply(Rc<Expr>, Rc<Expr>),
    /// `|pattern|update, delete|`.
    Transform(Rc<Transform>),
    /// `^(…)`, as a step of a path.
    Sort(Vec<Term>),
}

/// A path: its steps, and whether one value stays a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Path {
    pub(super) steps: Vec<Step>,
    pub(super) keeps_list: bool,
}

/// A step of a path, with predicates for each of its inputs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    pub(super) expr: Expr,
    pub(super) predicates: Vec<Expr>,
}

impl Step {
    pub(super) fn new(expr: Expr) -> Self {
        Self { expr, predicates: Vec::new() }
    }
}

/// A function of an expression.
#[derive(Debug, PartialEq)]
pub(super) struct Lambda {
    pub(super) parameters: Vec<Rc<str>>,
    pub(super) body: Expr,
}

/// The transform operator.
#[derive(Debug, PartialEq)]
pub(super) struct Transform {
    pub(super) pattern: Expr,
    pub(super) update: Expr,
    pub(super) delete: Option<Expr>,
}

/// A term of a sort order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Term {
    pub(super) expr: Expr,
    pub(super) is_descending: bool,
}

/// An operator between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Concat,
    And,
    Or,
    In,
    Range,
}

impl Operator {
    /// The operator of a sign or word.
    pub(super) fn of_sign(sign: &str) -> Option<Self> {
        Some(match sign {
            "+" => Self::Add,
            "-" => Self::Subtract,
            "*" => Self::Multiply,
            "/" => Self::Divide,
            "%" => Self::Remainder,
            "=" => Self::Equal,
            "!=" => Self::Unequal,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            "&" => Self::Concat,
            "and" => Self::And,
            "or" => Self::Or,
            "in" => Self::In,
            ".." => Self::Range,
            _ => return None,
        })
    }
}
