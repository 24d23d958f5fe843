//! Variables: frames of loops over the context of the template.
//!
//! Frames work as Nunjucks' do: `set` changes the nearest frame that knows the name, else makes it in
//! the frame it stands in; a frame whose value is undefined does not hide an outer one.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::super::Environment;
use super::super::error::Complaint;
use super::super::value::{Function, Value};

type Frame = HashMap<Arc<str>, Value>;

pub(super) struct Scope<'c> {
    context: &'c Map<String, Json>,
    environment: &'c Environment,
    /// Roots of the context already converted, so that a list stays the same list.
    converted: Frame,
    /// The first frame is the template's own.
    frames: Vec<Frame>,
}

impl<'c> Scope<'c> {
    pub(super) fn new(context: &'c Map<String, Json>, environment: &'c Environment) -> Self {
        Self { context, environment, converted: Frame::new(), frames: vec![Frame::new()] }
    }

    pub(super) fn enter(&mut self) {
        self.frames.push(Frame::new());
    }

    pub(super) fn leave(&mut self) {
        self.frames.pop();
    }

    /// Gives a loop variable its value.
    pub(super) fn bind(&mut self, name: &Arc<str>, value: Value) {
        if let Some(frame) = self.frames.last_mut() {
            frame.insert(Arc::clone(name), value);
        }
    }

    pub(super) fn set(&mut self, name: &Arc<str>, value: Value) {
        let known = self.frames.iter().rposition(|frame| is_defined(frame.get(name)));
        let place = known.unwrap_or(self.frames.len() - 1);
        self.frames[place].insert(Arc::clone(name), value);
    }

    pub(super) fn get(&mut self, name: &str) -> Result<Value, Complaint> {
        let in_frames = self.frames.iter().rev().map(|frame| frame.get(name));
        if let Some(value) = in_frames.clone().find(|value| is_defined(*value)).flatten() {
            return Ok(value.clone());
        }
        // A top-level `set` to undefined hides the context, too.
        if let Some(value) = self.converted.get(name).or_else(|| self.frames[0].get(name)) {
            return Ok(value.clone());
        }
        let value = match self.context.get(name) {
            Some(json) => Value::from_json(json)?,
            None => self.global(name)?,
        };
        self.converted.insert(Arc::from(name), value.clone());
        Ok(value)
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
