//! Renders a parsed template: statements, scopes, output. Expressions are in `expression`.

mod expression;
mod scope;

use serde_json::{Map, Value as Json};

use super::Environment;
use super::ast::{Expr, Loop, Node};
use super::error::Fault;
use super::limits::Budget;
use super::operators::{compare, same};
use super::value::Value;
use super::{member, utf16};
use scope::Scope;

/// Renders nodes to text.
pub(super) fn render(
    nodes: &[Node],
    context: &Map<String, Json>,
    environment: &Environment,
) -> Result<String, Fault> {
    let mut renderer = Renderer::new(context, environment);
    renderer.nodes(nodes)?;
    Ok(renderer.output)
}

/// Evaluates one expression to its value.
pub(super) fn evaluate(
    expr: &Expr,
    context: &Map<String, Json>,
    environment: &Environment,
) -> Result<Value, Fault> {
    Renderer::new(context, environment).expr(expr)
}

struct Renderer<'c> {
    scope: Scope<'c>,
    environment: &'c Environment,
    budget: Budget,
    output: String,
}

impl<'c> Renderer<'c> {
    fn new(context: &'c Map<String, Json>, environment: &'c Environment) -> Self {
        let scope = Scope::new(context, environment);
        Self { scope, environment, budget: Budget::new(), output: String::new() }
    }

    fn nodes(&mut self, nodes: &[Node]) -> Result<(), Fault> {
        nodes.iter().try_for_each(|node| self.node(node))
    }

    fn node(&mut self, node: &Node) -> Result<(), Fault> {
        match node {
            Node::Text(text) => self.write(text, 0),
            Node::Output(expr) => {
                let value = self.expr(expr)?;
                let paid = self.budget.spend_on([&value]);
                let text = paid
                    .and_then(|()| value.to_output())
                    .map_err(|complaint| complaint.at(expr.at))?;
                self.write(&text, expr.at)
            }
            Node::If { branches, otherwise } => {
                for (condition, body) in branches {
                    if self.expr(condition)?.truthy() {
                        return self.nodes(body);
                    }
                }
                self.nodes(otherwise)
            }
            Node::For(each) => {
                self.scope.enter();
                let done = self.each(each);
                self.scope.leave();
                done
            }
            Node::Set { names, value } => {
                let value = self.expr(value)?;
                for name in names {
                    self.scope.set(name, value.clone());
                }
                Ok(())
            }
            Node::Switch { subject, cases, otherwise } => self.switch(subject, cases, otherwise),
        }
    }

    fn write(&mut self, text: &str, at: usize) -> Result<(), Fault> {
        let length = self.output.len() + text.len();
        let paid = self.budget.spend(1).and_then(|()| self.budget.spend_text(text.len()));
        paid.and_then(|()| Budget::fits(length)).map_err(|complaint| complaint.at(at))?;
        self.output.push_str(text);
        Ok(())
    }

    /// Renders nodes to a string of their own.
    fn capture(&mut self, nodes: &[Node]) -> Result<Value, Fault> {
        let outer = std::mem::take(&mut self.output);
        let rendered = self.nodes(nodes);
        let captured = std::mem::replace(&mut self.output, outer);
        rendered.map(|()| Value::text(captured))
    }

    /// Renders the first case that is the same as the subject; an empty body falls through.
    fn switch(
        &mut self,
        subject: &Expr,
        cases: &[(Expr, Vec<Node>)],
        otherwise: &[Node],
    ) -> Result<(), Fault> {
        let subject = self.expr(subject)?;
        for (place, (value, _)) in cases.iter().enumerate() {
            if same(&subject, &self.expr(value)?) {
                let mut bodies = cases[place..].iter().map(|(_, body)| body);
                return match bodies.find(|body| !body.is_empty()) {
                    Some(body) => self.nodes(body),
                    None => self.nodes(otherwise),
                };
            }
        }
        self.nodes(otherwise)
    }

