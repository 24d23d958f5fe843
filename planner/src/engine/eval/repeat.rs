//! Loops: over lists, strings, maps and whatever has a `length`.

use std::sync::Arc;

use super::super::ast::Loop;
use super::super::error::{Complaint, Fault};
use super::super::limits::Meter;
use super::super::value::Value;
use super::super::{member, utf16};
use super::{Renderer, loop_end};

impl Renderer<'_> {
    pub(super) fn each(&mut self, each: &Loop) -> Result<(), Fault> {
        let place = |complaint: Complaint| complaint.at(each.sequence.at);
        let sequence = match self.expr(&each.sequence)? {
            // To a loop, a string that is marked safe is the list of its characters.
            Value::Safe(text) => self.characters(&text).map_err(place)?,
            sequence => sequence,
        };
        let is_list = matches!(sequence, Value::List(_));
        if let Some(level) = each.level {
            self.activations.set_mode(level, !is_list);
        }
        if sequence.truthy().map_err(place)? {
            if each.level.is_none() {
                self.each_item(each, &sequence)?;
            } else if let Value::List(list) = &sequence {
                self.each_list(each, &list.items)?;
            } else {
                self.each_pair(each, &sequence)?;
            }
        }
        // Where nothing is looped over, the length is that of the last time.
        let length = self.activations.get(each.length);
        if let Some(level) = each.level {
            self.activations.set_mode(level, true);
        }
        let is_empty = !length.truthy().map_err(place)?;
        if is_empty { self.nodes(&each.otherwise) } else { Ok(()) }
    }

    /// The list of a text's characters.
    fn characters(&self, text: &str) -> Result<Value, Complaint> {
        self.meter.spend(text.len().saturating_mul(4))?;
        Value::list(text.chars().map(|c| Value::text(c.to_string())).collect(), &self.meter)
    }

    /// Loops with one variable: lists, strings and whatever has a `length`.
    fn each_item(&mut self, each: &Loop, sequence: &Value) -> Result<(), Fault> {
        let place = |complaint: Complaint| complaint.at(each.sequence.at);
        let units = match sequence {
            Value::Text(text) => {
                let units = utf16::units(text, &self.meter).map_err(place)?;
                let units = units.into_iter().map(Value::text).collect();
                Some(Value::list(units, &self.meter).map_err(place)?)
            }
            _ => None,
        };
        let items = units.as_ref().unwrap_or(sequence);
        let length = match items {
            Value::List(list) => Value::Number(list.items.len() as f64),
            Value::Map(record) => record.get("length").cloned().unwrap_or_default(),
            _ => Value::Undefined,
        };
        self.activations.set(each.length, length.clone());
        let end = loop_end(&length, &self.meter).map_err(place)?;
        let mut index = 0;
        while (index as f64) < end {
            let item = member::item(items, index, &self.meter).map_err(place)?;
            for target in &each.targets {
                self.assign(target, &item);
                let bound = self.scope.bind(&target.name, item.clone(), &self.meter);
                bound.map_err(place)?;
            }
            self.iteration(each, index, &length, end)?;
            index += 1;
        }
        Ok(())
    }

    /// Loops over a list of lists with several variables, which stand in their slots only.
    fn each_list(&mut self, each: &Loop, items: &[Value]) -> Result<(), Fault> {
        let place = |complaint: Complaint| complaint.at(each.sequence.at);
        let end = items.len() as f64;
        self.activations.set(each.length, Value::Number(end));
        for (index, item) in items.iter().enumerate() {
            if item.is_nullish() {
                let message = format!("item {index} is {} and has no parts to name", item.kind());
                return Err(Fault::new(each.sequence.at, message));
            }
            for (part, target) in each.targets.iter().enumerate() {
                let part = member::item(item, part, &self.meter).map_err(place)?;
                self.assign(target, &part);
            }
            self.iteration(each, index, &Value::Number(end), end)?;
        }
        Ok(())
    }

    /// Loops over the keys and values of a map.
    fn each_pair(&mut self, each: &Loop, sequence: &Value) -> Result<(), Fault> {
        let place = |complaint: Complaint| complaint.at(each.sequence.at);
        let pairs = pairs(sequence, &self.meter).map_err(place)?;
        let end = pairs.len() as f64;
        self.activations.set(each.length, Value::Number(end));
        for (index, (key, value)) in pairs.iter().enumerate() {
            let bound = [Value::Text(Arc::clone(key)), value.clone()];
            for (target, part) in each.targets.iter().zip(bound) {
                self.assign(target, &part);
                self.scope.bind(&target.name, part, &self.meter).map_err(place)?;
            }
            self.iteration(each, index, &Value::Number(end), end)?;
        }
        Ok(())
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
        self.meter.spend(1).map_err(place)?;
        if each.has_fields {
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
        }
        self.nodes(&each.body)
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
