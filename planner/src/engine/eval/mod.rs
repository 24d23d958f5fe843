//! Renders a parsed template: statements, scopes, output. Expressions are in `expression`.

mod expression;
mod scope;

use std::sync::Arc;

use serde_json::Value as Json;

use super::Environment;
use super::ast::{Expr, Loop, Node};
use super::context::Context;
use super::error::{Complaint, Fault};
use super::limits::Meter;
use super::operators::same;
use super::unknown::{Text, Unknown};
use super::value::Value;
use super::{member, utf16};
use scope::Scope;

/// Renders nodes to text, after paying `cost` for the reading of their source.
pub(super) fn render(
    nodes: &[Node],
    cost: usize,
    context: &Context<'_>,
    environment: &Environment,
) -> Result<Text, Fault> {
    let mut renderer = Renderer::new(context, environment);
    renderer.meter.spend(cost).map_err(|complaint| complaint.at(0))?;
    renderer.nodes(nodes)?;
    renderer.meter.settle().map_err(|complaint| complaint.at(0))?;
    Ok(renderer.output)
}

/// Evaluates one expression to its value as JSON, after paying `cost` for its reading.
pub(super) fn evaluate(
    expr: &Expr,
    cost: usize,
    context: &Context<'_>,
    environment: &Environment,
) -> Result<Option<Json>, Fault> {
    let mut renderer = Renderer::new(context, environment);
    let place = |complaint: Complaint| complaint.at(expr.at);
    renderer.meter.spend(cost).map_err(place)?;
    let value = renderer.expr(expr)?;
    let json = value.to_json(&renderer.meter).map_err(place)?;
    renderer.meter.settle().map_err(place)?;
    Ok(json)
}

struct Renderer<'c> {
    scope: Scope<'c>,
    environment: &'c Environment,
    meter: Meter,
    output: Text,
}

impl<'c> Renderer<'c> {
    fn new(context: &'c Context<'c>, environment: &'c Environment) -> Self {
        let scope = Scope::new(context, environment);
        let meter = Meter::new(environment.budget());
        Self { scope, environment, meter, output: Text::default() }
    }

    fn nodes(&mut self, nodes: &[Node]) -> Result<(), Fault> {
        nodes.iter().try_for_each(|node| self.node(node))
    }

    /// Renders a node. In the place of one that depends on an unknown value stands that value.
    fn node(&mut self, node: &Node) -> Result<(), Fault> {
        self.known_node(node).or_else(|fault| {
            let unknown = fault.into_unknown()?;
            self.forget(node, &unknown)?;
            self.write_unknown(&unknown, 0)
        })
    }

    /// Makes the variables unknown that a statement sets when it runs.
    fn forget(&mut self, node: &Node, unknown: &Unknown) -> Result<(), Fault> {
        for (name, is_own) in node.assigned() {
            let value = Value::unknown(unknown.clone(), &self.meter);
            let known = value.and_then(|value| match is_own {
                true => self.scope.replace(name, value, &self.meter),
                false => self.scope.set(name, value, &self.meter),
            });
            known.map_err(|complaint| complaint.at(0))?;
        }
        Ok(())
    }

