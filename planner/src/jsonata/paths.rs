//! Paths: steps, predicates and sorting.

use std::{cmp::Ordering, rc::Rc};

use serde_json::Value as Json;

use super::{
    JsonataError,
    ast::{Expr, Path, Step, Term},
    evaluator::{Evaluated, Evaluator},
    scope::Scope,
    transform::is_hidden,
    value::{Value, weight},
};

impl Evaluator<'_> {
    /// Evaluates a path: each step for every item of the one before.
    pub(super) fn path(&self, path: &Path, context: Option<&Json>, scope: &Rc<Scope>) -> Evaluated {
        let starts_with_variable = matches!(path.steps[0].expr, Expr::Variable(_));
        let mut input: Vec<Json> = match context {
            None => Vec::new(),
            Some(Json::Array(items)) if !starts_with_variable => {
                items.iter().map(|item| self.copy(item)).collect::<Result<_, _>>()?
            }
            Some(item) => vec![self.copy(item)?],
        };
        let mut result = Value::Undefined;
        let last = path.steps.len() - 1;
        for (index, step) in path.steps.iter().enumerate() {
            let has_no_context = index == 0 && context.is_none();
            result = match &step.expr {
                Expr::List(_) if index == 0 => self.evaluate(&step.expr, context, scope)?,
                _ if has_no_context => self.one(step, None, scope)?,
                Expr::Sort(terms) => {
                    let sorted = Value::Sequence(self.sorted(terms, input, scope)?, false);
                    self.filtered(step, sorted, scope)?
                }
                _ => self.step(step, input, index == last, scope)?,
            };
            if index == last {
                break;
            }
            input = std::mem::replace(&mut result, Value::Undefined).into_items();
            if input.is_empty() {
                return Ok(Value::Undefined);
            }
        }
        Ok(match result {
            Value::Sequence(items, _) => Value::Sequence(items, path.keeps_list),
            Value::Item(item) if path.keeps_list && !item.is_array() => {
                Value::Sequence(vec![item], true)
            }
            other => other,
        })
    }

    fn one(&self, step: &Step, item: Option<&Json>, scope: &Rc<Scope>) -> Evaluated {
        let value = self.evaluate(&step.expr, item, scope)?;
        self.filtered(step, value, scope)
    }

    fn filtered(&self, step: &Step, mut value: Value, scope: &Rc<Scope>) -> Evaluated {
        for predicate in &step.predicates {
            value = self.filter(predicate, value, scope)?.collapsed();
        }
        Ok(value)
    }

    fn step(&self, step: &Step, input: Vec<Json>, is_last: bool, scope: &Rc<Scope>) -> Evaluated {
        let mut found = Vec::new();
        let is_alone = input.len() == 1;
        for item in input {
            match (self.one(step, Some(&item), scope)?, is_last && is_alone) {
                (Value::Undefined, _) => {}
                // A list that is a value stays one; a sequence may become its only item.
                (value @ (Value::Item(Json::Array(_)) | Value::Function(_)), true) => {
                    return Ok(value);
                }
                (Value::Function(_), false) => {
                    return Err(JsonataError::Value("a path leads to functions".to_owned()));
                }
                (value, _) => match step.expr {
                    Expr::List(_) => found.extend(value.into_json()),
                    _ => found.extend(value.into_items()),
                },
            }
        }
        Ok(Value::Sequence(found, false))
    }

    /// The values of a field: of a map its own, of a list those of its items.
    pub(super) fn lookup(&self, name: &str, context: Option<&Json>) -> Evaluated {
        match context {
            Some(Json::Object(map)) => {
                Ok(map.get(name).map(|value| self.copy(value)).transpose()?.into())
            }
            Some(Json::Array(items)) => {
                let mut found = Vec::new();
                for item in items {
                    self.pay(1)?;
                    found.extend(self.lookup(name, Some(item))?.into_items());
                }
                Ok(Value::Sequence(found, false))
            }
            _ => Ok(Value::Undefined),
        }
    }

    /// The values of all fields, lists flattened.
    pub(super) fn wildcard(&self, context: Option<&Json>) -> Evaluated {
        let mut found = Vec::new();
        let values: Vec<&Json> = match context {
            Some(Json::Object(map)) => {
                map.iter().filter(|(key, _)| !is_hidden(key)).map(|(_, value)| value).collect()
            }
            Some(Json::Array(items)) => items.iter().collect(),
            _ => Vec::new(),
        };
        for value in values {
            self.pay(weight(value))?;
            flatten(value, &mut found);
        }
        Ok(Value::Sequence(found, false))
    }

    /// A value and all that is below it, without the lists themselves.
    pub(super) fn descendants(&self, context: Option<&Json>) -> Evaluated {
        let mut found = Vec::new();
        if let Some(context) = context {
            self.descend(context, &mut found)?;
        }
        Ok(Value::Sequence(found, false))
    }

    fn descend(&self, value: &Json, found: &mut Vec<Json>) -> Evaluated<()> {
        match value {
            Json::Array(items) => items.iter().try_for_each(|item| self.descend(item, found)),
            value => {
                found.push(self.copy(value)?);
                let Json::Object(map) = value else {
                    return Ok(());
                };
                let visible = map.iter().filter(|(key, _)| !is_hidden(key));
                visible.map(|(_, item)| item).try_for_each(|item| self.descend(item, found))
            }
        }
    }

    /// The items for which a predicate is true, or that it counts.
    pub(super) fn filter(&self, predicate: &Expr, input: Value, scope: &Rc<Scope>) -> Evaluated {
        if matches!(input, Value::Undefined) {
            return Ok(Value::Undefined);
        }
        let items = input.into_items();
        let place = |number: f64| {
            let number = number.floor();
            if number < 0.0 { number + items.len() as f64 } else { number }
        };
        if let Expr::Number(number) = predicate {
            let at = place(*number);
            let found = (at >= 0.0).then(|| items.get(at as usize)).flatten();
            return Ok(match found {
                Some(Json::Array(inner)) => Value::Sequence(inner.clone(), false),
                Some(item) => Value::Item(item.clone()),
                None => Value::Undefined,
            });
        }
        let mut found = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let value = self.evaluate(predicate, Some(item), scope)?;
            let is_taken = match numbers(&value) {
                Some(numbers) => numbers
                    .into_iter()
                    .any(|number| place(number) >= 0.0 && place(number) as usize == index),
                None => value.is_true(),
            };
            if is_taken {
                found.push(self.copy(item)?);
            }
        }
        Ok(Value::Sequence(found, false))
    }

    fn sorted(&self, terms: &[Term], items: Vec<Json>, scope: &Rc<Scope>) -> Evaluated<Vec<Json>> {
        let mut keyed = Vec::with_capacity(items.len());
        for item in items {
            let keys = terms.iter().map(|term| self.evaluate(&term.expr, Some(&item), scope));
            let keys = keys.map(|key| key.and_then(SortKey::new)).collect::<Result<Vec<_>, _>>()?;
            keyed.push((keys, item));
        }
        let texts = |keys: &[SortKey]| keys.iter().map(SortKey::kind).collect::<Vec<_>>();
        for pair in keyed.windows(2) {
            let kinds = texts(&pair[0].0).into_iter().zip(texts(&pair[1].0));
            if kinds.into_iter().any(|(one, other)| one + other == 3) {
                return Err(JsonataError::Value("numbers and texts have no order".to_owned()));
            }
        }
        self.pay(keyed.len() as u64 * 8)?;
        keyed.sort_by(|(one, _), (other, _)| {
            let order = terms.iter().zip(one.iter().zip(other)).map(|(term, (one, other))| {
                let order = one.order(other);
                let is_placed = one.kind() > 0 && other.kind() > 0;
                if term.is_descending && is_placed { order.reverse() } else { order }
            });
            order.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        });
        Ok(keyed.into_iter().map(|(_, item)| item).collect())
    }
}

