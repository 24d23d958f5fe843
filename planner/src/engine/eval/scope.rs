//! Variables: the frames of loops over the context of the template.
//!
//! The frames follow Nunjucks: `set` changes the nearest frame that has the name, else it adds the name to its own
//! frame; a name that is undefined in a frame is looked up in the outer one.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::Environment;
use super::super::context::Context;
use super::super::error::Complaint;
use super::super::limits::Meter;
use super::super::value::{Function, Value};

type Frame = HashMap<Arc<str>, Value>;

pub(super) struct Scope<'c> {
    context: &'c Context<'c>,
    environment: &'c Environment,
    /// The first frame is the template's own.
    frames: Vec<Frame>,
}

impl<'c> Scope<'c> {
    pub(super) fn new(context: &'c Context<'c>, environment: &'c Environment) -> Self {
        Self { context, environment, frames: vec![Frame::new()] }
    }

    pub(super) fn enter(&mut self) {
        self.frames.push(Frame::new());
    }

    pub(super) fn leave(&mut self) {
        self.frames.pop();
    }

    /// Gives a loop variable its value.
    pub(super) fn bind(
        &mut self,
        name: &Arc<str>,
        value: Value,
        meter: &Meter,
    ) -> Result<(), Complaint> {
        meter.spend(1)?;
        meter.scan(name.len())?;
        if let Some(frame) = self.frames.last_mut() {
            frame.insert(Arc::clone(name), value);
        }
        Ok(())
    }

    pub(super) fn set(
        &mut self,
        name: &Arc<str>,
        value: Value,
        meter: &Meter,
    ) -> Result<(), Complaint> {
        self.pay(name, meter)?;
        let known = self.frames.iter().rposition(|frame| is_defined(frame.get(name)));
        let place = known.unwrap_or(self.frames.len() - 1);
        self.frames[place].insert(Arc::clone(name), value);
        Ok(())
    }

    /// Changes a variable that a frame has, if any.
    pub(super) fn replace(
        &mut self,
        name: &Arc<str>,
        value: Value,
        meter: &Meter,
    ) -> Result<(), Complaint> {
        let is_known = self.frames.iter().any(|frame| is_defined(frame.get(name)));
        if is_known { self.set(name, value, meter) } else { Ok(()) }
    }

    pub(super) fn get(&self, name: &str, meter: &Meter) -> Result<Value, Complaint> {
        self.pay(name, meter)?;
        let in_frames = self.frames.iter().rev().map(|frame| frame.get(name));
        if let Some(value) = in_frames.clone().find(|value| is_defined(*value)).flatten() {
            return Ok(value.clone());
        }
        // A top-level `set` to undefined hides the context, too.
        if self.frames[0].contains_key(name) {
            return Ok(Value::Undefined);
        }
        match self.context.get(name, meter) {
            Some(value) => value,
            None => self.global(name),
        }
    }

    /// A name is looked up in every frame.
    fn pay(&self, name: &str, meter: &Meter) -> Result<(), Complaint> {
        meter.spend(self.frames.len().div_ceil(2))?;
        meter.scan(self.frames.len() * name.len())
    }

    fn global(&self, name: &str) -> Result<Value, Complaint> {
        Ok(match name {
            "range" => Value::Function(Function::Range),
            "always" if self.environment.knows_steps() => Value::Function(Function::Always),
            "failure" if self.environment.knows_steps() => Value::Function(Function::Failure),
            "cycler" | "joiner" => return Err(format!("`{name}` is not supported yet").into()),
            _ => Value::Undefined,
        })
    }
}

fn is_defined(value: Option<&Value>) -> bool {
    value.is_some_and(|value| !matches!(value, Value::Undefined))
}
