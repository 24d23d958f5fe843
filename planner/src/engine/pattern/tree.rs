//! A pattern that was read, as a tree.

use super::class::Class;

/// A part of a pattern.
#[derive(Debug, Clone)]
pub(super) enum Tree {
    Empty,
    Char(char),
    /// `.`.
    Any,
    Class(Class),
    /// `^`.
    Start,
    /// `$`.
    End,
    /// `\b`, or `\B` when it is negated.
    Boundary {
        is_negated: bool,
    },
    /// A group with its number from 0.
    Group(usize, Box<Tree>),
    Sequence(Vec<Tree>),
    Choice(Vec<Tree>),
    Repeat(Box<Repeat>),
    Look {
        is_negated: bool,
        is_behind: bool,
        inner: Box<Tree>,
    },
    /// What the group of that number has matched.
    Back(usize),
    /// What the group of that name has matched.
    BackTo(String),
}

/// A part that is repeated.
#[derive(Debug, Clone)]
pub(super) struct Repeat {
    pub(super) inner: Tree,
    pub(super) least: usize,
    /// `usize::MAX` for no limit.
    pub(super) most: usize,
    pub(super) is_greedy: bool,
    /// The groups in it: from, and up to before.
    pub(super) groups: (usize, usize),
}

/// A pattern: what it is, how many groups it has, and which have names.
#[derive(Debug)]
pub(super) struct Expression {
    pub(super) tree: Tree,
    pub(super) groups: usize,
    pub(super) names: Vec<(String, usize)>,
}

impl Tree {
    /// The names of groups that it refers to.
    pub(super) fn named_references(&self) -> Vec<&str> {
        match self {
            Self::BackTo(name) => vec![name],
            Self::Group(_, inner) | Self::Look { inner, .. } => inner.named_references(),
            Self::Repeat(repeat) => repeat.inner.named_references(),
            Self::Sequence(parts) | Self::Choice(parts) => {
                parts.iter().flat_map(Self::named_references).collect()
            }
            _ => Vec::new(),
        }
    }
}