    fn known_node(&mut self, node: &Node) -> Result<(), Fault> {
        match node {
            Node::Text(text) => self.write(text, 0),
            Node::Output(expr) => match self.expr(expr)? {
                Value::Unknown(unknown) => self.write_unknown(&unknown, expr.at),
                value => {
                    let place = |complaint: Complaint| complaint.at(expr.at);
                    let text = value.to_output(&self.meter).map_err(place)?;
                    self.write(&text, expr.at)
                }
            },
            Node::If { branches, otherwise } => {
                for (condition, body) in branches {
                    let place = |complaint: Complaint| complaint.at(condition.at);
                    if self.expr(condition)?.truthy().map_err(place)? {
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
                let at = value.at;
                let value = self.expr(value)?;
                let mut names = names.iter();
                let set = |name| self.scope.set(name, value.clone(), &self.meter);
                names.try_for_each(set).map_err(|complaint| complaint.at(at))
            }
            Node::Switch { subject, cases, otherwise } => self.switch(subject, cases, otherwise),
        }
    }

    fn write(&mut self, text: &str, at: usize) -> Result<(), Fault> {
        let length = self.output.weight() + text.len();
        let paid = self.meter.output(length, text.len());
        paid.map_err(|complaint| complaint.at(at))?;
        self.output.push(text);
        Ok(())
    }

    fn write_unknown(&mut self, unknown: &Unknown, at: usize) -> Result<(), Fault> {
        let length = self.output.weight() + unknown.weight();
        let paid = self.meter.growth(length, unknown.weight());
        paid.map_err(|complaint| complaint.at(at))?;
        self.output.push_unknown(unknown);
        Ok(())
    }

    /// Renders nodes to a string of their own.
    fn capture(&mut self, nodes: &[Node]) -> Result<Value, Fault> {
        let outer = std::mem::take(&mut self.output);
        let rendered = self.nodes(nodes);
        let captured = std::mem::replace(&mut self.output, outer);
        rendered?;
        captured.into_known().map(Value::text).or_else(|unknown| {
            Value::unknown(unknown, &self.meter).map_err(|complaint| complaint.at(0))
        })
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
            let candidate = self.expr(value)?;
            let is_same = same(&subject, &candidate, &self.meter);
            if is_same.map_err(|complaint| complaint.at(value.at))? {
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
        let place = |complaint: Complaint| complaint.at(each.sequence.at);
        let sequence = match self.expr(&each.sequence)? {
            // To a loop, a string that is marked safe is the list of its characters.
            Value::Safe(text) => self.characters(&text).map_err(place)?,
            sequence => sequence,
        };
        let empty = match &each.targets[..] {
            _ if !sequence.truthy().map_err(place)? => true,
            [target] => self.each_item(each, target, &sequence)?,
            _ => self.each_destructured(each, &sequence)?,
        };
        if empty { self.nodes(&each.otherwise) } else { Ok(()) }
    }

    /// The list of a text's code units.
    fn characters(&self, text: &str) -> Result<Value, Complaint> {
        let units = utf16::units(text, &self.meter)?;
        Value::list(units.into_iter().map(Value::text).collect(), &self.meter)
    }

    /// Loops with one variable: lists, strings and whatever has a `length`. Says whether there was
    /// no length, which is when `else` shows.
    fn each_item(
        &mut self,
        each: &Loop,
        target: &Arc<str>,
        sequence: &Value,
    ) -> Result<bool, Fault> {
        let place = |complaint: Complaint| complaint.at(each.sequence.at);
        let characters = match sequence {
            Value::Text(text) => Some(self.characters(text).map_err(place)?),
            _ => None,
        };
        let items = characters.as_ref().unwrap_or(sequence);
        let length = match items {
            Value::List(list) => Value::Number(list.items.len() as f64),
            Value::Map(record) => record.get("length").cloned().unwrap_or_default(),
            _ => Value::Undefined,
        };
        let end = loop_end(&length, &self.meter).map_err(place)?;
        let mut index = 0;
        while (index as f64) < end {
            let item = member::item(items, index, &self.meter).map_err(place)?;
            self.scope.bind(target, item, &self.meter).map_err(place)?;
            self.iteration(each, index, &length, end)?;
            index += 1;
        }
        length.truthy().map(|any| !any).map_err(place)
    }

    /// Loops with several variables: lists of lists, or the keys and values of a map.
    fn each_destructured(&mut self, each: &Loop, sequence: &Value) -> Result<bool, Fault> {
        let place = |complaint: Complaint| complaint.at(each.sequence.at);
        if let Value::List(list) = sequence {
            let end = list.items.len() as f64;
            for (index, item) in list.items.iter().enumerate() {
                if item.is_nullish() {
                    let message =
                        format!("item {index} is {} and has no parts to name", item.kind());
                    return Err(Fault::new(each.sequence.at, message));
                }
                for (part, target) in each.targets.iter().enumerate() {
                    let part = member::item(item, part, &self.meter).map_err(place)?;
                    self.scope.bind(target, part, &self.meter).map_err(place)?;
                }
                self.iteration(each, index, &Value::Number(end), end)?;
            }
            return Ok(list.items.is_empty());
        }
        let pairs = pairs(sequence, &self.meter).map_err(place)?;
        let end = pairs.len() as f64;
        for (index, (key, value)) in pairs.iter().enumerate() {
            let bound = [Value::Text(Arc::clone(key)), value.clone()];
            for (target, part) in each.targets.iter().zip(bound) {
                self.scope.bind(target, part, &self.meter).map_err(place)?;
            }
            self.iteration(each, index, &Value::Number(end), end)?;
        }
        Ok(pairs.is_empty())
    }

    /// Runs the body of a loop once; `end` is `length` as a number.
    fn iteration(
        &mut self,
        each: &Loop,
        index: usize,
        length: &Value,
        end: f64,
    ) -> Result<(), Fault> {
        let place = |complaint: Complaint| complaint.at(each.sequence.at);
        let position = index as f64;
        let is_last = (end - 1.0 - position).abs() == 0.0;
        let fields = [
            ("index", Value::Number(position + 1.0)),
            ("index0", Value::Number(position)),
            ("revindex", Value::Number(end - position)),
            ("revindex0", Value::Number(end - position - 1.0)),
            ("first", Value::Bool(index == 0)),
            ("last", Value::Bool(is_last)),
            ("length", length.clone()),
        ];
        let fields = Value::map(fields, &self.meter).map_err(place)?;
        self.scope.bind(&"loop".into(), fields, &self.meter).map_err(place)?;
        self.nodes(&each.body)
    }
}

/// The number that an index loop ends before: what JavaScript makes of `length` in `index < length`.
pub(super) fn loop_end(length: &Value, meter: &Meter) -> Result<f64, Complaint> {
    match length {
        Value::Map(_) => Ok(f64::NAN),
        length => length.to_number(meter),
    }
}

/// The keys and values that `for key, value in` sees.
fn pairs(sequence: &Value, meter: &Meter) -> Result<Vec<(Arc<str>, Value)>, Complaint> {
    Ok(match sequence {
        Value::Map(record) => {
            meter.spend(4 * record.len())?;
            record.entries().to_vec()
        }
        Value::Text(text) => {
            let units = utf16::units(text, meter)?;
            meter.spend(8 * units.len())?;
            (units.into_iter().enumerate())
                .map(|(index, unit)| (index.to_string().into(), Value::text(unit)))
                .collect()
        }
        _ => Vec::new(),
    })
}
