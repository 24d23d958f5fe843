//! Which names have slots: the frames of Nunjucks' compiler.
//!
//! The compiler gives loop variables, positional parameters and macros a variable of JavaScript, and later reads of
//! the name within the same frame go there, whatever the frames of the rendering say.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::ast::{Slot, Target};

/// What a function sees of the one around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The template, a block or a macro: nothing.
    Alone,
    /// A `call` block: its variables.
    Caller,
    /// A captured text: its variables, and it defines macros as if it were part of it.
    Capture,
}

#[derive(Debug)]
pub(super) struct Function {
    kind: Kind,
    /// Index and loops of the slots of each frame.
    frames: Vec<HashMap<Arc<str>, (usize, u128)>>,
    slots: usize,
    /// How many loops with several variables are around.
    level: u8,
}

/// The functions that are being read, from the outermost.
#[derive(Debug)]
pub(super) struct Names(Vec<Function>);

impl Names {
    pub(super) fn new() -> Self {
        let mut names = Self(Vec::new());
        names.begin(Kind::Alone);
        names
    }

    pub(super) fn begin(&mut self, kind: Kind) {
        self.0.push(Function { kind, frames: vec![HashMap::new()], slots: 0, level: 0 });
    }

    /// Ends a function; returns the number of its slots.
    pub(super) fn end(&mut self) -> usize {
        self.0.pop().map_or(0, |function| function.slots)
    }

    /// Leaves a function for a moment.
    pub(super) fn suspend(&mut self) -> Option<Function> {
        self.0.pop()
    }

    pub(super) fn resume(&mut self, function: Option<Function>) {
        self.0.extend(function);
    }

    /// The slot that a name has here.
    pub(super) fn find(&self, name: &str) -> Option<Slot> {
        for (up, function) in self.0.iter().rev().enumerate() {
            if let Some((index, loops)) = function.frames.iter().rev().find_map(|f| f.get(name)) {
                return Some(Slot { up, index: *index, loops: *loops });
            }
            if function.kind == Kind::Alone {
                break;
            }
        }
        None
    }

    /// A variable that is set: in its slot, too, if it has one.
    pub(super) fn target(&self, name: &str) -> Target {
        Target { name: Arc::from(name), slot: self.find(name) }
    }

    /// Gives a name a slot of its own in the current frame.
    pub(super) fn define(&mut self, name: &str) -> Target {
        let (name, slot) = (Arc::<str>::from(name), self.slot());
        if let Some(frame) = self.0.last_mut().and_then(|function| function.frames.last_mut()) {
            frame.insert(Arc::clone(&name), (slot.index, slot.loops));
        }
        Target { name, slot: Some(slot) }
    }

    /// A slot that no name has yet.
    fn slot(&mut self) -> Slot {
        let Some(function) = self.0.last_mut() else { return Slot { up: 0, index: 0, loops: 0 } };
        function.slots += 1;
        let loops = (1_u128 << function.level) - 1;
        Slot { up: 0, index: function.slots - 1, loops }
    }

    /// Begins a loop; a loop with several variables has a level. Returns it with the variables and the slot of the
    /// loop's length.
    pub(super) fn begin_loop(&mut self, names: &[&str]) -> (Vec<Target>, Option<u8>, Slot) {
        let length = self.slot();
        let Some(function) = self.0.last_mut() else { return (Vec::new(), None, length) };
        function.frames.push(HashMap::new());
        let level = (names.len() > 1).then_some(function.level);
        let mut targets: Vec<Target> = Vec::new();
        for name in names {
            let same = targets.iter().find(|target| *target.name == **name).cloned();
            targets.push(same.unwrap_or_else(|| self.define(name)));
        }
        let Some(function) = self.0.last_mut() else { return (targets, level, length) };
        if let (Some(level), Some(frame)) = (level, function.frames.last_mut()) {
            function.level += 1;
            // Key and value are other variables in the code for maps; the others are shared.
            for place in 0..targets.len() {
                let is_twice = targets[..2].iter().any(|twice| twice.name == targets[place].name);
                let target = &mut targets[place];
                if let (true, Some(slot)) = (is_twice, &mut target.slot) {
                    slot.loops |= 1 << level;
                    frame.insert(Arc::clone(&target.name), (slot.index, slot.loops));
                }
            }
        }
        (targets, level, length)
    }

    pub(super) fn end_loop(&mut self, level: Option<u8>) {
        if let Some(function) = self.0.last_mut() {
            function.frames.pop();
            function.level -= u8::from(level.is_some());
        }
    }

    /// Whether a macro that is defined here is a variable of the whole template.
    pub(super) fn is_outermost(&self) -> bool {
        let mut around = self.0.iter().rev().take_while(|function| function.frames.len() == 1);
        around
            .find(|function| function.kind != Kind::Capture)
            .is_some_and(|f| f.kind == Kind::Alone)
    }
}