    fn each(&mut self, each: &Loop) -> Result<(), Fault> {
        let at = each.sequence.at;
        let sequence = match self.expr(&each.sequence)? {
            // To a loop, a string that is marked safe is the list of its characters.
            Value::Safe(text) => {
                Value::list(utf16::units(&text).into_iter().map(Value::text).collect())
                    .map_err(|complaint| complaint.at(at))?
            }
            sequence => sequence,
        };
        let empty = match &each.targets[..] {
            _ if !sequence.truthy() => true,
            [target] => self.each_item(each, target, &sequence)?,
            _ => self.each_destructured(each, &sequence)?,
        };
        if empty { self.nodes(&each.otherwise) } else { Ok(()) }
    }

    /// Loops with one variable: lists, strings and whatever has a `length`. Says whether there was
    /// no length, which is when `else` shows.
    fn each_item(
        &mut self,
        each: &Loop,
        target: &std::sync::Arc<str>,
        sequence: &Value,
    ) -> Result<bool, Fault> {
        let at = each.sequence.at;
        let length = match sequence {
            Value::Map(record) => record.get("length").cloned().unwrap_or_default(),
            Value::List(list) => Value::Number(list.items.len() as f64),
            Value::Text(text) => Value::Number(utf16::length(text) as f64),
            _ => Value::Undefined,
        };
        let characters = match sequence {
            Value::Text(text) => utf16::units(text),
            _ => Vec::new(),
        };
        let mut index = 0;
        let before_end = |index: usize| compare(&Value::Number(index as f64), &length);
        while before_end(index)
            .map_err(|complaint| complaint.at(at))?
            .is_some_and(std::cmp::Ordering::is_lt)
        {
            let item = match sequence {
                Value::List(list) => list.items[index].clone(),
                Value::Map(record) => record.get(&index.to_string()).cloned().unwrap_or_default(),
                _ => Value::text(characters[index].as_str()),
            };
            self.scope.bind(target, item);
            self.iteration(each, index, &length)?;
            index += 1;
        }
        Ok(!length.truthy())
    }

    /// Loops with several variables: lists of lists, or the keys and values of a map.
    fn each_destructured(&mut self, each: &Loop, sequence: &Value) -> Result<bool, Fault> {
        if let Value::List(list) = sequence {
            let length = Value::Number(list.items.len() as f64);
            for (index, item) in list.items.iter().enumerate() {
                if item.is_nullish() {
                    let message =
                        format!("item {index} is {} and has no parts to name", item.kind());
                    return Err(Fault::new(each.sequence.at, message));
                }
                for (place, target) in each.targets.iter().enumerate() {
                    self.scope.bind(target, member::item(item, place));
                }
                self.iteration(each, index, &length)?;
            }
            return Ok(list.items.is_empty());
        }
        let pairs = pairs(sequence);
        let length = Value::Number(pairs.len() as f64);
        for (index, (key, value)) in pairs.iter().enumerate() {
            self.scope.bind(&each.targets[0], Value::text(key.as_str()));
            self.scope.bind(&each.targets[1], value.clone());
            self.iteration(each, index, &length)?;
        }
        Ok(pairs.is_empty())
    }

    fn iteration(&mut self, each: &Loop, index: usize, length: &Value) -> Result<(), Fault> {
        let place = |complaint: super::error::Complaint| complaint.at(each.sequence.at);
        self.budget.spend(1).map_err(place)?;
        let total = length.to_number().map_err(place)?;
        let position = index as f64;
        let is_last = (total - 1.0 - position).abs() == 0.0;
        let fields = [
            ("index", Value::Number(position + 1.0)),
            ("index0", Value::Number(position)),
            ("revindex", Value::Number(total - position)),
            ("revindex0", Value::Number(total - position - 1.0)),
            ("first", Value::Bool(index == 0)),
            ("last", Value::Bool(is_last)),
            ("length", length.clone()),
        ];
        let fields = Value::map(fields).map_err(place)?;
        self.scope.bind(&"loop".into(), fields);
        self.nodes(&each.body)
    }
}

/// The keys and values that `for key, value in` sees.
fn pairs(sequence: &Value) -> Vec<(String, Value)> {
    match sequence {
        Value::Map(record) => {
            record.entries().iter().map(|(key, value)| (key.to_string(), value.clone())).collect()
        }
        Value::Text(text) => (utf16::units(text).into_iter().enumerate())
            .map(|(index, unit)| (index.to_string(), Value::text(unit)))
            .collect(),
        _ => Vec::new(),
    }
}
