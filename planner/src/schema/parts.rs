//! The keywords that have schemas for a value or for its parts.

use serde_json::{Map, Value};

use super::{
    first_message,
    validator::{At, Limit, Rule, Validator, Violations},
};

impl<'s> Validator<'s> {
    /// Applies a keyword that has schemas for a value or for its parts.
    pub(super) fn parts<'v>(
        &mut self,
        keyword: &'s str,
        operand: &'s Value,
        parent: &'s Map<String, Value>,
        value: &'v Value,
        at: &At<'_>,
        found: &mut Violations<'s, 'v>,
    ) -> Result<(), Limit> {
        match (keyword, operand, value) {
            ("required", Value::Array(names), Value::Object(map)) => {
                self.required(names, map, value, at, found)
            }
            ("properties", Value::Object(properties), Value::Object(map)) => {
                for (key, item) in map {
                    self.meter.spend(1)?;
                    if let Some(schema) = properties.get(key) {
                        self.apply(schema, item, &At::Key(at, key), found)?;
                    }
                }
                Ok(())
            }
            ("patternProperties", Value::Object(patterns), Value::Object(map)) => {
                for (pattern, schema) in patterns {
                    for (key, item) in map {
                        if self.matches(pattern, key)? {
                            self.apply(schema, item, &At::Key(at, key), found)?;
                        }
                    }
                }
                Ok(())
            }
            ("additionalProperties", _, Value::Object(_)) => {
                self.additional(operand, parent, value, at, found)
            }
            ("propertyNames", _, Value::Object(map)) => self.names(operand, map, value, at, found),
            ("items", Value::Array(schemas), Value::Array(items)) => {
                for (index, (schema, item)) in schemas.iter().zip(items).enumerate() {
                    self.apply(schema, item, &At::Item(at, index), found)?;
                }
                Ok(())
            }
            ("items", _, Value::Array(items)) => self.items(operand, items, 0, at, found),
            ("additionalItems", _, Value::Array(items)) => match (parent.get("items"), operand) {
                (Some(Value::Array(first)), Value::Bool(false)) if items.len() > first.len() => {
                    self.refuse(value, at, Rule::Keyword(keyword, operand), found)
                }
                (Some(Value::Array(first)), _) => {
                    self.items(operand, items, first.len(), at, found)
                }
                _ => Ok(()),
            },
            ("dependencies", Value::Object(dependencies), Value::Object(map)) => {
                for (_, dependency) in dependencies.iter().filter(|(key, _)| map.contains_key(*key))
                {
                    match dependency {
                        Value::Array(names) => self.required(names, map, value, at, found)?,
                        schema => self.apply(schema, value, at, found)?,
                    }
                }
                Ok(())
            }
            ("allOf", Value::Array(parts), _) => {
                parts.iter().try_for_each(|part| self.apply(part, value, at, found))
            }
            ("anyOf" | "oneOf", ..) => self.alternatives(keyword, operand, value, at, found),
            ("if", ..) => {
                let holds = self.is_valid(operand, value, at)?;
                match parent.get(if holds { "then" } else { "else" }) {
                    Some(branch) => self.apply(branch, value, at, found),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// Refuses a map without one of the properties.
    fn required<'v>(
        &self,
        names: &'s [Value],
        map: &Map<String, Value>,
        value: &'v Value,
        at: &At<'_>,
        found: &mut Violations<'s, 'v>,
    ) -> Result<(), Limit> {
        for name in names.iter().filter_map(Value::as_str) {
            self.meter.spend(1)?;
            if !map.contains_key(name) {
                self.refuse(value, at, Rule::Required(name), found)?;
            }
        }
        Ok(())
    }

    /// `additionalProperties`: checks the items that no other keyword of the schema names.
    fn additional<'v>(
        &mut self,
        operand: &'s Value,
        parent: &'s Map<String, Value>,
        value: &'v Value,
        at: &At<'_>,
        found: &mut Violations<'s, 'v>,
    ) -> Result<(), Limit> {
        let operands = |keyword| parent.get(keyword).and_then(Value::as_object);
        let (properties, patterns) = (operands("properties"), operands("patternProperties"));
        let mut keys = Vec::new();
        for (key, item) in value.as_object().into_iter().flatten() {
            self.meter.spend(1)?;
            let mut is_named = properties.is_some_and(|properties| properties.contains_key(key));
            for (pattern, _) in patterns.into_iter().flatten() {
                is_named = is_named || self.matches(pattern, key)?;
            }
            match operand {
                _ if is_named => {}
                Value::Bool(false) => keys.push(key.as_str()),
                schema => self.apply(schema, item, &At::Key(at, key), found)?,
            }
        }
        if keys.is_empty() {
            return Ok(());
        }
        let known = properties.into_iter().flatten().map(|(key, _)| key.as_str()).collect();
        self.refuse(value, at, Rule::Unknown { keys, known }, found)
    }

    /// `propertyNames`: checks the keys of a map.
    fn names<'v>(
        &mut self,
        operand: &'s Value,
        map: &Map<String, Value>,
        value: &'v Value,
        at: &At<'_>,
        found: &mut Violations<'s, 'v>,
    ) -> Result<(), Limit> {
        for key in map.keys() {
            self.meter.text(key.len())?;
            let name = Value::String(key.clone());
            let mut wrong = Vec::new();
            self.apply(operand, &name, &At::Key(&At::Root, "key"), &mut wrong)?;
            if let Some(message) = first_message(&wrong) {
                self.refuse(value, at, Rule::Key(message), found)?;
            }
        }
        Ok(())
    }

    /// Applies one schema to all items of a list but the first.
    fn items<'v>(
        &mut self,
        schema: &'s Value,
        items: &'v [Value],
        first: usize,
        at: &At<'_>,
        found: &mut Violations<'s, 'v>,
    ) -> Result<(), Limit> {
        for (index, item) in items.iter().enumerate().skip(first) {
            self.apply(schema, item, &At::Item(at, index), found)?;
        }
        Ok(())
    }

    /// `anyOf` and `oneOf`: refuses a value that fits no alternative or, for `oneOf`, more than one.
    fn alternatives<'v>(
        &mut self,
        keyword: &'s str,
        operand: &'s Value,
        value: &'v Value,
        at: &At<'_>,
        found: &mut Violations<'s, 'v>,
    ) -> Result<(), Limit> {
        let (mut fits, mut mistakes) = (false, Vec::new());
        for part in operand.as_array().into_iter().flatten() {
            let mut wrong = Vec::new();
            self.apply(part, value, at, &mut wrong)?;
            match wrong.is_empty() {
                false => mistakes.push(wrong),
                true if keyword == "anyOf" => return Ok(()),
                true if fits => {
                    return self.refuse(value, at, Rule::Keyword(keyword, operand), found);
                }
                true => fits = true,
            }
        }
        if fits { Ok(()) } else { self.refuse(value, at, Rule::Alternatives(mistakes), found) }
    }
}
