//! Renders a parsed template: statements, scopes, output. Expressions are in `expression`.

mod activation;
mod call;
mod expression;
mod repeat;
mod scope;

use std::sync::Arc;

use serde_json::Value as Json;

use super::Environment;
use super::ast::{Expr, MacroStatement, Node, Target};
use super::callable::{Closure, Function};
use super::context::Context;
use super::error::{Complaint, Fault};
use super::limits::{self, Meter};
use super::operators::same;
use super::parser::Tree;
use super::unknown::{Text, Unknown};
use super::value::Value;
use activation::Activations;
use scope::Scope;

/// Renders a template to text, after paying for its reading.
pub(super) fn render(
    template: &Tree,
    compat: bool,
    context: &Context<'_>,
    environment: &Environment,
) -> Result<Text, Fault> {
    let mut renderer = Renderer::new(template, compat, context, environment);
    renderer.meter.spend(template.cost).map_err(|complaint| complaint.at(0))?;
    renderer.nodes(&template.nodes)?;
    renderer.meter.settle().map_err(|complaint| complaint.at(0))?;
    Ok(renderer.output)
}

/// Evaluates one expression of a template to its value as JSON, after paying for its reading.
pub(super) fn evaluate(
    expr: &Expr,
    template: &Tree,
    compat: bool,
    context: &Context<'_>,
    environment: &Environment,
) -> Result<Option<Json>, Fault> {
    let mut renderer = Renderer::new(template, compat, context, environment);
    let place = |complaint: Complaint| complaint.at(expr.at);
    renderer.meter.spend(template.cost).map_err(place)?;
    let value = renderer.expr(expr)?;
    let json = value.to_json(&renderer.meter).map_err(place)?;
    renderer.meter.settle().map_err(place)?;
    Ok(json)
}

struct Renderer<'c> {
    scope: Scope<'c>,
    activations: Activations,
    environment: &'c Environment,
    meter: Meter,
    output: Text,
    /// How deep nodes and expressions are nested, within macros that call each other.
    depth: usize,
    /// How often `random` has chosen.
    choices: u64,
    compat: bool,
}

impl<'c> Renderer<'c> {
    fn new(
        template: &Tree,
        compat: bool,
        context: &'c Context<'c>,
        environment: &'c Environment,
    ) -> Self {
        Self {
            scope: Scope::new(context, environment, compat),
            activations: Activations::new(template.slots),
            environment,
            meter: Meter::new(environment.budget()),
            output: Text::default(),
            depth: 0,
            choices: 0,
            compat,
        }
    }

    /// Goes deeper by some levels, within the limit; the caller comes back.
    fn deepen(&mut self, levels: usize, at: usize) -> Result<(), Fault> {
        if self.depth + levels > limits::RUNNING {
            let message = format!("the template runs deeper than {} levels", limits::RUNNING);
            let complaint = Complaint::limit(message);
            return Err(complaint.hint("macros may call each other some thirty times").at(at));
        }
        self.depth += levels;
        Ok(())
    }

    fn nodes(&mut self, nodes: &[Node]) -> Result<(), Fault> {
        nodes.iter().try_for_each(|node| self.node(node))
    }

    /// Renders a node. In the place of one that depends on an unknown value stands that value.
    fn node(&mut self, node: &Node) -> Result<(), Fault> {
        if let Node::Text(text) = node {
            return self.write(text, 0);
        }
        let at = if let Node::Output(expr) = node { expr.at } else { 0 };
        self.deepen(1, at)?;
        let done = self.known_node(node);
        self.depth -= 1;
        done.or_else(|fault| {
            let unknown = fault.into_unknown()?;
            self.forget(node, &unknown)?;
            self.write_unknown(&unknown, 0)
        })
    }

    /// Makes the variables unknown that a statement sets when it runs.
    fn forget(&mut self, node: &Node, unknown: &Unknown) -> Result<(), Fault> {
        let place = |complaint: Complaint| complaint.at(0);
        let (targets, count) = node.assigned();
        self.meter.spend(count + targets.len()).map_err(place)?;
        for (target, is_own) in targets {
            let value = Value::unknown(unknown.clone(), &self.meter).map_err(place)?;
            if let Some(slot) = target.slot {
                self.activations.set(slot, value.clone());
            }
            let forgotten = match is_own {
                true => self.scope.replace(&target.name, value, &self.meter),
                false => self.scope.set(&target.name, value, &self.meter),
            };
            forgotten.map_err(place)?;
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
                let before = self.scope.enter_loop();
                let done = self.each(each);
                self.scope.leave(&before);
                done
            }
            Node::Set { targets, value } => {
                let at = value.at;
                let value = self.expr(value)?;
                targets.iter().try_for_each(|target| {
                    self.assign(target, &value);
                    let set = self.scope.set(&target.name, value.clone(), &self.meter);
                    set.map_err(|complaint| complaint.at(at))
                })
            }
            Node::Macro(statement) => self.define(statement),
            Node::Block { body, slots } => self.block(body, *slots),
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

    /// Puts a value into the slot of a variable, if it has one.
    fn assign(&mut self, target: &Target, value: &Value) {
        if let Some(slot) = target.slot {
            self.activations.set(slot, value.clone());
        }
    }

    fn define(&mut self, statement: &MacroStatement) -> Result<(), Fault> {
        let function = Function::Macro(Arc::new(Closure {
            definition: Arc::clone(&statement.definition),
            home: self.scope.home(),
            activation: self.activations.close_over(),
        }));
        let (target, value) = (&statement.target, Value::Function(function));
        self.assign(target, &value);
        let defined = match statement.is_global {
            true => self.scope.define(&target.name, value, &self.meter),
            false => self.scope.bind(&target.name, value, &self.meter),
        };
        defined.map_err(|complaint| complaint.at(statement.at))
    }

    fn block(&mut self, body: &[Node], slots: usize) -> Result<(), Fault> {
        let run = self.activations.enter(slots, None, &self.meter);
        let run = run.map_err(|complaint| complaint.at(0))?;
        let before = self.scope.enter_block();
        let done = self.nodes(body);
        self.scope.leave(&before);
        self.activations.leave(&run);
        done
    }

    /// Renders nodes to a string of their own.
    fn capture(&mut self, nodes: &[Node], slots: usize) -> Result<Value, Fault> {
        let around = Some(self.activations.current());
        let run = self.activations.enter(slots, around, &self.meter);
        let run = run.map_err(|complaint| complaint.at(0))?;
        let captured = self.captured(nodes);
        self.activations.leave(&run);
        captured?.into_known().map(Value::text).or_else(|unknown| {
            Value::unknown(unknown, &self.meter).map_err(|complaint| complaint.at(0))
        })
    }

    /// Renders nodes apart from the output.
    fn captured(&mut self, nodes: &[Node]) -> Result<Text, Fault> {
        let outer = std::mem::take(&mut self.output);
        let rendered = self.nodes(nodes);
        let captured = std::mem::replace(&mut self.output, outer);
        rendered.map(|()| captured)
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
}

/// The number that an index loop ends before: what JavaScript makes of `length` in `index < length`.
pub(super) fn loop_end(length: &Value, meter: &Meter) -> Result<f64, Complaint> {
    match length {
        Value::Map(_) => Ok(f64::NAN),
        length => length.to_number(meter),
    }
}
