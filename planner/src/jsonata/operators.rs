//! Operators between two values.

use serde_json::Value as Json;

use super::{
    JsonataError,
    ast::Operator,
    evaluator::{Evaluated, Evaluator},
    value::{Value, equal, number, text, weight},
};

/// Most items of a range.
const LONGEST_RANGE: f64 = 100_000.0;

/// A number of a value.
pub(super) fn float(value: &Value, operator: &str) -> Evaluated<f64> {
    match value {
        Value::Item(Json::Number(number)) => Ok(number.as_f64().unwrap_or_default()),
        _ => Err(JsonataError::Value(format!("`{operator}` needs numbers"))),
    }
}

/// Applies an operator to two values.
pub(super) fn apply(
    evaluator: &Evaluator<'_>,
    operator: Operator,
    left: Value,
    right: Value,
) -> Evaluated {
    let truth = |bool: bool| Ok(Value::Item(Json::Bool(bool)));
    match operator {
        Operator::Equal | Operator::Unequal => {
            let (Some(left), Some(right)) = (left.into_json(), right.into_json()) else {
                return truth(false);
            };
            evaluator.pay(weight(&left))?;
            truth(equal(&left, &right) == (operator == Operator::Equal))
        }
        Operator::In => {
            let Some(left) = left.into_json() else {
                return truth(false);
            };
            let items = right.into_items();
            evaluator.pay(items.iter().map(weight).sum())?;
            truth(items.iter().any(|item| equal(item, &left)))
        }
        Operator::Concat => {
            let part = |value: Value| value.into_json().map(|json| text(&json)).unwrap_or_default();
            let joined = part(left) + &part(right);
            evaluator.pay(1 + joined.len() as u64 / 8)?;
            Ok(Value::Item(joined.into()))
        }
        Operator::Range => {
            let (Some(from), Some(to)) = (whole(&left)?, whole(&right)?) else {
                return Ok(Value::Undefined);
            };
            if to - from >= LONGEST_RANGE {
                let message = format!("a range has more than {LONGEST_RANGE} items");
                return Err(JsonataError::Value(message));
            }
            evaluator.pay((to - from).max(0.0) as u64)?;
            let items = (from as i64..=to as i64).map(Json::from).collect();
            Ok(Value::Sequence(items, false))
        }
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            let order = match (&left, &right) {
                (Value::Undefined, _) | (_, Value::Undefined) => return Ok(Value::Undefined),
                (Value::Item(Json::String(left)), Value::Item(Json::String(right))) => {
                    Some(left.cmp(right))
                }
                _ => float(&left, "<")?.partial_cmp(&float(&right, "<")?),
            };
            truth(order.is_some_and(|order| match operator {
                Operator::Less => order.is_lt(),
                Operator::LessOrEqual => order.is_le(),
                Operator::Greater => order.is_gt(),
                _ => order.is_ge(),
            }))
        }
        _ => {
            if matches!(left, Value::Undefined) || matches!(right, Value::Undefined) {
                return Ok(Value::Undefined);
            }
            let (left, right) = (float(&left, "+ - * / %")?, float(&right, "+ - * / %")?);
            number(match operator {
                Operator::Add => left + right,
                Operator::Subtract => left - right,
                Operator::Multiply => left * right,
                Operator::Divide => left / right,
                _ => left % right,
            })
            .map(Value::Item)
        }
    }
}

/// An end of a range.
fn whole(value: &Value) -> Evaluated<Option<f64>> {
    match value {
        Value::Undefined => Ok(None),
        value => match float(value, "..")? {
            number if number.fract() == 0.0 && number.abs() < 1e15 => Ok(Some(number)),
            _ => Err(JsonataError::Value("the ends of a range are whole numbers".to_owned())),
        },
    }
}