/// What is sorted by; what is undefined comes last.
enum SortKey {
    None,
    Number(f64),
    Text(String),
}

impl SortKey {
    fn new(value: Value) -> Evaluated<Self> {
        match value {
            Value::Undefined => Ok(Self::None),
            Value::Item(Json::Number(number)) => Ok(Self::Number(number.as_f64().unwrap_or(0.0))),
            Value::Item(Json::String(text)) => Ok(Self::Text(text)),
            _ => Err(JsonataError::Value("only numbers and texts can be sorted by".to_owned())),
        }
    }

    fn kind(&self) -> u8 {
        match self {
            Self::None => 0,
            Self::Number(_) => 1,
            Self::Text(_) => 2,
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => one.total_cmp(other),
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            (one, other) => (one.kind() == 0).cmp(&(other.kind() == 0)),
        }
    }
}

/// The number, or the numbers of a list that has nothing else.
fn numbers(value: &Value) -> Option<Vec<f64>> {
    match value {
        Value::Item(Json::Number(number)) => Some(vec![number.as_f64()?]),
        Value::Item(Json::Array(items)) | Value::Sequence(items, _) if !items.is_empty() => {
            items.iter().map(Json::as_f64).collect()
        }
        _ => None,
    }
}

fn flatten(value: &Json, found: &mut Vec<Json>) {
    match value {
        Json::Array(items) => items.iter().for_each(|item| flatten(item, found)),
        value => found.push(value.clone()),
    }
}
