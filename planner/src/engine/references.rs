//! Lists what a template reads from its context, for checks before rendering.

use std::collections::HashSet;

use super::ast::{Expr, ExprKind, Macro, Node, Target};
use super::value::Value;

/// Names that are functions or belong to loops.
const BUILT_IN: [&str; 7] = ["range", "cycler", "joiner", "always", "failure", "loop", "caller"];

/// One read of a variable, as deep as its path is written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// `parameters.name` or `parameters['name']` is `["parameters", "name"]`.
    pub path: Vec<String>,
    /// Line within the template, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// Collects the references of a template; variables that it sets itself are left out.
pub(super) fn of(nodes: &[Node], source: &str) -> Vec<Reference> {
    let mut collector = Collector::default();
    collector.nodes(nodes);
    let Collector { own, found } = collector;
    let foreign = found.into_iter().filter(|(path, _)| !own.contains(&*path[0]));
    let mut cursor = Cursor { source, at: 0, line: 1, column: 1 };
    foreign
        .map(|(path, at)| {
            let (line, column) = cursor.go_to(at);
            Reference { path, line, column }
        })
        .collect()
}

/// A place in a text: most references stand behind the one before, so that finding all their places
/// takes one walk.
struct Cursor<'s> {
    source: &'s str,
    at: usize,
    line: usize,
    column: usize,
}

impl Cursor<'_> {
    /// Goes to a byte offset, and returns its line and column.
    fn go_to(&mut self, at: usize) -> (usize, usize) {
        if at < self.at {
            (self.at, self.line, self.column) = (0, 1, 1);
        }
        for c in self.source[self.at..at].chars() {
            (self.line, self.column) =
                if c == '\n' { (self.line + 1, 1) } else { (self.line, self.column + 1) };
        }
        self.at = at;
        (self.line, self.column)
    }
}

#[derive(Default)]
struct Collector {
    own: HashSet<String>,
    found: Vec<(Vec<String>, usize)>,
}

impl Collector {
    fn nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            self.node(node);
        }
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Text(_) => {}
            Node::Output(expr) => self.expr(expr),
            Node::If { branches, otherwise } => self.branches(branches, otherwise),
            Node::For(each) => {
                self.define(&each.targets);
                self.expr(&each.sequence);
                self.nodes(&each.body);
                self.nodes(&each.otherwise);
            }
            Node::Set { targets, value } => {
                self.define(targets);
                self.expr(value);
            }
            Node::Macro(statement) => {
                self.own.insert(statement.target.name.to_string());
                self.definition(&statement.definition);
            }
            Node::Block { body, .. } => self.nodes(body),
            Node::Switch { subject, cases, otherwise } => {
                self.expr(subject);
                self.branches(cases, otherwise);
            }
        }
    }

    fn define(&mut self, targets: &[Target]) {
        self.own.extend(targets.iter().map(|target| target.name.to_string()));
    }

    fn definition(&mut self, definition: &Macro) {
        self.define(&definition.positional);
        self.own.extend(definition.keywords.iter().map(|(name, _)| name.to_string()));
        self.all(definition.keywords.iter().map(|(_, default)| default));
        self.nodes(&definition.body);
    }

    fn branches(&mut self, branches: &[(Expr, Vec<Node>)], otherwise: &[Node]) {
        for (expr, body) in branches {
            self.expr(expr);
            self.nodes(body);
        }
        self.nodes(otherwise);
    }

    fn expr(&mut self, expr: &Expr) {
        if let Some(path) = path(expr) {
            if !BUILT_IN.contains(&&*path[0]) {
                self.found.push((path, start(expr)));
            }
            return;
        }
        match &expr.kind {
            ExprKind::Literal(_) | ExprKind::Name { .. } | ExprKind::Regex(_) => {}
            ExprKind::Caller(definition) => self.definition(definition),
            ExprKind::Slice { target, bounds } => {
                self.expr(target);
                self.all(bounds.iter().flatten().map(|bound| &**bound));
            }
            ExprKind::List(items) | ExprKind::Sequence(items) => self.all(items),
            ExprKind::Map(pairs) => self.all(pairs.iter().map(|(_, value)| value)),
            ExprKind::Member { target: first, key: second }
            | ExprKind::In { needle: first, haystack: second }
            | ExprKind::FloorDivide(first, second)
            | ExprKind::Power(first, second) => self.all([&**first, second]),
            ExprKind::Call { target, arguments } => {
                // The last part of what is called is a method.
                match &target.kind {
                    ExprKind::Member { target, .. } => self.expr(target),
                    _ => self.expr(target),
                }
                self.all(arguments.expressions());
            }
            ExprKind::Filter { input, arguments, .. }
            | ExprKind::Check { input, arguments, .. } => {
                self.expr(input);
                self.all(arguments.expressions());
            }
            ExprKind::Prefix(_, operand) => self.expr(operand),
            ExprKind::Chain { first, rest } => {
                self.expr(first);
                self.all(rest.iter().map(|(_, operand)| operand));
            }
            ExprKind::InlineIf { condition, then, otherwise } => {
                self.all([&**then, condition]);
                self.all(otherwise.iter().map(|expr| &**expr));
            }
            ExprKind::Capture { body, .. } => self.nodes(body),
        }
    }

    fn all<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) {
        for expr in exprs {
            self.expr(expr);
        }
    }
}

/// The path of a name with members that are written out.
fn path(expr: &Expr) -> Option<Vec<String>> {
    match &expr.kind {
        ExprKind::Name { name, .. } => Some(vec![name.to_string()]),
        ExprKind::Member { target, key } => match &key.kind {
            ExprKind::Literal(Value::Text(key)) => {
                let mut path = path(target)?;
                path.push(key.to_string());
                Some(path)
            }
            _ => None,
        },
        _ => None,
    }
}

/// Where the name of a path starts.
fn start(expr: &Expr) -> usize {
    match &expr.kind {
        ExprKind::Member { target, .. } => start(target),
        _ => expr.at,
    }
}
