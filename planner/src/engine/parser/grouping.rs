//! JavaScript's precedence among the operators that Nunjucks prints as they stand.
//!
//! So `not 1 + 1` is `!1 + 1`, and `1 ~ 2 - 3` is `1 + "" + 2 - 3`.

use super::super::ast::{Expr, ExprKind, Infix, Prefix};
use super::super::error::Fault;
use super::super::limits;
use super::too_deep;

/// A printed sequence of operands and operators.
#[derive(Default)]
pub(super) struct Run(Vec<Piece>);

/// One piece of a run, operators with their place.
pub(super) enum Piece {
    Value(Expr),
    Prefix(Prefix, usize),
    Infix(Infix, usize),
}

impl Run {
    pub(super) fn push(&mut self, piece: Piece) {
        self.0.push(piece);
    }

    pub(super) fn append(&mut self, mut other: Run) {
        self.0.append(&mut other.0);
    }

    /// Makes one expression of the run.
    pub(super) fn group(self) -> Result<Expr, Fault> {
        let mut pieces = self.0.into_iter().peekable();
        chain(&mut pieces, 1)
    }
}

type Pieces = std::iter::Peekable<std::vec::IntoIter<Piece>>;

/// Groups what binds at least as tightly as `level`; 6 is the tightest infix.
fn chain(pieces: &mut Pieces, level: u8) -> Result<Expr, Fault> {
    if level > 6 {
        return operand(pieces);
    }
    let first = chain(pieces, level + 1)?;
    let mut rest = Vec::new();
    while let Some(Piece::Infix(infix, _)) = pieces.peek()
        && infix.precedence() == level
    {
        let infix = *infix;
        pieces.next();
        rest.push((infix, chain(pieces, level + 1)?));
    }
    if rest.is_empty() {
        return Ok(first);
    }
    build(first.at, ExprKind::Chain { first: Box::new(first), rest })
}

fn operand(pieces: &mut Pieces) -> Result<Expr, Fault> {
    let mut prefixes = Vec::new();
    loop {
        match pieces.next() {
            Some(Piece::Prefix(prefix, at)) => prefixes.push((prefix, at)),
            Some(Piece::Value(value)) => {
                return prefixes.into_iter().rev().try_fold(value, |value, (prefix, at)| {
                    build(at, ExprKind::Prefix(prefix, Box::new(value)))
                });
            }
            Some(Piece::Infix(_, at)) => return Err(Fault::new(at, "expected a value")),
            None => return Err(Fault::new(0, "expected a value")),
        }
    }
}

/// Makes an expression; fails when its tree is too high.
pub(super) fn build(at: usize, kind: ExprKind) -> Result<Expr, Fault> {
    let highest = |mut exprs: &mut dyn Iterator<Item = &Expr>| {
        (&mut exprs).map(|expr| expr.height).max().unwrap_or(0)
    };
    let below = match &kind {
        ExprKind::Literal(_)
        | ExprKind::Name { .. }
        | ExprKind::Regex(_)
        | ExprKind::Caller(_)
        | ExprKind::Capture { .. } => 0,
        ExprKind::Slice { target, bounds } => {
            target.height.max(highest(&mut bounds.iter().flatten().map(|bound| &**bound)))
        }
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
