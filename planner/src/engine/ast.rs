//! The syntax tree of a parsed template. Data only.
//!
//! Every expression has the byte offset where it starts and the height of its tree; the parser limits the height,
//! so that evaluating and dropping a tree can recurse.

use std::borrow::Cow;
use std::sync::Arc;

use super::checks::Check;
use super::filters::Filter;
use super::pattern::Pattern;
use super::value::Value;

/// One piece of a template.
#[derive(Debug)]
pub(super) enum Node {
    Text(String),
    Output(Expr),
    If {
        branches: Vec<(Expr, Vec<Node>)>,
        otherwise: Vec<Node>,
    },
    For(Box<Loop>),
    Set {
        targets: Vec<Target>,
        value: Expr,
    },
    Switch {
        subject: Expr,
        cases: Vec<(Expr, Vec<Node>)>,
        otherwise: Vec<Node>,
    },
    Macro(Box<MacroStatement>),
    /// A `block`: templates have no parents, so it stands where it is shown.
    Block {
        body: Vec<Node>,
        slots: usize,
    },
}

/// A variable that a statement gives a value.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) name: Arc<str>,
    /// Where the value stands besides, when the name has a slot there.
    pub(super) slot: Option<Slot>,
}

/// The place of a variable that Nunjucks' compiled code holds in a variable of JavaScript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    /// How many functions outward.
    pub(super) up: usize,
    pub(super) index: usize,
    /// The loops with several variables around it, whose bodies are compiled twice: one bit each.
    pub(super) loops: u128,
}

/// The definition of a macro.
#[derive(Debug)]
pub(super) struct MacroStatement {
    pub(super) at: usize,
    pub(super) target: Target,
    /// Whether it is a variable of the whole template, and not of the loop or `call` block around it.
    pub(super) is_global: bool,
    pub(super) definition: Arc<Macro>,
}

/// The parameters and the body of a macro or `call` block.
#[derive(Debug)]
pub(super) struct Macro {
    /// The parameters without a default, with the slots of its own in which they stand.
    pub(super) positional: Vec<Target>,
    pub(super) keywords: Vec<(Arc<str>, Expr)>,
    pub(super) body: Vec<Node>,
    pub(super) slots: usize,
    /// Whether it is a `call` block, which sees what is around it.
    pub(super) is_caller: bool,
}

impl Node {
    /// The variables that a statement sets, each with whether it does so within a loop, whose frame keeps a new
    /// variable to itself; and how many statements are in it.
    pub(super) fn assigned(&self) -> (Vec<(&Target, bool)>, usize) {
        let mut names = Vec::new();
        let count = self.collect_assigned(false, &mut names);
        (names, count)
    }

    fn collect_assigned<'n>(&'n self, in_loop: bool, names: &mut Vec<(&'n Target, bool)>) -> usize {
        let bodies: Vec<&'n [Node]> = match self {
            // What a block sets stays in it.
            Self::Text(_) | Self::Block { .. } => Vec::new(),
            Self::Output(expr) => expr.captured().into_iter().collect(),
            Self::Macro(statement) => {
                names.push((&statement.target, in_loop));
                Vec::new()
            }
            Self::Set { targets, value } => {
                names.extend(targets.iter().map(|target| (target, in_loop)));
                value.captured().into_iter().collect()
            }
            Self::If { branches, otherwise } | Self::Switch { cases: branches, otherwise, .. } => {
                branches.iter().map(|(_, body)| &**body).chain([&**otherwise]).collect()
            }
            Self::For(each) => vec![&each.body, &each.otherwise],
        };
        let in_loop = in_loop || matches!(self, Self::For(_));
        let counts = bodies.into_iter().flatten().map(|node| node.collect_assigned(in_loop, names));
        1 + counts.sum::<usize>()
    }
}

/// A `for` statement.
#[derive(Debug)]
pub(super) struct Loop {
    pub(super) targets: Vec<Target>,
    /// The number of the loop among those with several variables around it; `None` with one variable.
    pub(super) level: Option<u8>,
    /// Where the number of items stands, which decides about `else`.
    pub(super) length: Slot,
    /// Whether the template reads `loop` somewhere.
    pub(super) has_fields: bool,
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
            ExprKind::Capture { body, .. } => Some(body),
            ExprKind::Filter { input, .. } => input.captured(),
            _ => None,
        }
    }

    /// How an expression that is called is named in messages.
    pub(super) fn name(&self) -> Cow<'static, str> {
        match &self.kind {
            ExprKind::Name { name, .. } => name.to_string().into(),
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
    Name {
        name: Arc<str>,
        slot: Option<Slot>,
    },
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
    Capture {
        body: Vec<Node>,
        slots: usize,
    },
    /// The body of a `call` block, as the argument `caller`.
    Caller(Arc<Macro>),
    /// `r/source/flags`.
    Regex(Arc<Pattern>),
    /// `target[start:stop:step]`, of cookiecutter's mode.
    Slice {
        target: Box<Expr>,
        bounds: [Option<Box<Expr>>; 3],
    },
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
