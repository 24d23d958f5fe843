//! The variables that Nunjucks' compiled code keeps in variables of JavaScript: parameters, loop variables, the names
//! of macros, and the lengths of loops.
//!
//! They belong to one run of a function (the template, a block, a macro, a captured text), outlive their loop, and
//! are there twice in a loop with several variables, whose body Nunjucks compiles once for lists and once for maps.

use std::collections::HashMap;

use super::super::ast::Slot;
use super::super::error::Complaint;
use super::super::limits::Meter;
use super::super::value::Value;

/// One run of a function.
#[derive(Debug, Default)]
struct Activation {
    slots: Vec<Value>,
    /// Slots within loops that go through a map, by their number and those loops.
    variants: HashMap<(usize, u128), Value>,
    /// One bit for each enclosing loop with several variables: whether it goes through a map.
    modes: u128,
    /// The function around a captured text or a `call` block.
    parent: Option<usize>,
}

/// All runs of a rendering. One stays as long as a macro may still be called that was defined in it.
#[derive(Debug)]
pub(super) struct Activations {
    all: Vec<Activation>,
    current: usize,
    /// How many closures were made: none of them outlives an activation when this stays as it is.
    closures: usize,
}

/// A place to come back to: the activation before.
pub(super) struct Mark {
    current: usize,
    length: usize,
    closures: usize,
}

impl Activations {
    /// The run of the template itself.
    pub(super) fn new(slots: usize) -> Self {
        let all =
            vec![Activation { slots: vec![Value::Undefined; slots], ..Activation::default() }];
        Self { all, current: 0, closures: 0 }
    }

    /// Starts a run of a function of so many slots.
    pub(super) fn enter(
        &mut self,
        slots: usize,
        parent: Option<usize>,
        meter: &Meter,
    ) -> Result<Mark, Complaint> {
        meter.spend(16 + 4 * slots)?;
        let before =
            Mark { current: self.current, length: self.all.len(), closures: self.closures };
        let slots = vec![Value::Undefined; slots];
        self.current = self.all.len();
        self.all.push(Activation { slots, parent, ..Activation::default() });
        Ok(before)
    }

    pub(super) fn leave(&mut self, before: &Mark) {
        self.current = before.current;
        if self.closures == before.closures {
            self.all.truncate(before.length);
        }
    }

    /// The current run, for a closure that is made in it.
    pub(super) fn close_over(&mut self) -> usize {
        self.closures += 1;
        self.current
    }

    pub(super) fn current(&self) -> usize {
        self.current
    }

    /// Says whether a loop with several variables goes through a map.
    pub(super) fn set_mode(&mut self, level: u8, is_map: bool) {
        let bit = 1 << level;
        let activation = &mut self.all[self.current];
        activation.modes = if is_map { activation.modes | bit } else { activation.modes & !bit };
    }

    pub(super) fn get(&self, slot: Slot) -> Value {
        let activation = &self.all[self.owner(slot)];
        match activation.modes & slot.loops {
            0 => activation.slots.get(slot.index).cloned().unwrap_or_default(),
            modes => activation.variants.get(&(slot.index, modes)).cloned().unwrap_or_default(),
        }
    }

    pub(super) fn set(&mut self, slot: Slot, value: Value) {
        let owner = self.owner(slot);
        let activation = &mut self.all[owner];
        match activation.modes & slot.loops {
            0 => {
                if let Some(place) = activation.slots.get_mut(slot.index) {
                    *place = value;
                }
            }
            modes => drop(activation.variants.insert((slot.index, modes), value)),
        }
    }

    /// The run that a slot belongs to: the current one, or one that it is written in.
    fn owner(&self, slot: Slot) -> usize {
        (0..slot.up).fold(self.current, |at, _| self.all[at].parent.unwrap_or(at))
    }
}
