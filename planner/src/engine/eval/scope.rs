//! Variables: the frames of loops, blocks and macros over the context of the template.
//!
//! The frames follow Nunjucks: `set` changes the nearest frame that has the name, else it adds the name to its own
//! frame; a name that is undefined in a frame is looked up in the outer one. Each block has a frame of its own that
//! is current; a macro begins with an empty frame in the place of the current one of the block where it is defined.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::Environment;
use super::super::callable::Function;
use super::super::context::Context;
use super::super::error::Complaint;
use super::super::limits::Meter;
use super::super::value::Value;

#[derive(Debug, Default)]
struct Frame {
    variables: HashMap<Arc<str>, Value>,
    parent: Option<usize>,
    /// How many frames a name is looked up in.
    depth: usize,
    /// `set` here does not change the frames around it.
    is_isolated: bool,
}

pub(super) struct Scope<'c> {
    context: &'c Context<'c>,
    environment: &'c Environment,
    /// What the template sets or defines outside of loops and macros, over the context.
    own: HashMap<Arc<str>, Value>,
    /// The first frame is the template's own. They are left in reverse order.
    frames: Vec<Frame>,
    /// The current frame of the template, and of each block that was run.
    homes: Vec<usize>,
    home: usize,
    compat: bool,
}

/// A place to come back to: the frame before.
pub(super) struct Mark {
    home: usize,
    /// The home whose frame was replaced, and its frame.
    replaced: (usize, usize),
    frames: usize,
}

impl<'c> Scope<'c> {
    pub(super) fn new(
        context: &'c Context<'c>,
        environment: &'c Environment,
        compat: bool,
    ) -> Self {
        let frames = vec![Frame { depth: 1, ..Frame::default() }];
        let own = HashMap::new();
        Self { context, environment, own, frames, homes: vec![0], home: 0, compat }
    }

    pub(super) fn home(&self) -> usize {
        self.home
    }

    fn current(&self) -> usize {
        self.homes[self.home]
    }

    /// Begins the frame of a loop.
    pub(super) fn enter_loop(&mut self) -> Mark {
        self.enter(self.home, Some(self.current()), false)
    }

    /// Begins the frame of a macro that is defined in `home`; the one of a `call` block is within that of the macro
    /// that calls it.
    pub(super) fn enter_macro(&mut self, home: usize, is_caller: bool) -> Mark {
        let parent = is_caller.then(|| self.homes[home]);
        self.enter(home, parent, true)
    }

    /// Begins the frame of a block.
    pub(super) fn enter_block(&mut self) -> Mark {
        let parent = self.current();
        self.homes.push(parent);
        self.enter(self.homes.len() - 1, Some(parent), true)
    }

    fn enter(&mut self, home: usize, parent: Option<usize>, is_isolated: bool) -> Mark {
        let before =
            Mark { home: self.home, replaced: (home, self.homes[home]), frames: self.frames.len() };
        let depth = 1 + parent.map_or(0, |parent| self.frames[parent].depth);
        self.homes[home] = self.frames.len();
        self.home = home;
        self.frames.push(Frame { variables: HashMap::new(), parent, depth, is_isolated });
        before
    }

    pub(super) fn leave(&mut self, before: &Mark) {
        let (home, frame) = before.replaced;
        self.homes[home] = frame;
        self.home = before.home;
        self.frames.truncate(before.frames);
    }

    /// Gives a variable of the current frame its value.
    pub(super) fn bind(
        &mut self,
        name: &Arc<str>,
        value: Value,
        meter: &Meter,
    ) -> Result<(), Complaint> {
        meter.spend(1)?;
        meter.scan(name.len())?;
        let current = self.current();
        self.frames[current].variables.insert(Arc::clone(name), value);
        Ok(())
    }

    /// Defines a macro that is not in a loop.
    pub(super) fn define(
        &mut self,
        name: &Arc<str>,
        value: Value,
        meter: &Meter,
    ) -> Result<(), Complaint> {
        meter.spend(1)?;
        meter.scan(name.len())?;
        self.own.insert(Arc::clone(name), value);
        Ok(())
    }

    pub(super) fn set(
        &mut self,
        name: &Arc<str>,
        value: Value,
        meter: &Meter,
    ) -> Result<(), Complaint> {
        self.pay(name, meter)?;
        let current = self.current();
        let place = self.place_of(name).unwrap_or(current);
        if current == 0 {
            self.own.insert(Arc::clone(name), value.clone());
        }
        self.frames[place].variables.insert(Arc::clone(name), value);
        Ok(())
    }

    /// Changes a variable that a frame has, if any.
    pub(super) fn replace(
        &mut self,
        name: &Arc<str>,
        value: Value,
        meter: &Meter,
    ) -> Result<(), Complaint> {
        self.pay(name, meter)?;
        if let Some(place) = self.place_of(name) {
            self.frames[place].variables.insert(Arc::clone(name), value);
        }
        Ok(())
    }

    /// The nearest frame that has a variable which `set` changes.
    fn place_of(&self, name: &str) -> Option<usize> {
        let current = self.current();
        let is_isolated = self.frames[current].is_isolated;
        let mut around = self.around(current);
        let mut around = around.by_ref().take(if is_isolated { 1 } else { usize::MAX });
        around.find(|frame| is_defined(self.frames[*frame].variables.get(name)))
    }

    fn around(&self, frame: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(frame), |frame| self.frames[*frame].parent)
    }

    pub(super) fn get(&self, name: &str, meter: &Meter) -> Result<Value, Complaint> {
        self.pay(name, meter)?;
        let mut found =
            self.around(self.current()).map(|frame| self.frames[frame].variables.get(name));
        if let Some(Some(value)) = found.find(|value| is_defined(*value)) {
            return Ok(value.clone());
        }
        if let Some(value) = self.own.get(name) {
            return Ok(value.clone());
        }
        match self.context.get(name, meter) {
            Some(value) => value,
            None => Ok(self.global(name)),
        }
    }

    /// A name is looked up in every frame.
    fn pay(&self, name: &str, meter: &Meter) -> Result<(), Complaint> {
        let depth = self.frames[self.current()].depth;
        meter.spend(depth.div_ceil(2))?;
        meter.scan(depth * name.len())
    }

    fn global(&self, name: &str) -> Value {
        match name {
            "range" => Value::Function(Function::Range),
            "cycler" => Value::Function(Function::Cycler),
            "joiner" => Value::Function(Function::Joiner),
            "always" if self.environment.knows_steps() => Value::Function(Function::Always),
            "failure" if self.environment.knows_steps() => Value::Function(Function::Failure),
            "True" if self.compat => Value::Bool(true),
            "False" if self.compat => Value::Bool(false),
            "None" if self.compat => Value::Null,
            _ => Value::Undefined,
        }
    }
}

fn is_defined(value: Option<&Value>) -> bool {
    value.is_some_and(|value| !matches!(value, Value::Undefined))
}
